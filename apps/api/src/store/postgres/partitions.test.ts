import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { groupCommitCases } from "../../testing/group-commit.cases.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import {
  migratedDatabases,
  postgresTestDatabase,
  type PostgresTestDatabase,
} from "../../testing/postgres-test-database.ts";

/** The database as `docs/partition-by-tenant.sql` leaves it. */

const script = readFileSync(new URL("../../../../../docs/partition-by-tenant.sql", import.meta.url), "utf8");

let server: PostgresServer;
let template: PostgresTestDatabase;
beforeAll(async () => {
  server = await startPostgres();
  template = await (await migratedDatabases(server))();
  // One text with many statements, as psql sends it.
  await template.sql(script);
});
afterAll(() => server.dispose());
const make = () => postgresTestDatabase(server, template.url);

describe("with its big tables partitioned by tenant", () => {
  groupCommitCases(make);

  it("constraints and indexes keep the names that migrations use", async () => {
    const whole = await (await migratedDatabases(server))();
    const names = async ({ sql }: PostgresTestDatabase) =>
      sql(`select c.relname, i.relname from pg_index join pg_class c on c.oid = indrelid join pg_class i on i.oid = indexrelid
           where c.relnamespace = 'public'::regnamespace and not c.relispartition order by 1, 2`);
    expect(await names(template)).toEqual(await names(whole));
    const split = await template.sql("select relname from pg_class where relkind = 'p' order by 1");
    expect(split.flat()).toEqual([
      "change_log",
      "customers",
      "idempotency_keys",
      "idempotency_records",
      "search_terms",
      "search_texts",
      "user_group_members",
      "user_groups",
      "users",
    ]);
  });

  it("existing rows are kept", async () => {
    const test = await (await migratedDatabases(server))();
    await test.sql(
      "insert into search_terms select t, 'customer', 'name', 'x', 'y' from generate_series(1, 100) t",
    );
    await test.sql(script);
    expect(await test.sql("select count(*), min(tenant), max(tenant) from search_terms")).toEqual([
      [100, 1, 100],
    ]);
    const [[used] = []] = await test.sql("select count(distinct tableoid) from search_terms");
    expect(used).toBeGreaterThan(8);
  });

  it("a look-up of one tenant touches one partition, by its index", async () => {
    const plan = await template.sql(
      "explain (costs off) select id from customers where tenant = 7 and provided_id = 'x' and deleted_at is null",
    );
    expect(plan.flat().filter((line) => String(line).includes("Scan"))).toHaveLength(1);
  });
});
