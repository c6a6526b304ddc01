import { MikroORM } from "@mikro-orm/postgresql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "../../testing/postgres-server.ts";
import { postgresTestDatabase } from "../../testing/postgres-test-database.ts";
import { startNode } from "../../testing/node.ts";
import { entitiesOf } from "../entities.ts";
import { readPrimaryAddress } from "./address.ts";

let server: PostgresServer;
beforeAll(async () => void (server = await startPostgres()));
afterAll(() => server.dispose());

const fresh = () => postgresTestDatabase(server);
type TestDatabase = Awaited<ReturnType<typeof fresh>>;

/** The columns, constraints and indexes of a database as comparable lines. */
async function schemaOf({ sql }: TestDatabase): Promise<string[]> {
  const rows = await sql(`
    select format('%s.%s: %s collate %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      coalesce(o.collname, '-'), case when a.attnotnull then ' not null' else '' end, coalesce(pg_get_expr(d.adbin, d.adrelid), '-'))
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_collation o on o.oid = a.attcollation
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'migrations'
    union all
    select format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> coalesce(to_regclass('migrations'), 0)
    union all
    select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migrations'
    -- The index of letters, which no entity describes.
    and indexname <> 'search_texts_letters'
    order by 1`);
  return rows.map(([line]) => line as string);
}

it("the migrations produce the schema that the field policies describe", async () => {
  const [migrated, described] = [await fresh(), await fresh()];
  await (await migrated.open()).close();
  const orm = await MikroORM.init({
    dbName: new URL(described.url).pathname.slice(1),
    driverOptions: { connectionString: described.url },
    entities: Object.values(entitiesOf("postgres")),
  });
  await orm.schema.create();
  await orm.close();
  const schema = await schemaOf(migrated);
  expect(schema.length).toBeGreaterThan(150);
  expect(schema).toEqual(await schemaOf(described));
});

it("no text column sorts by the rules of a language, which differ between machines", async () => {
  const test = await fresh();
  await (await test.open()).close();
  const texts = (await schemaOf(test)).filter((line) => / (text|character varying\S*) collate /.test(line));
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter((line) => !line.includes("collate C"))).toEqual([]);
});

it("nodes that start at once on an empty database migrate it once, and create one tenant", async () => {
  const test = await fresh();
  const nodes = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const database = await test.open();
      return startNode(database).catch(async (error: unknown) => {
        await database.close();
        throw error;
      });
    }).map((starting) =>
      starting.catch((error: unknown) => {
        // Another node made the tenant first, which a server handles.
        expect(error).toMatchObject({ code: "CONFLICT" });
        return undefined;
      }),
    ),
  );
  await Promise.all(nodes.flatMap((node) => (node ? [node.close()] : [])));
  const recorded = await test.sql("select name, count(*) from migrations group by name order by name");
  expect(recorded[0]).toEqual(["0001-records", 1]);
  expect(recorded.every(([, times]) => times === 1)).toBe(true);
  expect(await test.sql("select number from tenants")).toEqual([[1]]);
});

it("opening a database a second time runs no migration", async () => {
  const test = await fresh();
  await (await test.open()).close();
  const before = await test.sql("select name, executed_at::text from migrations");
  await (await test.open()).close();
  expect(await test.sql("select name, executed_at::text from migrations")).toEqual(before);
});

it("a database newer than the program is refused, and the message names the unknown migration", async () => {
  const test = await fresh();
  await (await test.open()).close();
  await test.sql("insert into migrations (name) values ('9999-from-the-future')");
  await expect(test.open()).rejects.toThrow(
    "newer than this program: it has the migration 9999-from-the-future",
  );
});

it("a database in another encoding than UTF-8 is refused", async () => {
  const { url, sql } = await fresh();
  await sql("create database roster_test_ascii encoding 'SQL_ASCII' locale 'C' template template0");
  const other = new URL(url);
  other.pathname = "/roster_test_ascii";
  const { openPostgres } = await import("./postgres-database.ts");
  try {
    await expect(openPostgres(other.href)).rejects.toThrow("SQL_ASCII; it must be UTF8");
  } finally {
    await sql("drop database roster_test_ascii with (force)");
  }
});

it("a server that is down is reported with its connection error", async () => {
  const { openPostgres } = await import("./postgres-database.ts");
  await expect(openPostgres("postgres://localhost:1/none")).rejects.toThrow(/ECONNREFUSED/);
});

it("a database that does not exist is refused, and not created", async () => {
  const { url, sql } = await fresh();
  const other = new URL(url);
  other.pathname = "/roster_test_nowhere";
  const { openPostgres } = await import("./postgres-database.ts");
  await expect(openPostgres(other.href)).rejects.toThrow('database "roster_test_nowhere" does not exist');
  expect(await sql("select 1 from pg_database where datname = 'roster_test_nowhere'")).toEqual([]);
});

it("the read connections refuse every write", async () => {
  const { url, open } = await fresh();
  await (await open()).close();
  const { Reader } = await import("./reader.ts");
  const reader = new Reader(readPrimaryAddress(url));
  await expect(reader.all("delete from customers")).rejects.toThrow("the database cannot be read");
  await expect(reader.all("delete from customers")).rejects.toMatchObject({ cause: { code: "25006" } });
  await reader.close();
});
