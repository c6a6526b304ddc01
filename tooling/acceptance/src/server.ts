import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { postgresAt } from "@roster/api/testing/postgres";

/** The real server, as a process of its own on a database of its own. */
export interface Server {
  url: string;
  token: string;
  child: ChildProcess;
  /** All that it has printed so far. */
  output(): string;
  /** The SQLite file; with `ROSTER_TEST_DATABASE=postgres` there is none, only its folder. */
  file: string;
  /** Stops it, and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops it and deletes its files. */
  dispose(): Promise<void>;
}

const main = fileURLToPath(new URL("../../../apps/api/src/main.ts", import.meta.url));

/** Runs the server's program, without waiting for anything. */
export function spawnServer(env: Record<string, string>): {
  child: ChildProcess;
  output(): string;
  exit: Promise<number | null>;
} {
  const child = spawn(process.execPath, ["--conditions=@roster/source", main], {
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output: () => text, exit };
}

/** The address of a server's database, and what deletes it. */
interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * An SQLite file in a folder; or, with `ROSTER_TEST_DATABASE=postgres`, a PostgreSQL database on the
 * server that `postgres-setup.ts` has started, of which the folder knows the address.
 */
async function databaseOf(folder: string): Promise<TestDatabase> {
  const server = process.env["ROSTER_TEST_DATABASE"] === "postgres" && process.env["TEST_POSTGRES_URL"];
  if (!server) return { url: `sqlite:${join(folder, "roster.db")}`, drop: async () => undefined };
  const address = join(folder, "postgres-url");
  const known = await readFile(address, "utf8").catch(() => undefined);
  if (known !== undefined) return { url: known, drop: async () => undefined };
  const postgres = postgresAt(server);
  const url = await postgres.createDatabase();
  await writeFile(address, url);
  return { url, drop: () => postgres.dispose() };
}

/**
 * Starts the server and waits until it listens.
 * @param folder where its file is, for a second start; a new folder when missing
 */
export async function startServer(env: Record<string, string> = {}, folder?: string): Promise<Server> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "roster-")));
  const file = join(home, "roster.db");
  const token = env["ROSTER_TOKEN"] ?? "acceptance-token";
  const database = await databaseOf(home);
  const { child, output, exit } = spawnServer({
    DATABASE_URL: database.url,
    ROSTER_TOKEN: token,
    ...env,
  });
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
    file,
    stop,
    async dispose() {
      await stop("SIGKILL");
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
