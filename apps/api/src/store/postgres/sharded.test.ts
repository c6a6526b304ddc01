import {
  customerFields,
  parseCreate,
  parseMany,
  parseUpdate,
  type Actor,
  type StoredRecords,
} from "@roster/domain";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { replaceLevels } from "../../reference/hierarchy.ts";
import { createTenant } from "../../tenant/tenants.ts";
import { createApi } from "../../compose.ts";
import { callerOf, makeScene } from "../../testing/scene.ts";
import { tenantTables, withoutTenant } from "../../testing/tenants-named.ts";
import type { Along, TenantReader, Want } from "../database.ts";
import type { Settlement } from "../deliveries.ts";
import type { Keeping } from "../keeping.ts";
import { Connection } from "./connection.ts";
import { openPostgres } from "./postgres-database.ts";

/** A node on a database that is sharded by tenant: PostgreSQL itself, with a record of what it is asked. */

let server: PostgresServer;
let node: Node;
/** The statements that were prepared, in transactions and reads. */
const statements = new Set<string>();

beforeAll(async () => {
  server = await startPostgres();
  const { run } = Connection.prototype;
  vi.spyOn(Connection.prototype, "run").mockImplementation(function (this: Connection, text, values) {
    statements.add(text);
    return run.call(this, text, values);
  });
  node = await startNode(await openPostgres(await server.createDatabase(), {}, { sharded: true }));
});
afterAll(async () => {
  vi.restoreAllMocks();
  await node.close();
  await server.dispose();
});

it("keeps all promises of commands of several tenants that arrive together", async () => {
  const actors: Actor[] = [actor];
  for (const name of ["second", "third"]) {
    const { id, number } = await createTenant(node.store, actor, { name });
    actors.push({ ...actor, tenant: { id, number, name } });
  }
  const { customer } = node.roster;
  const byId = (id: string) => [{ field: "id", value: id }] as const;
  await Promise.all(
    actors.map(async (of) => {
      await replaceLevels(node.store, of, { levels: ["Group", "Company"] });
      const make = (input: object, key = String(Math.random())) =>
        customer.create({ ...of, idempotency: { key, fingerprint: "" } }, parseCreate(customerFields, input));
      const update = (id: string, patch: object) =>
        customer.update(of, parseUpdate(customerFields, { where: { id }, patch }));
      const [parent, child] = await Promise.all([
        make({ providedId: "same", name: "Parent", hierarchyLevel: "Group" }, "same"),
        make({ name: "Child", email: "child@example.com" }),
      ]);
      expect((await make({}, "same")).id).toBe(parent.id);
      await update(child.id, { hierarchyLevel: "Company", parent: parent.id });
      for (const mode of ["atomic", "independent"]) {
        const items = Array.from({ length: 300 }, (_, i) => ({
          where: { id: i % 2 === 0 ? parent.id : child.id },
          patch: { properties: { [`k${i}`]: mode } },
        }));
        const { applied } = await customer.updateMany(of, parseMany(customerFields, { items, mode }));
        expect(applied).toBe(300);
      }
      expect(await codeOf(update(parent.id, { hierarchyLevel: "Company" }))).not.toBe("fine");
      expect(await customer.get(of, byId(child.id), true)).toMatchObject({ version: 302 });
      await customer.erase(of, byId(child.id));
      expect(await customer.get(of, byId(parent.id), true)).toMatchObject({
        providedId: "same",
        version: 301,
      });
    }),
  );
});

/** A key in each table whose rows are written whole. */
const keys: (Keeping & { remove: readonly string[] })[] = [
  { tenant: 1, table: "people", remove: ["a"] },
  { tenant: 1, table: "sessions", remove: ["a"] },
  { tenant: 1, table: "tokenUses", remove: ["a"] },
  { tenant: 1, table: "savedViews", remove: ["a"] },
  { tenant: 1, table: "distinctCustomers", remove: ["a", "b"] },
];

/** A row in each of these tables. */
const rows: Keeping[] = [
  { tenant: 1, table: "people", put: { id: "a", name: "b", signedInAt: "2026" } },
  {
    tenant: 1,
    table: "sessions",
    put: { hash: "a", token: null, person: "a", scopes: [], expiresAt: "2026" },
  },
  { tenant: 1, table: "tokenUses", put: { token: "a", at: "2026" } },
  {
    tenant: 1,
    table: "savedViews",
    put: { id: "a", list: "customers", name: "b", shared: true, state: {}, owner: "c" },
  },
  { tenant: 1, table: "distinctCustomers", put: { a: "a", b: "b" } },
];

/** Each kind of data that commands ask for. */
const wants: { [K in Want["kind"]]: Extract<Want, { kind: K }>[] } = {
  record: (["id", "providedId"] as const).map((field) => ({
    kind: "record",
    type: "customer",
    field,
    value: "a",
  })),
  member: [{ kind: "member", group: "a", member: "b" }],
  members: [{ kind: "members", group: "a" }],
  all: [{ kind: "all", type: "webhook" }],
  childLevels: [{ kind: "childLevels", id: "a" }],
  levelInUse: [
    { kind: "levelInUse", level: "a" },
    { kind: "levelInUse", level: "a", parent: "b" },
  ],
  lastTenant: [{ kind: "lastTenant" }],
  key: [{ kind: "key", key: "a" }],
  referring: (["parent", "customer", "mergedInto"] as const).map((field) => ({
    kind: "referring",
    type: field === "customer" ? "user" : "customer",
    field,
    id: "a",
    limit: 1,
  })),
  changedSince: [{ kind: "changedSince", type: "user", id: "a", version: 1 }],
  asOf: [{ kind: "asOf", type: "user", id: "a", version: 1 }],
  entry: [{ kind: "entry", type: "user", id: "a", version: 1 }],
  entriesFrom: [{ kind: "entriesFrom", type: "user", id: "a", seq: 1, limit: 1 }],
  alike: [{ kind: "alike", type: "user", field: "userName", term: "a" }],
  changeSet: [{ kind: "changeSet", id: "a" }],
  candidate: [{ kind: "candidate", id: "a" }],
  builds: [{ kind: "builds", type: "customer" }],
  kept: keys.map(({ table, remove }) => ({ kind: "kept", table, key: remove })),
  changedCustomers: [{ kind: "changedCustomers", at: "2026", limit: 1 }],
};

const span = ["1", "2"] as const;
const alongs: Along[] = [
  { by: "id" },
  { by: "column", field: "providedId" },
  { by: "column", field: "number", span },
  { by: "terms", index: "name", span },
  { by: "terms", index: "name", span: ["a", "a"] },
  { by: "log" },
  { by: "log", span },
];

/** Each read of one tenant. */
const reads: {
  [K in keyof TenantReader]: (reader: TenantReader, record: StoredRecords["customer"]) => unknown;
} = {
  find: (of, { id }) => of.find("customer", { field: "id", value: id }),
  findRow: (of, { id }) => of.findRow("customer", { field: "id", value: id }),
  findRows: (of, { id, number }) =>
    Promise.all([of.findRows("customer", "id", [id, "a"]), of.findRows("customer", "number", [number])]),
  inherited: (of, { id }) => of.inherited(id),
  walk: (of) =>
    Promise.all(
      alongs.flatMap((along) =>
        (["asc", "desc"] as const).flatMap((order) => [
          of.walk("customer", { along, order, limit: 2, fields: ["name"] }),
          of.walk("customer", { along, order, limit: 2, after: ["1", "a"] }).catch(() => undefined),
        ]),
      ),
    ),
  walkRows: (of) =>
    Promise.all(
      alongs.map((along) => of.walkRows("user", { along, order: "asc", limit: 2 }).catch(() => undefined)),
    ),
  entries: (of) => Promise.all(alongs.map((along) => of.entries("customer", along, 2))),
  search: (of) => of.search("customer", ["a", "bcd"], 0, 5),
  searchFew: (of) => of.searchFew("customer", ["a", "bcd"]),
  builds: (of) => of.builds("customer"),
  asOf: (of, record) =>
    Promise.all(
      [{ version: 1 }, { seq: 1 }, { at: "2026" }].map((moment) => of.asOf("customer", { record }, moment)),
    ),
  count: (of) => of.count("user"),
  recount: (of) =>
    Promise.all([of.recount("user", { count: 1, seq: 1 }), of.recount("userGroup", { count: 1, seq: 1 })]),
  slice: (of) => Promise.all([of.slice("user", 0, 2), of.slice("userGroup", 1, 2, "desc")]),
  findAll: (of, { id }) => of.findAll("customer", [id]),
  memberIds: (of) => of.memberIds("a"),
  members: (of) => of.members("a", "", 2),
  groupsOf: (of) => of.groupsOf(["a"]),
  mergedInto: (of, { id }) => of.mergedInto(id),
  keys: (of, { id }) => of.keys(id),
  history: (of, { id }) =>
    Promise.all([of.history("customer", id, undefined, 2), of.history("customer", id, 2, 2)]),
  changeSet: (of) => of.changeSet("a"),
  changeSets: (of) =>
    Promise.all([
      of.changeSets({ kind: undefined, before: undefined, limit: 2 }),
      of.changeSets({ kind: "import", before: "a", limit: 2 }),
    ]),
  async changesOfSet(of) {
    const [set] = await of.changeSets({ kind: undefined, before: undefined, limit: 1 });
    return set && of.changesOfSet(set, 1_000);
  },
  tallies: (of) => of.tallies({ after: 0, end: 9, types: ["customer", "user"] }),
  firstSeqAt: (of) => of.firstSeqAt("2026"),
  instantOf: (of) => of.instantOf(1),
  actors: (of) => of.actors(["token:a", "person:b", "c"]),
  kept: (of) => Promise.all(keys.flatMap(({ table, remove }) => [of.kept(table), of.kept(table, ...remove)])),
  changes: (of) => {
    const query = { after: 0, upTo: 9, limit: 2, enough: 100 };
    return Promise.all([
      of.changes(query),
      of.changes({ ...query, types: ["user"] }),
      of.changes({ ...query, ids: ["a"] }),
    ]);
  },
  deliveries: ({ deliveries }) =>
    Promise.all([
      deliveries.state("a"),
      deliveries.deliveries("a", { seq: undefined, before: undefined, limit: 2 }),
      deliveries.deliveries("a", { seq: 1, before: "b", limit: 2 }),
      deliveries.changesOf("a", 0, 9, 2),
    ]),
};

/** The progress of a webhook, with every kind of row. */
const settlement: Settlement = {
  tenant: 1,
  webhook: "a",
  epoch: 1,
  seq: 1,
  acceptedAt: null,
  pending: [
    {
      recordId: "b",
      seq: 1,
      lastSeq: null,
      attempts: 0,
      at: "2026",
      firstAttemptAt: null,
      nextAttemptAt: null,
    },
  ],
  settled: ["c"],
  deliveries: [
    {
      id: "d",
      seq: 1,
      type: "customer.updated",
      attempt: 1,
      at: "2026",
      duration: 1,
      outcome: "delivered",
      status: 200,
      error: null,
      nextAttemptAt: null,
    },
  ],
  replays: ["e"],
  prune: true,
  lease: "keep",
};

/** Statements that are not about one tenant, and why. */
const exceptions: [statement: RegExp, why: string][] = [
  [/from "idempotency_keys" as "o"/, "a tenant that writes nothing more must not keep its keys for ever"],
  [
    /"webhooks" as "w"|"webhook_cursors" where "lease_owner"|"webhook_replays" as "r"/,
    "a node delivers to the webhooks of any tenant",
  ],
  [/^select distinct "tenant" from "index_builds"/, "a node builds the indexes of any tenant"],
  [/cross join "tenant_counters" as "c" where "c"."tenant" = "w"."of"/, "a node follows many logs"],
];

it("names the tenant of everything that it reads and writes", async () => {
  const url = await server.createDatabase();
  const token = "token-of-the-sharding-test";
  const api = await createApi({ databaseUrl: url, databaseSharded: true, token });
  const call = callerOf(api, token);
  await makeScene((its) => callerOf(api, its), token);
  const people = await Promise.all(["a", "b"].map((username) => call("user.create", { username })));
  const members = people.map(({ id }) => id as string);
  const group = await call("userGroup.create", { displayName: "all", members });
  await call("userGroup.update", { where: { id: group["id"] }, remove: { members: members.slice(1) } });
  await call("userGroup.erase", { where: { id: group["id"] } });
  await api.close();

  const on = await startNode(await openPostgres(url, {}, { sharded: true }));
  try {
    const reader = on.database.tenant(1);
    const record = await reader.find("customer", { field: "providedId", value: "company" });
    for (const [name, read] of Object.entries(reads))
      await expect(read(reader, record as never), name).resolves.not.toThrow();
    await on.database.lastSeqs([1, 2]);
    await on.database.tenantsWithBuilds();
    await on.database.tokenByHash("a");
    await on.database.tenants(0, 1);
    await on.database.deliveries.anyFree();
    await on.database.deliveries.replayed("node");
    await on.database.ping();

    const transaction = on.database.begin();
    const asked = Object.values(wants).flat();
    await transaction.start(
      [1],
      asked.map((want) => ({ tenant: 1, want })),
    );
    await transaction.ancestors([{ tenant: 1, id: (record as StoredRecords["customer"]).id }]);
    for (const lease of ["keep", "give back", "give back disabled"] as const) {
      const replays = [{ tenant: 1, webhook: "a", id: "f", afterSeq: 1, recordId: null }];
      await transaction.note({
        owner: "node",
        lease: 1_000,
        claim: true,
        settlements: [{ ...settlement, lease }],
        replays: lease === "keep" ? replays : [],
      });
    }
    await transaction.keep([...rows, ...keys]);
    while (await transaction.buildIndex(1, 2));
    await transaction.rollback();
  } finally {
    await on.close();
  }
  const unnamed = [...statements].filter(
    (text) => withoutTenant(text).length > 0 && !exceptions.some(([statement]) => statement.test(text)),
  );
  expect(unnamed).toEqual([]);
  const needless = exceptions.filter(([exception]) => ![...statements].some((text) => exception.test(text)));
  expect(needless).toEqual([]);
});

it("is described by a guide that distributes every table", () => {
  const guide = readFileSync(new URL("../../../../../docs/sharding.md", import.meta.url), "utf8");
  const commands = /```sql\n([^`]+)```/.exec(guide)?.[1]?.replace(/colocate_with => '\w+'/, "") ?? "";
  const named = [...commands.matchAll(/'(\w+)'/g)]
    .map(([, name]) => name)
    .filter((name) => name !== "tenant");
  expect(named.toSorted()).toEqual(tenantTables.toSorted());
});
