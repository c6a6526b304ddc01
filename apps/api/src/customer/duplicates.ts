import {
  absentTerm,
  afterTerm,
  alike,
  authorize,
  comparedFields,
  indexOfLikeness,
  keyOfLikeness,
  likenesses,
  notFound,
  refusal,
  scoreOf,
  type Actor,
  type CustomerJson,
  type DuplicatePair,
  type Likeness,
  type NotDuplicatesInput,
  type Page,
  type StoredCustomer,
} from "@roster/domain";
import { z } from "zod";
import { run, type Store } from "../record/command.ts";
import { cursors, positions } from "../record/cursor.ts";
import { makePage } from "../record/page-room.ts";
import type { RecordService } from "../record/record-service.ts";
import type { TenantReader, WalkEntry } from "../store/database.ts";
import type { Keeping } from "../store/keeping.ts";

/** How many entries of an index one page looks at, and how many of them it reads at a time. */
const budget = 5_000;
const step = 500;

/** The maximum number of customers compared for one value: a value that more have means little. */
const maxGroup = 50;

interface Parts {
  store: Store;
  customer: RecordService<"customer", CustomerJson>;
}

/** Where a page begins: the index, the term of its first group, and how many pairs of it were shown. */
const positionSchema = z.strictObject({
  likeness: z.enum(likenesses),
  term: positions.text,
  shown: z.int().min(0),
});
type Position = z.infer<typeof positionSchema>;

/** Customers with the same value. */
interface Group {
  likeness: Likeness;
  term: string;
  members: StoredCustomer[];
}

/**
 * Pairs of customers that may be the same, each once, in the order of the values that they share. A page can
 * be shorter than its limit although more follow.
 */
export function duplicates(
  { store, customer: customers }: Parts,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<DuplicatePair<CustomerJson>>> {
  authorize(actor, "customers:read");
  const { read, write } = cursors([actor.tenant.number, "duplicates"], positionSchema);
  const begin = read(cursor) ?? { likeness: likenesses[0], term: "", shown: 0 };
  const reader = store.database.tenant(actor.tenant.number);
  return makePage(async (room) => {
    const items: DuplicatePair<CustomerJson>[] = [];
    const isFull = () => items.length >= limit || (items.length > 0 && room.left <= 0);
    const shown = async (id: string) => customers.related(actor, { field: "id", value: id });
    for await (const { group, next } of groups(reader, begin)) {
      const pairs = group ? await pairsOf(reader, group) : [];
      const before = group?.likeness === begin.likeness && group.term === begin.term ? begin.shown : 0;
      for (const [i, { a, b, reasons }] of pairs.entries()) {
        if (i < before) continue;
        if (isFull() && group)
          return { items, nextCursor: write({ likeness: group.likeness, term: group.term, shown: i }) };
        const [one, other] = [await shown(a), await shown(b)];
        if (!one || !other) continue;
        const pair = { a: one, b: other, score: scoreOf(reasons), reasons };
        items.push(pair);
        room.left -= JSON.stringify(pair).length;
      }
      if (next && (isFull() || !group)) return { items, nextCursor: write(next) };
    }
    return { items, nextCursor: null };
  });
}

/**
 * Groups of live customers with the same value, index by index, each with the place after it. The last one,
 * without a group, comes when the page has looked at enough.
 */
async function* groups(
  reader: TenantReader,
  begin: Position,
): AsyncGenerator<{ group?: Group; next: Position | undefined }> {
  let left = budget;
  for (const likeness of likenesses.slice(likenesses.indexOf(begin.likeness))) {
    const index = indexOfLikeness(likeness);
    let low: string | undefined = likeness === begin.likeness ? begin.term : "";
    let group: Group | undefined;
    const after = (term: string): Position => ({ likeness, term: afterTerm(term), shown: 0 });
    while (low !== undefined) {
      if (left <= 0) return yield { next: { likeness, term: low, shown: 0 } };
      const entries: WalkEntry<StoredCustomer>[] = await reader.walk("customer", {
        along: { by: "terms", index, span: [low, absentTerm] },
        order: "asc",
        limit: step,
        fields: comparedFields,
      });
      left -= step;
      low = undefined;
      for (const { place, record } of entries) {
        const term = String(place[0]);
        if (group && group.term !== term) {
          yield { group, next: after(group.term) };
          group = undefined;
        }
        group ??= { likeness, term, members: [] };
        if (record?.deletedAt === null) group.members.push(record);
      }
      if (entries.length < step || !group) continue;
      // The group may go on. If it filled the whole step, it is large enough as it is.
      const isWhole: boolean = group.term === String(entries[0]?.place[0]);
      if (isWhole) yield { group, next: after(group.term) };
      low = isWhole ? afterTerm(group.term) : group.term;
      group = undefined;
    }
    if (group) {
      const at = likenesses[likenesses.indexOf(likeness) + 1];
      yield { group, next: at && { likeness: at, term: "", shown: 0 } };
    }
  }
}

interface Pair {
  a: string;
  b: string;
  reasons: Likeness[];
}

/** The pairs of a group that no other group has, without those that are known not to be the same. */
async function pairsOf(reader: TenantReader, { likeness, term, members }: Group): Promise<Pair[]> {
  const byKey = Map.groupBy(members, (member) => keyOfLikeness(likeness, member));
  const pairs: Pair[] = [];
  for (const [key, same] of byKey) {
    if (key === undefined || same.length < 2) continue;
    const some = same.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, maxGroup);
    for (const [i, one] of some.entries()) {
      const others = some.slice(i + 1);
      if (others.length === 0) continue;
      const distinct = new Set((await reader.kept("distinctCustomers", one.id)).map(({ b }) => b));
      for (const other of others) {
        if (distinct.has(other.id)) continue;
        const shared = alike(one, other);
        const [first] = shared;
        if (first?.likeness !== likeness || first.term !== term) continue;
        pairs.push({ a: one.id, b: other.id, reasons: shared.map((own) => own.likeness) });
      }
    }
  }
  return pairs;
}

/** Notes that two customers are not the same, so that they are no candidates any more; or takes that back. */
export async function notDuplicates(
  store: Store,
  actor: Actor,
  { a, b, takeBack = false }: NotDuplicatesInput,
): Promise<{ a: string; b: string; distinct: boolean }> {
  authorize(actor, "customers:write");
  if (a === b) throw refusal([{ pointer: "/b", code: "ambiguous", message: "must be another customer" }]);
  const { number: tenant } = actor.tenant;
  const [lesser, greater] = a < b ? [a, b] : [b, a];
  const wants = [a, b].map((value) => ({ kind: "record", type: "customer", field: "id", value }) as const);
  return run(store, { type: "customer", actor, wants }, ({ view }) => {
    for (const id of [a, b]) if (!view.find("customer", "id", id)) throw notFound("customer");
    const table = "distinctCustomers";
    const keeping: Keeping = takeBack
      ? { tenant, table, remove: [lesser, greater] }
      : { tenant, table, put: { a: lesser, b: greater } };
    return {
      writes: [],
      reply: { a: lesser, b: greater, distinct: !takeBack },
      about: [a, b],
      kept: [keeping],
    };
  });
}
