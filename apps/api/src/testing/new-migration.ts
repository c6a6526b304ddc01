import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MigrationGenerator, Migrator } from "@mikro-orm/migrations";
import { MikroORM as PostgresOrm } from "@mikro-orm/postgresql";
import { MikroORM as SqliteOrm } from "@mikro-orm/sqlite";
import { entitiesOf, type Dialect } from "../store/entities.ts";
import { migrations } from "../store/migrations/list.ts";
import { statementFor } from "../store/migrations/migration.ts";
import { tables } from "../store/tables.ts";
import { readArguments } from "./options.ts";

/**
 * `npm run db:new-migration -- NAME` writes a migration from the last snapshots of the schema to the
 * entities, for both databases in one file, and adds it to the list. It needs no database.
 */

const folder = fileURLToPath(new URL("../store/migrations/", import.meta.url));

/**
 * Keeps MikroORM's migrator from writing a file: it finds the statements and stores the snapshot, and this
 * program writes the file.
 */
class NoFile extends MigrationGenerator {
  override async generate(): Promise<[string, string]> {
    return ["", ""];
  }
  override generateMigrationFile(): string {
    return "";
  }
}

/**
 * The statements that turn the last snapshot into the entities. The snapshot is then replaced by that of the
 * entities.
 */
async function difference(dialect: Dialect): Promise<string[]> {
  const snapshotName = `snapshot.${dialect}`;
  const file = join(folder, `${snapshotName}.json`);
  await writeFile(file, `{"tables":[],"namespaces":[]}`, { flag: "wx" }).catch(() => undefined);
  const options = {
    entities: Object.values(entitiesOf(dialect)),
    extensions: [Migrator],
    migrations: { path: folder, snapshot: true, snapshotName, generator: NoFile },
  };
  const orm =
    dialect === "sqlite"
      ? await SqliteOrm.init({ ...options, dbName: ":memory:" })
      : await PostgresOrm.init({ ...options, dbName: "offline" });
  const { diff } = await orm.migrator.create();
  await orm.close();
  const { tables: all, ...rest } = JSON.parse(await readFile(file, "utf8")) as { tables: unknown[] };
  // One line per table, so that a diff of two snapshots shows what has changed.
  const lines = all.map((table) => JSON.stringify(table)).join(",\n");
  await writeFile(file, `{"tables":[\n${lines}\n],${JSON.stringify(rest).slice(1)}\n`);
  return diff.up.filter((statement) => statement !== "").map(plain);
}

/** A statement without quotes and semicolons, in one notation where MikroORM has one per database. */
const plain = (statement: string): string =>
  statement
    .replace(/;$/, "")
    .replaceAll(/[`"](\w+)[`"]/g, (_, name: string) => (reserved.has(name) ? `"${name}"` : name))
    .replaceAll("collate C", 'collate "C"')
    .replaceAll(/\badd column\b/g, "add")
    .replaceAll(/default '(\d+)'/g, "default $1")
    .replace(/^(create table \w+ \()(\w+)( \w+ not null) primary key(.*)\)$/, "$1$2$3$4, primary key ($2))");

/** Names that are reserved words in PostgreSQL. */
const reserved = new Set(["user", "C"]);

const recordTables = new Set(Object.values(tables).map(({ name }) => name));

/** A statement of PostgreSQL with placeholders for what differs on SQLite. */
function forBoth(statement: string): string {
  const neutral = statement
    .replaceAll('text collate "C"', "{text}")
    .replaceAll(/\bbigint\b/g, "{integer}")
    .replaceAll(/ (json|boolean)\b/g, " {$1}");
  const [, table = ""] = /^create table (\w+)/.exec(statement) ?? [];
  return neutral + (recordTables.has(table) ? "{updated}" : "");
}

/** A statement as a template literal, in lines of readable length. */
const literal = (statement: string): string => {
  const lines = [""];
  for (const part of statement.split(/(?<=, )(?![^(]*\))/)) {
    const line = lines.at(-1) as string;
    if ((line + part).length > 100) lines.push(part);
    else lines[lines.length - 1] = line + part;
  }
  return `  \`${lines.map((line) => line.trimEnd()).join("\n    ")}\`,\n`;
};

const forOne = (dialect: Dialect, statement: string): string =>
  `  { ${dialect}: ${JSON.stringify(statement)} },\n`;

/** @returns the path of the new file; undefined if the entities have not changed */
async function newMigration(name: string): Promise<string | undefined> {
  if (!/^[a-z][a-z0-9-]*$/.test(name))
    throw new Error(
      "the name of a migration consists of lower-case letters, digits and hyphens, such as new-field",
    );
  const postgres = await difference("postgres");
  const sqlite = await difference("sqlite");
  if (postgres.length === 0 && sqlite.length === 0) return undefined;
  const both = postgres.map(forBoth);
  const alike = JSON.stringify(both.map((one) => statementFor("sqlite", one))) === JSON.stringify(sqlite);
  const statements = alike
    ? both.map(literal)
    : [...sqlite.map((one) => forOne("sqlite", one)), ...postgres.map((one) => forOne("postgres", one))];
  const number = String(Object.keys(migrations).length + 1).padStart(4, "0");
  const file = join(folder, `${number}-${name}.ts`);
  const list = join(folder, "list.ts");
  await writeFile(
    file,
    `import type { Migration } from "./migration.ts";\n\nexport default [\n${statements.join("")}] satisfies Migration;\n`,
    { flag: "wx" },
  );
  const known = await readFile(list, "utf8");
  const entry = `  "${number}-${name}": async () => (await import("./${number}-${name}.ts")).default,\n`;
  await writeFile(list, known.replace(/\};\n$/, `${entry}};\n`));
  return file;
}

const help = `npm run db:new-migration -- NAME

Writes the migration that makes the tables what the policies of the fields describe, for both databases.
NAME consists of lower-case letters, digits and hyphens, such as new-field.
`;

if (import.meta.main) {
  const { positionals } = readArguments("db:new-migration", help, { allowPositionals: true });
  const [name = ""] = positionals;
  try {
    const file = await newMigration(name);
    process.stdout.write(`${file ?? "the entities have not changed since the last migration"}\n`);
  } catch (error) {
    process.stderr.write(`db:new-migration: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
