import { expect, it } from "vitest";
import { ratio, summarize } from "./summary.ts";

it("sums measurements up by the one in the middle, the lowest and the highest", () => {
  expect(summarize([30, 10, 20])).toEqual({ median: 20, low: 10, high: 30 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
});

it("leaves out what was not measured, and says so where nothing was", () => {
  expect(summarize([undefined, 7, Number.NaN])).toEqual({ median: 7, low: 7, high: 7 });
  expect(summarize([undefined])).toBeUndefined();
  expect(summarize([])).toBeUndefined();
});

it("compares two things round by round, so that a slow round of both changes nothing", () => {
  expect(ratio([100, 50, 10], [50, 25, 5])).toEqual({ median: 2, low: 2, high: 2 });
  expect(ratio([100, 50], [50, undefined])).toEqual({ median: 2, low: 2, high: 2 });
});
