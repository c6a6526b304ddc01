import { readFileSync } from "node:fs";
import type { JsonObject } from "@roster/domain";
import BetterSqlite from "better-sqlite3";
import { serve, type Waiting } from "./floor.ts";

/**
 * The slim floor of an update: only `node:http`, prepared statements and group commit, on small rows of its
 * own: the fields that the update sets, a version, and a log row with the patch. It checks nothing, keeps no
 * search terms, and answers with the small row. What the machine does at best with one thread and the same
 * durability: one fsynced transaction for all requests of one turn of the event loop.
 *
 * Arguments: a database, its journal mode, and, only to create the database instead of serving it, a JSON
 * file with customers.
 */

const [file, journal, customersFile] = process.argv.slice(2) as [string, string, string?];

const database = new BetterSqlite(file);
database.pragma(`journal_mode = ${journal}`);
database.pragma("synchronous = FULL");
database.pragma("cache_size = -64000");

if (customersFile !== undefined) {
  database.exec(`
    create table customers (
      id text primary key, version integer not null, address_state text, address_neighborhood text, properties text
    ) without rowid;
    create table change_log (
      seq integer primary key, record_id text not null, version integer not null, at text not null, patch text not null
    )`);
  const insert = database.prepare("insert into customers values (?, 1, ?, ?, ?)");
  const customers = JSON.parse(readFileSync(customersFile, "utf8")) as JsonObject[];
  database.transaction(() => {
    for (const { id, addressState, addressNeighborhood, properties } of customers)
      insert.run(id, addressState, addressNeighborhood, JSON.stringify(properties));
  })();
  database.close();
  process.exit();
}

interface Row {
  version: number;
  properties: string;
}

const begin = database.prepare("begin immediate");
const commit = database.prepare("commit");
const select = database.prepare("select version, properties from customers where id = ?");
const update = database.prepare(
  "update customers set version = ?, address_state = ?, address_neighborhood = ?, properties = ? where id = ? and version = ?",
);
const log = database.prepare("insert into change_log (record_id, version, at, patch) values (?, ?, ?, ?)");

/** Writes one update in the open transaction. @returns the answer */
function write({ id, patch }: Waiting): string {
  const row = select.get(id) as Row | undefined;
  if (!row) throw new Error(`there is no customer ${id}`);
  const { addressState, addressNeighborhood } = patch;
  const version = row.version + 1;
  const properties = { ...(JSON.parse(row.properties) as object), ...(patch["properties"] as object) };
  update.run(version, addressState, addressNeighborhood, JSON.stringify(properties), id, row.version);
  log.run(id, version, new Date().toISOString(), JSON.stringify(patch));
  return JSON.stringify({ id, version, addressState, addressNeighborhood, properties });
}

let waiting: Waiting[] = [];
serve((one) => {
  waiting.push(one);
  if (waiting.length > 1) return;
  setImmediate(() => {
    const batch = waiting;
    waiting = [];
    begin.run();
    const answers = batch.map(write);
    commit.run();
    for (const [i, { answer }] of batch.entries()) answer(answers[i] as string);
  });
});
