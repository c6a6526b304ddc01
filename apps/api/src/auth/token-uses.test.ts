import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Keeping } from "../store/keeping.ts";
import { TokenUses } from "./token-uses.ts";

/** The commands that were submitted, each with its writes. */
let written: Keeping[][];
let uses: TokenUses;
let failing: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  failing = false;
  uses = new TokenUses({
    async submit(command) {
      if (failing) throw new Error("the database is away");
      if (!("keep" in command)) throw new Error("not a command that keeps rows");
      const transaction = {
        keep: async (keepings: readonly Keeping[]) => void written.push([...keepings]),
        note: async () => [],
        buildIndex: async () => false,
      };
      return command.keep(transaction);
    },
  });
});
afterEach(() => void vi.useRealTimers());

const noon = Date.parse("2026-03-01T12:00:30.000Z");
const row = (tenant: number, token: string, at: string): Keeping => ({
  tenant,
  table: "tokenUses",
  put: { token, at },
});

it("a use is noted to the minute, and the next one after a minute", () => {
  expect(uses.next("t")).toBeLessThan(noon);
  expect(uses.note(1, "t", noon)).toBe(Date.parse("2026-03-01T12:01:00.000Z"));
  expect(uses.latest("t")).toBe("2026-03-01T12:00:00.000Z");
  expect(uses.latest("other")).toBeUndefined();
});

it("uses are written together a while later, each tenant's in one command", async () => {
  uses.note(1, "a", noon);
  uses.note(2, "c", noon);
  await vi.advanceTimersByTimeAsync(5_000);
  uses.note(1, "b", noon);
  expect(written).toEqual([]);
  await vi.advanceTimersByTimeAsync(5_000);
  const at = "2026-03-01T12:00:00.000Z";
  expect(written).toEqual([[row(1, "a", at), row(1, "b", at)], [row(2, "c", at)]]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(written).toHaveLength(2);
});

it("the noted uses are written when the server stops", async () => {
  uses.note(1, "a", noon);
  await uses.close();
  expect(written).toHaveLength(1);
  await uses.close();
  expect(written).toHaveLength(1);
});

it("an unavailable database disturbs no request", async () => {
  failing = true;
  uses.note(1, "a", noon);
  await vi.advanceTimersByTimeAsync(10_000);
  failing = false;
  uses.note(1, "a", noon + 60_000);
  await uses.close();
  expect(written).toEqual([[row(1, "a", "2026-03-01T12:01:00.000Z")]]);
});
