import type { Member, StoredRecords } from "@roster/domain";
import { sql } from "kysely";
import type { Countable, Found, LiveCount } from "../database.ts";
import { decodeLatest } from "../rows.ts";
import { tables } from "../tables.ts";
import { ask, askAll, type Asker } from "./asker.ts";
import { anyTable, compile, param, question, shape, text } from "./build.ts";
import { find, latestColumns } from "./records.ts";

/** Reads of users and user groups: their members, and their places in the order of creation. */

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

export const isMember = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", group: "text", member: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("user_group_members as m")
        .select("w.i")
        .where("m.tenant", "=", tenant)
        .whereRef("m.user_group", "=", "w.group")
        .whereRef("m.member", "=", "w.member"),
    (rows): Found["member"] => rows.length > 0,
  ),
);

export const isCandidate = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", id: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .leftJoin("users as u", (join) =>
          join.on("u.tenant", "=", tenant).onRef("u.id", "=", "w.id").on("u.deleted_at", "is", null),
        )
        .leftJoin("user_groups as g", (join) =>
          join.on("g.tenant", "=", tenant).onRef("g.id", "=", "w.id").on("g.deleted_at", "is", null),
        )
        .select("w.i")
        .where((eb) => eb.or([eb("u.id", "is not", null), eb("g.id", "is not", null)])),
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
  compile(dialect, (db) =>
    db
      .selectFrom("user_group_members as m")
      .leftJoin("users as u", (join) =>
        join.onRef("u.tenant", "=", "m.tenant").onRef("u.id", "=", "m.member").on("u.deleted_at", "is", null),
      )
      .leftJoin("user_groups as g", (join) =>
        join.onRef("g.tenant", "=", "m.tenant").onRef("g.id", "=", "m.member").on("g.deleted_at", "is", null),
      )
      .select(["m.member", "u.id", "u.display_name", "u.username", "g.display_name as group_name"])
      .where("m.tenant", "=", param<number>("tenant"))
      .where("m.user_group", "=", param<string>("group"))
      .where("m.member", ">", param<string>("after"))
      .where((eb) => eb.or([eb("u.id", "is not", null), eb("g.id", "is not", null)]))
      .orderBy("m.member")
      .limit(param<number>("limit")),
  ),
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
    ([id, user, displayName, username, groupName]) => ({
      id: id as string,
      type: user === null ? "userGroup" : "user",
      name: (user === null ? groupName : (displayName ?? username)) as string | null,
    }),
  );

const groupsOfMember = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", member: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("search_terms as t")
        .crossJoin("user_groups as g")
        .select(["w.i", "g.id", "g.display_name"])
        .where("t.tenant", "=", tenant)
        .where("t.record_type", "=", text("userGroup"))
        .where("t.field", "=", text("member"))
        .whereRef("t.term", "=", "w.member")
        .whereRef("g.tenant", "=", "t.tenant")
        .whereRef("g.id", "=", "t.record_id")
        .where("g.deleted_at", "is", null),
    (rows) =>
      rows
        .map(([, id, displayName]) => ({ id: id as string, displayName: displayName as string }))
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

/** What an action of the log adds to the number of live records. */
const added: Partial<Record<string, number>> = { create: 1, restore: 1, delete: -1 };

/** The number of live records now, from an earlier one; undefined if the changes since do not tell it. */
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
