import type { RecordType } from "@roster/domain";
import { valuesOf, type SqlDialect } from "../queries/asker.ts";
import type { Write } from "../queries/build.ts";
import type { Step } from "../queries/deliveries.ts";
import { tables } from "../tables.ts";
import type { Connection } from "./connection.ts";

export const step = (connection: Connection, { statement, values }: Step) =>
  connection.run(statement.sql, valuesOf(statement, values));

/**
 * Writes rows and then runs steps, all sent at once.
 * @throws Error if anything violates a constraint or a guard; the first such failure, in the order of the
 *   statements
 */
export async function write(
  connection: Connection,
  dialect: SqlDialect,
  writes: readonly Write[],
  steps: readonly Step[],
): Promise<void> {
  const each = dialect.oneTenant ? writes.flatMap(byTenant) : writes;
  // Encodes all values first, so that one that cannot be written leaves no statement in flight.
  const bound = each.map(({ statement, rows }) => ({
    sql: statement.sql,
    values: valuesOf(statement, dialect.bindRows(statement.columns, rows)),
  }));
  const [results] = await Promise.all([
    Promise.all(bound.map(({ sql, values }) => connection.run(sql, values))),
    ...steps.map((one) => step(connection, one)),
  ]);
  for (const [i, one] of each.entries()) {
    if (one.must === undefined || results[i]?.rowCount === one.rows.length) continue;
    if (one.type) await refuse(connection, one.type, one);
    throw new Error("the database dropped an inserted row");
  }
}

/** Splits a write by tenant. */
function byTenant(write: Write): Write[] {
  const at = Object.keys(write.statement.columns).indexOf("tenant");
  const tenants = new Set(write.rows.map((row) => row[at]));
  return [...tenants].map((tenant) => ({ ...write, rows: write.rows.filter((row) => row[at] === tenant) }));
}

/**
 * Finds the record that was not at the version that its change was decided on.
 * @throws Error that names it
 */
async function refuse(
  connection: Connection,
  type: RecordType,
  { statement, rows: writes }: Write,
): Promise<never> {
  const written = Object.keys(statement.columns).indexOf("new_version");
  for (const row of writes) {
    const [tenant, id, version] = row.slice(-3);
    const { rows } = await connection.run(
      `select version from ${tables[type].name} where tenant = $1 and id = $2`,
      [tenant, id],
    );
    if (rows[0]?.[0] !== row[written])
      throw new Error(`${String(id)} is no longer at version ${String(version)}`);
  }
  throw new Error("a record is no longer at the version that its change was decided on");
}
