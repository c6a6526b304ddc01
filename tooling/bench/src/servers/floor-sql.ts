import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import BetterSqlite, { type Statement } from "better-sqlite3";
import type { Change, JsonObject, JsonValue, StoredCustomer } from "@roster/domain";
import { columnList, decodeRow, encode, logColumns, logValues } from "../../../../apps/api/src/store/rows.ts";
import { tables, type Column } from "../../../../apps/api/src/store/tables.ts";

/**
 * The floors of an update: `node:http` and prepared statements, and nothing else. They write the rows
 * that Roster writes (the customer's changed columns, a row of the log, the counter), as durably, and
 * answer the whole customer, as it does. They check nothing: no token, no types, no rules.
 *
 * Arguments: a database with Roster's schema, and either `single` (one transaction a request) or
 * `group` (one for all the requests that came in one turn of the event loop).
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
  .prepare(`select ${columnList("customer")} from customers where tenant = ${tenant} and id = ?`)
  .raw();
const intoLog = database.prepare(
  `insert into change_log (tenant, ${logColumns.join(", ")}) values (?${", ?".repeat(logColumns.length)})`,
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
    const sql = `update customers set ${sets} where tenant = ${tenant} and id = ? and version = ?`;
    updates.set(key, (found = { statement: database.prepare(sql), columns }));
  }
  return found;
}

/** Writes one update in the transaction that is open. @returns the answer */
function apply(id: string, patch: JsonObject): string {
  const row = select.get(id) as unknown[] | undefined;
  if (!row) throw new Error(`there is no customer ${id}`);
  const before = decodeRow<StoredCustomer>("customer", row);
  const changes: Change[] = [];
  const values: JsonObject = {};
  for (const [field, to] of Object.entries(patch)) {
    const from = (before as unknown as JsonObject)[field] as JsonValue;
    if (isObject(from) && isObject(to)) {
      for (const [key, value] of Object.entries(to))
        changes.push({ path: `/${field}/${key}`, from: from[key], to: value });
      values[field] = { ...from, ...to };
    } else {
      changes.push({ path: `/${field}`, from, to });
      values[field] = to;
    }
  }
  const now = new Date().toISOString();
  const record: StoredCustomer = {
    ...before,
    ...values,
    version: before.version + 1,
    updatedAt: now,
    updatedBy: "floor",
  };
  const { statement, columns } = updateOf([...Object.keys(values), "version", "updatedAt", "updatedBy"]);
  statement.run(...columns.map((column) => encode(column, record)), id, before.version);
  intoLog.run(
    tenant,
    ...logValues({
      seq: ++seq,
      recordType: "customer",
      recordId: id,
      version: record.version,
      action: "update",
      at: now,
      actor: "floor",
      source: "floor",
      reason: null,
      changes,
    }),
  );
  return JSON.stringify({
    ...record,
    computedProperties: record.properties ?? {},
    computedMapping: record.mapping ?? {},
  });
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

interface Waiting {
  id: string;
  patch: JsonObject;
  answer(text: string): void;
}

function perform(batch: readonly Waiting[]): void {
  begin.run();
  const answers = batch.map(({ id, patch }) => apply(id, patch));
  count.run(seq);
  commit.run();
  for (const [i, { answer }] of batch.entries()) answer(answers[i] as string);
}

let waiting: Waiting[] = [];
function submit(one: Waiting): void {
  if (mode === "single") return perform([one]);
  waiting.push(one);
  if (waiting.length > 1) return;
  setImmediate(() => {
    const batch = waiting;
    waiting = [];
    perform(batch);
  });
}

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    const id = request.url?.slice("/api/customers/".length) ?? "";
    submit({
      id,
      patch: JSON.parse(body) as JsonObject,
      answer(text) {
        response.writeHead(200, {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        });
        response.end(text);
      },
    });
  });
});
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once("disconnect", () => process.exit());
