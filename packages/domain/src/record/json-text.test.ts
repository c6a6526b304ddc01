import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseJson } from "./json-text.ts";

const lost = (text: string): string[] =>
  parseJson(text).faults.map(({ pointer, code }) => `${pointer} ${code}`);

describe("a number that a double cannot hold is a fault:", () => {
  test.each([
    "9007199254740993",
    "-9007199254740993",
    "9007199254740993.0",
    "900719925474099.3e1",
    "12345678901234567890",
    "0.1234567890123456789",
    "3.141592653589793238462643383279",
    "1E400",
    "-1e400",
    "1e-400",
    `1${"0".repeat(400)}`,
    "9".repeat(30),
    "1e99999999999999999999999",
  ])("%s", (literal) => {
    expect(lost(literal)).toEqual([" out_of_range"]);
    expect(lost(`{"a": [0, {"b/c": ${literal}}]}`)).toEqual(["/a/1/b~1c out_of_range"]);
    expect(lost(`{"a":[0,{"b/c":${literal}}]}`)).toEqual(["/a/1/b~1c out_of_range"]);
  });
});

test.each([
  "0",
  "-0",
  "0.0",
  "0e5",
  "0.1",
  "1.10",
  "1.0e1",
  "1E+2",
  "-12.5e-3",
  "9007199254740991",
  "9007199254740992",
  "-9007199254740991",
  "100000000000000000000",
  "1e23",
  "1.7976931348623157e308",
  "5e-324",
  "0.30000000000000004",
  `"9007199254740993"`,
  `"1e400 \\" 1e400"`,
])("%s loses nothing", (literal) => {
  expect(lost(literal)).toEqual([]);
  expect(lost(` { "a" : [ ${literal} ] } `)).toEqual([]);
});

describe("a repeated key in an object is a fault:", () => {
  test.each<[text: string, faults: string[]]>([
    ['{"a":1,"a":2}', ["/a ambiguous"]],
    ['{"a":1,"a":1}', ["/a ambiguous"]],
    ['{"a":1,"\\u0061":2}', ["/a ambiguous"]],
    ['{"é":1,"\\u00e9":2}', ["/é ambiguous"]],
    ['{"a/b":1,"a\\/b":2}', ["/a~1b ambiguous"]],
    ['{"":1,"":2}', ["/ ambiguous"]],
    ['{"__proto__":1,"__proto__":2}', ["/__proto__ ambiguous"]],
    ['{"a":1,"a":2,"a":3}', ["/a ambiguous", "/a ambiguous"]],
    ['[{"a":{"b":1,"c":[],"b":{}}},{"a":1}]', ["/0/a/b ambiguous"]],
    ['{"items":[{"x":1},{"x":1,"x":2}]}', ["/items/1/x ambiguous"]],
    ['{"a":[{"b":1},"b","b"],"b":{"a":1,"b":2}}', []],
    ['{"a":"\\\\","b":"\\"a\\":","c":1}', []],
    ['{"a":{"a":{"a":1}}}', []],
    ['{"A":1,"a":2}', []],
  ])("%s", (text, faults) => {
    expect(lost(text)).toEqual(faults);
  });

  test("together with other losses, at every depth", () => {
    expect(lost('{"a":1e999,"b":{"c":1,"c":9007199254740993}}')).toEqual([
      "/a out_of_range",
      "/b/c ambiguous",
      "/b/c out_of_range",
    ]);
  });
});

test("the output of JSON.stringify loses nothing, whatever its white space", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("", " ", "\t"), (value, space) => {
      expect(parseJson(JSON.stringify(value, null, space)).faults).toEqual([]);
    }),
  );
});

test("a number is reported if and only if it would be written back differently", () => {
  const literal = fc.tuple(
    fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
    fc.integer({ min: 0, max: 30 }),
  );
  fc.assert(
    fc.property(literal, ([digits, places]) => {
      const text = `${digits}e-${places}`;
      const kept = shortest(Number(text)) === shortest(digits, places);
      expect(lost(` ${text}`)).toEqual(kept ? [] : [" out_of_range"]);
    }),
  );
});

/** A number as its digits without trailing zeros, and their power of ten. */
function shortest(number: number | bigint, places = 0): string {
  const [mantissa = "", exponent = "0"] =
    typeof number === "bigint" ? [String(number), String(-places)] : number.toExponential().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  let [digits, power] = [BigInt(whole + fraction), Number(exponent) - fraction.length];
  if (digits === 0n) return "0";
  while (digits % 10n === 0n) [digits, power] = [digits / 10n, power + 1];
  return `${digits}e${power}`;
}

describe("a text designed to be slow or to cause a long answer is cut off:", () => {
  test.each<[what: string, text: string, faults: number]>([
    ["of lost numbers", `[${"9007199254740993,".repeat(60_000)}0]`, 101],
    ["of one lost number", "1".repeat(1_000_000), 1],
    ["of zeros", `1${"0".repeat(500_000)}1`, 1],
    ["of backslashes", `"${"\\\\".repeat(500_000)}"`, 0],
    ["of long pointers", `{"${"k".repeat(100_000)}":{${'"a":1,'.repeat(50_000)}"a":1}}`, 2],
    ["of brackets", "[".repeat(500_000) + "]".repeat(500_000), 1],
  ])("%s", (_what, text, count) => {
    const { faults } = parseJson(text);
    expect(faults).toHaveLength(count);
    expect(JSON.stringify(faults).length).toBeLessThan(300_000);
  });
});

test("a text that is not JSON is refused", () => {
  for (const text of ["", "{", '{"a":01}', "[1,]", "NaN", "'a'", '{"a":1}}'])
    expect(() => parseJson(text)).toThrow(SyntaxError);
});
