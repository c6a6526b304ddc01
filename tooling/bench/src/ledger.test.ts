import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeEach, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { places } from "./seed.ts";
import { onSqlite } from "./stored.ts";
import type { Running } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "roster-ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let database: BetterSqlite.Database;
let file: string;
let files = 0;
const server = (as: "log" | "rows"): Running => ({
  name: "roster",
  children: [],
  ports: [],
  tokens: [],
  places: places({ flat: 3 }),
  stored: onSqlite(file, as),
  atRest: undefined,
  next: 10,
});

beforeEach(() => {
  file = join(folder, `${files++}.db`);
  database = new BetterSqlite(file);
  database.exec(`
    create table tenant_counters (tenant integer, seq integer);
    create table change_log (tenant integer, record_type text);
    create table customers (tenant integer, version integer, address_state text);
    insert into tenant_counters values (1, 3);
    insert into change_log values (1, 'customer'), (1, 'customer'), (1, 'customer');
    insert into customers values (1, 1, 'State'), (1, 1, 'State 9'), (1, 1, null);
  `);
});

/** A fake server's handling of one update. */
const updateOne = () =>
  database.exec(`
    update tenant_counters set seq = seq + 1;
    insert into change_log values (1, 'customer');
    update customers set version = version + 1 where rowid = 1;
  `);

const right = { total: 2, byPort: [2], wrong: 0 };

it("accepts a log with as many rows as updates were acknowledged", async () => {
  const ledger = new Ledger();
  const entry = await ledger.open(server("log"), true);
  updateOne();
  updateOne();
  await entry.close("update", right, 2);
  await ledger.closeBooks([server("log")]);
  expect(ledger.checks).toEqual({ answers: 2, wrong: 0, acknowledged: 2, stored: 2, failures: [] });
});

it("reports an acknowledged update that is not in the log", async () => {
  const ledger = new Ledger();
  const entry = await ledger.open(server("log"), true);
  updateOne();
  await entry.close("update", right, 2);
  expect(ledger.checks.failures).toEqual(["update: 2 updates were acknowledged, 1 are in the log"]);
});

it("reports reads that change something, wrong answers, and missing answers", async () => {
  const ledger = new Ledger();
  const entry = await ledger.open(server("log"), false);
  updateOne();
  await entry.close("get", { total: 2, byPort: [2], wrong: 1, firstWrong: "HTTP/1.1 500" }, 2);
  const nobody = await ledger.open(server("log"), false);
  await nobody.close("list", { total: 0, byPort: [0], wrong: 0 }, 0);
  expect(ledger.checks.failures).toEqual([
    "get: 1 of 2 answers are wrong: HTTP/1.1 500",
    "get: 0 updates were acknowledged, 1 are in the log",
    "list: there was no answer",
  ]);
});

it("reports a node without requests", async () => {
  const ledger = new Ledger();
  const entry = await ledger.open(server("log"), true);
  updateOne();
  updateOne();
  await entry.close("update", { ...right, byPort: [2, 0] }, 2);
  expect(ledger.checks.failures).toEqual(["update: a node had nothing to do"]);
});

it("reports a log that contradicts its counter or its customers", async () => {
  const ledger = new Ledger();
  database.exec("update customers set version = version + 1 where rowid = 1");
  await ledger.closeBooks([server("log")]);
  expect(ledger.checks.failures).toHaveLength(1);
  expect(ledger.checks.failures[0]).toContain("the log contradicts its counter or its customers");
});

it("counts changed customers if there is no log", async () => {
  const ledger = new Ledger();
  const one = await ledger.open(server("rows"), true);
  database.exec("update customers set address_state = 'State 10' where rowid = 3");
  await one.close("update", right, 1);
  expect(ledger.checks).toMatchObject({ acknowledged: 1, stored: 1, failures: [] });
  const all = await ledger.open(server("rows"), true);
  database.exec("update customers set address_state = 'State 12' where rowid < 3");
  await all.close("update", right, 700);
  expect(ledger.checks).toMatchObject({ acknowledged: 701, stored: 701, failures: [] });
  const lost = await ledger.open({ ...server("rows"), next: 900 }, true);
  await lost.close("update", right, 2);
  expect(ledger.checks.failures).toEqual(["update: 2 customers should have changed, 0 did"]);
});
