import type { RecordType } from "@roster/domain";
import type { SearchEntry } from "../database.ts";
import { ask, type Asker, shape } from "./asker.ts";
import { compileRaw } from "./build.ts";
import { scanBudget } from "./log.ts";

/** The search for words. */

/** The most matches that an index without an order may find, so that the time of a search is bounded. */
const mostFound = 20_000;
/** The first records that are looked at one by one before an index without an order is read. */
const someNear = 2_000;
/** The number of records to examine if many of the first ones match. */
const mostNear = 20_000;
/** The number of matches among the first records that counts as many. */
const manyNear = 5;

const stretch = shape((dialect, parts: number) => {
  const statement = dialect.search.stretch(parts);
  return { statement: statement && compileRaw(dialect, statement) };
});
const all = shape((dialect, parts: number) => ({
  ...compileRaw(dialect, dialect.search.all(parts)),
  unordered: true,
}));

/** All records whose words contain all parts, by number; undefined if there are many. */
export async function searchFew(
  asker: Asker,
  tenant: number,
  type: RecordType,
  parts: readonly string[],
): Promise<SearchEntry[] | undefined> {
  const { dialect } = asker;
  const sought = await rarest(asker, tenant, type, parts);
  const most = scanBudget + 1;
  const values = { tenant, type, after: 0, limit: most, most, ...dialect.search.bind(sought) };
  const { statement } = stretch(dialect, parts.length);
  const many = statement
    ? (await ask(asker, statement, { ...values, to: someNear, limit: manyNear })).length === manyNear
    : (await rarityOf(asker, tenant, type, sought)) !== undefined;
  if (many) return undefined;
  const rows = await ask(asker, all(dialect, parts.length), values);
  return rows.length < most ? decode(rows) : undefined;
}

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
  const sought = await rarest(asker, tenant, type, parts);
  const values = { tenant, type, after, limit, most: mostFound, ...dialect.search.bind(sought) };
  const { statement } = stretch(dialect, parts.length);
  let [nearby, to]: [SearchEntry[], number] = [[], after];
  if (statement) {
    for (const size of [someNear, mostNear]) {
      to = after + size;
      nearby = decode(await ask(asker, statement, { ...values, to }));
      if (nearby.length === limit) return { items: nearby, next: nearby.at(-1)?.number };
      if (nearby.length < manyNear) break;
    }
  }
  const rows = await ask(asker, all(dialect, parts.length), values);
  if (rows[0]?.[2] === mostFound) return { items: nearby, next: to };
  const items = decode(rows);
  return { items, next: items.length === limit ? items.at(-1)?.number : undefined };
}

/** The rarest pieces of a text suffice: the words of the found records are compared afterwards. */
const fewPieces = 3;
/** The maximum with the rarest piece of each word: each piece costs its list in the index. */
const mostPieces = 5;
/** The rarity up to which a piece is too common to help, because many records in a row have it. */
const common = 2_000;
const rarity = shape((dialect) => ({
  statement: dialect.search.pieces && compileRaw(dialect, dialect.search.pieces.rarity),
}));

/** How rare records with all these pieces are: the greater the number, the rarer; undefined if very. */
async function rarityOf(
  asker: Asker,
  tenant: number,
  type: RecordType,
  pieces: readonly string[],
): Promise<number | undefined> {
  const { statement } = rarity(asker.dialect);
  if (!statement) return undefined;
  const [row] = await ask(asker, statement, { tenant, type, ...asker.dialect.search.bind(pieces) });
  return row?.[0] as number | undefined;
}

/** The pieces that were chosen lately; another choice would only be slower. */
const chosen = new WeakMap<Asker, Map<string, readonly string[]>>();

async function rarest(
  asker: Asker,
  tenant: number,
  type: RecordType,
  parts: readonly string[],
): Promise<readonly string[]> {
  const { pieces } = asker.dialect.search;
  if (!pieces) return parts;
  const all = [...new Set(parts.flatMap(pieces.of))];
  if (all.length <= fewPieces) return all;
  let known = chosen.get(asker);
  if (!known || known.size > 1_000) chosen.set(asker, (known = new Map()));
  const key = `${tenant} ${type} ${all.join("|")}`;
  let found = known.get(key);
  if (!found) {
    const probed: [string, number][] = [];
    for (const piece of all) probed.push([piece, (await rarityOf(asker, tenant, type, [piece])) ?? Infinity]);
    const ranked = probed.toSorted(([, a], [, b]) => (a === b ? 0 : b - a));
    const ofParts = parts.flatMap((part) => ranked.find(([piece]) => part.includes(piece))?.[0] ?? []);
    const own = ranked.filter(
      ([piece, rank], i) => i < fewPieces || (rank > common && ofParts.includes(piece)),
    );
    found = own.slice(0, mostPieces).map(([piece]) => piece);
    known.set(key, found);
  }
  return found;
}

const decode = (rows: readonly unknown[][]): SearchEntry[] =>
  rows.map(([number, text]) => ({ number: number as number, text: text as string }));
