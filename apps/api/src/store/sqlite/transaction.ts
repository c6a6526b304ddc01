import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { RecordType, StoredRecords } from "@roster/domain";
import {
  erasedReply,
  type Erasure,
  type Flush,
  type KeyWrite,
  type RowWrite,
  type Want,
  type WriteTransaction,
} from "../database.ts";
import { handedOver } from "../handed-over.ts";
import { columnList, decodeRow, encode, keptSince, logValues } from "../rows.ts";
import { changedTerms, tables, valueOf, type Column } from "../tables.ts";
import type { Connection } from "./connection.ts";
import { ancestors, changesSince, find, logSql } from "./queries.ts";

/** The write-ahead log beside the file. */
export interface WriteAheadLog {
  /** It may hold what was erased. */
  tainted: boolean;
}

/**
 * A write transaction on SQLite. `BEGIN IMMEDIATE` takes the write lock before anything is read, so
 * that what is read stays true until the commit.
 */
export function beginTransaction(connection: Connection, wal: WriteAheadLog): WriteTransaction {
  // Where a rollback has failed, the transaction before this one is still open.
  if (connection.handle.inTransaction) connection.run("rollback");
  connection.run("begin immediate");
  return {
    counters: async (tenants) =>
      new Map(
        tenants.flatMap((tenant) => {
          const row = connection.get(
            "select seq, customer, user, channel from tenant_counters where tenant = ?",
            tenant,
          );
          if (!row) return [];
          const [seq, customer, user, channel] = row as [number, number, number, number];
          return [[tenant, { seq, customer, user, channel }] as const];
        }),
      ),
    load: async (wants) => wants.map(({ tenant, want }) => load(connection, tenant, want)),
    ancestors: async (of) =>
      of.flatMap(({ tenant, id }) =>
        ancestors(connection, tenant, id).map((customer) => ({ tenant, customer })),
      ),
    write: async (flush) => {
      wal.tainted ||= flush.erasures.length > 0;
      write(connection, flush);
    },
    savepoint: async () => void connection.run("savepoint attempt"),
    rollbackToSavepoint: async () => void connection.run("rollback to attempt"),
    touch: async () => {
      checkRoom(connection);
      const version = connection.handle.pragma("user_version", { simple: true }) as number;
      connection.handle.pragma(`user_version = ${version}`);
    },
    commit: async () => void connection.run("commit"),
    tidy: async () => {
      // Freed pages are overwritten as they are freed; the log is emptied as soon as nobody reads it.
      if (!wal.tainted) return;
      const [state] = connection.handle.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
      if (state?.busy !== 0) throw new Error("another process reads the write-ahead log");
      wal.tainted = false;
    },
    rollback: async () => {
      // SQLite rolls back by itself after some errors, a full disk among them.
      if (connection.handle.inTransaction) connection.run("rollback");
    },
  };
}

/** How much room there must be for the write-ahead log to grow, in bytes: as much as the largest request may take. */
const leastRoom = 1024 * 1024;

/**
 * A commit that has failed for lack of room leaves the log as long as it had become, and small changes
 * fit in there still: that one can be stored does not show that others can.
 */
function checkRoom({ handle }: Connection): void {
  const { bavail, bsize, blocks } = statfsSync(dirname(handle.name));
  // Some file systems do not say how large they are.
  if (blocks > 0 && bavail * bsize < leastRoom) throw new Error("the disk is full");
}

function load(connection: Connection, tenant: number, want: Want): unknown {
  switch (want.kind) {
    case "record":
      return find(connection, tenant, want.type, want);
    case "all":
      return connection
        .all(
          `select ${columnList(want.type)} from ${tables[want.type].name} where tenant = ? and deleted_at is null`,
          tenant,
        )
        .map((row) => decodeRow<StoredRecords[RecordType]>(want.type, row));
    case "childLevels":
      return connection
        .all(
          `select distinct c.hierarchy_level from search_terms t cross join customers c on c.tenant = t.tenant and c.id = t.record_id
           where t.tenant = ? and t.record_type = 'customer' and t.field = 'parent' and t.term = ? and c.deleted_at is null`,
          tenant,
          want.id,
        )
        .map(([level]) => level);
    case "levelInUse": {
      const atLevel = `select 1 from search_terms t cross join customers c on c.tenant = t.tenant and c.id = t.record_id`;
      const where = `where t.tenant = ? and t.record_type = 'customer' and t.field = 'hierarchyLevel' and t.term = ? and c.deleted_at is null`;
      const row =
        want.parent === undefined
          ? connection.get(`${atLevel} ${where} limit 1`, tenant, want.level)
          : connection.get(
              `${atLevel} join customers p on p.tenant = c.tenant and p.id = c.parent ${where} and p.hierarchy_level = ? limit 1`,
              tenant,
              want.level,
              want.parent,
            );
      return row !== undefined;
    }
    case "lastTenant":
      return connection.get("select coalesce(max(number), 0) from tenants")?.[0];
    case "key": {
      const row = connection.get(
        "select fingerprint, reply from idempotency_keys where tenant = ? and key = ?",
        tenant,
        want.key,
      );
      return row && { fingerprint: row[0], reply: row[1] };
    }
    case "referring":
      if (want.field === "mergedInto") {
        const { id, limit } = want;
        return connection.all(mergedSql, { tenant, id, limit }).map(([merged]) => merged);
      }
      return connection
        .all(
          `select t.record_id from search_terms t cross join ${tables[want.type].name} r on r.tenant = t.tenant and r.id = t.record_id
           where t.tenant = ? and t.record_type = ? and t.field = ? and t.term = ? and r.deleted_at is null limit ?`,
          tenant,
          want.type,
          want.field,
          want.id,
          want.limit,
        )
        .map(([id]) => id);
    case "changesSince":
      return changesSince(connection, tenant, want.id, want.version);
    case "changedCustomers":
      return connection
        .all(
          `select ${columnList("customer")} from customers where tenant = ? and updated_at >= ? and deleted_at is null order by updated_at limit ?`,
          tenant,
          want.at,
          want.limit,
        )
        .map((row) => decodeRow<StoredRecords["customer"]>("customer", row));
  }
}

/** A duplicate's duplicates are the same person too. */
const mergedSql = `
  with recursive merged(id) as (
    select record_id from search_terms
    where tenant = :tenant and record_type = 'customer' and field = 'mergedInto' and term = :id
    union
    select t.record_id from merged cross join search_terms t
    on t.tenant = :tenant and t.record_type = 'customer' and t.field = 'mergedInto' and t.term = merged.id
  )
  select id from merged limit :limit`;

function write(connection: Connection, { rows, log, keys, erasures, counters }: Flush): void {
  for (const { row, column, value } of handedOver(rows)) {
    connection.run(
      `update ${tables[row.type].name} set ${column} = ? where tenant = ? and id = ?`,
      value,
      row.tenant,
      row.record.id,
    );
  }
  for (const row of rows) {
    if (row.before) update(connection, row);
    else insert(connection, row);
    writeTerms(connection, row);
  }
  for (const { tenant, entry } of log) connection.run(logSql, tenant, ...logValues(entry));
  for (const erasure of erasures) erase(connection, erasure);
  for (const key of keys) remember(connection, key);
  for (const [tenant, { seq, customer, user, channel }] of counters) {
    connection.run(
      `insert into tenant_counters (tenant, seq, customer, user, channel) values (?, ?, ?, ?, ?)
       on conflict (tenant) do update set seq = excluded.seq, customer = excluded.customer, user = excluded.user, channel = excluded.channel`,
      tenant,
      seq,
      customer,
      user,
      channel,
    );
  }
}

/** Keeps an answer under its key, and lets go of two that are past their time, so that they never pile up. */
function remember(connection: Connection, { tenant, key, fingerprint, reply, at, records }: KeyWrite): void {
  connection.run(
    "insert into idempotency_keys (tenant, key, fingerprint, reply, at) values (?, ?, ?, ?, ?)",
    tenant,
    key,
    fingerprint,
    reply,
    at,
  );
  for (const id of records) {
    connection.run(
      "insert into idempotency_records (tenant, record_id, key) values (?, ?, ?)",
      tenant,
      id,
      key,
    );
  }
  for (const [owner, old] of connection.all(
    "select tenant, key from idempotency_keys where at < ? order by at limit 2",
    keptSince(at),
  )) {
    connection.run("delete from idempotency_keys where tenant = ? and key = ?", owner, old);
    connection.run("delete from idempotency_records where tenant = ? and key = ?", owner, old);
  }
}

/** Removes what the log and the idempotency keys hold of a record; that there were changes stays. */
function erase(connection: Connection, { tenant, id }: Erasure): void {
  connection.run(
    "update change_log set changes = '[]', reason = null, details = null where tenant = ? and record_id = ? and action <> 'erase'",
    tenant,
    id,
  );
  for (const [key] of connection.all(
    "select key from idempotency_records where tenant = ? and record_id = ?",
    tenant,
    id,
  )) {
    connection.run(
      "update idempotency_keys set reply = ? where tenant = ? and key = ?",
      erasedReply,
      tenant,
      key,
    );
    connection.run("delete from idempotency_records where tenant = ? and key = ?", tenant, key);
  }
}

function insert(connection: Connection, { tenant, type, record }: RowWrite): void {
  const { name, columns } = tables[type];
  connection.run(
    `insert into ${name} (tenant, ${columnList(type)}) values (?${", ?".repeat(columns.length)})`,
    tenant,
    ...columns.map((column) => encode(column, record)),
  );
}

/** Writes the columns that changed, guarded by the version that the change was decided on. */
function update(connection: Connection, { tenant, type, before, record }: RowWrite): void {
  const { name, columns } = tables[type];
  const changed: Column[] = columns.filter(
    ({ field }) => valueOf(before as object, field) !== valueOf(record, field),
  );
  const sets = changed.map((column) => `${column.name} = ?`).join(", ");
  const count = connection.run(
    `update ${name} set ${sets} where tenant = ? and id = ? and version = ?`,
    ...changed.map((column) => encode(column, record)),
    tenant,
    record.id,
    (before as RowWrite["record"]).version,
  );
  if (count !== 1) throw new Error(`${type} ${record.id} is not at version ${before?.version} any more`);
}

function writeTerms(connection: Connection, { tenant, type, before, record }: RowWrite): void {
  const { gone, added } = changedTerms(type, before, record);
  for (const { field, term } of gone) connection.run(deleteTermSql, tenant, type, field, term, record.id);
  for (const { field, term } of added) connection.run(insertTermSql, tenant, type, field, term, record.id);
}

const deleteTermSql =
  "delete from search_terms where tenant = ? and record_type = ? and field = ? and term = ? and record_id = ?";
const insertTermSql =
  "insert into search_terms (tenant, record_type, field, term, record_id) values (?, ?, ?, ?, ?)";
