import { execFileSync } from "node:child_process";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "./free-port.ts";
import { makePostgresHome, startProcess } from "./postgres-process.ts";
import type { PostgresServer } from "./postgres-server.ts";

export interface PostgresReplica {
  /** The address of a database of the primary, on the replica. */
  on(url: string): string;
  dispose(): Promise<void>;
}

/** Starts a streaming replica of a test's own server, from a copy of its folder. */
export async function startReplica(primary: PostgresServer): Promise<PostgresReplica> {
  const home = await makePostgresHome();
  const port = await freePort();
  const client = new Client({ connectionString: primary.url });
  await client.connect();
  const { data_directory: original } = (await client.query("show data_directory")).rows[0] as {
    data_directory: string;
  };
  await client.query("select pg_backup_start('replica', true)");
  execFileSync("cp", ["-a", original, home.data]);
  const { labelfile } = (await client.query("select labelfile from pg_backup_stop(false)")).rows[0] as {
    labelfile: string;
  };
  await client.end();
  const { hostname, port: primaryPort, username, password } = new URL(primary.url);
  await rm(join(home.data, "postmaster.pid"));
  await writeFile(join(home.data, "backup_label"), labelfile);
  await writeFile(join(home.data, "standby.signal"), "");
  await appendFile(
    join(home.data, "postgresql.auto.conf"),
    `\nprimary_conninfo = 'host=${hostname} port=${primaryPort} user=${username} password=${password}'\n`,
  );
  for (const made of ["backup_label", "standby.signal"]) home.own(join(home.data, made));
  const server = await startProcess(home, port, [
    "fsync=off",
    "max_connections=300",
    "wal_retrieve_retry_interval=100ms",
  ]);
  return {
    on(url) {
      const address = new URL(url);
      address.port = String(port);
      return address.href;
    },
    async dispose() {
      await server.stop("SIGINT");
      home.remove();
    },
  };
}
