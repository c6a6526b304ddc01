import { readFile, rm } from "node:fs/promises";
import {
  apply,
  fieldsWhere,
  jsonEqual,
  loggedFields,
  recordTypes,
  type ChangeEntryJson,
  type Fields,
  type JsonObject,
  type JsonValue,
  type RecordType,
} from "@roster/domain";
import BetterSqlite from "better-sqlite3";

/** One row of the change log, as it stands in the file. */
export interface LogRow extends ChangeEntryJson {
  tenant: number;
  recordType: RecordType;
}

/** A record as it stands in the file. */
export interface StoredRow extends JsonObject {
  tenant: number;
  id: string;
  version: number;
}

export interface KeyRow {
  tenant: number;
  key: string;
  /** The answer; missing where a record that it was about has been erased. */
  reply: JsonValue | undefined;
  /** The ids of the records by which an erasure finds the answer. */
  records: string[];
}

/** What the file of a server holds, and all that is wrong with it. */
export interface Audit {
  log: LogRow[];
  /** By type and id. */
  records: Record<RecordType, Map<string, StoredRow>>;
  keys: KeyRow[];
  problems: string[];
}

const types = Object.keys(recordTypes) as RecordType[];
const snake = (camel: string): string => camel.replaceAll(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

/**
 * Reads the file of a server, which may be running, past all of Roster's own code for that, and
 * checks that it agrees with itself:
 *
 * - the log of each tenant has every `seq` from 1 to its counter, once;
 * - each record has a log row for each of its versions, and there is no log row without a record;
 * - to make the changes of a record's log, from nothing, gives the record;
 * - an idempotency key has its answer, and what erasures find answers by leads to keys that are there;
 * - a tenant's hierarchy has no cycle and no parent that is not at a higher level;
 * - the words by which lists find customers are those that the customers have.
 */
export function audit(file: string): Audit {
  const database = new BetterSqlite(file, { readonly: true, fileMustExist: true });
  try {
    // One transaction sees one state, whoever writes meanwhile.
    return database.transaction(() => {
      const problems: string[] = [];
      const log = readLog(database);
      const records = Object.fromEntries(
        types.map((type) => [type, readRecords(database, type)]),
      ) as Audit["records"];
      const keys = readKeys(database, problems);
      checkFile(database, problems);
      checkCounters(database, log, problems);
      checkVersions(log, records, problems);
      checkReplay(log, records, problems);
      for (const tenant of records.tenant.values()) {
        const within = (type: RecordType): unknown =>
          [...records[type].values()].filter((record) => record.tenant === tenant["number"]);
        const names = levelsOf(within("hierarchyLevel") as LevelRow[]);
        problems.push(...hierarchyProblems(within("customer") as PlacedRow[], names));
      }
      checkTerms(database, records.customer, problems);
      return { log, records, keys, problems };
    })();
  } finally {
    database.close();
  }
}

/** What the log and the kept answers of one tenant say. */
export const ofTenant = ({ log, keys, ...rest }: Audit, number: number): Audit => ({
  ...rest,
  log: log.filter(({ tenant }) => tenant === number),
  keys: keys.filter(({ tenant }) => tenant === number),
});

/**
 * All that a database holds, as bytes: of a copy without the unused parts of the file, in which SQLite
 * may leave pieces of what it has moved.
 *
 * @param copy where to make it
 */
export async function contentOf(file: string, copy: string): Promise<Buffer> {
  const database = new BetterSqlite(file, { fileMustExist: true });
  try {
    database.prepare("vacuum into ?").run(copy);
  } finally {
    database.close();
  }
  const bytes = await readFile(copy);
  await rm(copy);
  return bytes;
}

type File = BetterSqlite.Database;

function readLog(database: File): LogRow[] {
  const rows = database.prepare("select * from change_log order by tenant, seq").all() as Record<
    string,
    unknown
  >[];
  return rows.map((row) => ({
    tenant: row["tenant"] as number,
    seq: row["seq"] as number,
    recordType: row["record_type"] as RecordType,
    recordId: row["record_id"] as string,
    version: row["version"] as number,
    action: row["action"] as LogRow["action"],
    at: row["at"] as string,
    actor: row["actor"] as string,
    source: row["source"] as string,
    reason: row["reason"] as string | null,
    changes: JSON.parse(row["changes"] as string) as LogRow["changes"],
  }));
}

function readRecords(database: File, type: RecordType): Map<string, StoredRow> {
  const fields: Fields = recordTypes[type];
  const stored = fieldsWhere(fields, ({ computed }) => !computed);
  const rows = database.prepare(`select * from ${snake(type)}s`).all() as Record<string, JsonValue>[];
  return new Map(
    rows.map((row) => {
      const record = Object.fromEntries(
        stored.map((name) => [name, read(fields, name, row[snake(name)] ?? null)]),
      );
      return [record["id"] as string, { ...record, tenant: row["tenant"] } as StoredRow];
    }),
  );
}

function read(fields: Fields, name: string, value: JsonValue): JsonValue {
  const kind = fields[name]?.kind;
  if (value === null) return null;
  if (kind === "json" || kind === "set") return JSON.parse(value as string) as JsonValue;
  return kind === "boolean" ? value === 1 : value;
}

function readKeys(database: File, problems: string[]): KeyRow[] {
  const keys = new Map<string, KeyRow>();
  for (const { tenant, key, reply } of database.prepare("select * from idempotency_keys").all() as {
    tenant: number;
    key: string;
    reply: string;
  }[]) {
    keys.set(`${tenant} ${key}`, {
      tenant,
      key,
      reply: reply === "" ? undefined : (JSON.parse(reply) as JsonValue),
      records: [],
    });
  }
  for (const { tenant, key, record_id: id } of database
    .prepare("select * from idempotency_records")
    .all() as {
    tenant: number;
    key: string;
    record_id: string;
  }[]) {
    const owner = keys.get(`${tenant} ${key}`);
    if (owner) owner.records.push(id);
    else problems.push(`record ${id} is said to have an answer under the key ${key}, which is not there`);
  }
  return [...keys.values()];
}

function checkFile(database: File, problems: string[]): void {
  const state = database.pragma("quick_check", { simple: true });
  if (state !== "ok") problems.push(`SQLite finds its file broken: ${String(state)}`);
}

function checkCounters(database: File, log: readonly LogRow[], problems: string[]): void {
  const counters = new Map(
    (
      database.prepare("select tenant, seq from tenant_counters").all() as { tenant: number; seq: number }[]
    ).map(({ tenant, seq }) => [tenant, seq]),
  );
  const last = new Map<number, number>();
  for (const { tenant, seq } of log) {
    const before = last.get(tenant) ?? 0;
    if (seq !== before + 1) problems.push(`the log of tenant ${tenant} goes from seq ${before} to ${seq}`);
    last.set(tenant, seq);
  }
  for (const tenant of new Set([...counters.keys(), ...last.keys()])) {
    const [counter, latest] = [counters.get(tenant) ?? 0, last.get(tenant) ?? 0];
    if (counter !== latest) {
      problems.push(`tenant ${tenant} has counted to ${counter}, and its log ends at ${latest}`);
    }
  }
}

const rowsByRecord = (log: readonly LogRow[]): Map<string, LogRow[]> => {
  const rows = new Map<string, LogRow[]>();
  for (const row of log) {
    const name = `${row.recordType} ${row.recordId}`;
    const known = rows.get(name);
    if (known) known.push(row);
    else rows.set(name, [row]);
  }
  return rows;
};

function checkVersions(log: readonly LogRow[], records: Audit["records"], problems: string[]): void {
  const rows = rowsByRecord(log);
  for (const [name, its] of rows) {
    const [type, id] = name.split(" ") as [RecordType, string];
    if (!records[type].has(id))
      problems.push(`the log has ${its.length} rows of ${name}, which does not exist`);
    for (const [i, { version, seq }] of its.entries()) {
      if (version !== i + 1) problems.push(`row ${i + 1} of ${name}, seq ${seq}, says version ${version}`);
    }
  }
  for (const type of types) {
    for (const [id, { version }] of records[type]) {
      const count = rows.get(`${type} ${id}`)?.length ?? 0;
      if (version !== count) problems.push(`${type} ${id} has version ${version} and ${count} log rows`);
    }
  }
}

function checkReplay(log: readonly LogRow[], records: Audit["records"], problems: string[]): void {
  const rows = rowsByRecord(log);
  for (const type of types) {
    const fields: Fields = recordTypes[type];
    const names = loggedFields(fields);
    for (const [id, record] of records[type]) {
      const its = rows.get(`${type} ${id}`) ?? [];
      const last = its.at(-1);
      if (last?.action === "erase") {
        // What it was must not be in the log any more.
        const left = its.filter(
          ({ action, changes, reason }) => action !== "erase" && (changes.length > 0 || reason !== null),
        );
        if (left.length > 0)
          problems.push(`${left.length} log rows of the erased ${type} ${id} still say something`);
        continue;
      }
      let made: JsonObject = Object.fromEntries(names.map((name) => [name, null]));
      for (const { changes } of its) made = apply(made, changes);
      const audited = {
        createdAt: its[0]?.at,
        createdBy: its[0]?.actor,
        updatedAt: last?.at,
        updatedBy: last?.actor,
      } as JsonObject;
      for (const [name, value] of Object.entries({ ...made, ...audited })) {
        if (jsonEqual(record[name], value)) continue;
        problems.push(
          `${type} ${id} has ${name} ${JSON.stringify(record[name])}, and its log leads to ${JSON.stringify(value)}`,
        );
      }
    }
  }
}

/** What of a level and of a customer decides about places. */
export interface LevelRow {
  name: string;
  position: number;
  deletedAt: string | null;
}
export interface PlacedRow {
  id: string;
  hierarchyLevel: string | null;
  parent: string | null;
  deletedAt: string | null;
}

/** The names of the live levels, the highest first. */
export const levelsOf = (levels: Iterable<LevelRow>): string[] =>
  [...levels]
    .filter(({ deletedAt }) => deletedAt === null)
    .toSorted((a, b) => a.position - b.position)
    .map(({ name }) => name);

/**
 * What is wrong with a hierarchy: a live customer's parent is live and at a strictly higher level.
 * So there is no cycle either; that is looked for all the same, by walking up.
 */
export function hierarchyProblems(customers: Iterable<PlacedRow>, levels: readonly string[]): string[] {
  const problems: string[] = [];
  const live = new Map(
    [...customers].filter(({ deletedAt }) => deletedAt === null).map((one) => [one.id, one]),
  );
  const rank = (level: string | null) => (level === null ? -1 : levels.indexOf(level));
  for (const [id, { hierarchyLevel: level, parent }] of live) {
    if (level !== null && rank(level) < 0)
      problems.push(`customer ${id} has the level ${level}, which is not there`);
    if (parent === null) continue;
    const above = live.get(parent);
    if (!above) {
      problems.push(`customer ${id} has a parent that is not there`);
      continue;
    }
    if (rank(above.hierarchyLevel) < 0 || rank(above.hierarchyLevel) >= rank(level)) {
      problems.push(`customer ${id} at ${level} is below one at ${above.hierarchyLevel}`);
    }
    const seen = new Set([id]);
    for (
      let up: PlacedRow | undefined = above;
      up;
      up = up.parent === null ? undefined : live.get(up.parent)
    ) {
      if (seen.has(up.id)) {
        problems.push(`customer ${id} is above itself`);
        break;
      }
      seen.add(up.id);
    }
  }
  return problems;
}

function checkTerms(database: File, customers: Map<string, StoredRow>, problems: string[]): void {
  const found = new Set(
    (
      database
        .prepare(
          "select field, term, record_id from search_terms where record_type = 'customer' and field in ('groupTag', 'parent', 'email')",
        )
        .all() as { field: string; term: string; record_id: string }[]
    ).map(({ field, term, record_id: id }) => `${field} ${term} ${id}`),
  );
  const expected = new Set<string>();
  for (const [id, { groupTags, parent, email, emails }] of customers) {
    for (const tag of groupTags as string[]) expected.add(`groupTag ${tag} ${id}`);
    if (parent !== null) expected.add(`parent ${parent as string} ${id}`);
    for (const address of [email as string | null, ...(emails as string[])]) {
      if (address !== null) expected.add(`email ${address.toLowerCase()} ${id}`);
    }
  }
  for (const term of expected) if (!found.has(term)) problems.push(`lists do not find ${term}`);
  for (const term of found) if (!expected.has(term)) problems.push(`lists find ${term}, which is not so`);
}
