import { describe, expect, it } from "vitest";
import { isStale, seenVersion, staleVersion } from "./version.ts";

const current = { version: 7 };

describe("a record at version 7", () => {
  it("matches if no version is expected, or if 7 is among the expected ones", () => {
    for (const expected of [undefined, 7, [7], [3, 7], [7, 9]])
      expect(isStale(current, expected)).toBe(false);
  });

  it("is stale for any other version and for an empty list", () => {
    for (const expected of [6, 8, [6], [6, 8], []]) expect(isStale(current, expected)).toBe(true);
  });

  it.each([
    [6, 6],
    [[1, 5, 3], 5],
    [[9, 2], 2],
    [8, undefined],
    [[8, 9], undefined],
    [[], undefined],
  ])("to a caller who expects %j was last seen at %j", (expected, seen) => {
    expect(seenVersion(current, expected)).toBe(seen);
  });

  it.each([
    [6, 6, "the record is at version 7, not 6"],
    [[2, 5], 5, "the record is at version 7, not 2 or 5"],
    [[2, 9], 2, "the record is at version 7, not 2 or 9"],
    [[8, 9], 9, "the record is at version 7, not 8 or 9"],
    [[], undefined, "the record is at version 7, and the expected value is not a version"],
  ])(
    "is refused to a caller who expects %j, with the version that this caller had seen",
    (expected, seen, message) => {
      const since = [{ path: "/name", version: 7, at: "2026-03-01T00:00:00.000Z", actor: "system" }];
      expect(staleVersion(current, expected, since).toBody()).toEqual({
        code: "STALE_VERSION",
        message,
        conflict: { ...(seen && { expectedVersion: seen }), currentVersion: 7, changedSince: since },
      });
    },
  );
});
