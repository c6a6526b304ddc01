import { createHash } from "node:crypto";
import { copiedTables, type CopiedTable } from "../store/copied-tables.ts";
import {
  operationsOn,
  type Filling,
  type OnProgress,
  type Operations,
  type Row,
  type Snapshot,
} from "../store/operations.ts";

export interface CopyOptions {
  /** The addresses of the databases. */
  from: string;
  to: string;
  /** Whether the source may change meanwhile; what changes then is not in the copy. */
  live?: boolean;
  /** Is told how many rows are copied or compared, of twice as many as there are. */
  onProgress?: OnProgress;
}

export interface Copied {
  tables: { name: string; rows: number; checksum: string }[];
  /** How many changes were made to the source after the moment that the copy shows. */
  missed: number;
}

/**
 * Copies a whole database to an empty one, and compares the two: the number of rows of each table, and
 * a checksum over all of their values, of each side as it holds them. All of it is one transaction of
 * the target, which is committed when they agree.
 *
 * @throws Error when the target is not empty, the source is not up to date or has changed meanwhile,
 *   or the two differ. The target is empty then
 */
export async function copyDatabase({
  from,
  to,
  live = false,
  onProgress = () => {},
}: CopyOptions): Promise<Copied> {
  const [source, target] = await Promise.all([operationsOn(from), operationsOn(to)]);
  await refuseUnlessUpToDate(source);
  await makeSchema(target);
  const reading = await source.snapshot();
  try {
    const writing = await target.fill();
    try {
      await refuseUnlessEmpty(writing);
      const tables = await copyTables(reading, writing, onProgress);
      const missed = await changesSince(reading, source);
      if (missed > 0 && !live) {
        throw new Error(
          `the source has changed while it was copied (${missed} changes). Stop its servers, or say --live to have it as it was at the start; nothing was copied`,
        );
      }
      await writing.commit();
      return { tables, missed };
    } finally {
      await writing.close();
    }
  } finally {
    await reading.close();
  }
}

async function refuseUnlessUpToDate(source: Operations): Promise<void> {
  const { applied, pending, unknown } = await source.migrationState();
  if (applied.length === 0) throw new Error("there is no database of Roster's at --from");
  if (unknown.length > 0)
    throw new Error(`the source is newer than this release: it has the migration ${unknown.join(", ")}`);
  if (pending.length > 0)
    throw new Error(`the source lacks the migration ${pending.join(", ")}: run db:migrate on it first`);
}

/** A target that has a schema is not brought up to date: it may be somebody's. */
async function makeSchema(target: Operations): Promise<void> {
  const { applied, pending } = await target.migrationState();
  if (applied.length > 0 && pending.length > 0)
    throw new Error(`the target lacks the migration ${pending.join(", ")}: run db:migrate on it first`);
  await target.migrate();
}

async function refuseUnlessEmpty(target: Filling): Promise<void> {
  for (const table of copiedTables) {
    const rows = await target.count(table);
    if (rows > 0)
      throw new Error(`the target is not empty: it has ${rows} rows in ${table.name}; nothing was copied`);
  }
}

async function copyTables(
  source: Snapshot,
  target: Filling,
  onProgress: OnProgress,
): Promise<Copied["tables"]> {
  const all = copiedTables;
  let total = 0;
  for (const table of all) total += 2 * (await source.count(table));
  let done = 0;
  const advance = (rows: number) => onProgress((done += rows), total);

  const copied: Copied["tables"] = [];
  for (const table of all)
    copied.push({ name: table.name, ...(await copyTable(source, target, table, advance)) });
  for (const { name, rows, checksum } of copied) {
    const table = all.find((one) => one.name === name) as CopiedTable;
    const sum = new Checksum();
    for await (const some of target.rows(table)) {
      sum.add(some);
      advance(some.length);
    }
    if (sum.rows !== rows || sum.digest() !== checksum)
      throw new Error(
        `${name} is not the same on both sides: ${rows} rows there, ${sum.rows} here; nothing was copied`,
      );
  }
  return copied;
}

async function copyTable(
  source: Snapshot,
  target: Filling,
  table: CopiedTable,
  advance: (rows: number) => void,
): Promise<{ rows: number; checksum: string }> {
  const sum = new Checksum();
  // While the target stores some rows, the next are read.
  let storing: Promise<void> = Promise.resolve();
  for await (const some of source.rows(table)) {
    sum.add(some);
    await storing;
    storing = target.insert(table, some).catch((error: unknown) => {
      throw new Error(`${table.name}: ${(error as Error).message}`, { cause: error });
    });
    storing.catch(() => {});
    advance(some.length);
  }
  await storing;
  return { rows: sum.rows, checksum: sum.digest() };
}

/** Over the values of rows, in their order, whatever portions they come in. */
class Checksum {
  rows = 0;
  readonly #hash = createHash("sha256");

  add(some: readonly Row[]): void {
    this.rows += some.length;
    this.#hash.update(some.map((row) => `${JSON.stringify(row)}\n`).join(""));
  }

  digest(): string {
    return this.#hash.digest("hex");
  }
}

/** How many changes a database has had since a snapshot, by the counters of its tenants' logs. */
async function changesSince(before: Snapshot, source: Operations): Promise<number> {
  const now = await source.snapshot();
  try {
    return (await changes(now)) - (await changes(before));
  } finally {
    await now.close();
  }
}

async function changes(snapshot: Snapshot): Promise<number> {
  const log = copiedTables.find(({ name }) => name === "change_log") as CopiedTable;
  return snapshot.count(log);
}
