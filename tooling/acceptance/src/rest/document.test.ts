import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asShown, curl } from "../../../demo/src/documents.ts";
import { useServer } from "../use-server.ts";

/** The examples of docs/rest.md run from top to bottom, on a new database, as a reader would paste them. */

interface Example {
  line: number;
  command: string;
  status: number;
  headers: [name: string, value: string][];
  body: string;
}

const text = readFileSync(new URL("../../../../docs/rest.md", import.meta.url), "utf8");
const pair = /^```sh\ncurl -i (.*)\n```\n\n```http\nHTTP\/1\.1 (\d+) .*\n([\s\S]*?)^```$/gm;
const examples = [...text.matchAll(pair)].map(
  ({ index, 1: command = "", 2: status, 3: answer = "" }): Example => {
    const [head = "", ...body] = answer.split(/^\n/m);
    return {
      line: text.slice(0, index).split("\n").length,
      command: `curl ${command}`,
      status: Number(status),
      headers: [...head.matchAll(/^([\w-]+): (.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
      body: body.join("\n"),
    };
  },
);

describe("docs/rest.md", () => {
  const { server } = useServer();

  it("has an answer to each of its calls", () => {
    expect(examples.length).toBeGreaterThan(10);
    expect(examples).toHaveLength(text.match(/^curl /gm)?.length as number);
  });

  it.each(examples)("matches the answer at line $line", async ({ command, status, headers, body }) => {
    const response = await fetch(curl(command, { ROSTER: server.url, TOKEN: server.token }));
    const answer = await response.text();
    expect([response.status, answer]).toEqual([status, expect.anything()]);
    for (const [name, value] of headers) {
      const actual = response.headers.get(name);
      expect([name, asShown(actual, value, true)]).toEqual([name, value]);
    }
    const names = new Set(headers.map(([name]) => name.toLowerCase()));
    // A missing member has the same meaning.
    expect([command, response.headers.has("idempotent-replayed")]).toEqual([
      command,
      names.has("idempotent-replayed"),
    ]);
    if (body === "") return expect(answer).toBe("");
    const shown: unknown = JSON.parse(body);
    expect(asShown(JSON.parse(answer), shown, false)).toEqual(shown);
  });
});
