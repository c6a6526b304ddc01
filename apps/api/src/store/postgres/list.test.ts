import type { StoredCustomer } from "@roster/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { steps as stepsOf, type Listing } from "../../testing/listed.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { postgresTestDatabase, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import type { Database } from "../database.ts";
import type { Asker } from "../queries/asker.ts";
import { scanBudget } from "../queries/log.ts";
import { tenantReader } from "../queries/reads.ts";
import { postgres } from "./dialect.ts";
import { readPrimaryAddress } from "./address.ts";
import { Reader } from "./reader.ts";

/** The number of customers in each of two tenants. */
const customers = 10_000;

let server: PostgresServer;
let test: PostgresTestDatabase;
let database: Database;
beforeAll(async () => {
  server = await startPostgres();
  test = await postgresTestDatabase(server);
  database = await test.open();
  const padded = "lpad(i::text, 6, '0')";
  await test.sql(`
    insert into customers (tenant, id, seq, number, token, emails, group_tags, is_demo, version, created_at, updated_at, deleted_at, created_by, updated_by, name, sso_id, address)
      select t, 'id' || ${padded}, 1 + i * 7919 % ${customers}, i, 'k' || i, '[]', json_build_array('tag ' || i % 4), false, 1, 'c', 'u' || lpad((i * 7919 % ${customers})::text, 6, '0'),
        case when i % 10 = 0 then 'd' end, 'x', 'x', 'name ' || i % 500, 'site ' || i % 3000, case when i % 3000 = 1234 then 'rare' end
      from generate_series(1, 2) t, generate_series(1, ${customers}) i;
    insert into change_log (tenant, seq, record_type, record_id, version, action, at, actor, source, changes)
      select tenant, seq, 'customer', id, 1, 'create', updated_at, 'x', 'x', '[]' from customers order by tenant, seq;
    insert into tenant_counters (tenant, seq, customer, "user", channel) values (1, ${customers}, 0, 0, 0), (2, ${customers}, 0, 0, 0);
    insert into search_terms (tenant, record_type, field, term, record_id)
      select t, 'customer', f, case f when 'name' then 'name ' || i % 500 when 'groupTags' then 'tag ' || i % 4 when 'deletedAt' then 'd' else 'site ' || i % 3000 end, 'id' || ${padded}
      from generate_series(1, 2) t, generate_series(1, ${customers}) i, unnest(array['name', 'groupTags', 'ssoId', 'deletedAt']) f
      where f <> 'deletedAt' or i % 10 = 0;
    insert into search_texts (tenant, record_type, number, text)
      select tenant, 'customer', number, '  ' || replace(name || ' ' || sso_id, ' ', '  ') || '  ' from customers;
    analyze customers; analyze change_log; analyze search_terms; analyze search_texts`);
});
afterAll(async () => {
  await database.close();
  await server.dispose();
});

/** Reads all pages of a list. @returns their items and the number of steps */
async function walk(listing: Listing): Promise<{ items: StoredCustomer[]; steps: number }> {
  const items: StoredCustomer[] = [];
  let steps = 0;
  const { filter, ...rest } = listing;
  const all = { filter: { deleted: "any", ...filter }, ...rest };
  for await (const step of stepsOf(database.tenant(1), "customer", all)) {
    expect(step.length).toBeLessThanOrEqual(listing.limit ?? 200);
    items.push(...step);
    steps++;
  }
  return { items, steps };
}
const numbers = (items: readonly StoredCustomer[]) => items.map(({ number }) => number);
const all = Array.from({ length: customers }, (_, i) => i + 1);

const byName = (a: number, b: number): number => {
  const [x, y] = [`name ${a % 500}`, `name ${b % 500}`];
  return x < y ? -1 : x > y ? 1 : a - b;
};

/** The customers with a number as a word, then those with a word that begins with it. */
const ranked = (word: string): number[] => {
  const words = (i: number) => [`${i % 500}`, `${i % 3000}`];
  const exact = all.filter((i) => words(i).includes(word));
  return [...new Set([...exact, ...all.filter((i) => words(i).some((one) => one.startsWith(word)))])];
};

describe("a list of many records", () => {
  it.each<[string, Listing, number[]]>([
    ["by creation", {}, all],
    ["backwards", { order: "desc" }, all.toReversed()],
    ["of live ones", { filter: { deleted: false } }, all.filter((i) => i % 10 !== 0)],
    ["of deleted ones", { filter: { deleted: true } }, all.filter((i) => i % 10 === 0)],
    ["by a tag", { filter: { groupTag: "tag 1" } }, all.filter((i) => i % 4 === 1)],
    [
      "by two filters",
      { filter: { groupTag: "tag 1", ssoId: "site 77" } },
      all.filter((i) => i % 4 === 1 && i % 3000 === 77),
    ],
    [
      "by one of many values",
      { filter: { groupTags: { in: ["tag 1", "tag 2"] } } },
      all.filter((i) => i % 4 === 1 || i % 4 === 2),
    ],
    ["by name", { sort: "name" }, all.toSorted(byName)],
    ["by name, backwards", { sort: "name", order: "desc" }, all.toSorted(byName).toReversed()],
    [
      "by the start of a name",
      { sort: "name", filter: { namePrefix: "Name 12" } },
      all.filter((i) => String(i % 500).startsWith("12")).toSorted(byName),
    ],
    [
      "by the time of change",
      { sort: "updatedAt", filter: { changedSince: "u009000" } },
      all
        .filter((i) => (i * 7919) % customers >= 9_000)
        .toSorted((a, b) => ((a * 7919) % customers) - ((b * 7919) % customers)),
    ],
    [
      "by the time of change and a tag, by name",
      { sort: "name", filter: { changedSince: "u009900", groupTag: "tag 3" } },
      all.filter((i) => (i * 7919) % customers >= 9_900 && i % 4 === 3).toSorted(byName),
    ],
    [
      "by a tag, by number backwards",
      { sort: "number", order: "desc", filter: { groupTag: "tag 3" } },
      all.filter((i) => i % 4 === 3).toReversed(),
    ],
    [
      "by a search of many",
      { search: "name", filter: { groupTag: "tag 3" } },
      all.filter((i) => i % 4 === 3),
    ],
    ["by a search of few", { search: "site 1234" }, [1234, 4234, 7234]],
    ["by a search of few, the best first", { search: "name 123", limit: 7 }, ranked("123")],
    [
      "by a search of few and a tag, the best first",
      { search: "name 123", limit: 7, filter: { groupTag: "tag 3" } },
      ranked("123").filter((i) => i % 4 === 3),
    ],
    [
      "by a search of many with a short word",
      { search: "name 12", limit: 50 },
      ranked("12").toSorted((a, b) => a - b),
    ],
  ])("%s has each record once, in order, page by page", async (_, listing, expected) => {
    const { items } = await walk(listing);
    expect(numbers(items)).toEqual(expected);
  });

  it("reads at most the scan budget per step, and returns where to continue until the end", async () => {
    const rare = { sort: "name", filter: { namePrefix: "name", address: "rare" } };
    const { items, steps } = await walk(rare);
    expect(numbers(items)).toEqual([1234, 4234, 7234].toSorted(byName));
    expect(steps).toBe(customers / scanBudget);
  });

  it("ends without an empty page if the scan budget ends at the last entry", async () => {
    const { items, steps } = await walk({ filter: { namePrefix: "name" }, limit: scanBudget });
    expect([items.length, steps]).toEqual([customers, customers / scanBudget]);
  });
});

describe("the statements of lists", () => {
  const reader = () => new Reader(readPrimaryAddress(test.url), { connections: 1 });
  /** The lines of a statement's plan whose cost grows with the number of records, though the page is short. */
  const slow = async (by: Reader, text: string, values: readonly unknown[] = []): Promise<unknown[]> => {
    const plan = await by.all(`explain ${text}`, values);
    return plan.flat().filter((line) => /Seq Scan|Sort|Hash|Merge|Bitmap|Materialize/.test(line as string));
  };

  it("read an index, and look its entries up by primary key", async () => {
    const asked = new Map<string, readonly unknown[]>();
    const unordered = new Map<string, readonly unknown[]>();
    const spied = reader();
    const asker: Asker = {
      dialect: postgres,
      all: (text, values, isUnordered) => {
        (isUnordered ? unordered : asked).set(text, values);
        return spied.all(text, values, isUnordered);
      },
    };
    const filters = [
      {},
      { groupTag: "tag 1" },
      { ssoId: "site 5", groupTag: "tag 1" },
      { ssoId: { startsWith: "site" } },
      { groupTags: { in: ["tag 1", "tag 2"] } },
      { createdAt: { gte: "c" } },
      { phone: null },
      { dateOfBirth: { present: true } },
      { number: { gte: 500, lt: 9_000 } },
      { providedId: "x" },
    ];
    const two = async (listing: Listing) => {
      let count = 0;
      for await (const _ of stepsOf(tenantReader(asker, 1), "customer", { ...listing, limit: 50 }))
        if (++count === 2) break;
    };
    for (const sort of ["createdAt", "updatedAt", "name", "number", "providedId", "phone"]) {
      for (const order of ["asc", "desc"] as const) {
        for (const filter of filters) {
          const more = sort === "updatedAt" ? { changedSince: "u009000" } : {};
          await two({ sort, order, filter: { ...filter, ...more } });
        }
      }
    }
    for (const search of ["site 1234", "name", "zz"]) await two({ search });
    expect(asked.size).toBeGreaterThan(30);
    const offenders: unknown[] = [];
    for (const [text, values] of asked) {
      const lines = await slow(spied, text, values);
      if (lines.length > 0) offenders.push([text, ...lines]);
    }
    expect(offenders).toEqual([]);
    expect(unordered.size).toBeGreaterThan(1);
    for (const [text, values] of unordered) {
      const plan = (await spied.all(`explain ${text}`, values, true)).flat();
      expect(plan.join("\n")).toContain("search_texts_letters");
    }
    await spied.close();
  });

  it("are detected by this test if they do not", async () => {
    const by = reader();
    expect(await slow(by, "select * from customers where job = 'x'")).toHaveLength(1);
    expect(await slow(by, "select * from customers where tenant = 1 order by job limit 1")).not.toEqual([]);
    await by.close();
  });
});
