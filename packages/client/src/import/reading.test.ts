import { describe, expect, it } from "vitest";
import { customerFields } from "@roster/domain";
import { dateReader } from "./dates.ts";
import { localeReader } from "./locale.ts";
import { parseTarget, writeTarget } from "./target.ts";

describe("numbers", () => {
  it.each([
    [undefined, "1234.5", 1234.5],
    [undefined, " -7 ", -7],
    [undefined, "1,234", undefined],
    [undefined, "0123", undefined],
    [undefined, "9007199254740993", undefined],
    ["de", "1.234,5", 1234.5],
    ["de", "1234,5", 1234.5],
    ["de", "1.23", undefined],
    ["en", "1,234.5", 1234.5],
    ["fr", "1 234,5", 1234.5],
    ["fr", "1\u202f234", 1234],
    ["de-CH", "1'234.5", 1234.5],
    ["en-IN", "12,34,567", 1234567],
    ["sv", "\u22127", -7],
    ["ar-EG", "١٬٢٣٤", 1234],
    ["de", "zwei", undefined],
  ])("in the language %s, %j is %j", (locale, text, expected) => {
    expect(localeReader(locale).number(text)).toBe(expected);
  });
});

it.each(["de_DE!", "xx", "qaa-DE", ""])("the language tag %j is refused", (tag) => {
  expect(() => localeReader(tag)).toThrow("is not the tag of a known language");
});

describe("booleans", () => {
  it.each([
    [undefined, "TRUE", true],
    [undefined, "no", false],
    [undefined, "ja", undefined],
    ["de", "Ja", true],
    ["de-AT", "falsch", false],
    ["fr", "oui", true],
    ["ja", "yes", true],
  ])("in the language %s, %j is %j", (locale, text, expected) => {
    expect(localeReader(locale).boolean(text)).toBe(expected);
  });
});

describe("dates", () => {
  it.each([
    [undefined, "2026-03-01", "2026-03-01"],
    [undefined, "01.03.2026", undefined],
    ["DD.MM.YYYY", "01.03.2026", "2026-03-01"],
    ["DD.MM.YYYY", "1.3.2026", undefined],
    ["D.M.YYYY", "1.3.2026", "2026-03-01"],
    ["M/D/YYYY", "3/1/2026", "2026-03-01"],
    ["YYYYMMDD", "20260301", "2026-03-01"],
    ["M/D/YYYY", "2026-03-01", "2026-03-01"],
  ])("in the format %s, %s is %s", (format, text, expected) => {
    expect(dateReader(format).date(text)).toBe(expected);
  });

  it.each([
    [undefined, undefined, "2026-03-01T09:30:00+01:00", "2026-03-01T09:30:00+01:00"],
    [undefined, "Europe/Berlin", "2026-03-01T09:30", "2026-03-01T08:30:00.000Z"],
    [undefined, "Europe/Berlin", "2026-07-01 09:30:00", "2026-07-01T07:30:00.000Z"],
    [undefined, "Asia/Kolkata", "2026-03-01", "2026-02-28T18:30:00.000Z"],
    ["D.M.YYYY H:mm", "Europe/Berlin", "1.3.2026 9:30", "2026-03-01T08:30:00.000Z"],
    ["D.M.YYYY H:mm", "America/New_York", "8.3.2026 1:59", "2026-03-08T06:59:00.000Z"],
    ["D.M.YYYY H:mm", "America/New_York", "8.3.2026 3:00", "2026-03-08T07:00:00.000Z"],
    ["D.M.YYYY", undefined, "31.2.2026", undefined],
    ["D.M.YYYY", undefined, "tomorrow", undefined],
  ])("in the format %s and the zone %s, %s is the instant %s", (format, zone, text, expected) => {
    expect(dateReader(format, zone).instant(text)).toBe(expected);
  });

  it.each([
    ["YY-MM-DD", "unknown part YY"],
    ["DD.MM", "no year"],
    ["DD/DD/YYYY", "day twice"],
  ])("a format %s is refused: %s", (format, message) => {
    expect(() => dateReader(format)).toThrow(message);
  });

  it("a zone that does not exist is refused", () => {
    expect(() => dateReader(undefined, "Europe/Nowhere")).toThrow("no time zone");
  });
});

describe("targets", () => {
  it.each([
    ["name", { field: "name", path: [], op: "set", type: undefined }],
    ["properties.plan", { field: "properties", path: ["plan"], op: "set", type: undefined }],
    ["properties.a.b:number", { field: "properties", path: ["a", "b"], op: "set", type: "number" }],
    ["/properties/a.b~1c", { field: "properties", path: ["a.b/c"], op: "set", type: undefined }],
    ["emails+", { field: "emails", path: [], op: "add", type: undefined }],
    ["groupTags-", { field: "groupTags", path: [], op: "remove", type: undefined }],
  ])("%s is read, and written the same", (text, expected) => {
    const target = parseTarget(customerFields, text);
    if (typeof target === "string") return expect.fail(target);
    expect(target).toMatchObject(expected);
    expect(writeTarget(target)).toBe(text);
  });

  it.each([
    ["nmae", 'there is no field "nmae"; did you mean name?'],
    ["name.first", "name has no keys"],
    ["name+", "name is not a set"],
    ["properties.a:date", "date is not one of text, number, boolean, json"],
    ["name:text", "the type of name is fixed"],
    ["__proto__", 'there is no field "__proto__"'],
  ])("%s is refused: %s", (text, message) => {
    expect(parseTarget(customerFields, text)).toBe(message);
  });
});
