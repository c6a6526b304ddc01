import * as fc from "fast-check";
import { oddValue } from "./odd-values.ts";
import { Members, Raw, type Mutation, type Tree } from "./tree.ts";

/** Names of members that every object inherits, or that programs treat specially. */
const inherited = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "then"];

/** Texts known to break programs. */
const classics = [
  "",
  " ",
  "\t\r\n",
  "'; drop table customers; --",
  "' or '1'='1",
  '" or ""="',
  "1); delete from customers where (1=1",
  "%' escape '",
  "<script>alert(1)</script>",
  "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
  "]]>",
  "../../../../etc/passwd",
  "..\\..\\windows",
  "%2e%2e%2f",
  "%00",
  "%c0%ae",
  "\\u0000",
  "\u0000",
  "a\u0000b",
  "\u0001\u0008\u001b[31m\u007f",
  "\u0085\u2028\u2029",
  "\ud800",
  "\udfff",
  "a\udc00\ud800b",
  "\uFEFFbom",
  "\uFFFD\uFFFE\uFFFF",
  "😀👩‍👩‍👧‍👦🇩🇪",
  "مرحبا بالعالم",
  "\u202Eevil\u202C",
  "\u200B\u200D\u2060",
  "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
  "İıſßﬁ",
  "ﷺ",
  "e\u0301",
  "${7*7}",
  "{{7*7}}",
  "#{7*7}",
  "$(id)",
  "`id`",
  "%s%n%x",
  "\r\nSet-Cookie: a=b",
  "null",
  "undefined",
  "true",
  "NaN",
  "-0",
  "1e999",
  "9007199254740993",
  "0x10",
  ...inherited,
  "$ref",
  "a@b",
  "a@b.c@d.example",
  `${"a".repeat(300)}@x.example`,
  `"a b"@x.example`,
  "+",
  "+1",
  "+49 30 901820 ext. 5",
  "+999999999999999999999",
  "0000-00-00",
  "2025-02-29",
  "9999-12-31T23:59:60Z",
  "0000-01-01T00:00:00+23:59",
  "-000001-01-01T00:00:00Z",
  "2024-01-01T00:00:00.123456789123456789Z",
  "2024-01-01T25:00:00Z",
  "00000000-0000-0000-0000-000000000000",
  "urn:uuid:00000000-0000-7000-8000-000000000000",
  "Atlantis",
  "-1",
  "999",
  "٣",
  'W/"1"',
  "*",
  '"1", "2"',
];

const lengths = [255, 256, 257, 1_000, 1_001, 2_049, 4_097, 10_001, 66_000];
const long = fc
  .tuple(fc.constantFrom(...lengths), fc.constantFrom("x", "😀", "\u0000", '"', "é", "\ud800", "a/"))
  .map(([length, unit]) => unit.repeat(Math.ceil(length / unit.length)));
/** Any UTF-16, lone surrogates included. */
const codeUnits = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0x20 }),
      fc.integer({ min: 0xd7f0, max: 0xe010 }),
      fc.integer({ min: 0, max: 0xffff }),
    ),
    {
      maxLength: 20,
    },
  )
  .map((units) => String.fromCharCode(...units));

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...classics) },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  { weight: 2, arbitrary: codeUnits },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 40 }) },
  { weight: 1, arbitrary: long },
);

/** A short, harmless text. */
export const plainText: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...Array.from("abcdefghijklmnopqrstuvwxyzABC 0123456789-_äß€😀")),
  minLength: 1,
  maxLength: 12,
});

const keys = fc.oneof(
  fc.constantFrom(...inherited, "", "id", "ID", "a/b", "~0"),
  hostileText.filter((text) => text.length < 300),
);

const numbers: fc.Arbitrary<Tree> = fc.oneof(
  fc.constantFrom(0, -1, 1, 0.1, 1.5, 2 ** 31, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 1e21, 1e308, 5e-324),
  fc.integer(),
  fc
    .constantFrom("-0", "1e999", "-1e999", "1E400", `1${"0".repeat(400)}`, `0.${"1".repeat(400)}`)
    .map((text) => new Raw(text)),
);

/** Invalid JSON in the middle of valid JSON. */
const broken: fc.Arbitrary<Tree> = fc
  .constantFrom(
    "NaN",
    "Infinity",
    "undefined",
    "01",
    "+1",
    ".5",
    "'x'",
    '"\u0001"',
    '"\\x41"',
    '"\\ud800',
    "[1,]",
    "{,}",
    "{a:1}",
    "/**/1",
    "",
  )
  .map((text) => new Raw(text));

const deep: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom(33, 40, 500, 5_000, 50_000), fc.boolean())
  .map(([depth, object]) =>
    object
      ? new Raw(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`)
      : new Raw(`${"[".repeat(depth)}${"]".repeat(depth)}`),
  );
const wide: fc.Arbitrary<Tree> = fc
  .tuple(fc.constantFrom(101, 1_001, 5_000), fc.boolean())
  .map(([size, object]) =>
    object
      ? new Members(Array.from({ length: size }, (_, i) => [`k${i}`, i] as const))
      : Array.from({ length: size }, (_, i) => i),
  );

/** Any JSON value, and some invalid ones. */
export const hostileValue: fc.Arbitrary<Tree> = fc.letrec<{ value: Tree; array: Tree; object: Tree }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: fc.constantFrom<Tree>(null, true, false) },
      { weight: 3, arbitrary: numbers },
      { weight: 8, arbitrary: hostileText },
      { weight: 4, arbitrary: oddValue },
      { weight: 2, arbitrary: tie("array") },
      { weight: 3, arbitrary: tie("object") },
      { weight: 1, arbitrary: fc.oneof(deep, wide, broken) },
    ),
    array: fc.array(tie("value"), { maxLength: 4 }),
    object: fc.array(fc.tuple(keys, tie("value")), { maxLength: 4 }).map((entries) => new Members(entries)),
  }),
).value;

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom("replace", "replace", "replace", "remove", "add", "repeat", "rename", "wrap"),
  place: fc.nat(200),
  key: keys,
  value: hostileValue,
});
