import {
  erasedReply,
  type Counters,
  type Erasure,
  type Flush,
  type KeyWrite,
  type RowWrite,
} from "../database.ts";
import { handedOver } from "../handed-over.ts";
import { columnList, encode, keptSince, logColumns, logValues, type Scalar } from "../rows.ts";
import { changedTerms, tables, valueOf, type Column } from "../tables.ts";
import type { Connection } from "./connection.ts";
import { columnsOf, typeOf, unnest } from "./values.ts";

/** A statement for any number of rows, whose values it takes as one array for each column. */
interface Statement {
  sql: string;
  rows: Scalar[][];
  /** What it changes, each of which must be at the version that its change was decided on. */
  guarded?: RowWrite[];
  /** Each of its rows must be stored: a trigger may leave one out without a word. */
  adds?: boolean;
}

/**
 * Writes a flush: few statements, all of them sent at once.
 * @throws Error where anything does not fit; the first that did not, as PostgreSQL goes by their order
 */
export async function write(connection: Connection, flush: Flush): Promise<void> {
  const statements: Statement[] = [
    ...freeing(flush.rows),
    ...updatesOf(flush.rows),
    ...insertsOf(flush.rows),
    ...termsOf(flush.rows),
    { sql: insertLog, rows: flush.log.map(({ tenant, entry }) => [tenant, ...logValues(entry)]), adds: true },
    ...erasing(flush.erasures),
    ...keeping(flush.keys),
    { sql: writeCounters, rows: flush.counters.map(countersRow) },
  ];
  // Before anything is sent: a value that cannot be written leaves no other statement on its way.
  const bound = statements
    .filter(({ rows }) => rows.length > 0)
    .map(({ sql, rows, guarded, adds }) => ({ sql, rows, guarded, adds, values: columnsOf(rows) }));
  const [results] = await Promise.all([
    Promise.all(bound.map(({ sql, values }) => connection.run(sql, values))),
    prune(connection, flush.keys),
  ]);
  for (const [i, { rows, guarded, adds }] of bound.entries()) {
    if (results[i]?.rowCount === rows.length) continue;
    if (guarded) await refuse(connection, guarded);
    if (adds) throw new Error("the database has left out a row that was added");
  }
}

/** Statements for rows that come in any order, those with the same text as one. */
class Statements {
  readonly #all = new Map<string, Statement>();

  add(sql: string, row: Scalar[]): void {
    const statement = this.#all.get(sql);
    if (statement) statement.rows.push(row);
    else this.#all.set(sql, { sql, rows: [row] });
  }

  get all(): Statement[] {
    return [...this.#all.values()];
  }
}

function freeing(rows: readonly RowWrite[]): Statement[] {
  const statements = new Statements();
  for (const { row, column, value } of handedOver(rows)) {
    statements.add(
      `update ${tables[row.type].name} r set ${column} = w.value
       from ${unnest("bigint", "text", "text")} as w(tenant, id, value) where r.tenant = w.tenant and r.id = w.id`,
      [row.tenant, row.record.id, value],
    );
  }
  return statements.all;
}

/** The changed rows, those with the same changed columns as one statement. */
function updatesOf(rows: readonly RowWrite[]): Statement[] {
  const updates = new Map<string, Statement & { guarded: RowWrite[] }>();
  for (const row of rows) {
    const { tenant, type, before, record } = row;
    if (!before) continue;
    const changed = tables[type].columns.filter(
      ({ field }) => valueOf(before, field) !== valueOf(record, field),
    );
    const shape = `${type} ${changed.map(({ name }) => name).join(" ")}`;
    let update = updates.get(shape);
    if (!update) updates.set(shape, (update = { sql: updateSql(type, changed), rows: [], guarded: [] }));
    update.rows.push([tenant, record.id, before.version, ...changed.map((column) => encode(column, record))]);
    update.guarded.push(row);
  }
  return [...updates.values()];
}

/** Each row is guarded by the version that its change was decided on. */
const updateSql = (type: RowWrite["type"], changed: readonly Column[]): string => `
  update ${tables[type].name} r set ${changed.map(({ name }) => `${name} = w.new_${name}`).join(", ")}
  from ${unnest("bigint", "text", "bigint", ...changed.map(typeOf))}
    as w(tenant, id, version, ${changed.map(({ name }) => `new_${name}`).join(", ")})
  where r.tenant = w.tenant and r.id = w.id and r.version = w.version`;

/** Finds out which of these rows was not there to be changed. */
async function refuse(connection: Connection, writes: readonly RowWrite[]): Promise<never> {
  for (const { tenant, type, before, record } of writes) {
    const { rows } = await connection.run(
      `select version from ${tables[type].name} where tenant = $1 and id = $2`,
      [tenant, record.id],
    );
    if (rows[0]?.[0] !== record.version)
      throw new Error(`${type} ${record.id} is not at version ${before?.version} any more`);
  }
  throw new Error("a record is not at the version any more that its change was decided on");
}

function insertsOf(rows: readonly RowWrite[]): Statement[] {
  const statements = new Statements();
  for (const { tenant, type, before, record } of rows) {
    if (before) continue;
    const { name, columns } = tables[type];
    statements.add(
      `insert into ${name} (tenant, ${columnList(type)}) select * from ${unnest("bigint", ...columns.map(typeOf))}`,
      [tenant, ...columns.map((column) => encode(column, record))],
    );
  }
  return statements.all.map((statement) => ({ ...statement, adds: true }));
}

const termTypes = ["bigint", "text", "text", "text", "text"];
const deleteTerms = `
  delete from search_terms t using ${unnest(...termTypes)} as w(tenant, record_type, field, term, record_id)
  where t.tenant = w.tenant and t.record_type = w.record_type and t.field = w.field and t.term = w.term
    and t.record_id = w.record_id`;
const insertTerms = `
  insert into search_terms (tenant, record_type, field, term, record_id) select * from ${unnest(...termTypes)}`;

function termsOf(rows: readonly RowWrite[]): Statement[] {
  const gone: Scalar[][] = [];
  const added: Scalar[][] = [];
  for (const { tenant, type, before, record } of rows) {
    const terms = changedTerms(type, before, record);
    for (const { field, term } of terms.gone) gone.push([tenant, type, field, term, record.id]);
    for (const { field, term } of terms.added) added.push([tenant, type, field, term, record.id]);
  }
  return [
    { sql: deleteTerms, rows: gone },
    { sql: insertTerms, rows: added, adds: true },
  ];
}

const insertLog = `
  insert into change_log (tenant, ${logColumns.join(", ")})
  select * from unnest(
    $1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::json[], $12::json[])`;

/** What the log and the idempotency keys hold of a record goes; that there were changes stays. */
const eraseLog = `
  update change_log l set changes = '[]', reason = null, details = null
  from ${unnest("bigint", "text")} as w(tenant, id)
  where l.tenant = w.tenant and l.record_id = w.id and l.action <> 'erase'`;
const eraseKeys = `
  with emptied as (
    update idempotency_keys k set reply = '${erasedReply}' from (
      select distinct r.tenant, r.key from ${unnest("bigint", "text")} as w(tenant, id)
      join idempotency_records r on r.tenant = w.tenant and r.record_id = w.id
    ) of where k.tenant = of.tenant and k.key = of.key returning k.tenant, k.key
  )
  delete from idempotency_records r using emptied where r.tenant = emptied.tenant and r.key = emptied.key`;

function erasing(erasures: readonly Erasure[]): Statement[] {
  const rows = erasures.map(({ tenant, id }) => [tenant, id]);
  return [
    { sql: eraseLog, rows },
    { sql: eraseKeys, rows },
  ];
}

const insertKeys = `
  insert into idempotency_keys (tenant, key, fingerprint, reply, at)
  select * from ${unnest("bigint", "text", "text", "text", "text")}`;
const insertKeyRecords = `
  insert into idempotency_records (tenant, record_id, key) select * from ${unnest("bigint", "text", "text")}`;
/**
 * Lets go of keys that are past their time, any tenant's. Another node may be at the same: what it
 * has locked is left to it.
 */
const pruneKeys = `
  with old as (
    select tenant, key from idempotency_keys where at < $1 order by at limit $2 for update skip locked
  ), gone as (
    delete from idempotency_keys k using old where k.tenant = old.tenant and k.key = old.key returning k.tenant, k.key
  )
  delete from idempotency_records r using gone where r.tenant = gone.tenant and r.key = gone.key`;

/** For each key that comes, two go, so that they never pile up. */
async function prune(connection: Connection, keys: readonly KeyWrite[]): Promise<void> {
  const [first] = keys;
  if (first) await connection.run(pruneKeys, [keptSince(first.at), keys.length * 2]);
}

const keeping = (keys: readonly KeyWrite[]): Statement[] => [
  {
    sql: insertKeys,
    rows: keys.map(({ tenant, key, fingerprint, reply, at }) => [tenant, key, fingerprint, reply, at]),
  },
  {
    sql: insertKeyRecords,
    rows: keys.flatMap(({ tenant, key, records }) => records.map((id) => [tenant, id, key])),
  },
];

const writeCounters = `
  insert into tenant_counters (tenant, seq, customer, "user", channel)
  select * from ${unnest("bigint", "bigint", "bigint", "bigint", "bigint")}
  on conflict (tenant) do update set
    seq = excluded.seq, customer = excluded.customer, "user" = excluded."user", channel = excluded.channel`;

const countersRow = ([tenant, { seq, customer, user, channel }]: [number, Counters]): Scalar[] => [
  tenant,
  seq,
  customer,
  user,
  channel,
];
