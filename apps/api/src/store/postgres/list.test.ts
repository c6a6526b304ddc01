import type { StoredCustomer } from "@roster/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { postgresTestDatabase, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import type { Database, ListQuery } from "../database.ts";
import type { Asker } from "../queries/asker.ts";
import { list } from "../queries/list.ts";
import { scanBudget } from "../queries/log.ts";
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
    insert into customers (tenant, id, seq, number, token, emails, group_tags, is_demo, version, created_at, updated_at, deleted_at, created_by, updated_by)
      select t, 'id' || ${padded}, 1 + i * 7919 % ${customers}, i, 'k' || i, '[]', '[]', false, 1, 'c', 'u' || lpad((i * 7919 % ${customers})::text, 6, '0'),
        case when i % 10 = 0 then 'd' end, 'x', 'x'
      from generate_series(1, 2) t, generate_series(1, ${customers}) i;
    insert into change_log (tenant, seq, record_type, record_id, version, action, at, actor, source, changes)
      select tenant, seq, 'customer', id, 1, 'create', updated_at, 'x', 'x', '[]' from customers order by tenant, seq;
    insert into tenant_counters (tenant, seq, customer, "user", channel) values (1, ${customers}, 0, 0, 0), (2, ${customers}, 0, 0, 0);
    insert into search_terms (tenant, record_type, field, term, record_id)
      select t, 'customer', f, case f when 'name' then 'name ' || i % 500 when 'groupTag' then 'tag ' || i % 4 else 'site ' || i % 3000 end, 'id' || ${padded}
      from generate_series(1, 2) t, generate_series(1, ${customers}) i, unnest(array['name', 'groupTag', 'ssoId']) f;
    analyze customers; analyze change_log; analyze search_terms`);
});
afterAll(async () => {
  await database.close();
  await server.dispose();
});

const plain: ListQuery = {
  terms: {},
  namePrefix: undefined,
  changedSince: undefined,
  deleted: "any",
  sort: "createdAt",
  order: "asc",
  limit: 200,
  after: undefined,
};

/** Reads all pages of a list. @returns their items and the number of steps */
async function walk(query: Partial<ListQuery>): Promise<{ items: StoredCustomer[]; steps: number }> {
  const items: StoredCustomer[] = [];
  let after: ListQuery["after"];
  let steps = 0;
  do {
    const step = await database.tenant(1).list("customer", { ...plain, ...query, after });
    expect(step.items.length).toBeLessThanOrEqual(query.limit ?? plain.limit);
    items.push(...step.items);
    after = step.next;
    steps++;
  } while (after);
  return { items, steps };
}
const numbers = (items: readonly StoredCustomer[]) => items.map(({ number }) => number);
const all = Array.from({ length: customers }, (_, i) => i + 1);

const byName = (a: number, b: number): number => {
  const [x, y] = [`name ${a % 500}`, `name ${b % 500}`];
  return x < y ? -1 : x > y ? 1 : a - b;
};

describe("a list of many records", () => {
  it.each<[string, Partial<ListQuery>, number[]]>([
    ["by creation", {}, all],
    ["backwards", { order: "desc" }, all.toReversed()],
    ["of live ones", { deleted: false }, all.filter((i) => i % 10 !== 0)],
    ["of deleted ones", { deleted: true }, all.filter((i) => i % 10 === 0)],
    ["by a tag", { terms: { groupTag: "tag 1" } }, all.filter((i) => i % 4 === 1)],
    [
      "by two filters",
      { terms: { groupTag: "tag 1", ssoId: "site 77" } },
      all.filter((i) => i % 4 === 1 && i % 3000 === 77),
    ],
    ["by name", { sort: "name" }, all.toSorted(byName)],
    ["by name, backwards", { sort: "name", order: "desc" }, all.toSorted(byName).toReversed()],
    [
      "by the start of a name",
      { sort: "name", namePrefix: "Name 12" },
      all.filter((i) => String(i % 500).startsWith("12")).toSorted(byName),
    ],
    [
      "by the time of change",
      { sort: "updatedAt", changedSince: "u009000" },
      all
        .filter((i) => (i * 7919) % customers >= 9_000)
        .toSorted((a, b) => ((a * 7919) % customers) - ((b * 7919) % customers)),
    ],
    [
      "by the time of change and a tag, by name",
      { sort: "name", changedSince: "u009900", terms: { groupTag: "tag 3" } },
      all.filter((i) => (i * 7919) % customers >= 9_900 && i % 4 === 3).toSorted(byName),
    ],
  ])("%s has each record once, in order, page by page", async (_, query, expected) => {
    const { items } = await walk(query);
    expect(numbers(items)).toEqual(expected);
  });

  it("reads at most the scan budget per step, and returns where to continue until the end", async () => {
    const rare = { sort: "name", terms: { ssoId: "site 1234" } } as const;
    const { items, steps } = await walk(rare);
    expect(numbers(items)).toEqual([1234, 4234, 7234].toSorted(byName));
    expect(steps).toBe(customers / scanBudget);
  });

  it("ends without an empty page if the scan budget ends at the last entry", async () => {
    const { items, steps } = await walk({ sort: "name", namePrefix: "name", limit: scanBudget });
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
    const spied = reader();
    const asker: Asker = {
      dialect: postgres,
      all: (text, values) => {
        asked.set(text, values);
        return spied.all(text, values);
      },
    };
    for (const sort of ["createdAt", "updatedAt", "name"] as const) {
      for (const order of ["asc", "desc"] as const) {
        for (const terms of [{}, { groupTag: "tag 1" }, { ssoId: "site 5", groupTag: "tag 1" }]) {
          for (const changedSince of [undefined, "u009000"]) {
            for (const deleted of [false, true, "any"] as const) {
              const query = {
                ...plain,
                sort,
                order,
                terms: terms as ListQuery["terms"],
                changedSince,
                deleted,
              };
              const { next } = await list(asker, 1, "customer", { ...query, limit: 50 });
              if (next) await list(asker, 1, "customer", { ...query, limit: 50, after: next });
            }
          }
        }
      }
    }
    expect(asked.size).toBeGreaterThan(100);
    const offenders: unknown[] = [];
    for (const [text, values] of asked) {
      const lines = await slow(spied, text, values);
      if (lines.length > 0) offenders.push([text, ...lines]);
    }
    expect(offenders).toEqual([]);
    await spied.close();
  });

  it("are detected by this test if they do not", async () => {
    const by = reader();
    expect(await slow(by, "select * from customers where job = 'x'")).toHaveLength(1);
    expect(await slow(by, "select * from customers where tenant = 1 order by job limit 1")).not.toEqual([]);
    await by.close();
  });
});
