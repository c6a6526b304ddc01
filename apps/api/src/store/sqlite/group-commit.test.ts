import { customerFields, parseUpdate } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { groupCommitCases } from "../../testing/group-commit.cases.ts";
import { actor, codeOf, startNode, type Node } from "../../testing/node.ts";
import { sqliteTestDatabase } from "../../testing/sqlite-test-database.ts";
import { Connection } from "./connection.ts";
import { sqliteDatabase } from "./sqlite-database.ts";
import { Writer } from "./writer.ts";

groupCommitCases(sqliteTestDatabase);

describe("on SQLite", () => {
  let test: Awaited<ReturnType<typeof sqliteTestDatabase>>;
  let writer: Writer;
  let node: Node;

  beforeEach(async () => {
    test = await sqliteTestDatabase();
    await (await test.open()).close();
    writer = new Writer(test.file);
    node = await startNode(sqliteDatabase(writer, new Connection(test.file, { readonly: true })));
  });
  afterEach(async () => {
    await node.close();
    await test.dispose();
  });

  it("a write is UNAVAILABLE while the disk is full, and succeeds when there is room again", async () => {
    const record = await node.create({ name: "before" });
    // A database at its maximum size gives the same error as a full disk.
    const pages = (most: number) => writer.run([{ sql: `pragma max_page_count = ${most}`, rows: [[]] }]);
    await pages(Number((await test.sql("pragma page_count"))[0]?.[0]));
    const big = { properties: { text: "x".repeat(60_000) } };
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => codeOf(node.update(record.id, big))));
    expect(outcomes).toEqual(Array.from({ length: 5 }, () => "UNAVAILABLE"));
    expect(await node.get(record.id)).toEqual(record);
    await pages(2_000_000);
    expect((await node.update(record.id, big)).version).toBe(2);
  });

  it("the read connection refuses every write", async () => {
    const reader = new Connection(test.file, { readonly: true });
    expect(() => reader.run("delete from customers")).toThrow("readonly");
    reader.handle.close();
  });

  describe("a batch that is read ahead of its transaction", () => {
    /** Makes the writer believe that no other process writes. */
    const alone = () => Object.defineProperty(writer, "isAlone", { value: true, configurable: true });
    const requests = () => vi.spyOn(writer, "run");

    it("is one message to the writer thread", async () => {
      const { id } = await node.create({ name: "before" });
      alone();
      const sent = requests();
      await node.update(id, { name: "after" });
      expect(sent.mock.calls.map(([, transaction]) => transaction)).toEqual(["whole"]);
      await node.update(id, { name: "after" });
      expect(sent).toHaveBeenCalledTimes(1);
    });

    it("is decided again if another process has written meanwhile", async () => {
      const { id } = await node.create({ name: "before" });
      const other = await startNode(await test.open());
      alone();
      const run = writer.run.bind(writer);
      vi.spyOn(writer, "run").mockImplementationOnce(async (...request) => {
        await other.update(id, { job: "cook" });
        Object.defineProperty(writer, "isAlone", { value: false });
        return run(...request);
      });
      const { record, version } = await node.update(id, { name: "after" });
      expect(record).toMatchObject({ name: "after", job: "cook" });
      expect(version).toBe(3);
      await other.close();
    });

    it("is decided again also if what it read was only the absence of a key", async () => {
      const { id } = await node.create({ name: "before" });
      const other = await startNode(await test.open());
      const keyed = { ...actor, idempotency: { key: "k", fingerprint: "f" } };
      // An update that changes nothing is not in the log, but its answer is kept.
      const request = parseUpdate(customerFields, { where: { id }, patch: { name: "before" } });
      const repeat = (at: Node) => at.roster.customer.update(keyed, request);
      alone();
      const run = writer.run.bind(writer);
      vi.spyOn(writer, "run").mockImplementationOnce(async (...request) => {
        await repeat(other);
        Object.defineProperty(writer, "isAlone", { value: false });
        return run(...request);
      });
      expect(await repeat(node)).toMatchObject({ replayed: true });
      await other.close();
    });

    it("is UNAVAILABLE together with all that wait if another process keeps the lock", async () => {
      const patient = new Writer(test.file, { patience: 50 });
      const impatient = await startNode(
        sqliteDatabase(patient, new Connection(test.file, { readonly: true })),
      );
      const { id } = await node.create({ name: "before" });
      Object.defineProperty(patient, "isAlone", { value: true });
      await impatient.update(id, { name: "first" });
      const holder = new Connection(test.file);
      holder.run("begin immediate");
      expect(await codeOf(impatient.update(id, { name: "after" }))).toBe("UNAVAILABLE");
      holder.run("rollback");
      holder.handle.close();
      expect((await impatient.update(id, { name: "after" })).version).toBe(3);
      await impatient.close();
    });
  });
});
