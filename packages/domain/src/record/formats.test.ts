import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Unfit } from "../errors.ts";
import { emailKey, readEmail } from "./email.ts";
import { caseFolded } from "./fold.ts";
import { canonicalId, identifierFault } from "./identifier.ts";
import { readInstant } from "./instant.ts";

const code = (read: string | Unfit | undefined): string | undefined =>
  typeof read === "object" ? read.code : read;

describe("an email address", () => {
  test.each([
    "ada@example.com",
    "Ada.L+x@Sub.Example.COM",
    "sales&support@example.com",
    "bounce=ada=example.org@example.com",
    "!#$%&'*+/=?^_`{|}~-@example.com",
    "a/b@example.com",
    "o'neil@example.ie",
    "user%host@example.com",
    "info@xn--e1afmkfd.xn--p1ai",
    "a@1.example",
    "a@a-b.example",
    "1@2.co",
    `${"a".repeat(64)}@example.com`,
    `a@${"b".repeat(63)}.example`,
  ])("%s is kept as written", (address) => {
    expect(readEmail(address)).toBe(address);
  });

  test("with a Unicode domain is kept in ASCII form, and both spellings are equal", () => {
    expect(readEmail("info@пример.рф")).toBe("info@xn--e1afmkfd.xn--p1ai");
    expect(readEmail("a@BÜCHER.example")).toBe("a@xn--bcher-kva.example");
    expect(readEmail("a@bücher。example")).toBe("a@xn--bcher-kva.example");
    expect(readEmail("a@faß.example")).toBe("a@xn--fa-hia.example");
    expect(emailKey("A@XN--BCHER-KVA.Example")).toBe(readEmail("a@bücher.example"));
  });

  test.each<[address: string, code: string]>([
    ["ada", "invalid_format"],
    ["@example.com", "invalid_format"],
    ["ada@", "invalid_format"],
    ["ada@example", "invalid_format"],
    ["ada@localhost", "invalid_format"],
    [".ada@example.com", "invalid_format"],
    ["ada.@example.com", "invalid_format"],
    ["a..b@example.com", "invalid_format"],
    ["a@b@example.com", "invalid_format"],
    ["a b@example.com", "invalid_format"],
    ["ada @example.com", "invalid_format"],
    [" ada@example.com", "invalid_format"],
    ["ada@example.com ", "invalid_format"],
    ["ada@example.com\n", "invalid_format"],
    ["Ada <ada@example.com>", "invalid_format"],
    ['"a b"@example.com', "invalid_format"],
    ["a@x-.com", "invalid_format"],
    ["a@-x.com", "invalid_format"],
    ["a@x..com", "invalid_format"],
    ["a@.com", "invalid_format"],
    ["a@x.com.", "invalid_format"],
    ["a@x_y.com", "invalid_format"],
    ["a@[127.0.0.1]", "invalid_format"],
    ["a@127.0.0.1", "invalid_format"],
    ["a@１２７.０.０.１", "invalid_format"],
    ["a@пример.рф/x", "invalid_format"],
    ["a@user:пример.рф", "invalid_format"],
    ["ñ@example.com", "invalid_format"],
    ["a,b@example.com", "invalid_format"],
    [`a@${"b".repeat(64)}.example`, "invalid_format"],
    [`${"a".repeat(65)}@example.com`, "too_long"],
    [`a@${"b.".repeat(127)}com`, "invalid_format"],
  ])("%s is refused", (address, expected) => {
    expect(code(readEmail(address))).toBe(expected);
  });

  test("reads back as itself", () => {
    fc.assert(
      fc.property(fc.emailAddress(), (address) => {
        const read = readEmail(address);
        if (typeof read === "string") expect(readEmail(read)).toBe(read);
      }),
    );
  });
});

describe("an instant", () => {
  test.each<[written: string, kept: string]>([
    ["2026-03-01T09:30:00Z", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01t09:30:00z", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01 09:30:00Z", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01 09:30:00+00:00", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01t09:30:00-00:00", "2026-03-01T09:30:00.000Z"],
    ["2026-03-01T09:30:00.1234567890123456789Z", "2026-03-01T09:30:00.123Z"],
    ["1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2016-12-31t23:59:60.75z", "2017-01-01T00:00:00.750Z"],
    ["1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"],
    ["1966-07-01T05:29:60.5+05:30", "1966-07-01T00:00:00.500Z"],
    ["2026-03-01T09:30:60Z", "2026-03-01T09:31:00.000Z"],
    ["0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"],
    ["0099-12-31T23:59:59Z", "0099-12-31T23:59:59.000Z"],
    ["2026-03-01T09:30:00+23:59", "2026-02-28T09:31:00.000Z"],
  ])("%s is read", (written, kept) => {
    expect(readInstant(written)).toBe(kept);
    expect(readInstant(kept)).toBe(kept);
  });

  test.each<[written: string, code: string]>([
    ["2026-02-29T00:00:00Z", "invalid_format"],
    ["2026-13-01T00:00:00Z", "invalid_format"],
    ["2026-00-01T00:00:00Z", "invalid_format"],
    ["2026-01-00T00:00:00Z", "invalid_format"],
    ["2026-01-01T24:00:00Z", "invalid_format"],
    ["2026-01-01T00:60:00Z", "invalid_format"],
    ["2026-01-01T00:00:61Z", "invalid_format"],
    ["2026-03-31T23:59:61Z", "invalid_format"],
    ["2026-01-01T00:00Z", "invalid_format"],
    ["2026-01-01T00:00:00", "invalid_format"],
    ["2026-01-01T00:00:00.Z", "invalid_format"],
    ["2026-01-01T00:00:00,5Z", "invalid_format"],
    ["2026-01-01T00:00:00+0100", "invalid_format"],
    ["2026-01-01T00:00:00+24:00", "invalid_format"],
    ["2026-01-01_00:00:00Z", "invalid_format"],
    ["2026-01-01  00:00:00Z", "invalid_format"],
    ["2026-01-01", "invalid_format"],
    ["20260101T000000Z", "invalid_format"],
    ["+002026-01-01T00:00:00Z", "invalid_format"],
    ["2026-01-01T00:00:00Z ", "invalid_format"],
    ["9999-12-31T23:59:60Z", "out_of_range"],
    ["0000-01-01T00:00:00+01:00", "out_of_range"],
  ])("%s is refused", (written, expected) => {
    expect(code(readInstant(written))).toBe(expected);
  });
});

describe("an identifier", () => {
  test.each([
    "bob",
    "Bob Smith",
    "a/b",
    "100%",
    "a?b#c",
    "...",
    ".a",
    "é",
    "名前",
    "顧客　名",
    "👨‍👩‍👧",
    "❤️ VIP",
    "1️⃣",
    "می‌خواهم",
    "क्‍ष",
    "a+b@x",
  ])("%s is accepted", (text) => {
    expect(identifierFault(text.normalize("NFC"))).toBeUndefined();
  });

  test.each([
    " ",
    "bob ",
    " bob",
    "bob\u00a0",
    "\tbob",
    "bob\n",
    "\ufeffbob",
    "bob\u3000",
    "b\u200bob",
    "b\u200dob",
    "b\u200cob",
    "b\u00adob",
    "b\u202eob",
    "b\u2066ob",
    "b\u200eob",
    "b\ufeffob",
    "b\u2060ob",
    "b\ufe0fob",
    "b\u180eob",
    "b\u3164ob",
    "b\u{e0041}ob",
    "b\u0007ob",
    "b\u0085ob",
    "b\u2028ob",
    "bob\u00a0smith",
    "bob\u2003smith",
    "\u2800",
    ".",
    "..",
  ])("%j is refused", (text) => {
    expect(identifierFault(text)).toMatchObject({
      code: "invalid_format",
      message: expect.stringMatching(/\w/) as string,
    });
  });

  test("that is a UUID is kept in lower case, and only a UUID is", () => {
    expect(canonicalId("0198F1DE-0000-7000-8000-00000000ABCD")).toBe("0198f1de-0000-7000-8000-00000000abcd");
    for (const other of [
      "ACME",
      "0198F1DE00007000800000000000ABCD",
      "{0198F1DE-0000-7000-8000-00000000ABCD}",
    ]) {
      expect(canonicalId(other)).toBe(other);
    }
  });
});

describe("case folding", () => {
  test.each<[one: string, other: string]>([
    ["ΚΏΣΤΑΣ", "Κώστας"],
    ["ΚΏΣ", "κώσ"],
    ["STRASSE", "Straße"],
    ["STRAẞE", "strasse"],
    ["İstanbul", "ISTANBUL"],
    ["İstanbul", "istanbul"],
    ["ısparta", "ISPARTA"],
    ["ﬁn", "FIN"],
    ["ﬃ", "FFI"],
    ["é", "E\u0301"],
    ["ǅ", "ǆ"],
    ["ᾳ", "ΑΙ"],
    ["ΐ", "Ϊ́"],
    ["K", "k"],
    ["ſ", "S"],
    ["µ", "Μ"],
    ["և", "ԵՒ"],
    ["ＡＢＣ", "abc"],
    ["a\u00adb", "AB"],
  ])("makes %s equal to %s", (one, other) => {
    expect(caseFolded(one)).toBe(caseFolded(other));
  });

  test("keeps different letters different", () => {
    expect(caseFolded("e")).not.toBe(caseFolded("é"));
    expect(caseFolded("σ")).not.toBe(caseFolded("ο"));
  });

  test("is idempotent, and ignores upper and lower case and normalisation", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const folded = caseFolded(text);
        expect(caseFolded(folded)).toBe(folded);
        for (const form of ["NFC", "NFD", "NFKC", "NFKD"])
          expect(caseFolded(text.normalize(form))).toBe(folded);
        expect(caseFolded(text.toUpperCase())).toBe(folded);
      }),
      { numRuns: 1_000 },
    );
  });
});
