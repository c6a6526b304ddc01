import type { RecordType } from "@roster/domain";
import type { SearchEntry } from "../database.ts";
import { ask, type Asker } from "./asker.ts";
import { compileRaw, shape } from "./build.ts";
import { scanBudget } from "./log.ts";

/** The search for words. */

/** The most matches that an index without an order may find, so that the time of a search is bounded. */
const mostFound = 20_000;

const stretch = shape((dialect, parts: number) => {
  const statement = dialect.search.stretch(parts);
  return { statement: statement && compileRaw(dialect, statement) };
});
const all = shape((dialect, parts: number) => ({
  ...compileRaw(dialect, dialect.search.all(parts)),
  unordered: true,
}));

/** The next records whose words contain all parts. Matches that are frequent are found by looking at each record. */
export async function search(
  asker: Asker,
  tenant: number,
  type: RecordType,
  parts: readonly string[],
  after: number,
  limit: number,
): Promise<{ items: SearchEntry[]; next: number | undefined }> {
  const { dialect } = asker;
  const values = { tenant, type, after, limit, most: mostFound, ...dialect.search.bind(parts) };
  const near = stretch(dialect, parts.length).statement;
  const to = after + scanBudget;
  const nearby = near ? decode(await ask(asker, near, { ...values, to })) : [];
  if (nearby.length === limit) return { items: nearby, next: nearby.at(-1)?.number };
  const rows = await ask(asker, all(dialect, parts.length), values);
  if (rows[0]?.[2] === mostFound) return { items: nearby, next: to };
  const items = decode(rows);
  return { items, next: items.length === limit ? items.at(-1)?.number : undefined };
}

const decode = (rows: readonly unknown[][]): SearchEntry[] =>
  rows.map(([number, text]) => ({ number: number as number, text: text as string }));
