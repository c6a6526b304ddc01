import { createHash } from "node:crypto";
import { copiedTables, type CopiedTable } from "../store/copied-tables.ts";
import {
  type Filling,
  type OnProgress,
  type Operations,
  type Row,
  type Snapshot,
} from "../store/operations.ts";
import { operationsOn } from "../store/open-operations.ts";

export interface CopyOptions {
  /** The database addresses. */
  from: string;
  to: string;
  /** Whether the source may change during the copy. Such changes are not in the copy. */
  live?: boolean;
  /** Called with the number of rows copied or compared, out of twice the number of rows. */
  onProgress?: OnProgress;
}

export interface Copied {
  tables: { name: string; rows: number; checksum: string }[];
  /** The number of changes to the source after the copied moment. */
  missed: number;
}

/**
 * Copies a whole database to an empty one and compares both: the number of rows of each table and a checksum
 * over all their values, read back from each side. The target is filled in one transaction, which is
 * committed only if they agree.
 *
 * @throws Error if the target is not empty, the source is not up to date or has changed, or the two differ;
 * the target then stays empty
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
          `the source has changed while it was copied (${missed} changes). Stop its servers, or use --live to copy its state at the start; nothing was copied`,
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
  if (applied.length === 0) throw new Error("there is no Roster database at --from");
  if (unknown.length > 0)
    throw new Error(`the source is newer than this release: it has the migration ${unknown.join(", ")}`);
  if (pending.length > 0)
    throw new Error(`the source lacks the migration ${pending.join(", ")}: run db:migrate on it first`);
}

/** A target that already has a schema is not migrated, because it may be in use. */
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
  let total = 0;
  for (const table of copiedTables) total += 2 * (await source.count(table));
  let done = 0;
  const advance = (rows: number) => onProgress((done += rows), total);

  const copied: Copied["tables"] = [];
  for (const table of copiedTables)
    copied.push({ name: table.name, ...(await copyTable(source, target, table, advance)) });
  for (const { name, rows, checksum } of copied) {
    const table = copiedTables.find((one) => one.name === name) as CopiedTable;
    const sum = new Checksum();
    for await (const some of target.rows(table)) {
      sum.add(some);
      advance(some.length);
    }
    if (sum.rows !== rows || sum.digest() !== checksum)
      throw new Error(
        `${name} differs: ${rows} rows in the source, ${sum.rows} in the target; nothing was copied`,
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
  // The next rows are read while the target stores these.
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

/** A checksum over the values of rows in order, independent of how they are grouped. */
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

/** The number of changes since a snapshot, by the length of the change log. */
async function changesSince(before: Snapshot, source: Operations): Promise<number> {
  const log = copiedTables.find(({ name }) => name === "change_log") as CopiedTable;
  const now = await source.snapshot();
  try {
    return (await now.count(log)) - (await before.count(log));
  } finally {
    await now.close();
  }
}
