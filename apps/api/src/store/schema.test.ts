import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MikroORM } from "@mikro-orm/sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { copiedTables } from "./copied-tables.ts";
import { entitiesOf } from "./entities.ts";
import { openSqlite } from "./sqlite/sqlite-database.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "roster-schema-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The columns and indexes of a database as comparable lines. The order of columns does not matter. */
async function schemaOf(orm: MikroORM): Promise<string[]> {
  const rows: { line: string }[] = await orm.em.getConnection().execute(`
    select m.name || '.' || c.name || ': ' || lower(c.type) || ' ' || c."notnull" || ' key ' || c.pk || ' default ' || coalesce(c.dflt_value, '-') as line
    from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'migrations%' and m.name not like 'sqlite_%'
      -- The index of letters, which no entity describes.
      and m.name not like 'search_index%'
    union all
    select sql from sqlite_master where type = 'index' and sql is not null and tbl_name not like 'migrations%'
    order by 1`);
  return rows.map(({ line }) => line);
}

it("the migrations produce the schema that the field policies describe", async () => {
  const file = join(folder, "migrated.db");
  await (await openSqlite(file)).close();
  const entities = Object.values(entitiesOf("sqlite"));
  const migrated = await MikroORM.init({ dbName: file, entities });
  const described = await MikroORM.init({ dbName: ":memory:", entities });
  await described.schema.create();
  try {
    const schema = await schemaOf(migrated);
    expect(schema.length).toBeGreaterThan(150);
    expect(schema).toEqual(await schemaOf(described));
    const columns = copiedTables.flatMap(({ name, columns: of }) =>
      of.map((column) => `${name}.${column.name}`),
    );
    expect(columns.toSorted()).toEqual(
      schema
        .flatMap((line) => line.split(":", 1))
        .filter((line) => !/^create /i.test(line))
        .toSorted(),
    );
  } finally {
    await Promise.all([migrated.close(), described.close()]);
  }
});

it("opening a database a second time runs no migration", async () => {
  const file = join(folder, "twice.db");
  await (await openSqlite(file)).close();
  const before = await readFile(file);
  await (await openSqlite(file)).close();
  expect((await readFile(file)).equals(before)).toBe(true);
});
