import { expect, it } from "vitest";
import { ratio, summarize } from "./summary.ts";

it("summarizes measurements by their median, minimum and maximum", () => {
  expect(summarize([30, 10, 20])).toEqual({ median: 20, low: 10, high: 30 });
  expect(summarize([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1, high: 4 });
});

it("leaves out missing measurements, and is undefined without any", () => {
  expect(summarize([undefined, 7, Number.NaN])).toEqual({ median: 7, low: 7, high: 7 });
  expect(summarize([undefined])).toBeUndefined();
  expect(summarize([])).toBeUndefined();
});

it("compares two figures round by round, so that a slow round of both does not matter", () => {
  expect(ratio([100, 50, 10], [50, 25, 5])).toEqual({ median: 2, low: 2, high: 2 });
  expect(ratio([100, 50], [50, undefined])).toEqual({ median: 2, low: 2, high: 2 });
});
