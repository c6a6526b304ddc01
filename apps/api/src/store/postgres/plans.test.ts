import { setTimeout as pause } from "node:timers/promises";
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
const update = (i: number, job: string) =>
  node.roster.customer.update(actor, parseUpdate(customerFields, { where: { id: id(i) }, patch: { job } }));

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

/** A statistic of the customers table that includes the latest statements. */
async function statistic(column: string, table: string): Promise<number> {
  // A backend reports its statistics at the end of a transaction, at most once a second.
  await pause(1_100);
  await update(1, `to be told ${column}`);
  await pause(200);
  const [[sum] = []] = await test.sql(
    `select coalesce(sum(${column}), 0)::bigint from ${table} where relname = 'customers'`,
  );
  return sum as number;
}

it("a plan made while the table was empty is not kept once it has grown", async () => {
  const created = await node.roster.customer.create(actor, parseCreate(customerFields, { name: "first" }));
  for (let i = 0; i < 5; i++)
    await node.roster.customer.update(
      actor,
      parseUpdate(customerFields, { where: { id: created.id }, patch: { job: `job ${i}` } }),
    );
  await fill();
  const before = await statistic("idx_tup_read", "pg_stat_user_indexes");
  await Promise.all(Array.from({ length: 32 }, (_, i) => update(1 + i * 100, "batch")));
  const read = (await statistic("idx_tup_read", "pg_stat_user_indexes")) - before;
  expect(read).toBeGreaterThan(32);
  expect(read).toBeLessThan(32 * 20);
});

it("an ordinary update is a HOT update, which touches no index", async () => {
  await fill();
  for (let round = 0; round < 60; round++)
    await Promise.all(
      Array.from({ length: 32 }, (_, i) => update(1 + ((round * 5_003 + i * 617) % customers), `${round}`)),
    );
  const hot = await statistic("n_tup_hot_upd", "pg_stat_user_tables");
  const all = await statistic("n_tup_upd", "pg_stat_user_tables");
  expect(all).toBeGreaterThan(1_900);
  expect(hot / all).toBeGreaterThan(0.99);
});
