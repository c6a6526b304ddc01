/** A program whose dependencies conflict with those of the workspaces. */
export type Peer = "drizzle" | "postgraphile";

/**
 * The measured programs, each in processes of its own. A new one needs an entry here, its file, and a row in
 * `plan.ts`.
 */
export interface Program {
  /**
   * The database that it gets: an SQLite file, or a PostgreSQL database whose customers belong to a number of
   * tenants, with Roster's schema and customers; or a file that the program first fills itself (its arguments then are the file, the journal mode and, to
   * fill it, a JSON file with customers).
   */
  database: "small" | "large" | "tree" | { postgresTenants: number } | { journal: "delete" | "wal" };
  /**
   * Roster as served, with this number of nodes; or a program of the benchmark: its path relative to this
   * file, and its arguments after the database. Such a program sends its port as a message.
   */
  runs: { nodes: number } | { file: string; args?: readonly string[]; env?: Record<string, string> };
  /**
   * How its updates are counted in the database: by the change log or by the customers' rows. Missing if it
   * stores none.
   */
  stores?: "log" | "rows";
  /** The source of its dependencies, if not the workspaces. */
  peer?: Peer;
  /** Whether it makes its updates itself, without HTTP. */
  inProcess?: true;
}

/** The admin token of the first tenant of every database. */
export const token = "token-of-the-benchmark";

const roster = (database: Program["database"], nodes = 1): Program => ({
  database,
  runs: { nodes },
  stores: "log",
});
const floor = (database: Program["database"], file: string, ...args: string[]): Program => ({
  database,
  runs: { file: `servers/${file}`, args },
  stores: "log",
});
/** A program with a schema of its own, which keeps no log. */
const byHand = (journal: "delete" | "wal", file: string, peer?: Peer): Program => ({
  database: { journal },
  runs: { file },
  stores: "rows",
  ...(peer && { peer }),
});

const mikroOrm = "servers/trpc-mikro-orm.ts";
const drizzle = "../drizzle/server.ts";

const all = {
  roster: roster("small"),
  "roster-large": roster("large"),
  "roster-tree": roster("tree"),
  "roster-in-process": { ...floor("small", "in-process.ts", token), inProcess: true },
  // Roster is restarted for the feed, so that its memory is that of the watchers.
  "roster-feed-few": roster("small"),
  "roster-feed-many": roster("small"),
  "floor-single": floor("small", "floor-sqlite.ts", "single"),
  "floor-group": floor("small", "floor-sqlite.ts", "group"),
  "floor-slim": byHand("wal", "servers/floor-slim.ts"),
  "floor-transport": { database: "small", runs: { file: "servers/floor-transport.ts" } },
  "mikro-orm": byHand("delete", mikroOrm),
  "mikro-orm-wal": byHand("wal", mikroOrm),
  drizzle: byHand("delete", drizzle, "drizzle"),
  "drizzle-wal": byHand("wal", drizzle, "drizzle"),
  "postgres-roster": roster({ postgresTenants: 1 }),
  "postgres-two-nodes": roster({ postgresTenants: 1 }, 2),
  "postgres-tenants": roster({ postgresTenants: 100 }),
  "postgres-feed": roster({ postgresTenants: 1 }, 2),
  "postgres-floor": floor({ postgresTenants: 1 }, "floor-postgres.ts"),
  postgraphile: {
    database: { postgresTenants: 1 },
    runs: {
      file: "../postgraphile/server.ts",
      env: { NODE_ENV: "production", GRAPHILE_ENV: "production" },
    },
    stores: "rows",
    peer: "postgraphile",
  },
} as const satisfies Record<string, Program>;

export type ServerName = keyof typeof all;
export const programs: Readonly<Record<ServerName, Program>> = all;
