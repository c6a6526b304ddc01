import type { RowWrite } from "./database.ts";
import { held, tables } from "./tables.ts";

/** A row that must release a unique value before other rows are written, and the value of a column that releases it. */
interface HandOver {
  row: RowWrite;
  column: string;
  value: string | null;
}

/**
 * Finds unique values that move from one row to another within a flush. A batch's commands may release and
 * take values in any order, but the rows show only the final state. A database that checks row by row would
 * see two records with the same value.
 */
export function handedOver(rows: readonly RowWrite[]): HandOver[] {
  const taken = new Set<string>();
  const given: (HandOver & { key: string })[] = [];
  for (const row of rows) {
    const { tenant, type, before, record } = row;
    for (const column of tables[type].unique) {
      const now = held(column, record);
      const old = before && held(column, before);
      if (now === old) continue;
      const key = (value: unknown) => `${tenant} ${type} ${column.name} ${String(value)}`;
      if (now !== undefined) taken.add(key(now));
      if (old === undefined) continue;
      // Deletion releases the value; the record itself keeps it.
      const how =
        record.deletedAt === null
          ? { column: column.name, value: null }
          : { column: "deleted_at", value: record.deletedAt };
      given.push({ row, key: key(old), ...how });
    }
  }
  return given.filter(({ key }) => taken.has(key));
}
