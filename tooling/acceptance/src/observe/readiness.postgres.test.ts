import { startOwnPostgres, type OwnPostgresServer } from "@roster/api/testing/postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { scrape } from "./scrape.ts";

/** A node's probes while PostgreSQL is down or does not answer. */

let postgres: OwnPostgresServer;
let server: Server;
beforeAll(async () => {
  postgres = await startOwnPostgres();
  const DATABASE_URL = await postgres.createDatabase();
  server = await startServer({ DATABASE_URL, METRICS_TOKEN: "scrape", LOG_LEVEL: "info" });
});
afterAll(async () => {
  await server.dispose();
  await postgres.dispose();
});

/** The lines of the log. */
const told = () =>
  server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { msg: string; refused?: Record<string, number> });

const ready = async () => (await fetch(`${server.url}/readyz`)).status;
const metric = async (name: string) => (await scrape(server, "scrape")).get(name);

describe("a node whose PostgreSQL stops and starts again", () => {
  it("is unready meanwhile and recovers by itself, and its metrics show it throughout", async () => {
    const rpc = rpcOf(server.url, server.token);
    expect(await ready()).toBe(200);
    expect(await metric("roster_database_writable")).toBe(1);
    expect(await metric('roster_database_read_connections{state="idle"}')).toBeGreaterThan(0);
    for (const how of ["fast", "immediate"] as const) {
      await postgres.stop(how);
      await expect.poll(ready).toBe(503);
      const refused = await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const call = i % 2 ? rpc("customer.create", { name: "it" }) : rpc("customer.list");
          return (await call).error;
        }),
      );
      expect(refused.every((error) => error?.code === "UNAVAILABLE")).toBe(true);
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      const writable = async () => (await ready()) && metric("roster_database_writable");
      await expect.poll(writable).toBe(0);
      await postgres.start();
      await expect.poll(ready).toBe(200);
      expect((await rpc("customer.create", { name: "it" })).status).toBe(200);
      expect(await metric("roster_database_writable")).toBe(1);
    }
    // An outage logs two lines, however many requests it refuses.
    const outage = ["the database is not available", "the database is available again"];
    const lines = told();
    expect(lines.map(({ msg }) => msg)).toEqual([...outage, ...outage]);
    for (const line of [lines[1], lines[3]]) {
      const refused = Object.values(line?.refused ?? {}).reduce((sum, count) => sum + count, 0);
      expect(refused).toBeGreaterThanOrEqual(50);
    }
  });
});
