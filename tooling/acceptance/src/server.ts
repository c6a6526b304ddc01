import { spawn, type ChildProcess } from "node:child_process";
import { newSqliteFile } from "@roster/api/testing/new-sqlite-file";
import { postgresAt } from "@roster/api/testing/postgres";
import { entryPoints } from "./entry-points.ts";

/** The real server, as a process of its own. */
export interface Server {
  url: string;
  token: string;
  child: ChildProcess;
  /** Its output so far. */
  output(): string;
  /** Its `DATABASE_URL`, for direct reads and for another server on the same database. */
  database: string;
  /** Stops the server. @returns its exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Kills the server, and deletes its database if that was created for it. */
  dispose(): Promise<void>;
}

/** A new process collects garbage every megabyte, a tenth of the CPU time of those that live for a few tests. */
const flags = ["--conditions=@roster/source", "--min-semi-space-size=8"];

/** Runs the server's program, without waiting for anything. */
export function spawnServer(env: Record<string, string>): {
  child: ChildProcess;
  output(): string;
  exit: Promise<number | null>;
} {
  const child = spawn(process.execPath, [...flags, entryPoints.server], {
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output: () => text, exit };
}

/** A database for tests. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Whether this Vitest project runs on PostgreSQL. */
export const onPostgres = process.env["ROSTER_TEST_DATABASE"] === "postgres";

/** Creates a database: a file in a new folder, or one on the server of `postgres-setup.ts`. */
export async function newDatabase(): Promise<TestDatabase> {
  if (!onPostgres) {
    const { file, remove } = await newSqliteFile();
    return { url: `sqlite:${file}`, drop: remove };
  }
  const postgres = postgresAt(process.env["TEST_POSTGRES_URL"] as string);
  const url = await postgres.createDatabase(process.env["TEST_POSTGRES_TEMPLATE"]);
  return { url, drop: () => postgres.dispose() };
}

/** Starts the server and waits until it listens. Without `DATABASE_URL`, it gets a new database. */
export async function startServer(env: Record<string, string> = {}): Promise<Server> {
  const token = env["ROSTER_TOKEN"] ?? "acceptance-token";
  const given = env["DATABASE_URL"];
  const own = given === undefined ? await newDatabase() : undefined;
  const database = given ?? (own as TestDatabase).url;
  const { child, output, exit } = spawnServer({ ROSTER_TOKEN: token, ...env, DATABASE_URL: database });
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const address = /Roster listens at (\S+)/.exec(output())?.[1];
      if (address) resolve(address);
    };
    child.stdout?.on("data", look);
    void exit.then((code) => reject(new Error(`the server ended with ${code}: ${output()}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exit;
  };
  return {
    url,
    token,
    child,
    output,
    database,
    stop,
    async dispose() {
      await stop("SIGKILL");
      await own?.drop();
    },
  };
}
