import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allOf, pieces } from "../testing/pieces.ts";
import { findDelimiter, readCsv, writeCsv } from "./csv.ts";

const rowsOf = async (text: string, delimiter = ",", size = text.length || 1) =>
  (await allOf(readCsv(pieces(text, size), delimiter))).map(({ cells }) => cells);

describe("reading CSV", () => {
  it.each([
    [
      "LF",
      "a,b\n1,2\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "no line break at the end",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "CRLF",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "CR",
      "a,b\r1,2\r",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "LF and CRLF mixed",
      "a,b\n1,2\r\n3,4\n",
      [
        ["a", "b"],
        ["1", "2"],
        ["3", "4"],
      ],
    ],
    [
      "quotes",
      '"a","b"\r\n"x ""y"", z","1\r\n2"\r\n',
      [
        ["a", "b"],
        ['x "y", z', "1\r\n2"],
      ],
    ],
    ["a CR at the end of a quoted cell", 'a\n"1\r"\n"2\r"\r\n3\r\n', [["a"], ["1\r"], ["2\r"], ["3"]]],
    [
      "empty rows",
      "a,b\n\n1,\n\n,\n",
      [
        ["a", "b"],
        ["1", ""],
        ["", ""],
      ],
    ],
    ["a quote within a cell", 'a\n5" pipe\n', [["a"], ['5" pipe']]],
    ["nothing", "", []],
    ["only a header", "a,b", [["a", "b"]]],
  ])("understands %s, however it is cut into chunks", async (_name, text, expected) => {
    for (const size of [1, 2, 3, 7, 1_000])
      expect(await rowsOf(text, ",", size), String(size)).toEqual(expected);
  });

  it("numbers rows as spreadsheets do", async () => {
    const rows = await allOf(readCsv(pieces('a,b\n\n"x\ny",1\n2,3\n', 5), ","));
    expect(rows.map(({ row }) => row)).toEqual([1, 3, 4]);
  });

  it.each(['a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n3,4\n', 'a,b\n1,"2"x,"y"\n'])(
    "refuses malformed quotes: %j",
    async (text) => {
      for (const size of [1, 3, 100])
        await expect(rowsOf(text, ",", size)).rejects.toThrow("row 2 has a quote");
    },
  );

  it("refuses a row that does not end, without holding the whole file", async () => {
    let read = 0;
    async function* endless() {
      yield 'a,b\n1,"';
      for (; read < 1_000; read++) yield await Promise.resolve("x".repeat(1 << 16));
    }
    await expect(allOf(readCsv(endless(), ","))).rejects.toThrow("row 2 has a quote");
    expect(read).toBeLessThan(100);
  });

  it("reads its own output, whatever is in the cells", async () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", ",", ";", '"', "\n", "\r", "'", " ", "\t", "é", "😀"),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(",", ";", "\t"),
        async (rows, size, delimiter) => {
          const text = "h,h\n" + rows.map((row) => writeCsv(row, delimiter)).join("");
          expect((await rowsOf(text, delimiter, size)).slice(1)).toEqual(rows);
        },
      ),
    );
  });
});

it.each([
  [",", "name,email\nAda,a@x.example\n"],
  [";", "name;email\nLovelace, Ada;a@x.example\nB, C;b@x.example\n"],
  ["\t", "name\temail\nAda\ta@x.example\n"],
  ["|", "name|email\nAda|a@x.example\n"],
  [",", "name\nAda\n"],
])("finds the delimiter %j", (delimiter, sample) => {
  expect(findDelimiter(sample)).toBe(delimiter);
});
