import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { start } from "./child.ts";

/** A server of Roster for one benchmark, on a new database. */
export interface OwnServer {
  url: string;
  token: string;
  pid: number;
  /** A folder for files of the benchmark; removed at its end. */
  folder: string;
  stop(): Promise<void>;
}

/** The option that chooses the database of such a benchmark. */
export const databaseOption = {
  what: "sqlite: a new file; postgres: a new server; postgres://…: an empty database",
  text: "sqlite",
};

/** Starts Roster on the database of a {@link databaseOption}. */
export async function startOwnServer(database: string, env: Record<string, string> = {}): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), "roster-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const postgres = database === "postgres" ? await startOwnPostgres() : undefined;
  const urlOf = async () =>
    database === "sqlite"
      ? `sqlite:${join(folder, "roster.db")}`
      : ((await postgres?.createDatabase()) ?? database);
  const token = "bench-of-one-surface";
  const server = start(
    "roster",
    "../../../apps/api/start.js",
    [],
    {
      DATABASE_URL: await urlOf(),
      ROSTER_TOKEN: token,
      HOST: "127.0.0.1",
      PORT: "0",
      ...env,
    },
    ["--max-semi-space-size=8"],
  );
  let url: string | undefined;
  while (url === undefined) {
    url = /Roster listens at (\S+)/.exec(server.output())?.[1];
    if (server.process.exitCode !== null) throw new Error(server.output());
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    token,
    pid: server.pid,
    folder,
    async stop() {
      await server.stop();
      await postgres?.dispose();
    },
  };
}
