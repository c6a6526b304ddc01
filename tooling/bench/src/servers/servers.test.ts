import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, expect, it } from "vitest";
import { customerId, updatePatch } from "../customers.ts";
import { Connection } from "../load/connection.ts";
import { requestMaker, type RequestKind } from "../load/requests.ts";
import { Progress } from "../output/progress.ts";
import type { ServerName } from "../plan.ts";
import { isDrizzleInstalled, World, type Running } from "../world.ts";

/** Whether what Roster is compared with does what it is said to do. */

const folder = mkdtempSync(join(tmpdir(), "roster-servers-"));
const sizes = { flat: 5, large: 5, tree: { children: 1, each: 1 }, above: 1 };
const world = new World(folder, sizes, 0, new Progress({ quiet: true }));
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The n-th request of a kind, about the only customer that there is for it. */
async function ask({ port, token }: Running, request: RequestKind, n: number): Promise<unknown> {
  const { text } = requestMaker({
    request,
    port,
    token,
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

/** The text of a chunked body (RFC 9112, section 7.1); all of it is ASCII here. */
function unchunked(body: string): string {
  const end = body.indexOf("\r\n");
  const size = Number.parseInt(body.slice(0, end), 16);
  return size === 0 ? "" : body.slice(end + 2, end + 2 + size) + unchunked(body.slice(end + 2 + size + 2));
}

function rows(server: Running): Record<string, Record<string, unknown>[]> {
  const database = new BetterSqlite(server.stores?.file, { readonly: true });
  const all = (sql: string) => database.prepare(sql).all() as Record<string, unknown>[];
  const found = {
    customers: all("select * from customers"),
    log: all("select * from change_log order by seq"),
    counters: all("select * from tenant_counters"),
    terms: all("select * from search_terms"),
  };
  database.close();
  return found;
}

/** What is not the same in any two runs. */
const passing = /"(updatedAt|updated_at|updatedBy|updated_by|at|actor|source)":"[^"]*"/g;
const lasting = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(passing, '"$1":"-"'));

it("the floors of an update answer as Roster does, and leave the same rows", async () => {
  const roster = await world.server("roster");
  const floors = [await world.server("floor-single"), await world.server("floor-group")];
  for (const n of [1, 2]) {
    const expected = lasting(await ask(roster, "rest-update", n));
    expect(expected).toMatchObject({ version: n + 1, job: `Engineer ${n}` });
    for (const floor of floors) expect(lasting(await ask(floor, "rest-update", n))).toEqual(expected);
  }
  for (const floor of floors) expect(lasting(rows(floor))).toEqual(lasting(rows(roster)));
});

it("the floors without work read what they get and answer without it", async () => {
  const floor = await world.server("floor-transport");
  expect(await ask(floor, "noop-mutation", 1)).toEqual({ result: { data: { ok: true } } });
  expect(await ask(floor, "noop-query", 1)).toEqual({ result: { data: { ok: true } } });
  expect(await ask(floor, "noop-route", 1)).toEqual({ ok: true });
});

const byHand: ServerName[] = ["mikro-orm", "mikro-orm-wal", "drizzle", "drizzle-wal"];
it.each(byHand.filter((name) => isDrizzleInstalled() || !name.startsWith("drizzle")))(
  "%s stores an update, in the journal mode of its name, and answers the customer",
  async (name) => {
    const server = await world.server(name);
    const answer = (await ask(server, "by-hand-update", 7)) as { result: { data: object } };
    expect(answer.result.data).toMatchObject({ id: customerId(2), ...updatePatch(7) });
    const database = new BetterSqlite(server.stores?.file, { readonly: true });
    const stored = database.prepare("select job, properties from customers where id = ?").get(customerId(2));
    expect(stored).toEqual({ job: "Engineer 7", properties: JSON.stringify(updatePatch(7).properties) });
    expect(database.pragma("journal_mode", { simple: true })).toBe(name.endsWith("-wal") ? "wal" : "delete");
    database.close();
  },
);
