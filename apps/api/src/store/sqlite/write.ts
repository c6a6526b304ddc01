import { erasedReply, type Erasure, type Flush, type KeyWrite, type RowWrite } from "../database.ts";
import { handedOver } from "../handed-over.ts";
import { columnList, encode, keptSince, logColumns, logValues, type Scalar } from "../rows.ts";
import { changedTerms, tables, valueOf, type Column } from "../tables.ts";
import type { Statement } from "./writer.ts";

/** The statements that write a flush, in the order in which they must run. */
export function statementsOf({ rows, log, keys, erasures, counters }: Flush): Statement[] {
  const steps = new Statements();
  for (const { row, column, value } of handedOver(rows)) {
    steps.add(`update ${tables[row.type].name} set ${column} = ? where tenant = ? and id = ?`, [
      value,
      row.tenant,
      row.record.id,
    ]);
  }
  const gone = new Statements();
  const added = new Statements();
  for (const row of rows) {
    if (row.before) update(steps, row);
    else insert(steps, row);
    const { tenant, type, before, record } = row;
    const terms = changedTerms(type, before, record);
    for (const { field, term } of terms.gone) gone.add(deleteTerm, [tenant, type, field, term, record.id]);
    for (const { field, term } of terms.added)
      added.add(insertTerm, [tenant, type, field, term, record.id], "add");
  }
  const rest = new Statements();
  for (const { tenant, entry } of log) rest.add(insertLog, [tenant, ...logValues(entry)], "add");
  for (const erasure of erasures) erase(rest, erasure);
  for (const key of keys) remember(rest, key);
  prune(rest, keys);
  for (const [tenant, { seq, customer, user, channel }] of counters) {
    rest.add(writeCounters, [tenant, seq, customer, user, channel]);
  }
  return [...steps.all, ...gone.all, ...added.all, ...rest.all];
}

/** Statements for rows that come in any order, those with the same text as one. */
class Statements {
  readonly #all = new Map<string, Statement>();

  add(sql: string, row: Scalar[], must?: Statement["must"]): void {
    const statement = this.#all.get(sql);
    if (statement) statement.rows.push(row);
    else this.#all.set(sql, { sql, rows: [row], must });
  }

  get all(): Statement[] {
    return [...this.#all.values()];
  }
}

const insertLog = `insert into change_log (tenant, ${logColumns.join(", ")}) values (?${", ?".repeat(logColumns.length)})`;
const deleteTerm =
  "delete from search_terms where tenant = ? and record_type = ? and field = ? and term = ? and record_id = ?";
const insertTerm =
  "insert into search_terms (tenant, record_type, field, term, record_id) values (?, ?, ?, ?, ?)";
const writeCounters = `insert into tenant_counters (tenant, seq, customer, user, channel) values (?, ?, ?, ?, ?)
  on conflict (tenant) do update set seq = excluded.seq, customer = excluded.customer, user = excluded.user, channel = excluded.channel`;

function insert(steps: Statements, { tenant, type, record }: RowWrite): void {
  const { name, columns } = tables[type];
  steps.add(
    `insert into ${name} (tenant, ${columnList(type)}) values (?${", ?".repeat(columns.length)})`,
    [tenant, ...columns.map((column) => encode(column, record))],
    "add",
  );
}

/** Writes the columns that changed, guarded by the version that the change was decided on. */
function update(steps: Statements, { tenant, type, before, record }: RowWrite): void {
  const { name, columns } = tables[type];
  const changed: Column[] = columns.filter(
    ({ field }) => valueOf(before as object, field) !== valueOf(record, field),
  );
  const sets = changed.map((column) => `${column.name} = ?`).join(", ");
  steps.add(
    `update ${name} set ${sets} where tenant = ? and id = ? and version = ?`,
    [
      ...changed.map((column) => encode(column, record)),
      tenant,
      record.id,
      (before as RowWrite["record"]).version,
    ],
    "change",
  );
}

function remember(steps: Statements, { tenant, key, fingerprint, reply, at, records }: KeyWrite): void {
  steps.add("insert into idempotency_keys (tenant, key, fingerprint, reply, at) values (?, ?, ?, ?, ?)", [
    tenant,
    key,
    fingerprint,
    reply,
    at,
  ]);
  for (const id of records) {
    steps.add("insert into idempotency_records (tenant, record_id, key) values (?, ?, ?)", [tenant, id, key]);
  }
}

/** Lets go of two keys that are past their time for each new one, so that they never pile up. */
function prune(steps: Statements, keys: readonly KeyWrite[]): void {
  const [key] = keys;
  if (!key) return;
  const old = "select tenant, key from idempotency_keys where at < ? order by at, tenant, key limit ?";
  const values = [keptSince(key.at), 2 * keys.length];
  steps.add(`delete from idempotency_records where (tenant, key) in (${old})`, values);
  steps.add(`delete from idempotency_keys where (tenant, key) in (${old})`, values);
}

/** Removes what the log and the idempotency keys hold of a record; that there were changes stays. */
function erase(steps: Statements, { tenant, id }: Erasure): void {
  steps.add(
    "update change_log set changes = '[]', reason = null, details = null where tenant = ? and record_id = ? and action <> 'erase'",
    [tenant, id],
  );
  const about = "select key from idempotency_records where tenant = ? and record_id = ?";
  steps.add(`update idempotency_keys set reply = ? where tenant = ? and key in (${about})`, [
    erasedReply,
    tenant,
    tenant,
    id,
  ]);
  steps.add(`delete from idempotency_records where tenant = ? and key in (${about})`, [tenant, tenant, id]);
}
