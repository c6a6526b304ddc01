import { criteriaOf, type StoredRecords } from "@roster/domain";
import { expect, it } from "vitest";
import type { TenantReader, WalkEntry, WalkQuery } from "../store/database.ts";
import { Finder } from "./finder.ts";

/** Counts along an index with very many entries. */

type Customer = StoredRecords["customer"];

/** A reader of an index with this many entries, of which one in so many has the job. */
const readerOf = (entries: number, oneIn: number): TenantReader =>
  ({
    entries: async (_type: string, _along: object, limit: number) => Math.min(limit, entries),
    async walk(_type: string, { after, limit }: WalkQuery): Promise<WalkEntry<Customer>[]> {
      const from = after ? Number(after[1]) + 1 : 0;
      return Array.from({ length: Math.max(0, Math.min(limit, entries - from)) }, (_, i) => {
        const id = String(from + i);
        const job = (from + i) % oneIn === 0 ? "engineer" : "clerk";
        const record = { id, deletedAt: null, lastName: "lee", job } as Customer;
        return { place: ["lee", id], seq: 1, record };
      });
    },
  }) as unknown as TenantReader;

const count = (entries: number, oneIn: number) => {
  const criteria = criteriaOf("customer", { lastName: "Lee", job: "engineer" });
  const sought = { ids: undefined, deleted: false, criteria, words: [], order: { by: "id" } } as const;
  return new Finder(readerOf(entries, oneIn), "customer", sought, "asc").count();
};

it.each([
  ["exact at the end of the index", 40_000, 100, { count: 400, exact: true }],
  ["a lower bound where it stops before the end", 40_001, 100, { count: 400, exact: false }],
  ["a lower bound, however many follow", 1_000_000, 100, { count: 400, exact: false }],
  ["exact up to 10,000", 10_000, 1, { count: 10_000, exact: true }],
  ["10,000 if there are more", 10_001, 1, { count: 10_000, exact: false }],
  ["exact for few", 3, 1, { count: 3, exact: true }],
])("a count is %s", async (_, entries, oneIn, expected) => {
  expect(await count(entries, oneIn)).toEqual(expected);
});
