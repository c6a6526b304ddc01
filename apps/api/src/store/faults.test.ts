import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { customerFields, parseMany, RosterError, type ManyResult } from "@roster/domain";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../testing/test-store.ts";
import { Lost, TimedOut, type Database, type WriteTransaction } from "./database.ts";

/** Changes while the database fails or refuses them: nothing is stored, and callers get a clear answer. */

let store: TestStore;
afterEach(() => store.close());

/** The error code that a caller gets. Every surface reports an unexpected error as INTERNAL. */
const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "fine",
    (error: unknown) => (error instanceof RosterError ? error.code : "INTERNAL"),
  );
/** The distinct codes of the items of a bulk update. */
const codesOf = async (promise: Promise<ManyResult>): Promise<unknown> =>
  promise.then(
    ({ items }) => [...new Set(items.map(({ error }) => error?.code ?? "fine"))].join(),
    (error: unknown) => codeOf(Promise.reject(error)),
  );

/** All rows of all tables in the file. */
const content = (): Record<string, unknown[]> =>
  store.sql((other) => {
    const names = other
      .prepare("select name from sqlite_master where type = 'table'")
      .pluck()
      .all() as string[];
    return Object.fromEntries(names.map((name) => [name, other.prepare(`select * from "${name}"`).all()]));
  });

/** Makes every insert into the log fail; reads of it still work. */
const breakLog = () =>
  store.sql((other) =>
    other.exec("create trigger broken before insert on change_log begin insert into nowhere values (1); end"),
  );
const mendLog = () => store.sql((other) => other.exec("drop trigger broken"));

/**
 * Submits commands of every kind at once: they share a commit, and its outcome.
 * @param rebased the bulk update expects an earlier version, so deciding it loads the log
 */
const together = (id: string, many = 1, rebased = false): Promise<unknown[]> => {
  const items = Array.from({ length: 3 }, (_, i) => ({
    where: { id },
    patch: { properties: { [`many${i}`]: 1 } },
  }));
  const parsed = parseMany(customerFields, { items: Array.from({ length: many }, () => items).flat() });
  if (rebased)
    for (const item of parsed.items) Object.assign(item, { expectedVersion: 0, onConflict: "rebase" });
  return Promise.all([
    codeOf(store.update(id, { name: "after" }, "update")),
    codeOf(store.create({ providedId: "new" }, "create")),
    codesOf(
      store.roster.customer.updateMany(
        { ...store.actor, idempotency: { key: "many", fingerprint: "many" } },
        parsed,
      ),
    ),
  ]);
};

/** Expects that repetitions of the same requests, with their keys, take effect once now. */
async function goesOn(id: string): Promise<void> {
  const { version } = await store.get(id);
  expect(await together(id)).toEqual(["fine", "fine", "fine"]);
  expect(await together(id)).toEqual(["fine", "fine", "fine"]);
  expect(await store.get(id)).toMatchObject({ name: "after", version: version + 4 });
  const { change_log: log = [], tenant_counters: counters = [] } = content();
  expect(log.map((row) => (row as { seq: number }).seq)).toEqual(log.map((_, i) => i + 1));
  expect(counters).toMatchObject([{ seq: log.length, customer: 2 }]);
}

describe("a commit", () => {
  it("is synced to disk before it returns, so that it survives a crash of the machine", async () => {
    store = await openTestStore();
    const of = (name: string) => store.onWriter(`pragma ${name}`);
    // FULL: SQLite syncs the write-ahead log before a commit returns.
    expect([await of("journal_mode"), await of("synchronous")]).toEqual(["wal", 2]);
  });
});

describe("a failure in the middle of a commit", () => {
  let failing: keyof WriteTransaction | undefined;
  let failure: (stage: string) => Error;
  const lost = (stage: string) => new Lost({ cause: new Error(`${stage} fails`) });
  /** A database whose transactions fail in the method that `failing` names. */
  const faulty = (database: Database): Database => ({
    ...database,
    begin: () => {
      const transaction = database.begin();
      return Object.fromEntries(
        Object.entries(transaction).map(
          ([name, work]: [string, (...values: never[]) => Promise<unknown>]) => [
            name,
            async (...values: never[]) => {
              if (name === failing) throw failure(name);
              return work(...values);
            },
          ],
        ),
      ) as unknown as WriteTransaction;
    },
  });

  beforeEach(async () => {
    failing = undefined;
    failure = lost;
    store = await openTestStore({ wrap: faulty });
  });

  const stages = ["start", "load", "savepoint", "write", "commit"] as const;
  it.each(stages)(
    "in %s, with the database lost, stores nothing, refuses every command, and leaves later commits working",
    async (stage) => {
      const { id } = await store.create({ name: "before" });
      const before = content();
      failing = stage;
      expect(await together(id, 1, stage === "load")).toEqual(["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]);
      expect(await codeOf(store.commits.check())).toBe("UNAVAILABLE");
      expect(content()).toEqual(before);
      failing = undefined;
      await goesOn(id);
    },
  );

  it("in load, for another reason, fails only the command that needs it, and the database counts as writable", async () => {
    const { id } = await store.create({ name: "before" });
    [failing, failure] = ["load", (name) => new Error(`${name} fails`)];
    expect(await together(id, 1, true)).toEqual(["fine", "fine", "INTERNAL"]);
    expect(store.commits.writable).toBe(true);
    failing = undefined;
    expect(await together(id)).toEqual(["fine", "fine", "fine"]);
    expect(await store.get(id)).toMatchObject({ name: "after", properties: { many0: 1 } });
  });

  it.each(["start", "write", "commit"] as const)(
    "in %s, for another reason, stores nothing and is INTERNAL, and the database counts as writable",
    async (stage) => {
      const { id } = await store.create({ name: "before" });
      const before = content();
      [failing, failure] = [stage, (name) => new Error(`${name} fails`)];
      expect(await together(id)).toEqual(["INTERNAL", "INTERNAL", "INTERNAL"]);
      expect(store.commits.writable).toBe(true);
      expect(content()).toEqual(before);
      failing = undefined;
      await goesOn(id);
    },
  );

  it("by a timeout is blamed on the first change that times out alone, and on the database at the second in a row", async () => {
    const { id } = await store.create({ name: "before" });
    [failing, failure] = ["write", (name) => new TimedOut({ cause: new Error(`${name} takes long`) })];
    const outcomes = Promise.all(
      Array.from({ length: 5 }, (_, i) => codeOf(store.update(id, { name: `${i}` }))),
    );
    expect(await outcomes).toEqual(["INTERNAL", ...Array.from({ length: 4 }, () => "UNAVAILABLE")]);
    expect(store.commits.writable).toBe(false);
    failing = undefined;
    await goesOn(id);
    expect(store.commits.writable).toBe(true);
  });

  it("followed by a failure of the rollback leaves no open transaction for the next one", async () => {
    const { id } = await store.create({ name: "before" });
    breakLog();
    failing = "rollback";
    expect(await together(id)).toEqual(["INTERNAL", "INTERNAL", "INTERNAL"]);
    await expect(store.onWriter("begin")).rejects.toThrow("within a transaction");
    failing = undefined;
    expect(await codeOf(store.update(id, { name: "again" }))).toBe("INTERNAL");
    mendLog();
    await goesOn(id);
  });

  it("in the cleanup after it loses nothing, and every caller is told of the success", async () => {
    const { id } = await store.create({ name: "before" });
    failing = "tidy";
    expect(await together(id)).toEqual(["fine", "fine", "fine"]);
    expect(await store.get(id)).toMatchObject({ name: "after", version: 5 });
  });
});

describe("a database that cannot write", () => {
  beforeEach(async () => {
    store = await openTestStore();
  });

  /** Faults of the database: how to cause each and how to end it. */
  const faults = {
    "the log cannot be written": {
      code: "INTERNAL",
      comes: breakLog,
      goes: mendLog,
    },
    "idempotency keys cannot be written": {
      code: "INTERNAL",
      comes: () => store.sql((other) => other.exec("alter table idempotency_keys rename to lost_keys")),
      goes: () => store.sql((other) => other.exec("alter table lost_keys rename to idempotency_keys")),
    },
    "the disk is full (SQLITE_FULL)": {
      code: "UNAVAILABLE",
      // To SQLite, reaching the maximum size is the same as a full disk.
      comes: async () => {
        store.sql((other) => other.exec("create table filler as select zeroblob(100000) as bytes"));
        await store.onWriter(`pragma max_page_count = ${String(await store.onWriter("pragma page_count"))}`);
      },
      goes: () => store.onWriter("pragma max_page_count = 1000000"),
    },
    "the file is read-only (SQLITE_READONLY)": {
      code: "UNAVAILABLE",
      comes: () => store.onWriter("pragma query_only = ON"),
      goes: () => store.onWriter("pragma query_only = OFF"),
    },
    "the commit itself is refused": {
      code: "INTERNAL",
      // A constraint that SQLite checks only when it commits.
      comes: async () => {
        await store.onWriter("pragma foreign_keys = ON");
        store.sql((other) =>
          other.exec(`
            create table parents (id integer primary key);
            create table children (id integer references parents (id) deferrable initially deferred);
            create trigger break_commit after insert on change_log begin insert into children values (1); end`),
        );
      },
      goes: () => store.sql((other) => other.exec("drop trigger break_commit")),
    },
  };

  it.each(Object.entries(faults))(
    "because %s stores nothing, and works again when the fault is gone",
    async (_why, fault) => {
      const { id } = await store.create({ name: "before" });
      await fault.comes();
      const before = content();
      expect(await together(id, 300)).toEqual([fault.code, fault.code, fault.code]);
      expect(store.commits.writable).toBe(fault.code === "INTERNAL");
      expect(content()).toEqual(before);
      // This would fail if a transaction were still open.
      await store.onWriter("begin");
      await store.onWriter("rollback");
      await fault.goes();
      await goesOn(id);
    },
  );

  it("still answers reads, refuses what a rule refuses, and accepts what changes nothing", async () => {
    const { id } = await store.create({ name: "before" });
    breakLog();
    expect(await store.get(id)).toMatchObject({ name: "before" });
    expect(await codeOf(store.update(id, { email: "bad" }))).toBe("INVALID");
    expect(await codeOf(store.update("nobody", { name: "x" }))).toBe("NOT_FOUND");
    expect(await codeOf(store.update(id, { name: "before" }))).toBe("fine");
    expect(await codeOf(store.update(id, { name: "after" }))).toBe("INTERNAL");
  });
});

describe("the check whether changes can be stored", () => {
  beforeEach(async () => {
    store = await openTestStore();
  });

  it("succeeds, and writes only if nothing was stored within the last second", async () => {
    const other = new BetterSqlite(store.file);
    const version = () => other.pragma("data_version", { simple: true });
    const first = version();
    await store.commits.check();
    expect(version()).toBe(first);
    await pause(1_050);
    const before = content();
    await Promise.all([store.commits.check(), store.commits.check(), store.commits.check()]);
    expect(version()).not.toBe(first);
    expect(content()).toEqual(before);
    other.close();
  });

  it("fails while nothing can be stored, and succeeds again soon after", async () => {
    await pause(1_050);
    await store.onWriter("pragma query_only = ON");
    expect(await codeOf(store.commits.check())).toBe("UNAVAILABLE");
    await store.onWriter("pragma query_only = OFF");
    await expect.poll(() => codeOf(store.commits.check())).toBe("fine");
  });

  it("fails after a change that could not be stored, until one is stored", async () => {
    const { id } = await store.create();
    await store.onWriter("pragma query_only = ON");
    expect(await codeOf(store.commits.check())).toBe("fine");
    expect(await codeOf(store.update(id, { name: "x" }))).toBe("UNAVAILABLE");
    await store.onWriter("pragma query_only = OFF");
    expect(await codeOf(store.commits.check())).toBe("UNAVAILABLE");
    await store.update(id, { name: "y" });
    expect(await codeOf(store.commits.check())).toBe("fine");
  });

  it("ignores changes that a rule refuses", async () => {
    const { id } = await store.create();
    expect(await codeOf(store.update(id, { email: "bad" }))).toBe("INVALID");
    expect(await codeOf(store.commits.check())).toBe("fine");
  });
});

describe("another process that holds the write lock", () => {
  let other: BetterSqlite.Database;
  const hold = () => {
    other = new BetterSqlite(store.file);
    other.exec("begin immediate");
  };
  const release = () => other.exec("rollback");
  afterEach(() => other.close());

  it("for a moment delays changes without blocking this process", async () => {
    store = await openTestStore();
    const { id } = await store.create({ name: "before" });
    hold();
    const changes = together(id);
    // If waiting for the lock blocked the process, these reads would come after the time limit, and the
    // changes would be refused.
    for (let reads = 0; reads < 50; reads++) {
      expect(await store.get(id)).toMatchObject({ name: "before" });
      await pause(1);
    }
    release();
    expect(await changes).toEqual(["fine", "fine", "fine"]);
  });

  it("for too long makes all waiting changes UNAVAILABLE at once, stores nothing, and does no lasting harm", async () => {
    store = await openTestStore({ patience: 5_000 });
    const { id } = await store.create({ name: "before" });
    const before = content();
    hold();
    const begun = performance.now();
    const first = together(id);
    await pause(100);
    const later = Promise.all([codeOf(store.update(id, { job: "x" })), codeOf(store.commits.check())]);
    expect(await first).toEqual(["UNAVAILABLE", "UNAVAILABLE", "UNAVAILABLE"]);
    // Commands that arrived during the wait do not wait as long again.
    expect(await later).toEqual(["UNAVAILABLE", "fine"]);
    expect(performance.now() - begun).toBeLessThan(9_900);
    expect(await codeOf(store.commits.check())).toBe("UNAVAILABLE");
    expect(content()).toEqual(before);
    release();
    await goesOn(id);
  });

  it("again and again still lets changes through", async () => {
    store = await openTestStore();
    const { id } = await store.create();
    // In the same process, so it must not block this thread while it waits for the lock.
    other = new BetterSqlite(store.file, { timeout: 0 });
    other.exec("create table rival (x)");
    const over = new AbortController();
    const rival = (async () => {
      while (!over.signal.aborted) {
        try {
          other.exec("begin immediate");
        } catch {
          await pause(2 * Math.random());
          continue;
        }
        other.exec("insert into rival values (1)");
        await pause(3);
        other.exec("commit");
        await pause(0);
      }
    })();
    for (let i = 0; i < 20; i++) expect(await codeOf(store.update(id, { name: `n${i}` }))).toBe("fine");
    over.abort();
    await rival;
    expect((await store.get(id)).version).toBe(21);
  });
});

describe("erased data", () => {
  const secret = "Zyx-Unmistakable";
  const erase = (id: string) => store.roster.customer.erase(store.actor, [{ field: "id", value: id }]);
  const inLog = async () => (await readFile(`${store.file}-wal`)).includes(secret);
  beforeEach(async () => {
    store = await openTestStore();
  });

  it("is not in the write-ahead log when the erasure is answered", async () => {
    const { id } = await store.create({ name: secret });
    expect(await inLog()).toBe(true);
    await erase(id);
    expect(await inLog()).toBe(false);
  });

  it("leaves the write-ahead log if another process is reading it only for a moment", async () => {
    const { id } = await store.create({ name: secret });
    const reader = new BetterSqlite(store.file, { readonly: true });
    reader.exec("begin");
    expect(reader.prepare("select name from customers").pluck().get()).toBe(secret);
    setTimeout(() => reader.close(), 30);
    await erase(id);
    expect(await inLog()).toBe(false);
  });

  it("leaves the write-ahead log once another process stops reading it, and the erasure succeeds before", async () => {
    const { id } = await store.create({ name: secret });
    const reader = new BetterSqlite(store.file, { readonly: true });
    reader.exec("begin");
    expect(reader.prepare("select name from customers").pluck().get()).toBe(secret);
    expect(await codeOf(erase(id))).toBe("fine");
    expect((await store.get(id)).name).toBeNull();
    expect(await inLog()).toBe(true);
    reader.exec("commit");
    reader.close();
    await store.create();
    expect(await inLog()).toBe(false);
  });

  it("leaves the write-ahead log with the first change after a crash right after the commit", async () => {
    const untidy = (database: Database): Database => ({
      ...database,
      begin: () => ({ ...database.begin(), tidy: async () => {} }),
    });
    const crashed = await openTestStore({ wrap: untidy, file: store.file });
    const { id } = await crashed.create({ name: secret });
    await crashed.roster.customer.erase(crashed.actor, [{ field: "id", value: id }]);
    expect(await inLog()).toBe(true);
    const next = await openTestStore({ file: store.file });
    await next.create();
    expect(await inLog()).toBe(false);
    await next.close();
    await crashed.close();
  });

  it("is not kept in the answer to a change that shared its commit", async () => {
    const { id } = await store.create();
    const outcomes = await Promise.all([
      codeOf(store.update(id, { name: secret }, "before")),
      codeOf(erase(id)),
      codeOf(store.update(id, { name: secret }, "after")),
    ]);
    expect(outcomes).toEqual(["fine", "fine", "DELETED"]);
    expect(JSON.stringify(content())).not.toContain(secret);
  });
});
