import { setTimeout as pause } from "node:timers/promises";
import { customerFields, parseCreate, parseUpdate, type Actor } from "@roster/domain";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { migratedDatabases, type PostgresTestDatabase } from "../../testing/postgres-test-database.ts";
import { replaceLevels } from "../../reference/hierarchy.ts";
import { createTenant } from "../../tenant/tenants.ts";
import { readPrimaryAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { Reader } from "./reader.ts";

/** Two nodes on one database: each has its own GroupCommit and its own connections. */

let server: PostgresServer;
let make: () => Promise<PostgresTestDatabase>;
beforeAll(async () => {
  server = await startPostgres();
  make = await migratedDatabases(server);
});
afterAll(() => server.dispose());

let test: PostgresTestDatabase;
let nodes: [Node, Node];
beforeEach(async () => {
  test = await make();
  nodes = [await startNode(await test.open()), await startNode(await test.open())];
});
afterEach(() => Promise.all(nodes.map((node) => node.close())));

const first = (): Node => nodes[0];
const second = (): Node => nodes[1];
const either = (i: number): Node => (i % 2 === 0 ? first() : second());
const column = async (sql: string) => (await test.sql(sql)).map(([value]) => value);
const range = (length: number) => Array.from({ length }, (_, i) => i);

/** Expects that the log of every tenant has no gap, and a row for each version of each record. */
async function expectWholeLog(): Promise<void> {
  const gaps = await test.sql(
    `select c.tenant, c.seq, count(l.seq), min(l.seq), max(l.seq) from tenant_counters c
     left join change_log l on l.tenant = c.tenant group by c.tenant, c.seq
     having count(l.seq) <> c.seq or min(l.seq) <> 1 or max(l.seq) <> c.seq`,
  );
  expect(gaps).toEqual([]);
  const orphans = await test.sql(
    `select c.id from customers c where c.version <>
       (select count(*) from change_log l where l.tenant = c.tenant and l.record_id = c.id)`,
  );
  expect(orphans).toEqual([]);
}

describe("writers on two nodes", () => {
  it("lose no racing increments of several records in one batch, as the ORM's batched update would", async () => {
    const ids = (await Promise.all(range(5).map(() => first().create({ properties: { n: 0 } })))).map(
      ({ id }) => id,
    );
    /** Reads a record, adds one, and writes it if no other writer has; repeats until it succeeds. */
    const increment = async (node: Node, id: string): Promise<void> => {
      for (;;) {
        const { version, properties } = await node.get(id);
        const patch = { properties: { n: (properties?.["n"] as number) + 1 } };
        const outcome = await codeOf(node.update(id, patch, { expectedVersion: version }));
        if (outcome === "fine") return;
        expect(outcome).toBe("STALE_VERSION");
      }
    };
    await Promise.all(range(100).map((i) => increment(either(i), ids.at(i % 5) as string)));
    for (const id of ids) expect(await first().get(id)).toMatchObject({ version: 21, properties: { n: 20 } });
    await expectWholeLog();
  });

  it("lose nothing that the other node writes to the same record", async () => {
    const { id } = await first().create({ properties: {} });
    await Promise.all(range(200).map((i) => either(i).update(id, { properties: { [`k${i}`]: i } })));
    const { version, properties } = await second().get(id);
    expect(version).toBe(201);
    expect(properties).toEqual(Object.fromEntries(range(200).map((i) => [`k${i}`, i])));
    await expectWholeLog();
  });

  it("cannot both take a unique value: one succeeds, the others get CONFLICT", async () => {
    const outcomes = await Promise.all(
      range(40).map((i) => codeOf(either(i).create({ providedId: "mine" }))),
    );
    expect(outcomes.filter((outcome) => outcome === "fine")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "CONFLICT")).toHaveLength(39);
    await expectWholeLog();
  });

  it("create one record from many upserts", async () => {
    const replies = await Promise.all(
      range(40).map((i) =>
        either(i).roster.customer.upsert(
          actor,
          parseUpdate(customerFields, {
            where: { providedId: "one" },
            patch: { properties: { [`k${i}`]: i } },
          }),
        ),
      ),
    );
    expect(replies.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(replies.map(({ record }) => record.id)).size).toBe(1);
    expect((await first().get(replies.at(0)?.record.id as string)).version).toBe(40);
  });

  it("carry out a request once although both receive its key", async () => {
    const keyed = { ...actor, idempotency: { key: "once", fingerprint: "f" } };
    const replies = await Promise.all(
      range(20).map((i) =>
        either(i).roster.customer.create(keyed, parseCreate(customerFields, { name: "x" })),
      ),
    );
    expect(new Set(replies.map(({ id }) => id)).size).toBe(1);
    expect(await column("select count(*) from customers")).toEqual([1]);
  });

  it("never make a cycle of parents", async () => {
    await replaceLevels(first().store, actor, { levels: ["Group", "Company"] });
    const [a, b] = [await first().create({ name: "a" }), await first().create({ name: "b" })];
    for (let i = 0; i < 10; i++) {
      await Promise.all([
        codeOf(first().update(a.id, { hierarchyLevel: "Company", parent: b.id })),
        codeOf(first().update(b.id, { hierarchyLevel: "Group" })),
        codeOf(second().update(b.id, { hierarchyLevel: "Company", parent: a.id })),
        codeOf(second().update(a.id, { hierarchyLevel: "Group" })),
      ]);
      const { parent: aboveA } = await first().get(a.id);
      const { parent: aboveB } = await first().get(b.id);
      expect([aboveA, aboveB]).not.toEqual([b.id, a.id]);
      await Promise.all([a, b].map(({ id }) => first().update(id, { parent: null, hierarchyLevel: null })));
    }
  });
});

describe("many tenants in the batches of both nodes", () => {
  it("never deadlock, whatever their order, new tenants included", async () => {
    const actors: Actor[] = [actor];
    for (const i of range(6)) {
      const { id, number, name } = await createTenant(first().store, actor, { name: `t${i}` });
      actors.push({ ...actor, tenant: { id, number, name } });
    }
    const outcomes = await Promise.all(
      range(600).map(async (i) => {
        const of = actors.at((i * 5) % actors.length) as Actor;
        // Spreads the commands over many batches.
        await pause(300 * Math.random());
        if (i % 60 === 0) return codeOf(createTenant(either(i).store, actor, { name: `new ${i}` }));
        return codeOf(either(i).roster.customer.create(of, parseCreate(customerFields, { name: `c${i}` })));
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(["fine"]));
    await expectWholeLog();
    const numbers = await test.sql(
      "select tenant, array_agg(number order by number)::text from customers group by tenant",
    );
    for (const [, list] of numbers) {
      const all = (list as string).slice(1, -1).split(",").map(Number);
      expect(all).toEqual(all.map((_, i) => i + 1));
    }
    await Promise.all(nodes.map((node) => node.close()));
    expect(await column("select deadlocks from pg_stat_database where datname = current_database()")).toEqual(
      [0],
    );
    nodes = [await startNode(await test.open()), await startNode(await test.open())];
  });

  it("remove expired idempotency keys of every tenant while both nodes write", async () => {
    const { number } = await createTenant(first().store, actor, { name: "other" });
    const other: Actor = { ...actor, tenant: { id: "", number, name: "other" } };
    await test.sql(
      `insert into idempotency_keys select 1 + i % 2, 'old' || i, 'f', '{}', '2020-01-01T00:00:00.' || lpad(i::text, 3, '0') || 'Z' from generate_series(0, 199) i`,
    );
    await test.sql(`insert into idempotency_records select tenant, 'r', key from idempotency_keys`);
    const outcomes = await Promise.all(
      range(200).map(async (i) => {
        await pause(200 * Math.random());
        const of = { ...(i % 4 < 2 ? actor : other), idempotency: { key: `new${i}`, fingerprint: "f" } };
        return codeOf(either(i).roster.customer.create(of, parseCreate(customerFields, {})));
      }),
    );
    expect(new Set(outcomes)).toEqual(new Set(["fine"]));
    expect(await column("select count(*) from idempotency_keys where key like 'old%'")).toEqual([0]);
    expect(await column("select count(*) from idempotency_records where key like 'old%'")).toEqual([0]);
    expect(await column("select count(*) from idempotency_keys")).toEqual([200]);
  });
});

describe("a reader while both nodes write", () => {
  it("sees the log without a gap, at every moment", async () => {
    const { id } = await first().create();
    const reader = new Reader(readPrimaryAddress(test.url), { connections: 1 });
    const looks: unknown[][] = [];
    const state = { writing: true };
    const watch = async (): Promise<void> => {
      while (state.writing) {
        looks.push(...(await reader.all("select max(seq), count(*) from change_log where tenant = 1")));
      }
    };
    const watching = watch();
    for (const _ of range(20))
      await Promise.all(range(10).map((i) => either(i).update(id, { name: `${Math.random()}` })));
    state.writing = false;
    await watching;
    await reader.close();
    expect(new Set(looks.map(([last]) => last)).size).toBeGreaterThan(3);
    expect(looks.filter(([last, rows]) => last !== rows)).toEqual([]);
  });

  it("sees on one node what the other has acknowledged", async () => {
    const { id } = await first().create();
    for (const i of range(20)) {
      const { version } = await either(i).update(id, { name: `name ${i}` });
      expect((await either(i + 1).get(id)).version).toBe(version);
    }
  });
});

describe("the statements of commits", () => {
  it("scan no table, even if their plans were made while the tables were empty", async () => {
    // Opening a database reads its migrations and checks for a tenant.
    const scans = () =>
      test.sql(
        "select relname, seq_scan from pg_stat_user_tables where relname not in ('migrations', 'tenants') order by relname",
      );
    await Promise.all(nodes.map((node) => node.close()));
    const before = await scans();
    const node = await startNode(await test.open());
    await replaceLevels(node.store, actor, { levels: ["Group", "Company"] });
    const group = await node.create({ hierarchyLevel: "Group", providedId: "group" });
    for (const round of range(10)) {
      const made = await Promise.all(
        range(40).map((i) =>
          node.roster.customer.create(
            { ...actor, idempotency: { key: `${round} ${i}`, fingerprint: "f" } },
            parseCreate(customerFields, {
              providedId: `${round} ${i}`,
              hierarchyLevel: "Company",
              parent: group.id,
            }),
          ),
        ),
      );
      const [one, two] = made.map(({ id }) => id) as [string, string];
      await Promise.all(made.map(({ id }) => node.update(id, { name: "x", parent: null })));
      await codeOf(node.update(one, { name: "y" }, { expectedVersion: 1, onConflict: "rebase" }));
      await node.update(group.id, { hierarchyLevel: "Company" });
      await node.update(group.id, { hierarchyLevel: "Group" });
      await codeOf(replaceLevels(node.store, actor, { levels: ["Company"] }));
      await node.roster.customer.erase(actor, [{ field: "id", value: two }]);
    }
    await node.close();
    expect(await scans()).toEqual(before);
    nodes = [await startNode(await test.open()), await startNode(await test.open())];
  });
});

describe("a tenant that another node is writing to", () => {
  it("delays commands of that tenant only", async () => {
    const { id, number, name } = await createTenant(first().store, actor, { name: "other" });
    const other: Actor = { ...actor, tenant: { id, number, name } };
    const transaction = first().database.begin();
    await transaction.start([1], []);
    await second().roster.customer.create(other, parseCreate(customerFields, {}));
    let answered = false;
    const waiting = second()
      .create()
      .then(() => (answered = true));
    await pause(200);
    expect(answered).toBe(false);
    await transaction.rollback();
    await waiting;
  });

  it("delays other tenants in its batch by a second at most, and keeps the order of its own commands", async () => {
    const { id: tenant, number, name } = await createTenant(first().store, actor, { name: "other" });
    const other: Actor = { ...actor, tenant: { id: tenant, number, name } };
    const createOther = () => second().roster.customer.create(other, parseCreate(customerFields, {}));
    const { id } = await second().create();
    const hung = first().database.begin();
    await hung.start([1], []);
    const order: number[] = [];
    const update = async (i: number) => {
      await second().update(id, { name: `${i}` });
      order.push(i);
    };
    const held = [update(0), update(1)];
    const slowest = { milliseconds: 0 };
    for (const i of range(20)) {
      const asked = performance.now();
      await createOther();
      slowest.milliseconds = Math.max(slowest.milliseconds, performance.now() - asked);
      if (i % 5 === 0) held.push(update(2 + i / 5));
      await pause(100);
    }
    // Like the held commands, they would otherwise wait for ten seconds.
    expect(slowest.milliseconds).toBeLessThan(8_000);
    expect(order).toEqual([]);
    await second().commits.check();
    await hung.rollback();
    await Promise.all(held);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await first().get(id)).toMatchObject({ name: "5", version: 7 });
    await expectWholeLog();
  });

  it("does not blame a change for its wait if that node is done just when the wait times out", async () => {
    const { id } = await second().create();
    const slow = first().database.begin();
    await slow.start([1], []);
    const { script } = Connection.prototype;
    let isDone = false;
    vi.spyOn(Connection.prototype, "script").mockImplementation(async function (this: Connection, text) {
      if (text === "rollback" && !isDone) {
        isDone = true;
        await slow.rollback();
      }
      return script.call(this, text);
    });
    try {
      expect(await codeOf(second().update(id, { name: "a" }))).toBe("fine");
      expect(isDone).toBe(true);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it("makes its commands UNAVAILABLE after a time, with nothing changed, and no others", async () => {
    const { id } = await second().create();
    const hung = first().database.begin();
    await hung.start([1], []);
    const impatient = await startNode(await test.open(), { patience: 1_500 });
    expect(await codeOf(impatient.update(id, { name: "late" }))).toBe("UNAVAILABLE");
    await impatient.commits.check();
    await hung.rollback();
    expect((await impatient.update(id, { name: "after" })).version).toBe(2);
    await impatient.close();
  });
});

describe("a transaction that PostgreSQL ends in a deadlock", () => {
  /** Makes the first inserts into the log fail as in a deadlock; a sequence counts them across rollbacks. */
  const deadlocks = (times: number) =>
    test.sql(`
      create sequence tries;
      create function deadlock() returns trigger language plpgsql as $$ begin
        if nextval('tries') <= ${times} then raise exception 'deadlock' using errcode = 'deadlock_detected'; end if;
        return new;
      end $$;
      create trigger deadlock before insert on change_log for each statement execute function deadlock()`);

  it("is retried, and no caller notices", async () => {
    const { id } = await first().create();
    await deadlocks(5);
    const outcomes = await Promise.all([
      codeOf(first().update(id, { name: "a" })),
      codeOf(first().update(id, { email: "bad" })),
      codeOf(first().update(id, { job: "b" })),
    ]);
    expect(outcomes).toEqual(["fine", "INVALID", "fine"]);
    expect(await first().get(id)).toMatchObject({ name: "a", job: "b", version: 3 });
    await expectWholeLog();
  });

  it("is given up after ten retries: nothing is stored, and the change is UNAVAILABLE", async () => {
    const { id } = await first().create();
    await deadlocks(1_000);
    expect(await codeOf(first().update(id, { name: "a" }))).toBe("UNAVAILABLE");
    expect(await column("select last_value from tries")).toEqual([11]);
    expect(await first().get(id)).toMatchObject({ name: null, version: 1 });
  });
});

it("the guarantees do not depend on the server's settings", async () => {
  const { id } = await first().create();
  await test.sql(`
    create table seen (name text, value text);
    create function look() returns trigger language plpgsql as $$ begin
      insert into seen select name, setting from pg_settings where name in ('synchronous_commit', 'transaction_isolation');
      return null;
    end $$;
    create trigger look after insert on change_log for each statement execute function look();
    do $$ begin
      execute format('alter database %I set synchronous_commit = off', current_database());
      execute format('alter database %I set default_transaction_isolation = serializable', current_database());
      execute format('alter database %I set default_transaction_read_only = on', current_database());
    end $$`);
  const node = await startNode(await test.open());
  expect(await codeOf(node.update(id, { name: "a" }))).toBe("fine");
  await node.close();
  expect(await test.sql("select name, value from seen order by name")).toEqual([
    ["synchronous_commit", "on"],
    ["transaction_isolation", "read committed"],
  ]);
});
