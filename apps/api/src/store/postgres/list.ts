import type { RecordType, StoredRecords } from "@roster/domain";
import type { ListQuery, ListStep } from "../database.ts";
import { scanBudget, walk } from "../list-query.ts";
import { columnList, decodeRow } from "../rows.ts";
import type { Reader } from "./reader.ts";

/** One step of a list. */
export async function list<T extends RecordType>(
  reader: Reader,
  tenant: number,
  type: T,
  query: ListQuery,
): Promise<ListStep<StoredRecords[T]>> {
  const { key, id, test, entries, values, testValues, order } = walk(tenant, type, query);
  const bound = [...values, ...testValues];
  // PostgreSQL goes on until it has one more than is asked for, or has come to the end of the budget.
  const found = await reader.all(
    `select s.walk_key, s.walk_id, ${columnList(type, "s")}
     from (
       select ${key} as walk_key, ${id} as walk_id, (${test}) as fits, ${columnList(type, "r")}
       ${entries} limit ${scanBudget}
     ) s where s.fits order by ${order("s.walk_key", "s.walk_id")} limit $${bound.length + 1}`,
    [...bound, query.limit + 1],
  );
  const page = found.slice(0, query.limit);
  return {
    items: page.map(([, , ...row]) => decodeRow<StoredRecords[T]>(type, row)),
    next: found.length > page.length ? place(page.at(-1)) : await endOfBudget(),
  };

  /** The last entry that was looked at, where there is one more after it. */
  async function endOfBudget(): Promise<ReturnType<typeof place>> {
    const [last, more] = await reader.all(
      `select ${key}, ${id} ${entries} limit 2 offset ${scanBudget - 1}`,
      values,
    );
    return more && place(last);
  }
}

const place = (entry: readonly unknown[] | undefined): readonly [key: string, id: string] | undefined =>
  entry && [entry[0] as string, entry[1] as string];
