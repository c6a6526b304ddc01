/** Which migrations of this program a database has, oldest first. */
export interface MigrationState {
  applied: string[];
  pending: string[];
  /** It has these, and this program does not know them: a newer one has made them. */
  unknown: string[];
}

/**
 * @param known the migrations of this program, oldest first
 * @param done those that a database says it has
 */
export const migrationStateOf = (known: readonly string[], done: readonly string[]): MigrationState => ({
  applied: known.filter((name) => done.includes(name)),
  pending: known.filter((name) => !done.includes(name)),
  unknown: done.filter((name) => !known.includes(name)),
});

/** @throws Error when a database is newer than this program */
export function refuseNewer({ unknown }: MigrationState): void {
  if (unknown.length > 0) {
    throw new Error(`the database is newer than this program: it has the migration ${unknown.join(", ")}`);
  }
}
