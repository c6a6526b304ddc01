import { setTimeout as pause } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { customerFields, parseCreate, parseUpdate } from "@roster/domain";
import { actor, startNode, type Node } from "../../testing/node.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { migratedDatabases, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";

/** How PostgreSQL executes writes, by its own statistics. */

let server: PostgresServer;
let make: () => Promise<PostgresTestDatabase>;
let test: PostgresTestDatabase;
let node: Node;
beforeAll(async () => {
  server = await startPostgres();
  make = await migratedDatabases(server);
});
afterAll(() => server.dispose());
beforeEach(async () => {
  test = await make();
  // The plans must be right without statistics.
  await test.sql("alter table customers set (autovacuum_enabled = off)");
  node = await startNode(await test.open());
});
afterEach(() => node.close());

const customers = 20_000;
const id = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`;
/** How many updates of customers the test has made. */
let updates = 0;
beforeEach(() => {
  updates = 0;
});
/** @returns another customer for each update: about two on each page, which have room beside the rows of all */
const nextOfEachPage = (): string => id(1 + ((updates * 9) % customers));
const update = async (where: string, job: string): Promise<void> => {
  updates++;
  await node.roster.customer.update(
    actor,
    parseUpdate(customerFields, { where: { id: where }, patch: { job } }),
  );
};

/** Fills the tenant with customers as another node would. */
const fill = () =>
  test.sql(`
    insert into change_log (tenant, seq, record_type, record_id, version, action, at, actor, source, changes)
      select 1, c.seq + i, 'customer', '00000000-0000-7000-8000-' || lpad(i::text, 12, '0'), 1, 'create', l.at, 'x', 'x', '[]'
      from tenant_counters c join change_log l on l.tenant = c.tenant and l.seq = c.seq, generate_series(1, ${customers}) i where c.tenant = 1;
    insert into customers (tenant, id, seq, number, token, emails, group_tags, is_demo, version, created_at, updated_at, created_by, updated_by)
      select 1, l.record_id, l.seq, 1000000 + l.seq, 'k' || l.seq, '[]', '[]', false, 1, l.at, l.at, 'x', 'x'
      from change_log l where l.source = 'x';
    update tenant_counters set seq = seq + ${customers} where tenant = 1`);

/** The statistics of the customers table, as of one moment, once they include all updates of the test. */
async function statistics(): Promise<{ indexRowsRead: number; updates: number; hotUpdates: number }> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    // A backend reports its statistics at the end of a transaction at most once a second, or after ten seconds
    // without one; several backends may have executed the updates.
    await pause(1_100);
    await update(nextOfEachPage(), "makes the backend report");
    const [[read, all, hot] = []] = await test.sql(`
      select (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'customers'), n_tup_upd, n_tup_hot_upd
      from pg_stat_user_tables where relname = 'customers'`);
    if (Number(all) === updates)
      return { indexRowsRead: Number(read), updates: Number(all), hotUpdates: Number(hot) };
    if (Date.now() > deadline) throw new Error(`PostgreSQL counts ${String(all)} of ${updates} updates`);
  }
}

it("a plan made while the table was empty is not kept once it has grown", async () => {
  const created = await node.roster.customer.create(actor, parseCreate(customerFields, { name: "first" }));
  for (let i = 0; i < 5; i++) await update(created.id, `job ${i}`);
  await fill();
  const before = await statistics();
  await Promise.all(Array.from({ length: 32 }, (_, i) => update(id(1 + i * 100), "batch")));
  const read = (await statistics()).indexRowsRead - before.indexRowsRead;
  expect(read).toBeGreaterThan(32);
  expect(read).toBeLessThan(32 * 20);
});

it("an ordinary update is a HOT update, which touches no index", async () => {
  await fill();
  // Like autovacuum's ANALYZE, a reader keeps PostgreSQL from reusing the space of old row versions.
  const reader = new Client({ connectionString: test.url });
  await reader.connect();
  try {
    await reader.query("begin isolation level repeatable read; select 1 from customers limit 1");
    for (let round = 0; round < 60; round++)
      await Promise.all(Array.from({ length: 32 }, () => update(nextOfEachPage(), `${round}`)));
    const { updates, hotUpdates } = await statistics();
    expect(updates).toBeGreaterThan(60 * 32);
    expect(hotUpdates).toBe(updates);
  } finally {
    await reader.end();
  }
});
