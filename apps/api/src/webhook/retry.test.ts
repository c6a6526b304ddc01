import { expect, it } from "vitest";
import { nextDelay } from "./retry.ts";
import { delayOf } from "./send.ts";
import { usualRetries } from "./settings.ts";

it("a message is attempted ten times in just over three days", () => {
  const delays = Array.from({ length: 10 }, (_, i) => nextDelay(usualRetries, i + 1, {}, 0.5));
  expect(delays.at(-1)).toBeUndefined();
  const all = delays.slice(0, -1).reduce<number>((sum, delay) => sum + (delay ?? 0), 0);
  expect(all / 3_600_000).toBeCloseTo(75.6, 1);
});

it("simultaneous failures are spread by a tenth to either side", () => {
  expect([0, 0.5, 1].map((chance) => nextDelay([1_000], 1, {}, chance))).toEqual([900, 1_000, 1_100]);
});

it("a receiver can request a longer delay than scheduled, up to a day, but not a shorter one", () => {
  expect(nextDelay([1_000], 1, { retryAfter: 60_000 })).toBe(60_000);
  expect(nextDelay([1_000], 1, { retryAfter: 10 }, 0.5)).toBe(1_000);
  expect(nextDelay([1_000], 1, { retryAfter: 1e12 })).toBe(86_400_000);
  expect(nextDelay([1_000], 2, { retryAfter: 10 })).toBeUndefined();
});

it.each([
  ["120", 120_000],
  ["Thu, 01 Jan 1970 00:01:00 GMT", 59_000],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["Thursday, 01-Jan-70 00:01:00 GMT", 59_000],
  ["Thu Jan  1 00:01:00 1970", 59_000],
  ["soon", undefined],
  [undefined, undefined],
])("Retry-After: %s", (header, delay) => {
  expect(delayOf(header, 1_000)).toBe(delay);
});
