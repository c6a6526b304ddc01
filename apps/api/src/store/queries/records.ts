import { maxLevels, type Inheritable, type JsonObject, type RecordType } from "@roster/domain";
import { sql } from "kysely";
import type { Found } from "../database.ts";
import { decodeLatest, parseJson, type Latest } from "../rows.ts";
import { StoredRow } from "../stored-row.ts";
import { isFreedByDelete, tables } from "../tables.ts";
import { ask, type Asker, perTenant, shape } from "./asker.ts";
import { acrossTenants, anyTable, compile, param, question, rowsAs, tenantOf, text } from "./build.ts";

/**
 * Reads of records. Each begins with the rows of its parameter or with one index. On SQLite, a cross join
 * fixes that order of tables; on PostgreSQL it is an ordinary join.
 */

/** The columns of a record's row behind an alias, in the order that `decodeLatest` expects. */
export const latestColumns = (type: RecordType, alias: string): string[] =>
  ["seq", ...tables[type].columns.map(({ name }) => name)].map((name) => `${alias}.${name}`);

/** The record with a unique value. A deleted one is found only by values that callers do not write. */
export const find = shape((dialect, type: RecordType, field: string) => {
  const { name, byField } = tables[type];
  const column = byField.get(field);
  if (!column?.policy.unique) throw new Error(`${field} of ${type} does not name a record`);
  return question(
    dialect,
    { tenant: "integer", value: column.type },
    (db, w, tenant) =>
      anyTable(db)
        .selectFrom(w)
        .crossJoin(`${name} as r`)
        .select(["w.i", ...latestColumns(type, "r")])
        .where("r.tenant", "=", tenant)
        .whereRef(`r.${column.name}`, "=", "w.value")
        .$if(isFreedByDelete(column), (query) => query.where("r.deleted_at", "is", null)),
    ([row]): Found["record"] => row && decodeLatest(type, row, 1),
  );
});

/** Like `find`, undecoded. */
export const findRow = shape((dialect, type: RecordType, field: string) => ({
  ...find(dialect, type, field),
  answer: ([row]: readonly (readonly unknown[])[]) => row && new StoredRow(type, row, 2),
}));

/** Every live record of a type that has few records in a tenant. */
export const allOf = shape((dialect, type: RecordType) =>
  question(
    dialect,
    { tenant: "integer" },
    (db, w, tenant) =>
      anyTable(db)
        .selectFrom(w)
        .crossJoin(`${tables[type].name} as r`)
        .select(["w.i", ...latestColumns(type, "r")])
        .where("r.tenant", "=", tenant)
        .where("r.deleted_at", "is", null),
    (rows): Found["all"] => rows.map((row) => decodeLatest(type, row, 1)),
  ),
);

/** The distinct levels of a customer's live children. */
export const childLevels = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", id: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("search_terms as t")
        .crossJoin("customers as c")
        .select(["w.i", "c.hierarchy_level"])
        .distinct()
        .where("t.tenant", "=", tenant)
        .where("t.record_type", "=", text("customer"))
        .where("t.field", "=", text("parent"))
        .whereRef("t.term", "=", "w.id")
        .whereRef("c.tenant", "=", "t.tenant")
        .whereRef("c.id", "=", "t.record_id")
        .where("c.deleted_at", "is", null),
    (rows): Found["childLevels"] => rows.map(([, level]) => level as string | null),
  ),
);

/** Whether a live customer has a level and, if a parent's level is given, a parent with that one. */
export const levelInUse = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", level: "text", parent: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .select("w.i")
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom("search_terms as t")
              .crossJoin("customers as c")
              .select("c.id")
              .where("t.tenant", "=", tenant)
              .where("t.record_type", "=", text("customer"))
              .where("t.field", "=", text("hierarchyLevel"))
              .whereRef("t.term", "=", "w.level")
              .whereRef("c.tenant", "=", "t.tenant")
              .whereRef("c.id", "=", "t.record_id")
              .where("c.deleted_at", "is", null)
              .where((child) =>
                child.or([
                  child("w.parent", "is", null),
                  child.exists(
                    child
                      .selectFrom("customers as p")
                      .select("p.id")
                      .whereRef("p.tenant", "=", "c.tenant")
                      .whereRef("p.id", "=", "c.parent")
                      .whereRef("p.hierarchy_level", "=", "w.parent"),
                  ),
                ]),
              ),
          ),
        ),
    (rows): Found["levelInUse"] => rows.length > 0,
  ),
);

const highest = shape((dialect) =>
  acrossTenants(dialect, "a new tenant gets the next number of all", (db) =>
    db.selectFrom("tenants").select(({ fn }) => fn.max("number").as("last")),
  ),
);

/** The highest tenant number; 0 if there is no tenant. */
export async function lastTenant(asker: Asker): Promise<Found["lastTenant"]> {
  const [row] = await ask(asker, highest(asker.dialect), {});
  return (row?.[0] as number | null | undefined) ?? 0;
}

/** The answer kept under an idempotency key. */
export const remembered = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer", key: "text" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("idempotency_keys as k")
        .select(["w.i", "k.fingerprint", "k.reply"])
        .where("k.tenant", "=", tenant)
        .whereRef("k.key", "=", "w.key"),
    ([row]): Found["key"] => row && { fingerprint: row[1] as string, reply: row[2] as string },
  ),
);

/** The ids of the live records that refer to a customer in a field. */
export const referring = shape((dialect, type: "customer" | "user", field: string) =>
  compile(dialect, (db) =>
    anyTable(db)
      .selectFrom("search_terms as t")
      .crossJoin(`${tables[type].name} as r`)
      .select("t.record_id")
      .where("t.tenant", "=", param("tenant"))
      .where("t.record_type", "=", text(type))
      .where("t.field", "=", text(field))
      .where("t.term", "=", param("id"))
      .whereRef("r.tenant", "=", "t.tenant")
      .whereRef("r.id", "=", "t.record_id")
      .where("r.deleted_at", "is", null)
      .limit(param<number>("limit")),
  ),
);

/** The ids of the duplicates that were merged into a customer, directly or by way of another. */
export const mergedInto = shape((dialect, byAnyWay: boolean) =>
  compile(dialect, (db) => {
    const named = (query: ReturnType<typeof duplicates>) =>
      query
        .where("t.tenant", "=", param<number>("tenant"))
        .where("t.record_type", "=", text("customer"))
        .where("t.field", "=", text("mergedInto"));
    const duplicates = () => db.selectFrom("search_terms as t").select("t.record_id as id");
    const direct = named(duplicates()).where("t.term", "=", param<string>("id"));
    if (!byAnyWay) return direct.orderBy("t.record_id");
    // A duplicate's duplicates are the same person too.
    return db
      .withRecursive("merged(id)", (merged) =>
        direct.union(
          merged
            .selectFrom("merged")
            .crossJoin("search_terms as t")
            .select("t.record_id as id")
            .where("t.tenant", "=", param<number>("tenant"))
            .where("t.record_type", "=", text("customer"))
            .where("t.field", "=", text("mergedInto"))
            .whereRef("t.term", "=", "merged.id"),
        ),
      )
      .selectFrom("merged")
      .select("id")
      .limit(param<number>("limit"));
  }),
);

/** `union`, unlike `union all`, drops duplicates, so the recursion ends even if the parents form a cycle. */
const ancestorsOf = shape((dialect) => {
  const columns = { tenant: "integer", id: "text" } as const;
  return {
    columns,
    ...compile(dialect, (db) =>
      db
        .withRecursive("above(tenant, id)", (above) =>
          above
            .selectFrom(rowsAs(dialect, columns))
            .crossJoin("customers as c")
            .select(["c.tenant", "c.parent as id"])
            .where("c.tenant", "=", tenantOf(dialect))
            .whereRef("c.id", "=", "w.id")
            .where("c.parent", "is not", null)
            .union(
              above
                .selectFrom("above")
                .crossJoin("customers as c")
                .select(["c.tenant", "c.parent as id"])
                .where("c.tenant", "=", tenantOf(dialect, "above"))
                .whereRef("c.id", "=", "above.id")
                .where("c.parent", "is not", null),
            ),
        )
        .selectFrom("above")
        .crossJoin("customers as c")
        .where("c.tenant", "=", tenantOf(dialect, "above"))
        .whereRef("c.id", "=", "above.id")
        .select("c.tenant")
        .select(latestColumns("customer", "c") as "c.id"[]),
    ),
  };
});

/** All ancestors of these customers, in no particular order. */
export async function ancestors(
  asker: Asker,
  of: readonly { tenant: number; id: string }[],
): Promise<({ tenant: number } & Latest<"customer">)[]> {
  const statement = ancestorsOf(asker.dialect);
  const places = of.map(({ tenant, id }) => [tenant, id]);
  const rows = await Promise.all(
    perTenant(asker.dialect, places).map((some) =>
      ask(asker, statement, asker.dialect.bindRows(statement.columns, some)),
    ),
  );
  return rows.flat().map((row) => ({ tenant: row[0] as number, ...decodeLatest("customer", row, 1) }));
}

/** A customer and its ancestors, nearest first. The depth is bounded, so that it ends even in a cycle. */
const chain = shape((dialect) =>
  compile(dialect, (db) => {
    const own = ["c.parent", "c.properties", "c.mapping"] as const;
    return db
      .withRecursive("above(depth, parent, properties, mapping)", (above) =>
        above
          .selectFrom("customers as c")
          .select([sql<number>`1`.as("depth"), ...own])
          .where("c.tenant", "=", param<number>("tenant"))
          .where("c.id", "=", param<string>("id"))
          .unionAll(
            above
              .selectFrom("above")
              .crossJoin("customers as c")
              .select([sql<number>`above.depth + 1`.as("depth"), ...own])
              .where("c.tenant", "=", param<number>("tenant"))
              .whereRef("c.id", "=", "above.parent")
              .where("above.depth", "<", sql.lit(maxLevels)),
          ),
      )
      .selectFrom("above")
      .select(["depth", "properties", "mapping"]);
  }),
);

/** The values that a customer with this parent can inherit, from the nearest ancestor upwards. */
export async function inherited(asker: Asker, tenant: number, parent: string): Promise<Inheritable[]> {
  const rows = await ask(asker, chain(asker.dialect), { tenant, id: parent });
  const read = (text: unknown, field: string) =>
    text === null
      ? null
      : (parseJson(text, () => `the ${field} of an ancestor, from ${parent} upwards,`) as JsonObject);
  const nearestFirst = rows.toSorted(([one], [other]) => (one as number) - (other as number));
  return nearestFirst.map(([, properties, mapping]) => ({
    properties: read(properties, "properties"),
    mapping: read(mapping, "mapping"),
  }));
}

/** The live token with a hash, and its tenant. */
export const tokenByHash = shape((dialect) =>
  acrossTenants(dialect, "the token says which tenant it is of", (db) =>
    db
      .selectFrom("tokens as k")
      .innerJoin("tenants as t", "t.tenant", "k.tenant")
      .where("k.hash", "=", param<string>("hash"))
      .where("k.deleted_at", "is", null)
      .select([...latestColumns("token", "k"), ...latestColumns("tenant", "t")] as "k.id"[]),
  ),
);

/** Tenants with a higher number, in its order. */
export const tenantsAfter = shape((dialect) =>
  acrossTenants(dialect, "it lists the tenants", (db) =>
    db
      .selectFrom("tenants as t")
      .where("t.number", ">", param<number>("after"))
      .orderBy("t.number")
      .limit(param<number>("limit"))
      .select(latestColumns("tenant", "t") as "t.id"[]),
  ),
);

/** At most `limit` tenants. */
export const anyTenant = shape((dialect) =>
  acrossTenants(dialect, "it asks whether there is any tenant", (db) =>
    db.selectFrom("tenants").select("number").limit(param<number>("limit")),
  ),
);

/** The idempotency keys whose answers show a record. */
export const keysOf = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("idempotency_records as r")
      .crossJoin("idempotency_keys as k")
      .select(["k.key", "k.at"])
      .where("r.tenant", "=", param<number>("tenant"))
      .where("r.record_id", "=", param<string>("id"))
      .whereRef("k.tenant", "=", "r.tenant")
      .whereRef("k.key", "=", "r.key")
      .orderBy("r.key"),
  ),
);
