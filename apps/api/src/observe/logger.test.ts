import { describe, expect, it } from "vitest";
import { createLogger, serializeError } from "./logger.ts";

const person = "jane@private.example";
/** What the reading of a text throws. */
function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("what the log says of an error", () => {
  it("is what it is, where it came from, and what caused it", () => {
    const cause = Object.assign(new TypeError("no such thing"), { code: "ENOENT" });
    expect(serializeError(new Error("it failed", { cause }))).toEqual({
      type: "Error",
      message: "it failed",
      stack: expect.stringMatching(/^ {4}at .*logger\.test\.ts/) as string,
      cause: {
        type: "TypeError",
        message: "no such thing",
        code: "ENOENT",
        stack: expect.any(String) as string,
      },
    });
  });

  it.each([
    ["a text that is no JSON", thrownBy(() => JSON.parse(person))],
    ["a text with quotation marks in it", thrownBy(() => JSON.parse(`"a" ${person} "b"`))],
    ["a value that the database does not take", new Error(`invalid input syntax: "${person}"`)],
    ["a row", Object.assign(new Error("no"), { detail: `Failing row contains (${person})`, where: person })],
    ["its cause", new Error("no", { cause: new Error(`"${person}"`) })],
    ["a message of many lines", new Error(`"${person}\n    at ${person}\n"`)],
    ["what is thrown without being an error", person as unknown as Error],
  ])("is not %s", (_, error) => {
    expect(JSON.stringify(serializeError(error))).not.toMatch(/jane|private/);
  });

  it("keeps the names that a database gives to its tables and constraints", () => {
    const error = Object.assign(new Error('violates "x"'), {
      code: "23514",
      constraint: "no_log",
      table: "t",
    });
    expect(serializeError(error)).toMatchObject({
      message: 'violates "…"',
      code: "23514",
      constraint: "no_log",
      table: "t",
    });
  });

  it("goes for the log itself", () => {
    const lines: string[] = [];
    const logger = createLogger("info", { write: (line) => void lines.push(line) });
    logger.error({ err: new Error(`"${person}"`) }, "it failed");
    logger.debug("not told");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: "it failed", err: { message: '"…"' } });
    expect(lines[0]).not.toContain(person);
  });
});
