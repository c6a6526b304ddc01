import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { groupCommitCases } from "../../testing/group-commit.cases.ts";
import { codeOf, startNode, type Node } from "../../testing/node.ts";
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
});
