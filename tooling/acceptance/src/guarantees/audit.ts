import { readFile, rm } from "node:fs/promises";
import { fileOf, look, tamper, type Look } from "@roster/api/testing/look";
import {
  absentTerm,
  apply,
  fieldsWhere,
  isStored,
  jsonEqual,
  loggedFields,
  recordTypes,
  type LoggedChange,
  type Fields,
  type JsonObject,
  type JsonValue,
  type RecordType,
} from "@roster/domain";

/** A row of the change log, as stored. */
export interface LogRow extends LoggedChange {
  tenant: number;
  recordType: RecordType;
  prevSeq: number | null;
}

/** A record, as stored. */
interface StoredRow extends JsonObject {
  tenant: number;
  id: string;
  version: number;
  seq: number;
}

interface KeyRow {
  tenant: number;
  key: string;
  /** The answer; missing if a record that it showed was erased. */
  reply: JsonValue | undefined;
  /** The ids of the records whose erasure empties the answer. */
  records: string[];
}

/** The contents of a server's database, and all its faults. */
export interface Audit {
  log: LogRow[];
  /** Records by type and id. */
  records: Record<RecordType, Map<string, StoredRow>>;
  keys: KeyRow[];
  problems: string[];
}

const types = Object.keys(recordTypes) as RecordType[];
const snake = (camel: string): string => camel.replaceAll(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());

/**
 * Reads the database of a server, which may be running, without Roster's own code, and checks that it is
 * consistent:
 * - the log of each tenant has every `seq` from 1 to its counter exactly once, and its times do not decrease;
 * - each record has exactly one log row for each of its versions, and there is no log row without a record;
 * - each log row names the row of the record's previous version, and the record names its latest;
 * - applying the changes in a record's log, from nothing, gives the record;
 * - an idempotency key has its answer, and the references by which erasures find answers lead to existing
 *   keys;
 * - a tenant's hierarchy has no cycle, and each parent is at a higher level;
 * - the search terms of customers are those of their values;
 * - the members of user groups, and their search terms, are those that the log leads to;
 * - each change set counts its log rows, and knows the first and the last.
 */
export const audit = (url: string): Promise<Audit> =>
  look(url, async (database) => {
    const problems: string[] = [];
    const log = await readLog(database);
    const records = {} as Audit["records"];
    for (const type of types) records[type] = await readRecords(database, type);
    const keys = await readKeys(database, problems);
    if (url.startsWith("sqlite:")) await checkFile(database, problems);
    await checkCounters(database, log, problems);
    checkTimes(log, problems);
    checkVersions(log, records, problems);
    checkReplay(log, records, problems);
    for (const tenant of records.tenant.values()) {
      const within = (type: RecordType): unknown =>
        [...records[type].values()].filter((record) => record.tenant === tenant["number"]);
      const names = levelsOf(within("hierarchyLevel") as LevelRow[]);
      problems.push(...hierarchyProblems(within("customer") as PlacedRow[], names));
    }
    await checkMembers(database, log, problems);
    await checkTerms(database, records.customer, problems);
    await checkChangeSets(database, problems);
    return { log, records, keys, problems };
  });

/** The log and the kept answers of one tenant. */
export const ofTenant = ({ log, keys, ...rest }: Audit, number: number): Audit => ({
  ...rest,
  log: log.filter(({ tenant }) => tenant === number),
  keys: keys.filter(({ tenant }) => tenant === number),
});

/**
 * All bytes of a database: on SQLite, of a copy without the unused parts of the file, which may contain
 * pieces of moved data; on PostgreSQL, everything that queries find.
 */
export async function contentOf(url: string): Promise<Buffer> {
  if (!url.startsWith("sqlite:")) {
    return look(url, async (database) => {
      const names = await database.all<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = 'public' order by 1",
      );
      const texts: string[] = [];
      for (const { name } of names) {
        const rows = await database.all<{ row: string }>(`select t::text as row from ${name} t`);
        texts.push(...rows.map(({ row }) => row));
      }
      return Buffer.from(texts.join("\n"));
    });
  }
  const copy = `${fileOf(url)}-copy`;
  await tamper(url, `vacuum into '${copy}'`);
  const bytes = await readFile(copy);
  await rm(copy);
  return bytes;
}

async function readLog(database: Look): Promise<LogRow[]> {
  const rows = await database.all<Record<string, unknown>>("select * from change_log order by tenant, seq");
  return rows.map((row) => ({
    tenant: row["tenant"] as number,
    seq: row["seq"] as number,
    prevSeq: row["prev_seq"] as number | null,
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

async function readRecords(database: Look, type: RecordType): Promise<Map<string, StoredRow>> {
  const fields: Fields = recordTypes[type];
  const stored = fieldsWhere(fields, isStored);
  const rows = await database.all<Record<string, JsonValue>>(`select * from ${snake(type)}s`);
  return new Map(
    rows.map((row) => {
      const record = Object.fromEntries(
        stored.map((name) => [name, read(fields, name, row[snake(name)] ?? null)]),
      );
      return [record["id"] as string, { ...record, tenant: row["tenant"], seq: row["seq"] } as StoredRow];
    }),
  );
}

function read(fields: Fields, name: string, value: JsonValue): JsonValue {
  const kind = fields[name]?.kind;
  if (value === null) return null;
  if (kind === "json" || kind === "set") return JSON.parse(value as string) as JsonValue;
  return kind === "boolean" ? value === 1 : value;
}

async function readKeys(database: Look, problems: string[]): Promise<KeyRow[]> {
  const keys = new Map<string, KeyRow>();
  for (const { tenant, key, reply } of await database.all<{ tenant: number; key: string; reply: string }>(
    "select tenant, key, reply from idempotency_keys",
  )) {
    keys.set(`${tenant} ${key}`, {
      tenant,
      key,
      reply: reply === "" ? undefined : (JSON.parse(reply) as JsonValue),
      records: [],
    });
  }
  for (const { tenant, key, record } of await database.all<{ tenant: number; key: string; record: string }>(
    "select tenant, key, record_id as record from idempotency_records",
  )) {
    const owner = keys.get(`${tenant} ${key}`);
    if (owner) owner.records.push(record);
    else problems.push(`record ${record} refers to an answer under the key ${key}, which does not exist`);
  }
  return [...keys.values()];
}

async function checkFile(database: Look, problems: string[]): Promise<void> {
  const found = await database.all<{ quick_check: string }>("pragma quick_check");
  for (const { quick_check: state } of found)
    if (state !== "ok") problems.push(`SQLite finds its file damaged: ${state}`);
}

async function checkCounters(database: Look, log: readonly LogRow[], problems: string[]): Promise<void> {
  const counters = new Map(
    (await database.all<{ tenant: number; seq: number }>("select tenant, seq from tenant_counters")).map(
      ({ tenant, seq }) => [tenant, seq],
    ),
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
      problems.push(`the counter of tenant ${tenant} is at ${counter}, but its log ends at ${latest}`);
    }
  }
}

function checkTimes(log: readonly LogRow[], problems: string[]): void {
  const latest = new Map<number, string>();
  for (const { tenant, seq, at } of log) {
    const before = latest.get(tenant) ?? "";
    if (at < before) problems.push(`the log of tenant ${tenant} goes back in time at seq ${seq}`);
    latest.set(tenant, at);
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
    for (const [i, { version, seq, prevSeq }] of its.entries()) {
      if (version !== i + 1) problems.push(`row ${i + 1} of ${name}, seq ${seq}, says version ${version}`);
      const before = its[i - 1]?.seq ?? null;
      if (prevSeq !== before)
        problems.push(`row ${i + 1} of ${name}, seq ${seq}, follows seq ${prevSeq} and not ${before}`);
    }
  }
  for (const type of types) {
    for (const [id, { version, seq }] of records[type]) {
      const its = rows.get(`${type} ${id}`) ?? [];
      if (version !== its.length)
        problems.push(`${type} ${id} has version ${version} and ${its.length} log rows`);
      if (seq !== its.at(-1)?.seq)
        problems.push(
          `${type} ${id} says that its latest log row is seq ${seq}, and it is ${its.at(-1)?.seq}`,
        );
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
        // The log must no longer hold the erased values.
        const left = its.filter(
          ({ action, changes, reason }) => action !== "erase" && (changes.length > 0 || reason !== null),
        );
        if (left.length > 0)
          problems.push(`${left.length} log rows of the erased ${type} ${id} still contain values`);
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

/** The members of a level and of a customer that determine places in the hierarchy. */
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
 * The faults of a hierarchy, in which a live customer's parent must be live and at a strictly higher level.
 * That rules cycles out, but they are searched for as well, by following the parents.
 */
export function hierarchyProblems(customers: Iterable<PlacedRow>, levels: readonly string[]): string[] {
  const problems: string[] = [];
  const live = new Map(
    [...customers].filter(({ deletedAt }) => deletedAt === null).map((one) => [one.id, one]),
  );
  const rank = (level: string | null) => (level === null ? -1 : levels.indexOf(level));
  for (const [id, { hierarchyLevel: level, parent }] of live) {
    if (level !== null && rank(level) < 0)
      problems.push(`customer ${id} has the level ${level}, which does not exist`);
    if (parent === null) continue;
    const above = live.get(parent);
    if (!above) {
      problems.push(`customer ${id} has a parent that does not exist`);
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
        problems.push(`customer ${id} is its own ancestor`);
        break;
      }
      seen.add(up.id);
    }
  }
  return problems;
}

/** The members of user groups, and the terms by which they are found, are those that the log leads to. */
async function checkMembers(database: Look, log: readonly LogRow[], problems: string[]): Promise<void> {
  const expected = new Set<string>();
  for (const { recordType, recordId, changes } of log) {
    if (recordType !== "userGroup") continue;
    for (const { path, to } of changes) {
      const [, field, member] = path.split("/");
      if (field !== "members") continue;
      if (to === undefined) expected.delete(`${recordId} ${member}`);
      else expected.add(`${recordId} ${member}`);
    }
  }
  for (const [what, sql] of [
    ["a member", "select user_group as id, member from user_group_members"],
    [
      "a term of a member",
      "select record_id as id, term as member from search_terms where record_type = 'userGroup' and field = 'member'",
    ],
  ] as const) {
    const rows = await database.all<{ id: string; member: string }>(sql);
    const found = new Set(rows.map(({ id, member }) => `${id} ${member}`));
    for (const one of expected) if (!found.has(one)) problems.push(`there is not ${what}: ${one}`);
    for (const one of found)
      if (!expected.has(one)) problems.push(`there is ${what} that the log does not lead to: ${one}`);
  }
}

async function checkChangeSets(database: Look, problems: string[]): Promise<void> {
  type Row = { tenant: number; id: string; count: number | null; first: number | null; last: number | null };
  const read = async (sql: string): Promise<Set<string>> =>
    new Set(
      (await database.all<Row>(sql)).map(
        ({ tenant, id, count, first, last }) =>
          `change set ${id} of ${tenant} with ${Number(count)} changes from ${first} to ${last}`,
      ),
    );
  const counted = await read(
    "select tenant, id, created + updated + deleted + restored as count, first_seq as first, last_seq as last from change_sets where first_seq is not null",
  );
  const written = await read(
    "select tenant, change_set as id, count(*) as count, min(seq) as first, max(seq) as last from change_log where change_set is not null group by tenant, change_set",
  );
  for (const set of written)
    if (!counted.has(set)) problems.push(`the log has a ${set}, which is not counted`);
  for (const set of counted) if (!written.has(set)) problems.push(`the log has no ${set}`);
}

async function checkTerms(
  database: Look,
  customers: Map<string, StoredRow>,
  problems: string[],
): Promise<void> {
  const found = new Set(
    (
      await database.all<{ field: string; term: string; id: string }>(
        "select field, term, record_id as id from search_terms where record_type = 'customer' and field in ('groupTags', 'parent', 'emails')",
      )
    )
      // Not the mark of a record without a value.
      .filter(({ term }) => term !== absentTerm)
      .map(({ field, term, id }) => `${field} ${term} ${id}`),
  );
  const expected = new Set<string>();
  for (const [id, { groupTags, parent, email, emails }] of customers) {
    for (const tag of groupTags as string[]) expected.add(`groupTags ${tag} ${id}`);
    if (parent !== null) expected.add(`parent ${parent as string} ${id}`);
    for (const address of [email as string | null, ...(emails as string[])]) {
      if (address !== null) expected.add(`emails ${address.toLowerCase()} ${id}`);
    }
  }
  for (const term of expected) if (!found.has(term)) problems.push(`lists do not find ${term}`);
  for (const term of found) if (!expected.has(term)) problems.push(`lists find ${term}, which no record has`);
}
