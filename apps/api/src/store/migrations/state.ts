import { migrations } from "./list.ts";

/** The table in which a database records its migrations. */
export const migrationsTable = "migrations";

/** Which migrations of this program a database has, oldest first. */
export interface MigrationState {
  applied: string[];
  pending: string[];
  /** Migrations that the database has and this program does not know: of a newer one, as a rule. */
  unknown: string[];
}

/** @param done the migrations that a database has recorded */
export function migrationStateOf(done: readonly string[]): MigrationState {
  const known = Object.keys(migrations);
  return {
    applied: known.filter((name) => done.includes(name)),
    pending: known.filter((name) => !done.includes(name)),
    unknown: done.filter((name) => !known.includes(name)),
  };
}

/** The second migration of the storage layout before the first release; no such database can be brought up to date. */
const unreleased = "0002-webhooks";

/** @throws Error when a database is of a newer program, or of one before the first release */
export function refuseUnknown({ unknown }: MigrationState): void {
  if (unknown.includes(unreleased))
    throw new Error(
      "the database was made by a program before the first release, whose storage layout this program cannot read: start with a new database",
    );
  if (unknown.length > 0)
    throw new Error(`the database is newer than this program: it has the migration ${unknown.join(", ")}`);
}
