import { propertyPrefix, type RecordType, type StoredRecords } from "@roster/domain";
import type { IndexBuild } from "../database.ts";
import { decodeLatest, type Scalar } from "../rows.ts";
import { tables, terms, textOf } from "../tables.ts";
import { ask, type Asker, shape } from "./asker.ts";
import { acrossTenants, anyTable, compile, param, writing, type Write } from "./build.ts";
import { latestColumns } from "./records.ts";
import { deleteTerm, deleteText, mayAddTerm, putBuild, putText } from "./write.ts";

/** The indexes that are built and dropped in the background, in steps that share the commits of commands. */

const of = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("index_builds")
      .select(["name", "phase", "done", "total"])
      .where("tenant", "=", param<number>("tenant"))
      .where("record_type", "=", param<RecordType>("type"))
      .orderBy("name"),
  ),
);

/** The indexes of a type of record that are being built or dropped. */
export const builds = async (asker: Asker, tenant: number, type: RecordType): Promise<IndexBuild[]> =>
  (await ask(asker, of(asker.dialect), { tenant, type })).map(([name, phase, done, total]) => ({
    name: name as string,
    phase: phase as IndexBuild["phase"],
    done: done as number,
    total: total as number,
  }));

const tenants = shape((dialect) =>
  acrossTenants(dialect, "a node builds the indexes of any tenant", (db) =>
    db.selectFrom("index_builds").select("tenant").distinct().orderBy("tenant"),
  ),
);

export const tenantsWithBuilds = async (asker: Asker): Promise<number[]> =>
  (await ask(asker, tenants(asker.dialect), {})).map(([tenant]) => tenant as number);

const first = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("index_builds as b")
      .crossJoin("tenant_counters as c")
      .select(["b.record_type", "b.name", "b.phase", "b.position", "b.done", "b.total"])
      .select(["c.customer", "c.user"])
      .where("b.tenant", "=", param<number>("tenant"))
      .whereRef("c.tenant", "=", "b.tenant")
      .orderBy("b.record_type")
      .orderBy("b.name")
      .limit(param<number>("limit")),
  ),
);

const some = shape((dialect, type: RecordType) =>
  compile(dialect, (db) =>
    anyTable(db)
      .selectFrom(`${tables[type].name} as r`)
      .where("r.tenant", "=", param("tenant"))
      .where("r.id", ">", param("after"))
      .orderBy("r.id")
      .limit(param<number>("limit"))
      .select(latestColumns(type, "r")),
  ),
);

const someTerms = shape((dialect) =>
  compile(dialect, (db) =>
    db
      .selectFrom("search_terms as t")
      .select(["t.term", "t.record_id"])
      .where("t.tenant", "=", param<number>("tenant"))
      .where("t.record_type", "=", param<RecordType>("type"))
      .where("t.field", "=", param<string>("name"))
      .orderBy("t.term")
      .orderBy("t.record_id")
      .limit(param<number>("limit")),
  ),
);

const remove = shape((dialect) =>
  writing(dialect, { tenant: "integer", record_type: "text", name: "text" }, (db, w) =>
    w.match(w.using(db.deleteFrom("index_builds as b")), "b", ["tenant", "record_type", "name"]),
  ),
);

/**
 * The writes of the next step of a tenant's first build.
 * @returns undefined if nothing is left to do
 */
export async function nextStep(asker: Asker, tenant: number, limit: number): Promise<Write[] | undefined> {
  const { dialect } = asker;
  const [row] = await ask(asker, first(dialect), { tenant, limit: 1 });
  if (!row) return undefined;
  const [type, name, phase, position, done, total, customers, users] = row as [
    "customer" | "user",
    string,
    IndexBuild["phase"],
    string,
    number,
    number,
    number,
    number,
  ];
  const key = [tenant, type, name];
  const state = (to: string, at: string, count: number): Write => ({
    statement: putBuild(dialect),
    rows: [[...key, to, at, count, total || (type === "customer" ? customers : users)]],
  });
  const end: Write = { statement: remove(dialect), rows: [key] };
  if (phase !== "fill") {
    const gone = await ask(asker, someTerms(dialect), { tenant, type, name, limit });
    const cleared: Write = {
      statement: deleteTerm(dialect),
      rows: gone.map(([term, id]) => [tenant, type, name, term as string, id as string]),
    };
    const more = gone.length === limit;
    const next = more ? state(phase, "", done) : phase === "drop" ? end : state("fill", "", 0);
    return [...(gone.length > 0 ? [cleared] : []), next];
  }
  const records = (await ask(asker, some(dialect, type), { tenant, after: position, limit })).map(
    (found) => decodeLatest(type, found).record,
  );
  const last = records.at(-1);
  if (!last) return [end];
  const added: Scalar[][] = records.flatMap((record) =>
    terms(type, record, name === "" ? [] : [name.slice(propertyPrefix.length - 1)])
      .filter(({ field }) => name === "" || field === name)
      .map(({ field, term }) => [tenant, type, field, term, record.id]),
  );
  const texts: Scalar[][] =
    name === "" ? records.map((record) => [tenant, type, numberOf(record), textOf(type, record)]) : [];
  return [
    ...(added.length > 0 ? [{ statement: mayAddTerm(dialect), rows: added }] : []),
    ...(texts.length > 0 && dialect.search.removesFirst
      ? [{ statement: deleteText(dialect), rows: texts.map((row) => row.slice(0, 3)) }]
      : []),
    ...(texts.length > 0 ? [{ statement: putText(dialect), rows: texts }] : []),
    records.length < limit ? end : state("fill", last.id, done + records.length),
  ];
}

const numberOf = ({ number }: StoredRecords["customer"] | StoredRecords["user"]): number => number;
