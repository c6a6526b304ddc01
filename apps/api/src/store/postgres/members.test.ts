import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { postgresTestDatabase, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import type { Asker } from "../queries/asker.ts";
import { load } from "../queries/load.ts";
import { tenantReader } from "../queries/reads.ts";
import { readPrimaryAddress } from "./address.ts";
import { postgres } from "./dialect.ts";
import { Reader } from "./reader.ts";

/** The plans of reads of a large user group, right after an import, when PostgreSQL has no statistics. */

const users = 20_000;
const id = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, "0")}`;

let server: PostgresServer;
let test: PostgresTestDatabase;
let reader: Reader;
const asked: [text: string, values: readonly unknown[]][] = [];
let asker: Asker;
beforeAll(async () => {
  server = await startPostgres();
  test = await postgresTestDatabase(server);
  await (await test.open()).close();
  const padded = "'00000000-0000-7000-8000-' || lpad(i::text, 12, '0')";
  await test.sql(`
    alter table users set (autovacuum_enabled = off);
    alter table user_groups set (autovacuum_enabled = off);
    alter table user_group_members set (autovacuum_enabled = off);
    alter table search_terms set (autovacuum_enabled = off);
    insert into users (tenant, id, seq, number, username, active, version, created_at, updated_at, created_by, updated_by, deleted_at)
      select 1, ${padded}, i, i, 'u' || i, true, 1, 'c', 'u', 'x', 'x', case when i % 10 = 0 then 'd' end
      from generate_series(1, ${users}) i;
    insert into user_groups (tenant, id, seq, display_name, version, created_at, updated_at, created_by, updated_by)
      select 1, 'g' || i, i, 'Group ' || i, 1, 'c', 'u', 'x', 'x' from generate_series(1, 1000) i;
    insert into user_group_members (tenant, user_group, member)
      select 1, 'g1', ${padded} from generate_series(1, ${users}) i union all select 1, 'g1', 'g2';
    insert into search_terms (tenant, record_type, field, term, record_id)
      select 1, 'userGroup', 'member', ${padded}, 'g1' from generate_series(1, ${users}) i`);
  reader = new Reader(readPrimaryAddress(test.url), { connections: 1 });
  asker = {
    dialect: postgres,
    all(text, values, unordered) {
      asked.push([text, values]);
      return reader.all(text, values, unordered);
    },
  };
});
afterAll(async () => {
  await reader.close();
  await server.dispose();
});

it("answers with the live ones", async () => {
  const of = tenantReader(asker, 1);
  const page = await of.members("g1", id(17_995), 10_000);
  expect(page).toHaveLength(1_805);
  expect(page[0]).toEqual({ id: id(17_996), type: "user", name: "u17996" });
  expect(page.at(-1)).toEqual({ id: "g2", type: "userGroup", name: "Group 2" });
  expect(await of.groupsOf([id(5), id(999_999), id(6)])).toEqual([
    [{ id: "g1", displayName: "Group 1" }],
    [],
    [{ id: "g1", displayName: "Group 1" }],
  ]);
  const candidates = [id(5), id(10), "g3", "nobody"];
  const wants = [
    ...candidates.map((one) => ({ kind: "candidate", id: one }) as const),
    ...candidates.map((member) => ({ kind: "member", group: "g1", member }) as const),
  ];
  expect(
    await load(
      asker,
      wants.map((want) => ({ tenant: 1, want })),
    ),
  ).toEqual([true, false, true, false, true, true, false, false]);
});

it("reads each member by its key, whatever the number of members", async () => {
  const offenders: unknown[] = [];
  for (const [text, values] of asked) {
    const plan = (await reader.all(`explain ${text}`, values)).flat() as string[];
    const slow = plan.filter((line) =>
      /Join|Nested Loop|Seq Scan|Sort|Hash|Materialize|Filter: \(\(?id =/.test(line),
    );
    if (slow.length > 0) offenders.push([text, ...plan]);
  }
  expect(asked.length).toBe(4);
  expect(offenders).toEqual([]);
});
