import BetterSqlite, { type Statement } from "better-sqlite3";
import type { JsonObject, StoredCustomer } from "@roster/domain";
import { columnList, decodeRow, encode, logColumns, logValues } from "../../../../apps/api/src/store/rows.ts";
import { tables, type Column } from "../../../../apps/api/src/store/tables.ts";
import { answerTo, apply, serve, type Waiting } from "./floor.ts";

/**
 * The floors of an update on SQLite: only `node:http` and prepared statements. They write the same rows as
 * Roster (the customer's changed columns, a log row, the counter), as durably, and return the whole customer.
 * They check nothing: no token, no types, no rules.
 *
 * Arguments: a database with Roster's schema, and either `single` (one transaction per request) or `group`
 * (one for all requests of one turn of the event loop).
 */

const [file, mode] = process.argv.slice(2) as [string, "single" | "group"];
const tenant = 1;

const database = new BetterSqlite(file);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = FULL");
database.pragma("cache_size = -64000");

const begin = database.prepare("begin immediate");
const commit = database.prepare("commit");
const select = database
  .prepare(`select seq, ${columnList("customer")} from customers where tenant = ${tenant} and id = ?`)
  .raw();
const intoLog = database.prepare(
  `insert into change_log (tenant, prev_seq, ${logColumns.join(", ")}) values (?, ?${", ?".repeat(logColumns.length)})`,
);
const count = database.prepare(`update tenant_counters set seq = ? where tenant = ${tenant}`);
let seq = database
  .prepare(`select seq from tenant_counters where tenant = ${tenant}`)
  .pluck()
  .get() as number;

/** The statement for a set of columns, prepared once. */
const updates = new Map<string, { statement: Statement; columns: Column[] }>();
function updateOf(fields: readonly string[]) {
  const key = fields.join();
  let found = updates.get(key);
  if (!found) {
    const columns = fields.map((field) => tables.customer.byField.get(field) as Column);
    const sets = columns.map(({ name }) => `${name} = ?`).join(", ");
    const sql = `update customers set seq = ?, ${sets} where tenant = ${tenant} and id = ? and version = ?`;
    updates.set(key, (found = { statement: database.prepare(sql), columns }));
  }
  return found;
}

/** Writes one update in the open transaction. @returns the answer */
function write(id: string, patch: JsonObject): string {
  const row = select.get(id) as unknown[] | undefined;
  if (!row) throw new Error(`there is no customer ${id}`);
  const update = apply(decodeRow<StoredCustomer>("customer", row, 1), patch, ++seq);
  const { statement, columns } = updateOf(update.fields);
  statement.run(seq, ...columns.map((column) => encode(column, update.record)), id, update.before.version);
  intoLog.run(tenant, row[0], ...logValues(update.entry));
  return answerTo(update);
}

function perform(batch: readonly Waiting[]): void {
  begin.run();
  const answers = batch.map(({ id, patch }) => write(id, patch));
  count.run(seq);
  commit.run();
  for (const [i, { answer }] of batch.entries()) answer(answers[i] as string);
}

let waiting: Waiting[] = [];
serve((one) => {
  if (mode === "single") return perform([one]);
  waiting.push(one);
  if (waiting.length > 1) return;
  setImmediate(() => {
    const batch = waiting;
    waiting = [];
    perform(batch);
  });
});
