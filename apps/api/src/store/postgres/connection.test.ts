import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { readAddress } from "./address.ts";
import { Connection } from "./connection.ts";

let server: PostgresServer;
let connection: Connection;
beforeAll(async () => {
  server = await startPostgres();
  connection = await Connection.open(readAddress(server.url));
});
afterAll(async () => {
  await connection.close();
  await server.dispose();
});

const prepared = async (): Promise<unknown[]> =>
  (await connection.script("select statement from pg_prepared_statements"))[0]?.rows.flat() ?? [];

it("keeps the statements in use prepared, and not all there ever were", async () => {
  for (let i = 0; i < 1_200; i += 50) {
    const rare = Array.from({ length: 50 }, (_, k) => connection.run(`select $1::int + ${i + k}`, [1]));
    const usual = connection.run("select $1::int", [i]);
    expect((await Promise.all(rare)).map(({ rows }) => rows)).toEqual(rare.map((_, k) => [[i + k + 1]]));
    expect((await usual).rows).toEqual([[i]]);
  }
  const kept = await prepared();
  expect(kept.length).toBeLessThanOrEqual(500);
  expect(kept).toContain("select $1::int");
  expect(kept).toContain("select $1::int + 1199");
  expect(kept).not.toContain("select $1::int + 0");
});

it("answers rightly although the statements were let go in a transaction that failed", async () => {
  await connection.script("begin");
  await expect(connection.run("select 1 / $1::int", [0])).rejects.toThrow("division by zero");
  const all = Array.from({ length: 600 }, (_, i) => connection.run(`select $1::int - ${i}`, [1]));
  for (const outcome of await Promise.allSettled(all)) expect(outcome.status).toBe("rejected");
  await connection.script("rollback");
  const { rows } = await connection.run("select $1::int - 599", [600]);
  expect(rows).toEqual([[1]]);
});
