import type { RowWrite } from "./database.ts";
import { held, tables } from "./tables.ts";

/** A row that must let go of a unique value, by a value of one of its columns, before others are written. */
interface HandOver {
  row: RowWrite;
  column: string;
  value: string | null;
}

/**
 * Unique values that change hands among the rows of one flush: the commands of a batch, or the parts
 * of one, gave them up and took them in an order of their own, of which the rows show the end. A
 * database that looks at one row at a time would see two records with the same value.
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
      // A deleted record keeps the value, and only does not hold it any more.
      const how =
        record.deletedAt === null
          ? { column: column.name, value: null }
          : { column: "deleted_at", value: record.deletedAt };
      given.push({ row, key: key(old), ...how });
    }
  }
  return given.filter(({ key }) => taken.has(key));
}
