import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";

/** Examples in this repository's documents, in a form that a test can run. */
export interface Example {
  /** The line of the example in the document. */
  line: number;
  language: "sh" | "ts";
  source: string;
  /** The documented answers. */
  answer: unknown;
}

/** The `curl` lines and the TypeScript of a document, each with the JSON that follows it. */
export function examplesOf(file: URL): Example[] {
  const text = readFileSync(file, "utf8");
  const examples: Example[] = [];
  for (const { index, 1: language, 2: body = "" } of text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, index).split("\n").length;
    if (language === "json") {
      const example = examples.at(-1);
      if (!example || example.answer !== undefined) throw new Error(`line ${line}: an answer to nothing`);
      example.answer = JSON.parse(body) as unknown;
    } else if (language === "ts" || (language === "sh" && body.startsWith("curl "))) {
      examples.push({ line, language, source: body.trim(), answer: undefined });
    }
  }
  return examples;
}

/** The words of a command line, as a POSIX shell splits it. @param variables the values of `$NAME` */
function words(command: string, variables: Readonly<Record<string, string>>): string[] {
  const expand = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? "");
  const part = /'([^']*)'|"([^"]*)"|(\\\n|\s+)|([^\s'"\\]+)/g;
  const result: string[] = [];
  let word: string | undefined;
  for (const [, single, double, space, bare] of command.matchAll(part)) {
    if (space === undefined) {
      word = (word ?? "") + (single ?? expand(double ?? bare ?? ""));
    } else if (word !== undefined) {
      result.push(word);
      word = undefined;
    }
  }
  return word === undefined ? result : [...result, word];
}

/** The request that a `curl` line makes. */
export function curl(command: string, variables: Readonly<Record<string, string>>): Request {
  const headers = new Headers();
  let [method, url, body]: (string | undefined)[] = [];
  const [, ...options] = words(command, variables);
  while (options.length > 0) {
    const option = options.shift() ?? "";
    if (!option.startsWith("-")) {
      url = option;
      continue;
    }
    const value = options.shift() ?? "";
    if (option === "-X") method = value;
    else if (option === "-d") body = value;
    else if (option === "-H")
      headers.set(value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1));
    else throw new Error(`this test does not know curl's ${option}`);
  }
  if (url === undefined) throw new Error(`no URL in ${command}`);
  if (body === undefined) return new Request(url, { headers, ...(method && { method }) });
  if (!headers.has("content-type")) headers.set("content-type", "application/x-www-form-urlencoded");
  return new Request(url, { method: method ?? "POST", headers, body });
}

/**
 * Runs TypeScript without type annotations.
 * @param names the values of its imports and of `client`
 * @returns the value of a single expression
 */
export function run(source: string, names: Readonly<Record<string, unknown>>): Promise<unknown> {
  const body = source.replaceAll(/^(?:import|const client =) .*$/gm, "").trim();
  const single = /^await [^;]*;?$/.test(body);
  const code = `(async ({ ${Object.keys(names).join(", ")} }) => { ${single ? "return " : ""}${body}\n})`;
  return (runInThisContext(code) as (given: typeof names) => Promise<unknown>)(names);
}

/**
 * A value as the document shows it, if it does; a text with `…` matches any text.
 * @param exact whether the document shows every member of an object
 */
export function asShown(actual: unknown, shown: unknown, exact: boolean): unknown {
  if (typeof shown === "string" && shown.includes("…") && typeof actual === "string") return shown;
  if (Array.isArray(actual) && Array.isArray(shown)) {
    return actual.map((item, i) => asShown(item, shown[i], exact));
  }
  if (typeof actual !== "object" || actual === null || typeof shown !== "object" || shown === null)
    return actual;
  return Object.fromEntries(
    Object.entries(actual)
      .filter(([key]) => exact || Object.hasOwn(shown, key))
      .map(([key, value]) => [key, asShown(value, (shown as Record<string, unknown>)[key], exact)]),
  );
}
