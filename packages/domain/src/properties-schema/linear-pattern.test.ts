import { describe, expect, it } from "vitest";
import { milliseconds } from "../testing/processor-time.ts";
import { LinearPattern, patternLimits, writtenOut } from "./linear-pattern.ts";

describe("a pattern", () => {
  it.each([
    ["^[A-Z]{2}-\\d{4}$", "AB-1234", "xAB-1234"],
    ["b", "abc", "ac"],
    ["^\\u00e9\\p{L}+$", "étage", "etage"],
    ["^(?:a|bc)*$", "abca", "abb"],
    ["^.{2}$", "😀b", "😀bc"],
    ["^\\/api\\-v\\d$", "/api-v2", "/api/v2"],
  ])("%s finds %s and not %s, as in JavaScript", (source, fits, misfit) => {
    const pattern = new LinearPattern(source);
    expect([pattern.test(fits), pattern.test(misfit)]).toEqual([true, false]);
  });

  it.each([
    ["(?=a)b", "`(?=`"],
    ["(a)\\1", "`\\1`"],
    ["[a-", "missing closing ]"],
    ["(", "missing closing )"],
    ["a{1001}", "`{1001}`"],
    ["x".repeat(patternLimits.length + 1), "501 characters"],
    ["(?:[ab][cd]){1000}".repeat(3), "too large"],
    ["(?:(?:a{10}){10}){10}".repeat(5), "too large"],
  ])("%s is refused: %s", (source, why) => {
    expect(() => new LinearPattern(source)).toThrow(why);
  });

  it.each([
    ["abc", 3],
    ["a{3}", 3],
    ["a{2,5}b", 6],
    ["a{2,}", 3],
    ["[^]{}]{4}", 4],
    ["\\p{L}{3}", 3],
    ["(?:ab){3}", 12],
    ["(?P<n>ab){3}", 12],
    ["((a{2}){3}){4}", 4 * (3 * (2 + 2) + 2)],
    ["\\{5}", 3],
  ])("%s is estimated at %i instructions", (source, size) => {
    expect(writtenOut(source)).toBe(size);
  });

  it.each(["^(x+x+)+y", "^(a|a)*$", "(.*)*[cd]$", "^(\\w+\\s?)*$", "a[ab]{40}[cd]"])(
    "%s takes time linear in the text",
    (source) => {
      const pattern = new LinearPattern(source);
      const text = `${"xa".repeat(5_000)}!`;
      expect(milliseconds(() => pattern.test(text))).toBeLessThan(1_000);
    },
  );
});
