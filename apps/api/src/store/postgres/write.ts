import type { RecordType } from "@roster/domain";
import { valuesOf } from "../queries/build.ts";
import type { Step } from "../queries/deliveries.ts";
import type { Write } from "../queries/write.ts";
import { tables } from "../tables.ts";
import type { Connection } from "./connection.ts";
import { postgres } from "./dialect.ts";

export const step = (connection: Connection, { statement, values }: Step) =>
  connection.run(statement.sql, valuesOf(statement, values));

/**
 * Writes rows, and runs steps after them: all sent at once.
 * @throws Error where anything does not fit; the first that did not, as PostgreSQL goes by their order
 */
export async function write(
  connection: Connection,
  writes: readonly Write[],
  steps: readonly Step[],
): Promise<void> {
  // Before anything is sent: a value that cannot be written leaves no other statement on its way.
  const bound = writes.map(({ statement, rows }) => ({
    sql: statement.sql,
    values: valuesOf(statement, postgres.bindRows(statement.columns, rows)),
  }));
  const [results] = await Promise.all([
    Promise.all(bound.map(({ sql, values }) => connection.run(sql, values))),
    ...steps.map((one) => step(connection, one)),
  ]);
  for (const [i, one] of writes.entries()) {
    if (one.must === undefined || results[i]?.rowCount === one.rows.length) continue;
    if (one.type) await refuse(connection, one.type, one);
    throw new Error("the database has left out a row that was added");
  }
}

/** Finds out which of these records was not at the version that its change was decided on. */
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
      throw new Error(`${String(id)} is not at version ${String(version)} any more`);
  }
  throw new Error("a record is not at the version any more that its change was decided on");
}
