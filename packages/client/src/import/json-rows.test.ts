import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf, pieces } from "../testing/pieces.ts";
import { readJsonArray, readJsonLines } from "./json-rows.ts";

const valuesOf = async (text: string, read = readJsonArray, size = 1) =>
  (await allOf(read(pieces(text, size)))).map(({ value }) => value);

describe("a JSON array", () => {
  it.each([
    ["[]", []],
    [" [ ] \n", []],
    ['[{"a":1},{"b":[2,{"c":"]},{\\"\\\\"}]}]', [{ a: 1 }, { b: [2, { c: ']},{"\\' }] }]],
    ['\n[\n  {"a": "x"},\n  {"a": null}\n]\n', [{ a: "x" }, { a: null }]],
  ])("is read element by element: %j", async (text, expected) => {
    for (const size of [1, 2, 5, 100]) expect(await valuesOf(text, readJsonArray, size)).toEqual(expected);
  });

  it.each([
    ['{"a":1}', "neither a JSON array"],
    ["[] x", "neither a JSON array"],
    ["[][]", "neither a JSON array"],
    ['[{"a":1}', "does not end"],
    ["", "does not end"],
    ["[{},]", "element 2 of the array is not JSON"],
    ["[,{}]", "element 1 of the array is not JSON"],
    ["[{]}", "neither a JSON array"],
  ])("is refused as a whole if it is malformed: %s", async (text, message) => {
    for (const size of [1, 3, 100])
      await expect(valuesOf(text, readJsonArray, size)).rejects.toThrow(message);
  });

  it("is what JSON.parse makes of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), async (values, size) => {
        const text = JSON.stringify(values, null, size % 3);
        expect(await valuesOf(text, readJsonArray, size)).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe("JSON Lines", () => {
  it("are read line by line; a line that is not JSON has a fault", async () => {
    const text = '{"a":1}\n\n  {"a":"x"}\r\nnot\n{"a":9007199254740993}';
    for (const size of [1, 4, 100]) {
      const rows = await allOf(readJsonLines(pieces(text, size)));
      expect(
        rows.map(({ row, faults }) => [row, ...faults.map(({ pointer, code }) => pointer + code)]),
      ).toEqual([[1], [3], [4, "invalid_format"], [5, "/aout_of_range"]]);
    }
  });
});
