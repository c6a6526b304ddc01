import { RosterError } from "@roster/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";
import { openReportThread } from "./report-connection.ts";

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await store.create({ name: "Acme" });
});
afterAll(() => store.close());

it("a connection for reports refuses every write", async () => {
  const connection = await openReportThread(store.file);
  const writes = [
    "update customers set name = 'x'",
    "create table x (a)",
    "pragma user_version = 7",
    "delete from tokens",
  ];
  for (const sql of writes)
    await expect(connection.query(sql)).rejects.toMatchObject({
      cause: { message: expect.stringContaining("readonly") },
    });
  expect(await connection.query("select name from customers")).toEqual([{ name: "Acme" }]);
  await connection.close();
});

it("a statement that takes too long is given up, and the connection with it", async () => {
  const connection = await openReportThread(store.file, 50);
  const slow =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select max(i) from n";
  const error: unknown = await connection.query(slow).catch((thrown: unknown) => (thrown as Error).cause);
  expect(error).toBeInstanceOf(RosterError);
  expect(error).toMatchObject({ code: "UNAVAILABLE", message: "the report took too long" });
  expect(connection.lost).toBe(true);
});

it("a file that cannot be read is a refusal, not the end of the process", async () => {
  const connection = await openReportThread(`${store.file}.missing`);
  await expect(connection.query("select 1")).rejects.toMatchObject({ cause: { code: "UNAVAILABLE" } });
});
