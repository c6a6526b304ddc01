import {
  customerFields,
  identifierFault,
  parseMany,
  parseUpdate,
  type CustomerJson,
  type StoredRecords,
} from "@roster/domain";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRoster } from "../roster.ts";
import type { Write } from "../store/commit/command.ts";
import type { Database } from "../store/database.ts";
import { GroupCommit } from "../store/commit/group-commit.ts";
import { steps } from "./listed.ts";
import { actor, codeOf, startNode, type Node, type TestDatabase } from "./node.ts";

/**
 * Tests of group commit's guarantees, for every database.
 * @param make makes an empty database
 */
export function groupCommitCases(make: () => Promise<TestDatabase>): void {
  let test: TestDatabase;
  let node: Node;
  const { create, update, get } = {
    create: (...input: Parameters<Node["create"]>) => node.create(...input),
    update: (...input: Parameters<Node["update"]>) => node.update(...input),
    get: (...input: Parameters<Node["get"]>) => node.get(...input),
  };
  const sql = (text: string) => test.sql(text);
  const column = async (text: string) => (await sql(text)).map(([value]) => value);

  beforeEach(async () => {
    test = await make();
    node = await startNode(await test.open());
  });
  afterEach(async () => {
    await node.close();
    await test.dispose();
  });

  describe("commands that arrive together", () => {
    it("share one commit", async () => {
      const { id } = await create({ properties: {} });
      let begun = 0;
      const counting: Database = { ...node.database, begin: () => (begun++, node.database.begin()) };
      const shared = new GroupCommit(counting, pino({ level: "silent" }));
      const others = createRoster({ ...node.store, commits: shared });
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

    it("are decided in order of arrival, each on the state that the previous ones left", async () => {
      const a = create({ providedId: "x" });
      const b = create({ providedId: "x" });
      const { id } = await a;
      expect(await codeOf(b)).toBe("CONFLICT");
      const [renamed, taken, found] = await Promise.allSettled([
        update(id, { providedId: "y" }),
        create({ providedId: "x" }),
        node.roster.customer.update(
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

    it("fail alone when a rule refuses one of them", async () => {
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

    it("fail alone when only the database sees a conflict", async () => {
      const { id } = await create({ name: "x" });
      await sql("create unique index one_job on customers (tenant, job)");
      const outcomes = await Promise.all([
        codeOf(update(id, { job: "pilot" })),
        codeOf(create({ job: "pilot" })),
        codeOf(create({ job: "cook" })),
      ]);
      expect(outcomes).toEqual(["fine", "CONFLICT", "fine"]);
      expect((await get(id)).job).toBe("pilot");
    });
  });

  describe("a command that cannot be written", () => {
    /** An update that skips all rules, as a defect might. */
    const defective = (of: CustomerJson, change: object, changes: unknown[] = [], idempotency?: string) =>
      codeOf(
        node.commits.submit<object>({
          tenant: 1,
          actor: "defect",
          source: "test",
          reason: null,
          idempotency: idempotency === undefined ? undefined : { key: idempotency, fingerprint: "x" },
          wants: [],
          decide: (view) => {
            const before = view.find("customer", "id", of.id) as StoredRecords["customer"];
            const record = { ...before, version: before.version + 1, ...change };
            const write = { type: "customer", before, record, action: "update", changes } as Write;
            return { writes: [write], reply: { id: of.id, ...change }, about: [] };
          },
        }),
      );
    const circle: { self?: object } = {};
    circle.self = circle;

    it.each<[what: string, change: object, changes?: unknown[], key?: string]>([
      ["an object where a text belongs", { dateOfBirth: { 0: "x" } }],
      ["a list where a text belongs", { name: ["x"] }],
      ["a number where a text belongs", { name: 5 }],
      ["a text where JSON belongs", { properties: "x" }],
      ["a list where an object belongs", { properties: [1] }],
      ["an object where a set belongs", { groupTags: { 0: "x" } }],
      ["a text where a number belongs", { number: "1; x" }],
      ["a number too large for an integer column", { number: 1e300 }],
      ["NaN", { number: Number.NaN }],
      ["a symbol", { name: Symbol("x") }],
      ["a function", { name: () => "x" }],
      ["a bigint", { number: 5n }],
      ["JSON with a bigint", { properties: { a: 5n } }],
      ["cyclic JSON", { properties: circle }],
      ["a missing value", { createdAt: null }],
      ["a log entry with a bigint", { name: "x" }, [{ path: "/name", from: null, to: 5n }]],
      ["a cyclic answer, under a key", { name: "x", circle }, [], "key"],
      ["another version than the next", { version: 1 }],
    ])("because of %s fails alone among the commands of its commit", async (_what, change, changes, key) => {
      const records = await Promise.all(Array.from({ length: 5 }, () => create()));
      const [first, second, ...others] = records as [CustomerJson, CustomerJson, ...CustomerJson[]];
      const outcomes = await Promise.all([
        codeOf(update(first.id, { job: "before" })),
        defective(second, change, changes, key),
        ...others.map(({ id }) => codeOf(update(id, { job: "after" }))),
        codeOf(update(second.id, { job: "after" })),
      ]);
      expect(outcomes[1]).toBeInstanceOf(Error);
      expect(outcomes[1]).not.toHaveProperty("code", "UNAVAILABLE");
      expect(outcomes.toSpliced(1, 1)).toEqual(["fine", "fine", "fine", "fine", "fine"]);
      expect(node.commits.writable).toBe(true);
      expect(await get(second.id)).toEqual({
        ...second,
        job: "after",
        version: 2,
        updatedAt: expect.anything(),
      });
      const seqs = await column("select seq from change_log where tenant = 1 order by seq");
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(await column("select count(*) from idempotency_keys")).toEqual([0]);
    });
  });

  describe("one request for many", () => {
    const updateMany = (items: object[]) =>
      node.roster.customer.updateMany(actor, parseMany(customerFields, { items }));

    it("can swap unique values through a third value", async () => {
      const [a, b] = await Promise.all([create({ providedId: "a" }), create({ providedId: "b" })]);
      await updateMany([
        { where: { id: a.id }, patch: { providedId: "c" } },
        { where: { id: b.id }, patch: { providedId: "a" } },
        { where: { id: a.id }, patch: { providedId: "b" } },
      ]);
      expect([(await get(a.id)).providedId, (await get(b.id)).providedId]).toEqual(["b", "a"]);
    });

    it("can pass a unique value on while other fields change", async () => {
      const [a, b, c] = await Promise.all([
        create({ providedId: "a" }),
        create({ providedId: "b" }),
        create({ providedId: "c" }),
      ]);
      await updateMany([
        { where: { id: a.id }, patch: { providedId: "d" } },
        { where: { id: b.id }, patch: { providedId: "a", name: "b" } },
        { where: { id: c.id }, patch: { providedId: "b" } },
      ]);
      const all = await Promise.all([a, b, c].map(({ id }) => get(id)));
      expect(all.map(({ providedId }) => providedId)).toEqual(["d", "a", "b"]);
    });
  });

  describe("a write that the database refuses", () => {
    it("fails its update when the log cannot be written, and leaves nothing of it", async () => {
      const record = await create({ name: "before" });
      const allow = await test.refuseLog();
      const outcomes = await Promise.all([
        codeOf(update(record.id, { name: "after" })),
        codeOf(create({ name: "new" })),
      ]);
      for (const outcome of outcomes) expect(outcome).not.toBe("fine");
      await allow();
      expect(await get(record.id)).toEqual(record);
      expect((await update(record.id, { name: "after" })).version).toBe(2);
    });

    it("stores none of several rows when one has changed since it was read, unlike the ORM's batched update", async () => {
      const writes = (await Promise.all([create({ name: "a" }), create({ name: "b" })])).map(
        ({ computedProperties: _, computedMapping: __, ...before }, i) =>
          ({
            tenant: 1,
            type: "customer",
            seq: 0,
            before: { ...before, version: 1 + 8 * i },
            record: { ...before, version: 2 + 8 * i, name: "after" },
          }) as const,
      );
      const transaction = node.database.begin();
      await transaction.start([1], []);
      const writing = async () => {
        await transaction.write({
          rows: writes,
          log: [],
          keys: [],
          erasures: [],
          kept: [],
          counters: [],
        });
        await transaction.commit();
      };
      await expect(writing()).rejects.toThrow(`${writes[1]?.record.id} is no longer at version 9`);
      await transaction.rollback();
      expect(await column("select name from customers order by name")).toEqual(["a", "b"]);
    });
  });

  describe("the queue", () => {
    it("is bounded: beyond it, a command is OVERLOADED and not run", async () => {
      await node.close();
      node = await startNode(await test.open(), { maxQueue: 10 });
      const outcomes = await Promise.all(Array.from({ length: 15 }, () => codeOf(create({ name: "x" }))));
      expect(outcomes.filter((outcome) => outcome === "fine")).toHaveLength(10);
      expect(outcomes.filter((outcome) => outcome === "OVERLOADED")).toHaveLength(5);
      expect(await column("select count(*) from customers")).toEqual([10]);
    });

    it("is emptied by a close, which refuses later commands", async () => {
      const accepted = Array.from({ length: 30 }, () => codeOf(create()));
      const closing = node.commits.close();
      expect(await codeOf(create())).toBe("UNAVAILABLE");
      await closing;
      expect(new Set(await Promise.all(accepted))).toEqual(new Set(["fine"]));
    });
  });

  describe("the change log", () => {
    it("has a row for every version of every record, and seq without a gap, despite refused commands", async () => {
      const records = await Promise.all(
        Array.from({ length: 10 }, (_, i) => create({ providedId: `p${i}` })),
      );
      await Promise.all(
        records.flatMap(({ id }, i) => [
          codeOf(update(id, { name: "a" })),
          codeOf(update(id, { providedId: `p${i + 1}` })),
          codeOf(update(id, { email: "bad" })),
          codeOf(node.roster.customer.delete(actor, [{ field: "id", value: id }])),
        ]),
      );
      const seqs = await column("select seq from change_log where tenant = 1 order by seq");
      expect(seqs).toEqual(seqs.map((_, i) => i + 1));
      expect(await column("select seq from tenant_counters where tenant = 1")).toEqual([seqs.length]);
      const orphans = await sql(
        `select c.id from customers c where c.version <>
           (select count(*) from change_log l where l.tenant = c.tenant and l.record_id = c.id)`,
      );
      expect(orphans).toEqual([]);
    });

    it("never goes back in time, even if the next writer's clock is behind", async () => {
      const clock = (offset: number) => () => new Date(Date.now() + offset).toISOString();
      const ahead = await startNode(await test.open(), { now: clock(3_600_000) });
      const behind = await startNode(await test.open(), { now: clock(-3_600_000) });
      const nodes = [node, ahead, behind];
      const { id } = await create();
      for (let i = 0; i < 9; i++) {
        const writer = nodes[i % nodes.length] ?? node;
        await Promise.all([writer.update(id, { name: `${i}` }), writer.create({ name: `${i}` })]);
      }
      const times = (await column("select at from change_log where tenant = 1 order by seq")) as string[];
      expect(times).toEqual(times.toSorted());
      // The log's time advances only while the writer's clock is ahead of it.
      expect(new Set(times).size).toBeGreaterThan(3);
      const { createdAt, updatedAt } = await get(id);
      expect(updatedAt > createdAt).toBe(true);
      await Promise.all([ahead.close(), behind.close()]);
    });

    it("never holds a token or its hash", async () => {
      expect(String(await column("select changes from change_log"))).not.toMatch(/secret|[0-9a-f]{64}/);
    });
  });

  describe("a storable value", () => {
    it("is returned as it was stored: any text, JSON in its own order, the largest number", async () => {
      const texts = [
        "'; drop table customers; --",
        '\\\\ \\" {a,b} NULL',
        "\u0001\u001f\u007f\n\t",
        "مرحبا 👩‍👩‍👧 \u{10FFFF}",
        "NULL",
      ];
      const properties = {
        zebra: [1e300, -0.5, 5e-324, Number.MAX_SAFE_INTEGER, true, null],
        a: { "1": "x", 'b\\"': texts, nested: { z: 1, a: 2 } },
        empty: {},
      };
      for (const text of texts) {
        // Not every text is a valid identifier.
        const own = { ssoId: text, ...(identifierFault(text) === undefined && { providedId: text }) };
        const { id } = await create({ name: text, ...own, emails: ["a@b.example"], properties });
        const record = await get(id);
        expect(record).toMatchObject({ name: text, ...own, emails: ["a@b.example"] });
        expect(JSON.stringify(record.properties)).toBe(JSON.stringify(properties));
        await update(id, { name: `${text}!`, timestamp: "0000-01-01T00:00:00.001Z" });
        expect(await get(id)).toMatchObject({ name: `${text}!`, timestamp: "0000-01-01T00:00:00.001Z" });
      }
    });

    it("is found by the longest possible name, even if case folding lengthens it", async () => {
      // Each of these Arabic ligatures folds to three letters; their order does not compress.
      let random = 1;
      const ligatures = Array.from({ length: 510 }, () => {
        random = (random * 48_271) % 2_147_483_647;
        return String.fromCodePoint(0xfd50 + (random % 64));
      });
      const name = { firstName: ligatures.slice(255).join(""), lastName: ligatures.slice(0, 255).join("") };
      const { id } = await create(name);
      const items: string[] = [];
      const filter = { namePrefix: name.firstName };
      for await (const step of steps(node.database.tenant(1), "customer", { filter }))
        items.push(...step.map((item) => item.id));
      expect(items).toEqual([id]);
    });
  });

  describe("a value that cannot be stored", () => {
    it("is found nowhere, and causes no error", async () => {
      await create({ providedId: "a" });
      const where = { field: "providedId", value: "a\0" } as const;
      const { roster, database } = node;
      expect(await codeOf(roster.customer.get(actor, [where]))).toBe("NOT_FOUND");
      expect(await codeOf(roster.customer.delete(actor, [where]))).toBe("NOT_FOUND");
      const both = await Promise.all([codeOf(roster.customer.delete(actor, [where])), codeOf(create())]);
      expect(both).toEqual(["NOT_FOUND", "fine"]);
      const along = { by: "terms", index: "name", span: ["", "\u{10FFFF}\0"] } as const;
      const query = { along, order: "asc", limit: 10 } as const;
      expect(await database.tenant(1).walk("customer", query)).toEqual([]);
    });
  });

  describe("a list", () => {
    it("is in the order of code points, in both directions, step by step", async () => {
      const names = ["a", "B", "ä", "Z", "é", "zz", "A b", "A-b", "_", "1", "10", "2", "ﬀ", "漢", "😀", "ﬃ"];
      await Promise.all(names.map((name) => create({ name })));
      const walk = async (order: "asc" | "desc") => {
        const seen: (string | null)[] = [];
        const listing = { sort: "name", order, limit: 3 };
        for await (const step of steps(node.database.tenant(1), "customer", listing))
          seen.push(...step.map(({ name }) => name));
        return seen;
      };
      const sorted = names
        .map((name) => [Buffer.from(name.normalize("NFKC").toLowerCase()), name] as const)
        .toSorted(([a], [b]) => Buffer.compare(a, b))
        .map(([, name]) => name);
      expect(await walk("asc")).toEqual(sorted);
      expect(await walk("desc")).toEqual(sorted.toReversed());
    });
  });
}
