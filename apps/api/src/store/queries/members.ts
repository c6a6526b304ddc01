import type { Member, StoredRecords } from "@roster/domain";
import { sql, type RawBuilder } from "kysely";
import type { Countable, Found, LiveCount } from "../database.ts";
import { decodeLatest } from "../rows.ts";
import { tables } from "../tables.ts";
import { ask, askAll, type Asker, shape } from "./asker.ts";
import { anyTable, compile, param, question, text } from "./build.ts";
import { find, latestColumns } from "./records.ts";

/** Reads of users and user groups: their members, and their places in the order of creation. */

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

/**
 * A value of a live user or user group, null for none: by a subquery, and not by a join, for which PostgreSQL
 * without statistics walks an index of the whole tenant. Nor is there a condition on `deleted_at`, for which it
 * would walk the index of live records by another column.
 */
const ofLive = (
  table: "users" | "user_groups",
  tenant: RawBuilder<number>,
  id: string,
  value: RawBuilder<string | null>,
): RawBuilder<string | null> =>
  sql`(select case when r.deleted_at is null then ${value} end from ${sql.table(table)} as r
    where r.tenant = ${tenant} and r.id = ${sql.ref(id)})`;
/** The id of a live user or user group; null for none. */
const liveId = (tenant: RawBuilder<number>, id: string): RawBuilder<string | null> =>
  sql`coalesce(${ofLive("users", tenant, id, sql.ref("r.id"))}, ${ofLive("user_groups", tenant, id, sql.ref("r.id"))})`;

export const isMember = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", group: "text", member: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .select("w.i")
        .where(
          ({ selectFrom }) =>
            selectFrom("user_group_members as m")
              .select("m.member")
              .where("m.tenant", "=", tenant)
              .whereRef("m.user_group", "=", "w.group")
              .whereRef("m.member", "=", "w.member"),
          "is not",
          null,
        ),
    (rows): Found["member"] => rows.length > 0,
  ),
);

export const isCandidate = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", id: "text" },
    (db, w, tenant) => db.selectFrom(w).select("w.i").where(liveId(tenant, "w.id"), "is not", null),
    (rows): Found["candidate"] => rows.length > 0,
  ),
);

const everyMember = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("user_group_members as m")
      .select("m.member")
      .where("m.tenant", "=", param<number>("tenant"))
      .where("m.user_group", "=", param<string>("group"))
      .orderBy("m.member"),
  ),
);

/** The ids of all members of a user group, with those of deleted records. */
export const memberIds = async (asker: Asker, tenant: number, group: string): Promise<Found["members"]> =>
  (await ask(asker, everyMember(asker.dialect), { tenant, group })).map(([id]) => id as string);

const memberPage = shape((dialect) =>
  compile(dialect, (db) => {
    const tenant = param<number>("tenant");
    const of = (table: "users" | "user_groups", value: RawBuilder<string | null>) =>
      ofLive(table, tenant, "m.member", value);
    return db
      .selectFrom("user_group_members as m")
      .select([
        "m.member",
        of("users", sql.ref("r.id")).as("user"),
        of("users", sql`coalesce(r.display_name, r.username)`).as("name"),
        of("user_groups", sql.ref("r.display_name")).as("group_name"),
      ])
      .where("m.tenant", "=", tenant)
      .where("m.user_group", "=", param<string>("group"))
      .where("m.member", ">", param<string>("after"))
      .where(liveId(tenant, "m.member"), "is not", null)
      .orderBy("m.member")
      .limit(param<number>("limit"));
  }),
);

/** A page of the live members of a user group, in the order of their ids. */
export const members = async (
  asker: Asker,
  tenant: number,
  group: string,
  after: string,
  limit: number,
): Promise<Member[]> =>
  (await ask(asker, memberPage(asker.dialect), { tenant, group, after, limit })).map(
    ([id, user, name, groupName]) => ({
      id: id as string,
      type: user === null ? "userGroup" : "user",
      name: (user === null ? groupName : name) as string | null,
    }),
  );

const groupsOfMember = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", member: "text" },
    (db, w, tenant) =>
      db.selectFrom(w).select((eb) => [
        "w.i",
        eb
          .selectFrom(
            eb
              .selectFrom("search_terms as t")
              .select([
                "t.record_id as id",
                ofLive("user_groups", tenant, "t.record_id", sql.ref("r.display_name")).as("name"),
              ])
              .where("t.tenant", "=", tenant)
              .where("t.record_type", "=", text("userGroup"))
              .where("t.field", "=", text("member"))
              .whereRef("t.term", "=", "w.member")
              .as("x"),
          )
          .select(dialect.jsonRows(["x.id", "x.name"]).as("groups"))
          .as("groups"),
      ]),
    ([row]) =>
      (JSON.parse((row?.[1] as string | null | undefined) ?? "[]") as [string, string | null][])
        .flatMap(([id, displayName]) => (displayName === null ? [] : [{ id, displayName }]))
        .toSorted(byId),
  ),
);

/** The live user groups that each of these records is a member of. */
export const groupsOf = (asker: Asker, tenant: number, of: readonly string[]) =>
  askAll(
    asker,
    groupsOfMember(asker.dialect),
    of.map((member) => [tenant, member]),
  );

// One statement, and so one moment.
const live = shape((dialect, type: Countable) =>
  compile(dialect, (db) =>
    anyTable(db)
      .selectFrom(`${tables[type].name} as r`)
      .select(({ fn, selectFrom }) => [
        fn.countAll().as("live"),
        selectFrom("tenant_counters as c").select("c.seq").where("c.tenant", "=", param("tenant")).as("seq"),
      ])
      .where("r.tenant", "=", param("tenant"))
      .where("r.deleted_at", "is", null),
  ),
);

/** The number of live records of a type, and the `seq` of the tenant's latest change at that moment. */
export async function count(asker: Asker, tenant: number, type: Countable): Promise<LiveCount> {
  const [row] = await ask(asker, live(asker.dialect, type), { tenant });
  return { count: Number(row?.[0]), seq: Number(row?.[1] ?? 0) };
}

/** With more changes than this, counting again is cheaper. */
const fewChanges = 1_000;

const actionsSince = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("change_log as l")
      .select(["l.seq", "l.record_type", "l.action"])
      .where("l.tenant", "=", param<number>("tenant"))
      .where("l.seq", ">", param<number>("seq"))
      .orderBy("l.seq")
      .limit(sql.lit(fewChanges + 1)),
  ),
);

/** The change of the number of live records by an action of the log. */
const added: Partial<Record<string, number>> = { create: 1, restore: 1, delete: -1 };

/** The number of live records now, from an earlier one; undefined if the changes since do not give it. */
export async function recount(
  asker: Asker,
  tenant: number,
  type: Countable,
  { count: before, seq }: LiveCount,
): Promise<LiveCount | undefined> {
  const rows = await ask(asker, actionsSince(asker.dialect), { tenant, seq });
  const own = rows.filter(([, of]) => of === type).map(([, , action]) => action as string);
  // The record may have been deleted before it was erased.
  if (rows.length > fewChanges || own.includes("erase")) return undefined;
  return {
    count: own.reduce((sum, action) => sum + (added[action] ?? 0), before),
    seq: (rows.at(-1)?.[0] as number | undefined) ?? seq,
  };
}

const sliceOf = shape((dialect, type: Countable, order: "asc" | "desc") =>
  compile(dialect, (db) => {
    const any = anyTable(db);
    // The inner query needs the index alone; only the rows of the page are read.
    const page = any
      .selectFrom(`${tables[type].name} as i`)
      .select("i.id")
      .where("i.tenant", "=", param("tenant"))
      .where("i.deleted_at", "is", null)
      .orderBy("i.id", order)
      .limit(param<number>("limit"))
      .offset(param<number>("offset"));
    return any
      .selectFrom(page.as("p"))
      .crossJoin(`${tables[type].name} as r`)
      .select(latestColumns(type, "r"))
      .where("r.tenant", "=", param("tenant"))
      .whereRef("r.id", "=", "p.id");
  }),
);

/** Live records in the order of creation: those after, or before, as many as are left out. */
export const slice = async <T extends Countable>(
  asker: Asker,
  tenant: number,
  type: T,
  offset: number,
  limit: number,
  order: "asc" | "desc",
): Promise<StoredRecords[T][]> =>
  (await ask(asker, sliceOf(asker.dialect, type, order), { tenant, offset, limit }))
    .map((row) => decodeLatest(type, row).record)
    .toSorted(byId);

/** The live records with these ids, in the order of the ids. */
export const findAll = async <T extends keyof StoredRecords>(
  asker: Asker,
  tenant: number,
  type: T,
  ids: readonly string[],
): Promise<StoredRecords[T][]> =>
  (
    await askAll(
      asker,
      find(asker.dialect, type, "id"),
      ids.map((id) => [tenant, id]),
    )
  ).flatMap((found) => (found && found.record.deletedAt === null ? [found.record as StoredRecords[T]] : []));
