import { describe, expect, it } from "vitest";
import { createLogger, serializeError } from "./logger.ts";

const person = "jane@private.example";
/** The error that parsing a text throws. */
function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("the log entry of an error", () => {
  it("has its type, its stack and its cause", () => {
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
    ["a text that is not JSON", thrownBy(() => JSON.parse(person))],
    ["a text with quotation marks in it", thrownBy(() => JSON.parse(`"a" ${person} "b"`))],
    ["a value that the database refuses", new Error(`invalid input syntax: "${person}"`)],
    ["a row", Object.assign(new Error("no"), { detail: `Failing row contains (${person})`, where: person })],
    ["its cause", new Error("no", { cause: new Error(`"${person}"`) })],
    ["a message of several lines", new Error(`"${person}\n    at ${person}\n"`)],
    ["a thrown value that is not an error", person as unknown as Error],
  ])("does not contain the data of %s", (_, error) => {
    expect(JSON.stringify(serializeError(error))).not.toMatch(/jane|private/);
  });

  it("keeps the database's names of tables and constraints", () => {
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

  it("has the same form when an error is passed to the log", () => {
    const lines: string[] = [];
    const logger = createLogger("info", { write: (line) => void lines.push(line) });
    logger.error({ err: new Error(`"${person}"`) }, "it failed");
    logger.debug("not told");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: "it failed", err: { message: '"…"' } });
    expect(lines[0]).not.toContain(person);
  });
});
