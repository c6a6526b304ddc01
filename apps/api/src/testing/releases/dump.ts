import BetterSqlite from "better-sqlite3";
import { Client } from "pg";

/**
 * Dumps a database as SQL text: its schema, and then its rows, one statement per row. The schema is read from
 * the database, not from the migrations, so that it stays as a release left it.
 *
 * @param url as in `DATABASE_URL`
 */
export async function dump(url: string): Promise<string> {
  const statements = url.startsWith("sqlite:") ? dumpSqlite(url.slice(7)) : await dumpPostgres(url);
  return statements.map((statement) => `${statement};\n`).join("");
}

/** Restores a dump into an empty database. */
export async function load(url: string, text: string): Promise<void> {
  if (url.startsWith("sqlite:")) {
    const file = new BetterSqlite(url.slice(7));
    file.exec(text);
    file.close();
  } else {
    await withClient(url, (client) => client.query(text));
  }
}

type Value = string | number | null;
const literal = (value: Value): string =>
  typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : value === null ? "null" : String(value);
const insert = (table: string, columns: readonly string[], values: readonly Value[]): string =>
  `insert into ${table} (${columns.map((name) => `"${name}"`).join(", ")}) values (${values.map(literal).join(", ")})`;

function dumpSqlite(path: string): string[] {
  const file = new BetterSqlite(path, { readonly: true });
  try {
    const all = <Row>(statement: string) => file.prepare(statement).all() as Row[];
    const named = (type: string) =>
      all<{ name: string }>(`select name from pragma_table_list where type = '${type}'`).map(
        ({ name }) => name,
      );
    const [indexes, parts] = [named("virtual"), named("shadow")];
    const schema = all<{ type: string; name: string; sql: string }>(
      "select type, name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by name",
    ).filter(({ name }) => !parts.includes(name));
    const rows = schema
      .filter(({ type, name }) => type === "table" && !indexes.includes(name))
      .flatMap(({ name }) => {
        const table = file.prepare(`select * from "${name}"`);
        const columns = table.columns().map((column) => column.name);
        const order = columns.length === 1 ? "1" : "1, 2";
        const found = file.prepare(`select * from "${name}" order by ${order}`).raw().all() as Value[][];
        return found.map((values) => insert(name, columns, values));
      });
    // Triggers fill a full-text index again, whose parts nobody may write; its settings are no rows of it.
    const settings = indexes.flatMap((name) =>
      all<{ k: string; v: Value }>(`select k, v from "${name}_config" where k <> 'version' order by k`).map(
        ({ k, v }) => insert(name, [name, "rank"], [k, v]),
      ),
    );
    return [
      "pragma journal_mode = wal",
      ...schema.toSorted(byType).map(({ sql }) => sql),
      ...settings,
      ...rows,
    ];
  } finally {
    file.close();
  }
}

/** Tables before their indexes. */
const byType = (a: { type: string }, b: { type: string }): number =>
  Number(b.type === "table") - Number(a.type === "table");

const postgresSchema = `
  select 0 as place, c.relname as name, format('create table %I (%s)%s', c.relname, string_agg(format('%I %s%s%s%s', a.attname,
      case when d.adbin is null or pg_get_expr(d.adbin, d.adrelid) not like 'nextval(%' then format_type(a.atttypid, a.atttypmod) else 'serial' end,
      case when a.attcollation <> t.typcollation then ' collate ' || quote_ident(o.collname) else '' end,
      case when a.attnotnull then ' not null' else '' end,
      case when pg_get_expr(d.adbin, d.adrelid) not like 'nextval(%' then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
    ), ', ' order by a.attnum), coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')) as sql
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid left join pg_collation o on o.oid = a.attcollation
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace group by c.oid, c.relname, c.reloptions
  union all
  select 1, conname, format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all
  select 2, indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i join pg_class c on c.oid = i.indexrelid
  where c.relnamespace = 'public'::regnamespace and not exists (select 1 from pg_constraint where conindid = i.indexrelid)
  order by place, name`;

async function dumpPostgres(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const schema = (await client.query<{ place: number; name: string; sql: string }>(postgresSchema)).rows;
    const rows: string[] = [];
    for (const { name } of schema.filter(({ place }) => place === 0)) {
      const { fields, rows: all } = await client.query<Value[]>({
        text: `select * from "${name}" order by 1, 2`,
        rowMode: "array",
        types: { getTypeParser: () => (text: string) => text },
      });
      const columns = fields.map((field) => field.name);
      rows.push(...all.map((values) => insert(name, columns, values)));
    }
    const extensions = await client.query<{ name: string }>(
      "select extname as name from pg_extension where extname <> 'plpgsql' order by extname",
    );
    return [
      ...extensions.rows.map(({ name }) => `create extension if not exists ${name}`),
      ...schema.map(({ sql }) => sql),
      ...rows,
      "select setval('migrations_id_seq', max(id)) from migrations",
    ];
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
