import { Client } from "pg";
import type { StoredCustomer } from "@roster/domain";
import { typeNames } from "../../../../apps/api/src/store/postgres/dialect.ts";
import { columnsOf, types } from "../../../../apps/api/src/store/postgres/values.ts";
import { columnList, decodeRow, encode, logColumns, logValues } from "../../../../apps/api/src/store/rows.ts";
import { tables, type Column } from "../../../../apps/api/src/store/tables.ts";
import { answerTo, apply, serve, type Update, type Waiting } from "./floor.ts";

/**
 * The floor of an update on PostgreSQL: only `node:http`, the `pg` driver and prepared statements. It writes
 * the same rows as Roster (the customer's changed columns, a log row, the counter), as durably, in one
 * transaction for all requests that arrived during the previous one, and returns the whole customer. It
 * checks nothing, and must be the only writer. A batch takes the minimum of round trips: one that begins and
 * reads, and one that writes and commits.
 *
 * Arguments: the address of a database with Roster's schema.
 */

const [connectionString] = process.argv.slice(2) as [string];
const tenant = 1;

const client = new Client({ connectionString, pipeline: true, types });
await client.connect();

/** A statement with one array parameter per column, prepared when first used. */
const run = async (name: string, text: string, values: unknown[] = []): Promise<unknown[][]> =>
  (await client.query<unknown[]>({ name, text, values, rowMode: "array" })).rows;

/** `unnest($1::bigint[], $2::text[], …)` */
const unnest = (...names: string[]): string =>
  `unnest(${names.map((name, i) => `$${i + 1}::${name}[]`).join(", ")})`;

const select = `select seq, ${columnList("customer")} from customers where tenant = ${tenant} and id = any($1::text[])`;
const others: Record<string, string> = { seq: "bigint", version: "bigint", changes: "json", details: "json" };
const logTypes = ["bigint", ...logColumns.map((name) => others[name] ?? "text")];
const insertLog = `
  insert into change_log (tenant, prev_seq, ${logColumns.join(", ")}) select ${tenant}, * from ${unnest(...logTypes)}`;
const count = `update tenant_counters set seq = $1 where tenant = ${tenant}`;
let [[seq] = []] = (await run(
  "seq",
  `select seq from tenant_counters where tenant = ${tenant}`,
)) as number[][];

const columnsOfFields = (fields: readonly string[]): Column[] =>
  fields.map((field) => tables.customer.byField.get(field) as Column);
const updateSql = (columns: readonly Column[]): string => `
  update customers c set seq = w.new_seq, ${columns.map(({ name }) => `${name} = w.new_${name}`).join(", ")}
  from ${unnest("text", "bigint", "bigint", ...columns.map(({ type }) => typeNames[type]))}
    as w(id, version, new_seq, ${columns.map(({ name }) => `new_${name}`).join(", ")})
  where c.tenant = ${tenant} and c.id = w.id and c.version = w.version`;

async function perform(batch: readonly Waiting[]): Promise<void> {
  const ids = new Set(batch.map(({ id }) => id));
  const [, rows] = await Promise.all([run("begin", "begin"), run("select", select, [[...ids]])]);
  const customers = new Map(
    rows
      .map((row) => decodeRow<StoredCustomer>("customer", row, 1))
      .map((customer) => [customer.id, customer]),
  );
  const latest = new Map([...customers.keys()].map((id, i) => [id, rows[i]?.[0] as number]));
  const versions = new Map([...customers].map(([id, { version }]) => [id, version]));
  const updates = batch.map(({ id, patch }) => {
    const before = customers.get(id);
    if (!before || seq === undefined) throw new Error(`there is no customer ${id}`);
    const update = apply(before, patch, ++seq);
    const prevSeq = latest.get(id) as number;
    customers.set(id, update.record);
    latest.set(id, seq);
    return { ...update, prevSeq };
  });
  // All requests set the same fields; a customer that several of them change is written once.
  const columns = columnsOfFields((updates[0] as Update).fields);
  const changed = [...customers.values()].map((record) => [
    record.id,
    versions.get(record.id) as number,
    latest.get(record.id) as number,
    ...columns.map((column) => encode(column, record)),
  ]);
  await Promise.all([
    run("update", updateSql(columns), columnsOf(changed)),
    run("log", insertLog, columnsOf(updates.map(({ prevSeq, entry }) => [prevSeq, ...logValues(entry)]))),
    run("count", count, [seq]),
    run("commit", "commit"),
  ]);
  for (const [i, { answer }] of batch.entries()) answer(answerTo(updates[i] as Update));
}

const waiting: Waiting[] = [];
async function performAll(): Promise<void> {
  while (waiting.length > 0) {
    await new Promise(setImmediate);
    const batch = waiting.splice(0);
    await perform(batch);
  }
  running = false;
}

let running = false;
serve((one) => {
  waiting.push(one);
  if (running) return;
  running = true;
  void performAll();
});
