import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MikroORM } from "@mikro-orm/sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { entitiesOf, sqliteTypes } from "./entities.ts";
import { openSqlite } from "./sqlite/sqlite-database.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "roster-schema-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * The tables, columns and indexes of a database, in a form that can be compared. Columns are sorted: a
 * migration can add one at the end only, wherever its field stands in the policy.
 */
async function schemaOf(orm: MikroORM): Promise<string[]> {
  const rows: { name: string; sql: string }[] = await orm.em
    .getConnection()
    .execute(
      "select name, sql from sqlite_master where sql is not null and name not like 'sqlite_%' and name not like 'migrations%'",
    );
  const normal = (sql: string) =>
    sql
      .replaceAll(/[`"]/g, "")
      .replaceAll(/\s+/g, " ")
      .replaceAll("( ", "(")
      .replaceAll(" )", ")")
      .replace(" without rowid", "")
      .trim()
      .toLowerCase();
  return rows.map(({ sql }) => sortColumns(normal(sql))).toSorted();
}

/** The statement that makes a table, with its columns and constraints in the order of the alphabet. */
function sortColumns(sql: string): string {
  const [, head, body, tail] = /^(create table [^(]+\()(.*)(\)[^)]*)$/.exec(sql) ?? [];
  if (head === undefined || body === undefined) return sql;
  // Not at commas within parentheses.
  const parts = body.split(/, (?![^(]*\))/);
  return head + parts.toSorted().join(", ") + tail;
}

it("the migrations make the schema that the field policies describe", async () => {
  const file = join(folder, "migrated.db");
  await (await openSqlite(file)).close();
  const entities = entitiesOf(sqliteTypes);
  const migrated = await MikroORM.init({ dbName: file, entities });
  const described = await MikroORM.init({ dbName: ":memory:", entities });
  await described.schema.create();
  try {
    expect(await schemaOf(migrated)).toEqual(await schemaOf(described));
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
