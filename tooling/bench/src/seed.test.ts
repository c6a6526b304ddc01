import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApi, type Api } from "@roster/api";
import { createLocalClient, type RosterClient } from "@roster/client";
import BetterSqlite from "better-sqlite3";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { customerId, customerInput, scatter } from "./customers.ts";
import { places, seed, type Population } from "./seed.ts";

const folder = mkdtempSync(join(tmpdir(), "roster-seed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const population: Population = { flat: 30, tree: { children: 2, each: 5 }, above: 4 };
const token = "seed-test-token";
let databases = 0;
let file: string;
let api: Api;
let client: RosterClient;

beforeEach(async () => {
  file = join(folder, `${databases++}.db`);
  await seed(file, token, population);
  api = await createApi({ databaseUrl: `sqlite:${file}` });
  client = createLocalClient(api, { token });
});
afterEach(() => api.close());

/** All rows about a customer, without ids, numbers and instants. */
function rowsOf(id: string) {
  const database = new BetterSqlite(file, { readonly: true });
  const rows = (sql: string) => database.prepare(sql).all(id) as Record<string, unknown>[];
  const found = {
    customer: rows("select * from customers where id = ?"),
    terms: rows("select field, term from search_terms where record_id = ? order by field, term"),
    log: rows("select * from change_log where record_id = ?"),
  };
  database.close();
  return found;
}

describe("a seeded database", () => {
  it("has customers as Roster itself creates them: row, search terms and log", async () => {
    const seeded = rowsOf(customerId(3));
    const own = { providedId: "made by Roster", name: "Customer made by Roster" };
    const { id } = await client.customer.create.mutate({ ...customerInput(3), ...own });
    const made = rowsOf(id);

    const [row] = seeded.customer;
    const [madeRow] = made.customer;
    expect(row).toEqual({
      ...madeRow,
      id: customerId(3),
      number: row?.["number"],
      seq: seeded.log[0]?.["seq"],
      token: row?.["token"],
      provided_id: customerInput(3).providedId,
      name: customerInput(3).name,
      created_at: row?.["created_at"],
      updated_at: row?.["updated_at"],
    });
    const ownTerms: Record<string, unknown> = {
      name: customerInput(3).name?.toLowerCase(),
      createdAt: row?.["created_at"],
    };
    expect(seeded.terms).toEqual(
      made.terms.map(({ field, term }) => ({ field, term: ownTerms[field as string] ?? term })),
    );
    const [entry] = seeded.log;
    const [madeEntry] = made.log;
    const paths = (changes: unknown) =>
      (JSON.parse(String(changes)) as { path: string }[]).map(({ path }) => path);
    expect(paths(entry?.["changes"])).toEqual(paths(madeEntry?.["changes"]));
    expect({ ...entry, changes: "" }).toEqual({
      ...madeEntry,
      seq: entry?.["seq"],
      record_id: customerId(3),
      at: row?.["created_at"],
      changes: "",
    });
  });

  it("continues after the seed: with the next number and the next row of the log", async () => {
    const { total } = places(population);
    const { number } = await client.customer.create.mutate({ name: "The next one" });
    expect(number).toBe(total + 1);
    const { version, changes } = await client.customer.update.mutate({
      where: { id: customerId(0) },
      patch: { addressState: "Manager" },
    });
    expect(version).toBe(2);
    expect(changes).toEqual([{ path: "/addressState", from: "State", to: "Manager" }]);
    const database = new BetterSqlite(file, { readonly: true });
    const log = database.prepare("select count(*), max(seq) from change_log").raw().get();
    expect(log).toEqual([log?.[1 as never], log?.[1 as never]]);
    database.close();
  });

  it("has customers that are found in lists, by name and by email", async () => {
    const { items } = await client.customer.list.query({ limit: 10 });
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => customerId(index)));
    const { email } = customerInput(7);
    const byEmail = await client.customer.list.query({ filter: { email: email ?? "" } });
    expect(byEmail.items.map(({ id }) => id)).toEqual([customerId(7)]);
    const byName = await client.customer.list.query({ filter: { namePrefix: "customer 0000001" } });
    expect(byName.items).toHaveLength(10);
  });

  it("has the requested hierarchy, which Roster's rules accept", async () => {
    const { top, leaves, deepest } = places(population);
    const below = await client.customer.list.query({ filter: { parent: customerId(top.first) }, limit: 200 });
    expect(below.items).toHaveLength(2);
    const counts = await Promise.all(
      below.items.map(
        async ({ id }) => (await client.customer.list.query({ filter: { parent: id } })).items.length,
      ),
    );
    expect(counts).toEqual([5, 5]);
    expect(leaves.count).toBe(10);

    let above = 0;
    for (
      let { parent } = await client.customer.get.query({ where: { id: customerId(deepest.first) } });
      parent !== null;
      above++
    ) {
      ({ parent } = await client.customer.get.query({ where: { id: parent } }));
    }
    expect(above).toBe(4);
    // A rule of the hierarchy: a leaf must not be above its own parent.
    await expect(
      client.customer.update.mutate({
        where: { id: customerId(top.first) },
        patch: { parent: customerId(leaves.first) },
      }),
    ).rejects.toThrow();
  });
});

it("requests use every customer once before the first one again", () => {
  for (const count of [1, 2, 3, 10, 500, 10_000]) {
    const at = scatter(100, count);
    const seen = new Set(Array.from({ length: count }, (_, n) => at(n)));
    expect(seen.size).toBe(count);
    expect(Math.min(...seen)).toBe(100);
    expect(Math.max(...seen)).toBe(99 + count);
    expect(at(count)).toBe(at(0));
  }
});
