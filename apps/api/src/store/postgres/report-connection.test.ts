import { RosterError } from "@roster/domain";
import { afterAll, beforeAll, expect, it } from "vitest";
import { postgresAt } from "../../testing/postgres-server.ts";
import { readPrimaryAddress, type Address } from "./address.ts";
import { openReportConnection } from "./report-connection.ts";

const server = postgresAt(process.env["TEST_POSTGRES_URL"] as string);
let address: Address;
beforeAll(async () => {
  address = readPrimaryAddress(await server.createDatabase(process.env["TEST_POSTGRES_TEMPLATE"]));
});
afterAll(() => server.dispose());

it.each([
  "update customers set name = 'x'",
  "create table x (a int)",
  "delete from tokens",
  "create database x",
])("a connection for reports refuses %s", async (sql) => {
  const connection = await openReportConnection(address);
  expect(await connection.query("select count(*) as n from customers")).toEqual([{ n: 0 }]);
  expect(connection.lost).toBe(false);
  await expect(connection.query(sql)).rejects.toMatchObject({ cause: { cause: { code: "25006" } } });
  expect(connection.lost).toBe(true);
  await connection.close();
});

it("a statement that takes too long is ended, and its connection is not lent again", async () => {
  const connection = await openReportConnection(address, 50);
  const error: unknown = await connection
    .query("select pg_sleep(5)")
    .catch((thrown: unknown) => (thrown as Error).cause);
  expect(error).toBeInstanceOf(RosterError);
  expect(error).toMatchObject({ code: "UNAVAILABLE", message: "the report took too long" });
  expect(connection.lost).toBe(true);
  await connection.close();
});
