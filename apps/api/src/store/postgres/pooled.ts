import type { ClientBase } from "pg";

/**
 * Whether a connection goes by way of a pooler, such as PgBouncer, which may give each transaction
 * another connection to PostgreSQL. Then nothing may be left on it at the end of one: no settings, and
 * no statements that are prepared under a name.
 *
 * A pooler makes up the number by which a client could cancel its queries; without one, it is that of
 * the process that answers.
 */
export async function isPooled(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]?.pid !== (client as unknown as { processID: number }).processID;
}
