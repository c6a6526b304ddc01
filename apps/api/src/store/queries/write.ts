import { indexedProperties, property, propertyPrefix, type RecordType } from "@roster/domain";
import { erasedReply, type Flush, type RowWrite } from "../database.ts";
import { encode, keptSince, logValues, type Scalar } from "../rows.ts";
import type { bookkeeping } from "../bookkeeping.ts";
import {
  changedTerms,
  changedText,
  held,
  memberChanges,
  snake,
  tables,
  valueOf,
  type AnyRecord,
  type Column,
} from "../tables.ts";
import { keepingWrites, rowOf } from "./keeping.ts";
import { shape, type RowColumns, type SqlDialect } from "./asker.ts";
import {
  anyTable,
  text,
  writing,
  param,
  acrossTenants,
  tenantOf,
  type AnyDB,
  type Write,
  type WriteStatement,
} from "./build.ts";
import { sql, type Kysely } from "kysely";

/** The writes of a flush, in the order in which they must run. Rows of the same statement are written together. */

/** Writes that may run in any order. */
class Writes {
  readonly #all = new Map<WriteStatement, Write>();

  add(statement: WriteStatement, row: Scalar[], must?: Write["must"], type?: RecordType): void {
    const write = this.#all.get(statement);
    if (write) write.rows.push(row);
    else this.#all.set(statement, { statement, rows: [row], must, type });
  }

  get all(): Write[] {
    return [...this.#all.values()];
  }
}

export function writesOf(dialect: SqlDialect, { rows, log, keys, erasures, kept, counters }: Flush): Write[] {
  const freed = new Writes();
  for (const { row, column, value } of handedOver(rows))
    freed.add(free(dialect, row.type, column), [row.tenant, row.record.id, value]);
  const records = new Writes();
  const gone = new Writes();
  const added = new Writes();
  const texts = new Writes();
  for (const { tenant, type, before, record, seq, indexed = [] } of rows) {
    const { columns } = tables[type];
    if (before) {
      const changed = columns.filter(({ field }) => valueOf(before, field) !== valueOf(record, field));
      const values = changed.map((column) => encode(column, record));
      const statement = update(dialect, type, changed.map(({ field }) => field).join(" "));
      records.add(statement, [seq, ...values, tenant, record.id, before.version], "change", type);
    } else {
      const values = columns.map((column) => encode(column, record));
      records.add(insert(dialect, type), [tenant, seq, ...values], "add");
    }
    const terms = changedTerms(type, before, record, indexed);
    for (const { field, term } of terms.gone)
      gone.add(deleteTerm(dialect), [tenant, type, field, term, record.id]);
    for (const { field, term } of terms.added)
      addTerm(added, dialect, [tenant, type, field, term, record.id]);
    const text = changedText(type, before, record);
    if (text !== undefined && "number" in record) {
      if (before && dialect.search.removesFirst) gone.add(deleteText(dialect), [tenant, type, record.number]);
      texts.add(putText(dialect), [tenant, type, record.number, text]);
    }
    if (type === "tenant")
      for (const row of buildsOf(before, record)) texts.add(putBuild(dialect), [tenant, ...row]);
  }
  for (const { tenant, group, member, isMember } of changedMembers(log)) {
    const row = [tenant, group, member];
    const found = [tenant, "userGroup", "member", member, group];
    if (isMember) {
      added.add(insertInto(dialect, "userGroupMembers"), row, "add");
      added.add(insertInto(dialect, "searchTerms"), found, "add");
    } else {
      gone.add(deleteMember(dialect), row);
      gone.add(deleteTerm(dialect), found);
    }
  }
  const rest = new Writes();
  for (const { tenant, entry, prevSeq } of log) {
    const [seq = null, ...values] = logValues(entry);
    rest.add(insertInto(dialect, "changeLog"), [tenant, seq, prevSeq, ...values], "add");
  }
  for (const { tenant, id, seq } of erasures) {
    rest.add(forgetMembers(dialect), [tenant, id]);
    rest.add(deleteMembers(dialect), [tenant, id]);
    rest.add(eraseLog(dialect), [tenant, seq]);
    rest.add(eraseReplies(dialect), [tenant, id]);
    rest.add(forgetReplies(dialect), [tenant, id]);
  }
  for (const { tenant, key, fingerprint, reply, at, records: about } of keys) {
    rest.add(insertInto(dialect, "idempotencyKeys"), [tenant, key, fingerprint, reply, at], "add");
    for (const id of about) rest.add(insertInto(dialect, "idempotencyRecords"), [tenant, id, key], "add");
  }
  for (const [tenant, { seq, customer, user, channel }] of counters)
    rest.add(writeCounters(dialect), [tenant, seq, customer, user, channel]);
  const writes = [freed, records, gone, added, texts, rest].flatMap(({ all }) => all);
  return kept.length === 0 ? writes : [...writes, ...keepingWrites(dialect, kept)];
}

/** The members that a flush adds to user groups or removes, without those whose changes cancel out. */
function changedMembers(log: Flush["log"]) {
  const changed = new Map<string, { tenant: number; group: string; member: string; isMember: boolean }>();
  for (const { tenant, entry } of log) {
    const group = entry.recordId;
    for (const { member, isMember } of memberChanges(entry.recordType, entry.changes)) {
      const key = `${tenant} ${group} ${member}`;
      // A member is added only if it is none, and removed only if it is one.
      if (!changed.delete(key)) changed.set(key, { tenant, group, member, isMember });
    }
  }
  return changed.values();
}

const typesOf = (columns: readonly Column[]): RowColumns =>
  Object.fromEntries(columns.map(({ name, type }) => [name, type]));

/** Releases a record's unique value before another record takes it. */
const free = shape((dialect, type: RecordType, column: string) =>
  writing(dialect, { tenant: "integer", id: "text", value: "text" }, (db, w) =>
    w.match(
      w.from(
        anyTable(db)
          .updateTable(`${tables[type].name} as r`)
          .set({ [column]: w.ref("value") }),
      ),
      "r",
      ["tenant", "id"],
    ),
  ),
);

/** Writes the changed columns, guarded by the version that the change was decided on. */
const update = shape((dialect, type: RecordType, fields: string) => {
  const { name, byField } = tables[type];
  const changed = fields.split(" ").map((field) => byField.get(field) as Column);
  // The written columns have a prefix: the version is both written and compared.
  const written = Object.fromEntries(changed.map((column) => [`new_${column.name}`, column.type]));
  const columns: RowColumns = {
    new_seq: "integer",
    ...written,
    tenant: "integer",
    id: "text",
    version: "integer",
  };
  return writing(dialect, columns, (db, w) => {
    const names = ["seq", ...changed.map((column) => column.name)];
    const set = anyTable(db)
      .updateTable(`${name} as r`)
      .set(Object.fromEntries(names.map((one) => [one, w.ref(`new_${one}`)])));
    return w.match(w.from(set), "r", ["tenant", "id", "version"]);
  });
});

const insert = shape((dialect, type: RecordType) => {
  const { name, columns } = tables[type];
  return writing(dialect, { tenant: "integer", seq: "integer", ...typesOf(columns) }, (db, w) =>
    w.insert(db, name),
  );
});

/** Inserts a whole row into a table that holds no records. */
const insertInto = shape((dialect, table: keyof typeof bookkeeping) =>
  writing(dialect, rowOf(table), (db, w) => w.insert(db, snake(table))),
);

const term = {
  tenant: "integer",
  record_type: "text",
  field: "text",
  term: "text",
  record_id: "text",
} as const;
export const deleteTerm = shape((dialect) =>
  writing(dialect, term, (db, w) =>
    w.match(w.using(db.deleteFrom("search_terms as t")), "t", [
      "tenant",
      "record_type",
      "field",
      "term",
      "record_id",
    ]),
  ),
);

const memberRow = { tenant: "integer", user_group: "text", member: "text" } as const;
const deleteMember = shape((dialect) =>
  writing(dialect, memberRow, (db, w) =>
    w.match(w.using(db.deleteFrom("user_group_members as m")), "m", ["tenant", "user_group", "member"]),
  ),
);

const ofGroup = { tenant: "integer", user_group: "text" } as const;
/** Removes the search terms of all members of an erased user group. */
const forgetMembers = shape((dialect) =>
  writing(dialect, ofGroup, (db, w) =>
    db
      .deleteFrom("search_terms")
      .where(({ refTuple, selectFrom }) => {
        const terms = w
          .from(
            selectFrom("user_group_members as m").select([
              "m.tenant",
              text("userGroup").as("record_type"),
              text("member").as("field"),
              "m.member",
              "m.user_group",
            ]),
          )
          .where("m.tenant", "=", w.ref("tenant"))
          .where("m.user_group", "=", w.ref("user_group"));
        return sql<boolean>`${refTuple("tenant", "record_type", "field", "term", "record_id")} in ${terms}`;
      })
      .$if(dialect.oneTenant, nameTenant),
  ),
);
/** Removes all members of an erased user group. */
const deleteMembers = shape((dialect) =>
  writing(dialect, ofGroup, (db, w) =>
    w.match(w.using(db.deleteFrom("user_group_members as m")), "m", ["tenant", "user_group"]),
  ),
);

/** A term of a property may be there already, from before its index was dropped. */
function addTerm(writes: Writes, dialect: SqlDialect, row: Scalar[]): void {
  if (String(row[2]).startsWith(propertyPrefix)) writes.add(mayAddTerm(dialect), row);
  else writes.add(insertInto(dialect, "searchTerms"), row, "add");
}

/** Adds a term unless it is there. */
export const mayAddTerm = shape((dialect) =>
  writing(dialect, term, (db, w) =>
    w.insert(db, "search_terms").onConflict((conflict) => conflict.doNothing()),
  ),
);

/** Removes the words of a record. */
export const deleteText = shape((dialect) =>
  writing(
    dialect,
    { tenant: "integer", record_type: "text", number: "integer" },
    (db, w) =>
      db
        .deleteFrom("search_texts")
        .where(
          ({ refTuple }) => sql<boolean>`${refTuple("tenant", "record_type", "number")} in (${w.select(db)})`,
        ),
    { together: true },
  ),
);

/** Writes the words of a record. Where the dialect `removesFirst`, those of before are removed by then. */
export const putText = shape((dialect) =>
  writing(
    dialect,
    { tenant: "integer", record_type: "text", number: "integer", text: "text" },
    (db, w) =>
      w
        .insert(db, "search_texts")
        .onConflict((conflict) =>
          conflict
            .columns(["tenant", "record_type", "number"])
            .doUpdateSet((eb) => ({ text: eb.ref("excluded.text") })),
        ),
    // After each statement with a trigger, SQLite writes the pending entries of its index of letters.
    { together: true },
  ),
);

/** Writes the state of an index build. */
export const putBuild = shape((dialect) =>
  writing(dialect, buildColumns, (db, w) =>
    w.insert(db, "index_builds").onConflict((conflict) =>
      conflict.columns(["tenant", "record_type", "name"]).doUpdateSet((eb) => ({
        phase: eb.ref("excluded.phase"),
        position: eb.ref("excluded.position"),
        done: eb.ref("excluded.done"),
        total: eb.ref("excluded.total"),
      })),
    ),
  ),
);
const buildColumns = {
  tenant: "integer",
  record_type: "text",
  name: "text",
  phase: "text",
  position: "text",
  done: "integer",
  total: "integer",
} as const;

/** The builds that a change of a tenant's properties schema begins. */
function buildsOf(before: AnyRecord | undefined, tenant: AnyRecord): Scalar[][] {
  const pointersOf = (record: AnyRecord | undefined) =>
    record && "propertiesSchema" in record ? indexedProperties(record.propertiesSchema) : [];
  const [old, now] = [pointersOf(before), pointersOf(tenant)];
  const row = (phase: string) => (pointer: string) => ["customer", property(pointer).index, phase, "", 0, 0];
  return [
    ...now.filter((pointer) => !old.includes(pointer)).map(row("clear")),
    ...old.filter((pointer) => !now.includes(pointer)).map(row("drop")),
  ];
}

const writeCounters = shape((dialect) =>
  writing(
    dialect,
    { tenant: "integer", seq: "integer", customer: "integer", user: "integer", channel: "integer" },
    (db, w) =>
      w.insert(db, "tenant_counters").onConflict((conflict) =>
        conflict.column("tenant").doUpdateSet((eb) => ({
          seq: eb.ref("excluded.seq"),
          customer: eb.ref("excluded.customer"),
          user: eb.ref("excluded.user"),
          channel: eb.ref("excluded.channel"),
        })),
      ),
  ),
);

/** Names the tenant of a delete whose condition is a query, from which an engine would not conclude it. */
const nameTenant = <Query>(query: Query): Query =>
  (query as { where(...condition: unknown[]): Query }).where("tenant", "=", param("tenant"));

/** Removes a record's values from its log rows before the erasure; the rows stay. */
const eraseLog = shape((dialect) =>
  writing(dialect, { tenant: "integer", seq: "integer" }, (db, w) =>
    db
      .withRecursive("h(tenant, seq, prev_seq)", (h) =>
        w
          .from(h.selectFrom("change_log as l").select(["l.tenant", "l.seq", "l.prev_seq"]))
          .where("l.tenant", "=", w.ref("tenant"))
          .where("l.seq", "=", w.ref("seq"))
          .unionAll(
            h
              .selectFrom("h")
              .crossJoin("change_log as l")
              .select(["l.tenant", "l.seq", "l.prev_seq"])
              .where("l.tenant", "=", tenantOf(dialect, "h"))
              .whereRef("l.seq", "=", "h.prev_seq"),
          ),
      )
      .updateTable("change_log as l")
      .from("h")
      .set({
        changes: text("[]"),
        reason: sql.lit(null),
        details: sql.lit(null),
        on_behalf_of: sql.lit(null),
      })
      .where("l.tenant", "=", tenantOf(dialect, "h"))
      .whereRef("l.seq", "=", "h.seq")
      .where("l.action", "!=", text("erase")),
  ),
);

const about = { tenant: "integer", id: "text" } as const;
/** Empties the kept answers that show a record; the keys stay used. */
const eraseReplies = shape((dialect) =>
  writing(dialect, about, (db, w) =>
    w
      .from(
        db
          .updateTable("idempotency_keys as k")
          .from("idempotency_records as r")
          .set({ reply: text(erasedReply) }),
      )
      .where("r.tenant", "=", w.ref("tenant"))
      .where("r.record_id", "=", w.ref("id"))
      .whereRef("k.tenant", "=", "r.tenant")
      .whereRef("k.key", "=", "r.key"),
  ),
);
/** Removes the references from emptied answers to their records. */
const forgetReplies = shape((dialect) =>
  writing(dialect, about, (db, w) =>
    db
      .deleteFrom("idempotency_records")
      .where(({ refTuple, selectFrom }) => {
        const keys = w
          .from(selectFrom("idempotency_records as r").select(["r.tenant", "r.key"]))
          .where("r.tenant", "=", w.ref("tenant"))
          .where("r.record_id", "=", w.ref("id"));
        return sql<boolean>`${refTuple("tenant", "key")} in ${keys}`;
      })
      .$if(dialect.oneTenant, nameTenant),
  ),
);

/** Statements that remove expired idempotency keys of any tenant, except those that another node has locked. */
const pruning = shape((dialect) => {
  const old = (db: Kysely<AnyDB>) =>
    db
      .selectFrom("idempotency_keys as o")
      .select(["o.tenant", "o.key"])
      .where("o.at", "<", param("before"))
      .orderBy("o.at")
      .limit(param<number>("limit"))
      .$if(dialect.skipLocked !== undefined, (query) => query.modifyEnd(dialect.skipLocked as never));
  const why = "a tenant that writes nothing more must not keep its keys for ever";
  return [
    acrossTenants(dialect, why, (db) =>
      db.deleteFrom("idempotency_records").where(sql<boolean>`(tenant, key) in ${old(anyTable(db))}`),
    ),
    acrossTenants(dialect, why, (db) =>
      db
        .deleteFrom("idempotency_keys as k")
        .where(sql<boolean>`(k.tenant, k.key) in ${old(anyTable(db))}`)
        // A key that another node had locked during the first statement still has its records.
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom("idempotency_records as r")
                .select("r.key")
                .whereRef("r.tenant", "=", "k.tenant")
                .whereRef("r.key", "=", "k.key"),
            ),
          ),
        ),
    ),
  ];
});

/** Removes up to two expired keys for each new one, so that they never pile up. */
export const pruned = (dialect: SqlDialect, keys: Flush["keys"]) => {
  const [first] = keys;
  if (!first) return [];
  const values = { before: keptSince(first.at), limit: keys.length * 2 };
  return pruning(dialect).map((statement) => ({ statement, values }));
};

/** A row that must release a unique value before other rows are written, and the value of a column that releases it. */
interface HandOver {
  row: RowWrite;
  column: string;
  value: string | null;
}

/**
 * Finds unique values that move from one row to another within a flush. A batch's commands may release and
 * take values in any order, but the rows show only the final state. A database that checks row by row would
 * see two records with the same value.
 */
function handedOver(rows: readonly RowWrite[]): HandOver[] {
  const taken = new Set<string>();
  const given: (HandOver & { key: string })[] = [];
  for (const row of rows) {
    const { tenant, type, before, record } = row;
    for (const column of tables[type].unique) {
      const now = held(column, record);
      const old = before && held(column, before);
      if (now === old) continue;
      const key = (value: unknown) => `${tenant} ${type} ${column.name} ${String(value)}`;
      if (now !== undefined) taken.add(key(now));
      if (old === undefined) continue;
      // Deletion releases the value; the record itself keeps it.
      const how =
        record.deletedAt === null
          ? { column: column.name, value: null }
          : { column: "deleted_at", value: record.deletedAt };
      given.push({ row, key: key(old), ...how });
    }
  }
  return given.filter(({ key }) => taken.has(key));
}
