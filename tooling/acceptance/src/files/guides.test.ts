import { createClient } from "@roster/client";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { call, shellWords } from "./command-line.ts";

const { server } = useServer({}, { mayLogErrors: false });
const folder = mkdtempSync(join(tmpdir(), "roster-guides-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Block {
  language: string;
  /** The name of the file that the block shows. */
  file: string | undefined;
  text: string;
}

/** The code of a guide. */
const blocksOf = (name: string): Block[] =>
  [
    ...readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8").matchAll(
      /^```(\w*) ?(\S*)\n([\s\S]*?)^```/gm,
    ),
  ].map(([, language = "", file, text = ""]) => ({ language, file: file || undefined, text }));

/** An expected output as an expression: `…` stands for anything, and alone on a line for any lines. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    `^${expected
      .split("\n")
      .map((line) =>
        line === "…"
          ? "(?:.*\\n)*?"
          : `${line
              .replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
              .replaceAll("…", ".*")
              .replaceAll(/ {2,}/g, " +")}\n`,
      )
      .join("")
      .replace(/\n$/, "")}$`,
  );

const isFile = (word: string): boolean => /^[\w.-]+\.(csv|jsonl?|txt)$/.test(word);

/** Runs the calls of a guide in order and compares what they print. */
async function follow(name: string, env: Record<string, string>): Promise<void> {
  const blocks = blocksOf(name);
  let seq = "";
  for (const [i, { language, file, text }] of blocks.entries()) {
    // The first time, a file is given; later it is what a call has written.
    if (file !== undefined) {
      if (file.includes("refused")) expect(readFileSync(join(folder, file), "utf8")).toBe(text);
      else writeFileSync(join(folder, file), text);
    }
    if (language !== "sh") continue;
    const next = blocks[i + 1];
    const expected = next?.language === "" ? next.text : undefined;
    let output = "";
    for (const line of text.trim().split("\n")) {
      const here = line.replace("http://127.0.0.1:4000", server.url).replace(/--since \d+/, `--since ${seq}`);
      const { words, input } = callIn(here);
      const called = await call(words, env, { input });
      if (expected === undefined) expect(called.code, `${line}: ${called.output}`).toBe(0);
      output += called.output;
      seq = /as of seq (\d+)/.exec(called.output)?.[1] ?? seq;
    }
    const shown = output.replaceAll(`${folder}/`, "").replaceAll(server.url, "http://127.0.0.1:4000");
    if (expected !== undefined) expect(shown).toMatch(pattern(expected));
  }
}

/** The words after `roster`, with files in the folder, and what is on standard input: a token. */
function callIn(line: string): { words: string[]; input: string } {
  const [command, ...words] = shellWords(line.replace(" < token.txt", ""));
  expect(command).toBe("roster");
  return { words: words.map((word) => (isFile(word) ? join(folder, word) : word)), input: server.token };
}

it("every example of the guide to the command line does what it says", async () => {
  await follow("cli.md", { XDG_CONFIG_HOME: folder });
});

it("every example of the guide to import and export does what it says", async () => {
  const admin = createClient({ url: server.url, token: server.token });
  const { token } = await admin.tenant.create.mutate({ name: "guide" });
  await follow("import-export.md", { ROSTER_URL: server.url, ROSTER_TOKEN: token });
});
