import { Readable } from "node:stream";
import { run } from "../../../../packages/cli/src/program.ts";

export interface Called {
  code: number;
  stdout: string;
  stderr: string;
  /** Both outputs, in the order in which they were written. */
  output: string;
}

/** Calls `roster` in this process, as if from a shell without a terminal. */
export async function call(
  words: readonly string[],
  env: Record<string, string>,
  { input = "", signal = new AbortController().signal } = {},
): Promise<Called> {
  const called: Called = { code: 0, stdout: "", stderr: "", output: "" };
  const collect = (name: "stdout" | "stderr") => ({
    write(text: string) {
      called[name] += text;
      called.output += text;
      return true;
    },
    once: () => undefined,
  });
  const stdin = Readable.from([Buffer.from(input)]);
  called.code = await run(words, {
    env,
    stdin,
    stdout: collect("stdout"),
    stderr: collect("stderr"),
    signal,
  });
  return called;
}

/** The words of a line of a shell: quotes are understood, and `< file` is left to the caller. */
export const shellWords = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, "$1$2"),
  );
