import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  parseCreate,
  parseUpdate,
  customerFields,
  RosterError,
  type Actor,
  type CustomerJson,
} from "@roster/domain";
import BetterSqlite from "better-sqlite3";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRoster, type Roster } from "../roster.ts";
import { createFirstTenant } from "../tenant/tenants.ts";
import type { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { Connection } from "./sqlite/connection.ts";
import { openSqlite, sqliteDatabase } from "./sqlite/sqlite-database.ts";

let folder: string;
let file: string;
let writer: Connection;
let database: Database;
let commits: GroupCommit;
let roster: Roster;
const actor: Actor = {
  id: "tester",
  tenant: { id: "", number: 1, name: "" },
  scopes: ["admin"],
  source: "test",
  sealKey: "0".repeat(64),
};

async function open(options = {}): Promise<void> {
  await (await openSqlite(file)).close();
  writer = new Connection(file);
  database = sqliteDatabase(writer, new Connection(file, { readonly: true }));
  commits = new GroupCommit(database, pino({ level: "silent" }), options);
  roster = createRoster({ database, commits, now: () => new Date().toISOString() });
  if (await database.isEmpty()) await createFirstTenant(roster.store, "test", "secret");
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roster-commit-"));
  file = join(folder, "roster.db");
  await open();
});
afterEach(async () => {
  await commits.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const create = (input: object = {}): Promise<CustomerJson> =>
  roster.customer.create(actor, parseCreate(customerFields, input));
const update = (id: string, patch: object, more: object = {}) =>
  roster.customer.update(actor, parseUpdate(customerFields, { where: { id }, patch, ...more }));
const get = (id: string) => roster.customer.get(actor, [{ field: "id", value: id }], true);
/** Looks at, or tampers with, the file as another program would. */
function sql<T>(work: (other: BetterSqlite.Database) => T): T {
  const other = new BetterSqlite(file);
  try {
    return work(other);
  } finally {
    other.close();
  }
}
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "fine",
    (error: unknown) => (error instanceof RosterError ? error.code : error),
  );

describe("commands that arrive together", () => {
  it("share one commit", async () => {
    const { id } = await create({ properties: {} });
    let begun = 0;
    const counting: Database = { ...database, begin: () => (begun++, database.begin()) };
    const shared = new GroupCommit(counting, pino({ level: "silent" }));
    const others = createRoster({ ...roster.store, commits: shared });
    const all = Array.from({ length: 100 }, (_, i) =>
      others.customer.update(
        actor,
        parseUpdate(customerFields, { where: { id }, patch: { properties: { [`k${i}`]: i } } }),
      ),
    );
    const replies = await Promise.all(all);
    expect(begun).toBe(1);
    expect(replies.map(({ version }) => version)).toEqual(replies.map((_, i) => i + 2));
  });

  it("are decided in the order of their arrival, each on what those before it left", async () => {
    const a = create({ providedId: "x" });
    const b = create({ providedId: "x" });
    const { id } = await a;
    expect(await codeOf(b)).toBe("CONFLICT");
    const [renamed, taken, found] = await Promise.allSettled([
      update(id, { providedId: "y" }),
      create({ providedId: "x" }),
      roster.customer.update(
        actor,
        parseUpdate(customerFields, { where: { providedId: "y" }, patch: { name: "found" } }),
      ),
    ]);
    expect([renamed.status, taken.status, found.status]).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
    expect(await get(id)).toMatchObject({ providedId: "y", name: "found", version: 3 });
  });

  it("can swap unique values among themselves", async () => {
    const [a, b] = await Promise.all([create({ providedId: "a" }), create({ providedId: "b" })]);
    const results = await Promise.all([
      update(a.id, { name: "first" }),
      update(a.id, { providedId: "c" }),
      update(b.id, { providedId: "a" }),
      update(a.id, { providedId: "b" }),
    ]);
    expect(results.map(({ applied }) => applied)).toEqual([true, true, true, true]);
    expect([(await get(a.id)).providedId, (await get(b.id)).providedId]).toEqual(["b", "a"]);
  });

  it("fail alone: a refused one takes nothing else down with it", async () => {
    const { id } = await create();
    const outcomes = await Promise.all([
      codeOf(update(id, { name: "one" })),
      codeOf(update(id, { email: "bad" })),
      codeOf(update("nobody", { name: "two" })),
      codeOf(update(id, { name: "three" }, { expectedVersion: 1 })),
      codeOf(update(id, { lastName: "four" })),
    ]);
    expect(outcomes).toEqual(["fine", "INVALID", "NOT_FOUND", "STALE_VERSION", "fine"]);
    expect(await get(id)).toMatchObject({ name: "one", lastName: "four", version: 3 });
  });

  it("fail alone when only the database sees the clash", async () => {
    const { id } = await create({ name: "x" });
    sql((other) => other.exec("create unique index one_job on customers (job)"));
    const outcomes = await Promise.all([
      codeOf(update(id, { job: "pilot" })),
      codeOf(create({ job: "pilot" })),
      codeOf(create({ job: "cook" })),
    ]);
    expect(outcomes).toEqual(["fine", "CONFLICT", "fine"]);
    expect((await get(id)).job).toBe("pilot");
  });
});

describe("a write that the database refuses", () => {
  it("fails its update when the log cannot be written, and leaves nothing of it", async () => {
    const record = await create({ name: "before" });
    sql((other) =>
      other.exec(
        "create trigger no_log before insert on change_log begin select raise(abort, 'no log today'); end",
      ),
    );
    const outcomes = await Promise.all([
      codeOf(update(record.id, { name: "after" })),
      codeOf(create({ name: "new" })),
    ]);
    for (const outcome of outcomes) expect(outcome).not.toBe("fine");
    sql((other) => other.exec("drop trigger no_log"));
    expect(await get(record.id)).toEqual(record);
    expect((await update(record.id, { name: "after" })).version).toBe(2);
  });

  it("is UNAVAILABLE when the disk is full, and the service goes on when there is room again", async () => {
    const record = await create({ name: "before" });
    // A database that is as large as it may become gives the same error as a full disk.
    const pages = (most: number) => writer.handle.pragma(`max_page_count = ${most}`);
    pages(sql((other) => other.pragma("page_count", { simple: true }) as number));
    const big = { properties: { text: "x".repeat(60_000) } };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => codeOf(update(record.id, big))));
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => "UNAVAILABLE"));
    expect(await get(record.id)).toEqual(record);
    pages(2_000_000);
    expect((await update(record.id, big)).version).toBe(2);
  });

  it("stores nothing when a row has another version than the one that was read", async () => {
    const { computedProperties: _, computedMapping: __, ...before } = await create({ name: "before" });
    const transaction = await database.begin();
    const row = {
      tenant: 1,
      type: "customer",
      before: { ...before, version: 9 },
      record: { ...before, version: 10, name: "after" },
    } as const;
    await expect(
      transaction.write({ rows: [row], log: [], keys: [], erasures: [], counters: [] }),
    ).rejects.toThrow("not at version 9");
    await transaction.rollback();
    expect((await get(before.id)).name).toBe("before");
  });
});

describe("the queue", () => {
  it("is bounded: beyond it, a command is OVERLOADED and not run", async () => {
    await commits.close();
    await database.close();
    await open({ maxQueue: 10 });
    const outcomes = await Promise.all(Array.from({ length: 15 }, () => codeOf(create({ name: "x" }))));
    expect(outcomes.filter((outcome) => outcome === "fine")).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === "OVERLOADED")).toHaveLength(5);
    expect(sql((other) => other.prepare("select count(*) from customers").pluck().get())).toBe(10);
  });

  it("is emptied by a close, which refuses what comes later", async () => {
    const accepted = Array.from({ length: 30 }, () => codeOf(create()));
    const closing = commits.close();
    expect(await codeOf(create())).toBe("UNAVAILABLE");
    await closing;
    expect(new Set(await Promise.all(accepted))).toEqual(new Set(["fine"]));
  });
});

describe("the change log", () => {
  it("has a row for every version of every record, and seq without a gap, whatever was refused", async () => {
    const records = await Promise.all(Array.from({ length: 10 }, (_, i) => create({ providedId: `p${i}` })));
    await Promise.all(
      records.flatMap(({ id }, i) => [
        codeOf(update(id, { name: "a" })),
        codeOf(update(id, { providedId: `p${i + 1}` })),
        codeOf(update(id, { email: "bad" })),
        codeOf(roster.customer.delete(actor, [{ field: "id", value: id }])),
      ]),
    );
    sql((other) => {
      const seqs = other
        .prepare("select seq from change_log where tenant = 1 order by seq")
        .pluck()
        .all() as number[];
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(other.prepare("select seq from tenant_counters where tenant = 1").pluck().get()).toBe(
        seqs.length,
      );
      const orphans = other
        .prepare(
          `select c.id from customers c where c.version <>
             (select count(*) from change_log l where l.tenant = c.tenant and l.record_id = c.id)`,
        )
        .all();
      expect(orphans).toEqual([]);
    });
  });

  it("never holds a token or its hash", async () => {
    expect(
      sql((other) => other.prepare("select group_concat(changes) from change_log").pluck().get()),
    ).not.toMatch(/secret|[0-9a-f]{64}/);
  });
});

describe("the connection for reads", () => {
  it("refuses to write, whoever asks", async () => {
    const reader = new Connection(file, { readonly: true });
    expect(() => reader.run("delete from customers")).toThrow("readonly");
    reader.handle.close();
  });
});
