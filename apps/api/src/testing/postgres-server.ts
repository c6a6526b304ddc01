import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { freePort } from "./free-port.ts";
import { initialise, makePostgresHome, startProcess } from "./postgres-process.ts";

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** The address of the database that exists from the start. */
  url: string;
  /**
   * Creates a database.
   * @param template the address of a database to copy; by default, the new one is empty
   * @returns its address
   */
  createDatabase(template?: string): Promise<string>;
  /** Removes everything that was created. */
  dispose(): Promise<void>;
}

/** A server that belongs to one test, which can stop and start it. */
export interface OwnPostgresServer extends PostgresServer {
  /** `fast` ends open transactions; `immediate` is like a crash of the machine. */
  stop(how: "fast" | "immediate"): Promise<void>;
  /** The parent of PostgreSQL's other processes. */
  pid(): number;
  start(): Promise<void>;
}

/** The server that `TEST_POSTGRES_URL` names, if set; else a new one. */
export async function startPostgres(): Promise<PostgresServer> {
  const url = process.env["TEST_POSTGRES_URL"];
  return url ? postgresAt(url) : startOwnPostgres();
}

/** Tests kill processes, not machines, so writes need not reach the disk. */
const forTests = ["fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=300"];

/**
 * Starts a PostgreSQL in a temporary folder and on a free port.
 * @param settings settings that differ from the defaults
 * @param within the parent of the folder
 */
export async function startOwnPostgres(
  settings: readonly string[] = forTests,
  within?: string,
): Promise<OwnPostgresServer> {
  const home = await makePostgresHome(within);
  try {
    await initialise(home, password);
    const port = await freePort();
    const start = () => startProcess(home, port, settings);
    let running = await start();
    let stopped = false;
    const url = `postgres://roster:${password}@127.0.0.1:${port}/postgres`;
    return {
      url,
      createDatabase: postgresAt(url).createDatabase,
      pid: () => running.pid,
      async stop(how) {
        await running.stop(how === "fast" ? "SIGINT" : "SIGQUIT");
        stopped = true;
      },
      async start() {
        running = await start();
        stopped = false;
      },
      async dispose() {
        if (!stopped) await running.stop("SIGINT");
        home.remove();
      },
    };
  } catch (error) {
    home.remove();
    throw error;
  }
}

const password = "not-to-be-printed";

/** An existing server; `dispose` drops the databases made on it. */
export function postgresAt(url: string): PostgresServer {
  const made: string[] = [];
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    url,
    async createDatabase(template) {
      const original = template === undefined ? "template0" : new URL(template).pathname.slice(1);
      const name = `roster_test_${randomBytes(6).toString("hex")}`;
      await run(`create database ${name} encoding 'UTF8' template ${original}`);
      made.push(name);
      const address = new URL(url);
      address.pathname = `/${name}`;
      return address.href;
    },
    async dispose() {
      for (const name of made) await run(`drop database if exists ${name} with (force)`);
    },
  };
}
