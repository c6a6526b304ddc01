import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { customerFields, parseCreate, parseUpdate, type Actor, type CustomerJson } from "@roster/domain";
import BetterSqlite from "better-sqlite3";
import { pino } from "pino";
import type { Store } from "../record/command.ts";
import type { Updated } from "../record/record-service.ts";
import { createRoster, type Roster } from "../roster.ts";
import type { Database } from "../store/database.ts";
import { GroupCommit } from "../store/commit/group-commit.ts";
import { Connection } from "../store/sqlite/connection.ts";
import { openSqlite, sqliteDatabase } from "../store/sqlite/sqlite-database.ts";
import { Writer } from "../store/sqlite/writer.ts";
import { createFirstTenant } from "../tenant/tenants.ts";
import { newSqliteFile } from "./new-sqlite-file.ts";

/** A store in this process on a file of its own, whose parts tests can reach. */
export interface TestStore {
  file: string;
  /** The write connection. */
  writer: Writer;
  /** Runs a statement on the write connection, between its transactions. @returns the first value read */
  onWriter(sql: string): Promise<unknown>;
  /** The dependencies of services. */
  parts: Store;
  commits: GroupCommit;
  roster: Roster;
  actor: Actor;
  create(input?: object, key?: string): Promise<CustomerJson>;
  update(id: string, patch: object, key?: string): Promise<Updated<CustomerJson>>;
  get(id: string): Promise<CustomerJson>;
  /** Runs statements on the file as another program would. */
  sql<T>(work: (other: BetterSqlite.Database) => T): T;
  close(): Promise<void>;
}

export interface TestStoreOptions {
  /** An existing database; by default a new one. */
  file?: string;
  /** The time that a transaction waits for a lock, in milliseconds. */
  patience?: number;
  /** Wraps the database that GroupCommit uses. */
  wrap?: (database: Database) => Database;
}

export async function openTestStore({
  file: given,
  patience,
  wrap = (database) => database,
}: TestStoreOptions = {}): Promise<TestStore> {
  const file = given ?? (await newSqliteFile()).file;
  if (given === undefined) await (await openSqlite(file)).close();
  const writer = new Writer(file, { patience });
  const database = wrap(sqliteDatabase(writer, new Connection(file, { readonly: true })));
  const commits = new GroupCommit(database, pino({ level: "silent" }));
  const parts: Store = { database, commits, now: () => new Date().toISOString() };
  const roster = createRoster(parts);
  if (await database.isEmpty()) await createFirstTenant(parts, "test", "secret");
  const [tenant] = await database.tenants(0, 1);
  if (tenant === undefined) throw new Error("there is no first tenant");
  const { id, number, name } = tenant;
  const actor: Actor = {
    id: "tester",
    name: "tester",
    tenant: { id, number, name },
    scopes: ["admin"],
    source: "test",
    sealKey: "0".repeat(64),
  };
  const keyed = (key: string | undefined): Actor =>
    key === undefined ? actor : { ...actor, idempotency: { key, fingerprint: key } };
  return {
    file,
    writer,
    onWriter: async (sql) => (await writer.run([{ sql, rows: [[]] }]))[0]?.[0]?.[0]?.[0],
    parts,
    commits,
    roster,
    actor,
    create: (input = {}, key) => roster.customer.create(keyed(key), parseCreate(customerFields, input)),
    update: (of, patch, key) =>
      roster.customer.update(keyed(key), parseUpdate(customerFields, { where: { id: of }, patch })),
    get: (of) => roster.customer.get(actor, [{ field: "id", value: of }], true),
    sql(work) {
      const other = new BetterSqlite(file);
      try {
        return work(other);
      } finally {
        other.close();
      }
    },
    async close() {
      await commits.close();
      await database.close();
      if (given === undefined) await rm(dirname(file), { recursive: true, force: true });
    },
  };
}
