import type { RecordType } from "@roster/domain";
import type { ListQuery } from "../database.ts";
import { scanBudget, walk } from "../list-query.ts";
import type { Connection } from "./connection.ts";

type Found = readonly [key: string, id: string];

/** The ids of one step of a list, in order. */
export function listIds(
  connection: Connection,
  tenant: number,
  type: RecordType,
  query: ListQuery,
): { ids: string[]; next: Found | undefined } {
  const { key, id, test, entries, values, testValues } = walk(tenant, type, query);
  const statement = connection.prepare(`select ${key}, ${id}, (${test}) ${entries}`);
  const named = Object.fromEntries([...values, ...testValues].map((value, i) => [i + 1, value]));
  const found: Found[] = [];
  let scanned = 0;
  let last: Found | undefined;
  // Lazily: SQLite walks the index only as far as this loop does.
  for (const row of statement.iterate(named) as Iterable<[string, string, number]>) {
    if (found.length === query.limit || scanned === scanBudget)
      return { ids: found.map(([, id]) => id), next: last };
    scanned++;
    last = [row[0], row[1]];
    if (row[2] === 1) found.push(last);
  }
  return { ids: found.map(([, id]) => id), next: undefined };
}
