import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createClient, type RosterClient } from "@roster/client";
import { afterEach, beforeAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";

/** Runs the readers in docs/feed.md exactly as written. */
const guide = readFileSync(new URL("../../../../docs/feed.md", import.meta.url), "utf8");
const code = (heading: string, language: string): string => {
  const section = guide.slice(guide.indexOf(`\n${heading}\n`));
  return new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "ms").exec(section)?.[1] ?? "";
};

const { server } = useServer();
let client: RosterClient;
beforeAll(async () => {
  client = createClient({ url: server.url, token: server.token });
});

let stop = () => {};
afterEach(() => stop());

/** Runs a program until it has printed a text. */
function run(command: string, args: readonly string[]): (wanted: string) => Promise<string> {
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    env: { PATH: process.env["PATH"], ROSTER_TOKEN: server.token },
    stdio: ["ignore", "pipe", "pipe"],
    // Ends the shell's child, too.
    detached: true,
  });
  stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid);
    stop = () => {};
  };
  let text = "";
  let look = () => {};
  for (const output of [child.stdout, child.stderr]) {
    output.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      look();
    });
  }
  return (wanted) =>
    new Promise((resolve, reject) => {
      look = () => text.includes(wanted) && resolve(text);
      look();
      child.once("exit", () => setImmediate(() => reject(new Error(`it has ended, and printed ${text}`))));
    });
}
const typescript = (source: string) =>
  run(process.execPath, [
    "--conditions=@roster/source",
    "--input-type=module-typescript",
    "--eval",
    source.replaceAll("http://127.0.0.1:4000", server.url),
  ]);
const shell = (source: string) => run("sh", ["-c", source.replaceAll("http://127.0.0.1:4000", server.url)]);

it("the reader in TypeScript prints each change as it is made", async () => {
  const { id } = await client.customer.create.mutate({ name: "Ada" });
  const printed = typescript(code("## Watch", "ts"));
  await printed(`create ${id}`);
  await client.customer.update.mutate({ where: { id }, patch: { name: "Ada L." } });
  expect(await printed(`update ${id}`)).toMatch(
    new RegExp(`^\\d+ create ${id} \\S+Z\n\\d+ update ${id} \\S+Z\n$`),
  );
});

it("the reader with curl receives each change as it is made", async () => {
  const { id } = await client.customer.create.mutate({ name: "Grace" });
  const printed = shell(code("### Without TypeScript", "sh"));
  expect(await printed(`"recordId":"${id}","version":1`)).toContain(
    'event: position\nid: 0\ndata: {"seq":0}\n',
  );
  await client.customer.update.mutate({ where: { id }, patch: { name: "Grace H." } });
  expect(await printed(`"recordId":"${id}","version":2`)).toMatch(
    /^id: \d+\ndata: \{"seq":\d+,"recordType":"customer"/m,
  );
});

it("the page with curl names the start of the next one", async () => {
  const page = JSON.parse(await shell(code("## Read page by page", "sh"))(',"more":false}')) as object;
  const { items, ...rest } = await client.change.list.query({});
  expect(page).toEqual({ ...rest, items: items.map((entry) => ({ ...entry, at: entry.at.toISOString() })) });
});

it("the copy reports each record that appears, changes or disappears", async () => {
  await client.groupTag.create.mutate({ name: "vip" });
  const { id } = await client.customer.create.mutate({ name: "Edsger", groupTags: ["vip"] });
  const printed = typescript(code("## Keep a copy", "ts"));
  await printed("1\n");
  await client.customer.update.mutate({ where: { id }, patch: { name: "E. W." } });
  await printed(`${id} E. W.\n`);
  await client.customer.update.mutate({ where: { id }, remove: { groupTags: ["vip"] } });
  expect(await printed("is gone\n")).toBe(`1\n${id} E. W.\n${id} is gone\n`);
});
