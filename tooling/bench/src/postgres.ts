import { postgresAt, startOwnPostgres, type OwnPostgresServer } from "@roster/api/testing/postgres";
import { seedPostgres, type Population } from "./seed.ts";
import { onPostgres } from "./stored.ts";
import { cpuOfFamily, memoryOfFamily } from "./usage.ts";

/** The PostgreSQL server for all programs, with a database for each. */
export interface Postgres {
  /**
   * Creates a database with customers.
   * @param tenants the number of tenants, which get the customers in turn
   * @returns its address, and the admin token of each tenant
   */
  database(tenants: number): Promise<{ address: string; tokens: string[] }>;
  /**
   * The CPU time, in microseconds, and memory, in bytes, of all its processes; undefined for a server that
   * the benchmark did not start.
   */
  cpuMicros(): number | undefined;
  memory(): number | undefined;
  close(): Promise<void>;
}

/**
 * The server that `BENCH_POSTGRES_URL` names, if set; else a new one with default settings.
 * @param folder the folder of its files
 * @throws Error if commits do not wait for the disk
 */
export async function startPostgres(
  folder: string,
  token: string,
  population: Population,
): Promise<Postgres> {
  const url = process.env["BENCH_POSTGRES_URL"];
  const own = url === undefined ? await startOwn(folder) : undefined;
  const server = own ?? postgresAt(url as string);
  await checkDurable(server.url);
  // Most programs have a copy of the same database.
  const template = await server.createDatabase();
  const tokens = await seedPostgres(template, token, population);
  return {
    async database(tenants) {
      if (tenants === 1) return { address: await server.createDatabase(template), tokens };
      const address = await server.createDatabase();
      return { address, tokens: await seedPostgres(address, token, population, tenants) };
    },
    cpuMicros: () => own && cpuOfFamily(own.pid()),
    memory: () => own && memoryOfFamily(own.pid()),
    close: () => server.dispose(),
  };
}

async function startOwn(folder: string): Promise<OwnPostgresServer> {
  const server = await startOwnPostgres([], folder);
  const pid = server.pid();
  // PostgreSQL must not outlive this process, however it ends.
  const end = () => {
    process.kill(pid, "SIGQUIT");
  };
  process.once("exit", end);
  return {
    ...server,
    async dispose() {
      process.off("exit", end);
      await server.dispose();
    },
  };
}

async function checkDurable(url: string): Promise<void> {
  const settings = await onPostgres(url, "rows").rows(
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit') and setting <> 'on'",
  );
  for (const { name, setting } of settings)
    throw new Error(
      `the figures would be worth nothing: ${String(name)} is ${String(setting)} on this PostgreSQL`,
    );
}
