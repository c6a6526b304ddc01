import { migrations } from "./list.ts";

/** The table in which a database records its migrations. */
export const migrationsTable = "migrations";

/** The migrations that a database has and lacks, oldest first. */
export interface MigrationState {
  applied: string[];
  pending: string[];
  /** Migrations that this program does not know, usually those of a newer one. */
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

/** Migrations of storage layouts before the first release. Such a database cannot be upgraded. */
const unreleased: ReadonlySet<string> = new Set([
  "0002-webhooks",
  "0002-finding",
  "0003-user-groups",
  "0004-people",
]);

/** @throws Error if a newer program, or one before the first release, made the database */
export function refuseUnknown({ unknown }: MigrationState): void {
  if (unknown.some((name) => unreleased.has(name)))
    throw new Error(
      "the database was made by a program before the first release, whose storage layout this program cannot read: start with a new database",
    );
  if (unknown.length > 0)
    throw new Error(`the database is newer than this program: it has the migration ${unknown.join(", ")}`);
}
