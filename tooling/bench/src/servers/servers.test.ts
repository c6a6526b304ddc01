import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tables } from "../../../../apps/api/src/store/tables.ts";
import { customerId, updatePatch } from "../customers.ts";
import { Connection } from "../load/connection.ts";
import { requestMaker, type RequestKind } from "../load/requests.ts";
import { Progress } from "../output/progress.ts";
import type { ServerName } from "../programs.ts";
import type { Row } from "../stored.ts";
import { isReady } from "../peers.ts";
import { World, type Running } from "../world.ts";

/** Checks that Roster's competitors work as described. */

const folder = mkdtempSync(join(tmpdir(), "roster-servers-"));
// A PostgreSQL started by root runs as another user, which must be able to enter the folder.
chmodSync(folder, 0o711);
const sizes = { flat: 5, large: 5, tree: { children: 1, each: 1 }, above: 1, watchers: { few: 1, many: 1 } };
const world = new World(folder, sizes, 0, new Progress({ quiet: true }));
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The n-th request of a kind, about the only customer. */
async function ask({ ports, tokens }: Running, request: RequestKind, n: number, node = 0): Promise<unknown> {
  const port = ports[node] as number;
  const { text } = requestMaker({
    request,
    ports: [port],
    tokens,
    connections: 1,
    customers: { first: 2, count: 1 },
    from: 0,
    warmUp: 0,
    seconds: 0,
  }).make(n);
  const answer = await new Promise<string>((resolve, reject) => {
    const connection = new Connection(
      port,
      () =>
        connection.send(text, (whole) => {
          connection.close();
          resolve(whole.text);
        }),
      (reason) => reject(new Error(reason)),
    );
  });
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  const [head = "", ...body] = answer.split("\r\n\r\n");
  const whole = body.join("\r\n\r\n");
  return JSON.parse(/transfer-encoding: chunked/i.test(head) ? unchunked(whole) : whole);
}

/** The text of a chunked body (RFC 9112, section 7.1); here it is always ASCII. */
function unchunked(body: string): string {
  const end = body.indexOf("\r\n");
  const size = Number.parseInt(body.slice(0, end), 16);
  return size === 0 ? "" : body.slice(end + 2, end + 2 + size) + unchunked(body.slice(end + 2 + size + 2));
}

/** All rows about customers, in an order independent of when they were written. */
async function rows({ name, stored }: Running): Promise<Row[][]> {
  if (!stored) throw new Error(`${name} stores nothing`);
  const queries = [
    "select * from customers order by id",
    "select * from change_log order by seq",
    "select * from tenant_counters",
    "select * from search_terms order by record_type, field, term, record_id",
  ];
  return Promise.all(queries.map((sql) => stored.rows(sql)));
}

/** Values that differ in every run. */
const passing = /"(updatedAt|updated_at|updatedBy|updated_by|at|actor|source)":"[^"]*"/g;
const lasting = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(passing, '"$1":"-"'));

it("the floors of an update answer like Roster, and leave the same rows", async () => {
  const roster = await world.server("roster");
  const floors = [await world.server("floor-single"), await world.server("floor-group")];
  for (const n of [1, 2]) {
    const expected = lasting(await ask(roster, "rest-update", n));
    expect(expected).toMatchObject({ version: n + 1, addressState: `State ${n}` });
    for (const floor of floors) expect(lasting(await ask(floor, "rest-update", n))).toEqual(expected);
  }
  for (const floor of floors) expect(lasting(await rows(floor))).toEqual(lasting(await rows(roster)));
});

describe("on PostgreSQL", () => {
  it("the floor answers like Roster on one node or two, and all leave the same rows", async () => {
    const servers = {
      roster: await world.server("postgres-roster"),
      nodes: await world.server("postgres-two-nodes"),
      floor: await world.server("postgres-floor"),
    };
    expect(servers.nodes.ports).toHaveLength(2);
    for (const n of [1, 2]) {
      const expected = lasting(await ask(servers.roster, "rest-update", n));
      expect(expected).toMatchObject({ version: n + 1, addressState: `State ${n}` });
      expect(lasting(await ask(servers.nodes, "rest-update", n, n - 1))).toEqual(expected);
      expect(lasting(await ask(servers.floor, "rest-update", n))).toEqual(expected);
    }
    const expected = await rows(servers.roster);
    expect(expected[1]?.length).toBeGreaterThan(sizes.flat);
    for (const other of [servers.nodes, servers.floor])
      expect(lasting(await rows(other))).toEqual(lasting(expected));
  });

  it("the floor writes concurrent updates in one commit, even of one customer", async () => {
    const floor = await world.server("postgres-floor");
    const [before] = (await floor.stored?.rows("select seq from tenant_counters")) ?? [];
    const numbers = Array.from({ length: 20 }, (_, i) => 100 + i);
    const answers = (await Promise.all(numbers.map((n) => ask(floor, "rest-update", n)))) as Row[];
    const versions = answers.map(({ version }) => version as number).toSorted((a, b) => a - b);
    expect(versions).toEqual(versions.map((_, i) => (versions[0] as number) + i));
    const [after] = (await floor.stored?.rows("select seq from tenant_counters")) ?? [];
    expect(after?.["seq"]).toBe((before?.["seq"] as number) + numbers.length);
  });

  // The benchmark installs it, which needs a network; without it, there is nothing to test.
  if (isReady("postgraphile")) {
    it("PostGraphile stores an update, and returns the customer", async () => {
      const server = await world.server("postgraphile");
      const answer = await ask(server, "graphql-update", 7);
      expect(answer).toMatchObject({
        data: { updateCustomerByTenantAndRowId: { customer: { rowId: customerId(2), ...updatePatch(7) } } },
      });
      const fields = (answer as { data: Record<string, { customer: object }> }).data;
      expect(Object.keys(fields["updateCustomerByTenantAndRowId"]?.customer ?? {})).toHaveLength(
        tables.customer.columns.length,
      );
      const [stored] =
        (await server.stored?.rows(
          `select address_state as "addressState" from customers where id = '${customerId(2)}'`,
        )) ?? [];
      expect(stored).toEqual({ addressState: "State 7" });
    });
  }

  it.runIf(process.platform === "linux")("the measured processes are its own", async () => {
    const { postgres } = await world.server("postgres-floor");
    // Without huge pages, an idle PostgreSQL uses some tens of megabytes.
    expect(postgres?.memory()).toBeGreaterThan(10e6);
    expect(postgres?.cpuMicros()).toBeGreaterThan(0);
  });
});

it("the slim floor stores an update and its log row, and returns the small row", async () => {
  const floor = await world.server("floor-slim");
  const answer = await ask(floor, "rest-update", 7);
  const { addressState, addressNeighborhood, properties } = updatePatch(7);
  expect(answer).toMatchObject({
    id: customerId(2),
    version: 2,
    addressState,
    addressNeighborhood,
    properties,
  });
  expect(
    await floor.stored?.rows(
      `select version, address_state as "addressState" from customers where id = '${customerId(2)}'`,
    ),
  ).toEqual([{ version: 2, addressState }]);
  expect(await floor.stored?.rows("select record_id, version, patch from change_log")).toEqual([
    { record_id: customerId(2), version: 2, patch: JSON.stringify(updatePatch(7)) },
  ]);
});

it("the customers of many tenants are distributed over their tokens", async () => {
  const roster = await world.server("postgres-tenants");
  expect(new Set(roster.tokens).size).toBe(100);
  expect(await ask(roster, "rest-update", 3)).toMatchObject({ id: customerId(2), addressState: "State 3" });
  const tenants = await roster.stored?.rows("select distinct tenant from customers");
  expect(tenants).toHaveLength(sizes.flat);
});

it("the floors without work read their input and answer without it", async () => {
  const floor = await world.server("floor-transport");
  expect(await ask(floor, "noop-mutation", 1)).toEqual({ result: { data: { ok: true } } });
  expect(await ask(floor, "noop-query", 1)).toEqual({ result: { data: { ok: true } } });
  expect(await ask(floor, "noop-route", 1)).toEqual({ ok: true });
});

const byHand: ServerName[] = ["mikro-orm", "mikro-orm-wal", "drizzle", "drizzle-wal"];
it.each(byHand.filter(isReady))(
  "%s stores an update in the journal mode of its name, and returns the customer",
  async (name) => {
    const server = await world.server(name);
    const answer = (await ask(server, "by-hand-update", 7)) as { result: { data: object } };
    expect(answer.result.data).toMatchObject({ id: customerId(2), ...updatePatch(7) });
    const sql = `select address_state as "addressState", properties from customers where id = '${customerId(2)}'`;
    const [stored] = (await server.stored?.rows(sql)) ?? [];
    expect(stored).toEqual({
      addressState: "State 7",
      properties: JSON.stringify(updatePatch(7).properties),
    });
    expect(await server.stored?.rows("pragma journal_mode")).toEqual([
      { journal_mode: name.endsWith("-wal") ? "wal" : "delete" },
    ]);
  },
);
