import { setTimeout as pause } from "node:timers/promises";
import { customerFields, parseMany, RosterError, type ChangeEntryJson } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChangeQuery } from "../store/changes.ts";
import type { Database } from "../store/database.ts";
import { openTestStore, type TestStore } from "../testing/test-store.ts";
import { Hub, type HubOptions } from "./hub.ts";
import type { Wanted } from "./wanted.ts";
import type { Watcher } from "./watcher.ts";

let store: TestStore;
let hub: Hub;
/** The queries that reached the log. */
let asked: ChangeQuery[];
let failing: boolean;
let allowed: () => Promise<void>;

const everything: Wanted = { types: undefined, ids: undefined, show: (change) => change };

const open = (options: HubOptions = {}) => {
  hub = new Hub(store.parts.database, { poll: 20, heartbeat: 100, check: 50, ...options });
  store.commits.onCommitted(() => hub.wake());
};

beforeEach(async () => {
  asked = [];
  failing = false;
  allowed = async () => undefined;
  store = await openTestStore({ wrap: watched });
  open();
});
afterEach(async () => {
  hub.close();
  await store.close();
});

/** A database that records queries and can be made to fail. */
const watched = (database: Database): Database => ({
  ...database,
  lastSeqs: async (tenants) => {
    if (failing) throw new RosterError("UNAVAILABLE", "the database cannot be read");
    return database.lastSeqs(tenants);
  },
  tenant(number) {
    const reader = database.tenant(number);
    return {
      ...reader,
      changes: async (query) => {
        asked.push(query);
        return reader.changes(query);
      },
    };
  },
});

const lastSeq = async (): Promise<number> => (await store.parts.database.lastSeqs([1])).get(1) ?? 0;
const watch = (after: number, wanted = everything): Watcher =>
  hub.watch(1, { after, wanted, allowed: () => allowed() });

/** Changes a record many times. */
async function changeOften(id: string, times: number, text = ""): Promise<void> {
  for (let done = 0; done < times; done += 500) {
    const items = Array.from({ length: Math.min(500, times - done) }, (_, i) => ({
      where: { id },
      patch: { properties: { n: done + i, text } },
    }));
    await store.roster.customer.updateMany(store.actor, parseMany(customerFields, { items }));
  }
}

/** Reads until the feed has reached a change. */
async function readTo(watcher: Watcher, seq: number): Promise<ChangeEntryJson[]> {
  const found: ChangeEntryJson[] = [];
  for (let at = 0; at < seq;) {
    const batch = await watcher.next();
    if (!batch) throw new Error("the watch was closed");
    found.push(...batch.entries.map(({ change }) => change));
    at = batch.seq;
  }
  return found;
}

const seqs = (changes: readonly ChangeEntryJson[]) => changes.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + 1 + i);

describe("a watcher", () => {
  it("that starts further back reads the log and is then offered new changes", async () => {
    const { id } = await store.create();
    await changeOften(id, 700);
    const last = await lastSeq();
    const watcher = watch(0);
    expect(seqs(await readTo(watcher, last))).toEqual(range(0, last));
    const next = readTo(watcher, last + 1);
    while (hub.figures.behind > 0) await pause(5);
    await store.update(id, { name: "new" });
    expect(seqs(await next)).toEqual([last + 1]);
    expect(hub.figures).toEqual({ watchers: 1, behind: 0, delivered: last + 1 });
  });

  it("is sent its position at first, and again if its filter has matched nothing for a while", async () => {
    const { id } = await store.create();
    const last = await lastSeq();
    const watcher = watch(last, { ...everything, types: ["user"] });
    expect(await watcher.next()).toEqual({ entries: [], seq: last });
    await changeOften(id, 3);
    expect(await watcher.next()).toEqual({ entries: [], seq: last + 3 });
  });

  it("with a selective filter reaches the end of a long log in bounded steps", async () => {
    const { id } = await store.create();
    const other = await store.create();
    await changeOften(id, 5_000);
    await store.update(other.id, { name: "seldom" });
    const last = await lastSeq();
    asked.length = 0;
    const found = await readTo(watch(0, { ...everything, ids: [other.id] }), last);
    expect(found.map(({ recordId, version }) => [recordId, version])).toEqual([
      [other.id, 1],
      [other.id, 2],
    ]);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThan(8);
  });

  it("that is the last to end leaves nothing to ask, also where a look was asked for", async () => {
    await store.create();
    const looks: (readonly number[])[] = [];
    const third = Promise.withResolvers<void>();
    hub.close();
    const database: Database = {
      ...store.parts.database,
      async lastSeqs(tenants) {
        looks.push(tenants);
        if (looks.length === 3) await third.promise;
        return store.parts.database.lastSeqs(tenants);
      },
    };
    hub = new Hub(database, { poll: 60_000, heartbeat: 60_000, check: 60_000 });
    const watcher = watch(await lastSeq());
    await watcher.next();
    void watcher.next();
    while (hub.figures.behind > 0 || looks.length < 2) await pause(5);
    await pause(5);
    hub.wake();
    hub.wake();
    while (looks.length < 3) await pause(5);
    watcher.end();
    third.resolve();
    await pause(20);
    expect(looks.map((tenants) => tenants.length)).toEqual([1, 1, 1]);
  });

  it("that does not read has a bounded queue, and continues by reading the log", async () => {
    const { id } = await store.create();
    const last = await lastSeq();
    const [slow, fast] = [watch(last), watch(last)];
    await Promise.all([slow.next(), fast.next()]);
    // Both wait at the end of the log.
    const first = Promise.all([slow.next(), fast.next()]);
    while (hub.figures.behind > 0) await pause(5);
    await changeOften(id, 1);
    await first;
    const rest = readTo(fast, last + 901);
    await changeOften(id, 900, "x".repeat(2_000));
    expect(seqs(await rest)).toEqual(range(last + 1, last + 901));
    expect(hub.figures.behind).toBe(1);
    expect(seqs(await readTo(slow, last + 901))).toEqual(range(last + 1, last + 901));
  });

  it("continues where it was after the database could not be read", async () => {
    const { id } = await store.create();
    const last = await lastSeq();
    const watcher = watch(last - 1);
    failing = true;
    const found = readTo(watcher, last + 5);
    await pause(60);
    await changeOften(id, 5);
    failing = false;
    expect(seqs(await found)).toEqual(range(last - 1, last + 5));
  });

  it("ends when it may no longer read, but not when that cannot be checked", async () => {
    const watcher = watch(await lastSeq());
    await watcher.next();
    allowed = () => Promise.reject(new RosterError("UNAVAILABLE", "the database cannot be read"));
    await pause(200);
    expect((await watcher.next())?.entries).toEqual([]);
    allowed = () => Promise.reject(new RosterError("UNAUTHENTICATED", "the token has expired"));
    const ended = async () => {
      while (await watcher.next());
    };
    await expect(ended()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    expect(hub.figures.watchers).toBe(0);
  });

  it("returns nothing more after it has ended, and is forgotten", async () => {
    const watcher = watch(0);
    await watcher.next();
    watcher.end();
    expect(await watcher.next()).toBeUndefined();
    expect(hub.figures).toMatchObject({ watchers: 0, behind: 0 });
  });
});

describe("a hub", () => {
  it("reads new changes once for all watchers", async () => {
    open({ heartbeat: 60_000, check: 60_000, poll: 60_000 });
    const { id } = await store.create();
    const last = await lastSeq();
    const watchers = Array.from({ length: 500 }, () => watch(last));
    await Promise.all(watchers.map((watcher) => watcher.next()));
    const all = Promise.all(watchers.map((watcher) => readTo(watcher, last + 20)));
    while (hub.figures.behind > 0) await pause(5);
    asked.length = 0;
    for (let i = 0; i < 20; i++) await store.update(id, { name: `${i}` });
    for (const found of await all) expect(seqs(found)).toEqual(range(last, last + 20));
    expect(asked.length).toBeLessThanOrEqual(20);
  });

  it("finds changes that another process stored without notice", async () => {
    const other = await openTestStore({ file: store.file });
    const watcher = watch(await lastSeq());
    const { seq } = (await watcher.next()) as { seq: number };
    const { id } = await other.create();
    expect(await readTo(watcher, seq + 1)).toMatchObject([{ seq: seq + 1, recordId: id }]);
    await other.close();
  });

  it("keeps tenants apart", async () => {
    const watcher = hub.watch(2, { after: 0, wanted: everything, allowed });
    await watcher.next();
    await store.create();
    expect(await watcher.next()).toEqual({ entries: [], seq: 0 });
  });

  it("ends all watches when it closes, and refuses new ones", async () => {
    const watcher = watch(await lastSeq());
    await watcher.next();
    const next = watcher.next();
    hub.close();
    await expect(next).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(() => watch(0)).toThrow("the server is stopping");
  });
});
