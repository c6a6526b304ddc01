import { Client } from "pg";
import { openPostgres } from "../store/postgres/postgres-database.ts";
import { types } from "../store/postgres/values.ts";
import type { TestDatabase } from "./node.ts";
import type { PostgresServer } from "./postgres-server.ts";

export interface PostgresTestDatabase extends TestDatabase {
  url: string;
}

/**
 * Creates a database on a server.
 * @param template the address of a database to copy; by default, the new one is empty
 */
export async function postgresTestDatabase(
  server: PostgresServer,
  template?: string,
): Promise<PostgresTestDatabase> {
  const url = await server.createDatabase(template);
  const sql = async (text: string): Promise<unknown[][]> => {
    const client = new Client({ connectionString: url, types });
    await client.connect();
    try {
      return (await client.query<unknown[]>({ text, rowMode: "array" })).rows;
    } finally {
      await client.end();
    }
  };
  return {
    url,
    open: () => openPostgres(url),
    sql,
    async refuseLog() {
      await sql("alter table change_log add constraint no_log check (false) not valid");
      return async () => void (await sql("alter table change_log drop constraint no_log"));
    },
    // The database is removed with the server.
    dispose: async () => undefined,
  };
}

/** @returns a function that creates databases with an up-to-date schema, without running the migrations for each */
export async function migratedDatabases(
  server: PostgresServer,
): Promise<() => Promise<PostgresTestDatabase>> {
  // The template of `postgres-setup.ts`, if it is on this server.
  const known = process.env["TEST_POSTGRES_URL"] === server.url && process.env["TEST_POSTGRES_TEMPLATE"];
  const template = known || (await server.createDatabase());
  if (!known) await (await openPostgres(template)).close();
  return () => postgresTestDatabase(server, template);
}
