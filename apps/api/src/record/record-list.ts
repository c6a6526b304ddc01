import {
  authorize,
  nameForms,
  type Actor,
  type Inheritable,
  type ListSort,
  type Page,
  type ParsedList,
  type RecordType,
} from "@roster/domain";
import { z } from "zod";
import type { TenantReader } from "../store/database.ts";
import type { StoredRow } from "../store/stored-row.ts";
import { termFields } from "../store/tables.ts";
import { cursors, positions } from "./cursor.ts";
import { Encoded } from "./encoded.ts";
import { makePage, maxStep } from "./page-room.ts";
import { inherited, RecordReader } from "./record-reader.ts";

/** The schema of the sort key that precedes the id in a cursor, by the order of the list. */
const sortKeys: Record<ListSort, z.ZodType<string | number>> = {
  createdAt: z.literal(""),
  // The `seq` of the change.
  updatedAt: positions.count,
  name: positions.text,
};

/** What the records of a page inherit, by their parent. */
type Chains = Map<string | null | undefined, readonly Inheritable[]>;

/** A record of a page, what it inherits, and the JSON that readers get. */
interface Shown<T extends RecordType> {
  row: StoredRow<T>;
  above: readonly Inheritable[];
  json: string;
}

/** Lists the records of one type. */
export class RecordList<T extends RecordType, Json> extends RecordReader<T, Json> {
  async list(actor: Actor, parsed: ParsedList): Promise<Page<Json>> {
    return (await this.listEncoded(actor, parsed)).value;
  }

  /** Like `list`, for an answer that is sent as it is. */
  async listEncoded(
    actor: Actor,
    { filter = {}, sort, order, limit, cursor, fresh }: ParsedList,
  ): Promise<Encoded<Page<Json>>> {
    authorize(actor, this.noun.scopes.read);
    const { type } = this.noun;
    const {
      ids,
      namePrefix,
      changedSince,
      deleted: which = false,
    } = filter as {
      ids?: readonly string[];
      namePrefix?: string;
      changedSince?: string;
      deleted?: boolean | "any";
    };
    const by =
      sort ??
      (ids
        ? "createdAt"
        : namePrefix !== undefined
          ? "name"
          : changedSince !== undefined
            ? "updatedAt"
            : "createdAt");
    const { read, write } = cursors(
      [actor.tenant.number, type, filter, by, order],
      z.tuple([sortKeys[by], positions.id]).readonly(),
    );
    // A list that may be stale can come from a replica: its pages show different moments in any case.
    const { database } = this.store;
    const { number } = actor.tenant;
    const reader = fresh || ids ? database.tenant(number) : database.laggingTenant(number);
    const terms: Record<string, string> = {};
    for (const field of termFields(type)) {
      const value = field === "name" ? undefined : filter[field];
      if (value !== undefined) terms[field] = await storedTerm(reader, field, String(value));
    }
    const query = { ids, terms, namePrefix, changedSince, deleted: which, sort: by, order } as const;
    return makePage(async (room) => {
      const chains: Chains = new Map();
      const items: Shown<T>[] = [];
      let after = read(cursor);
      do {
        const asked = room.left > 0 ? Math.min(limit - items.length, maxStep) : 1;
        let step = await reader.listRows(type, { ...query, limit: asked, after });
        const found = step.items.length;
        let shown = await this.#shown(reader, step.items, chains, room.left);
        if (shown.items.length < found) {
          // The page is cut short: read again with the smaller limit, to learn where the next page begins.
          step = await reader.listRows(type, { ...query, limit: shown.items.length, after });
          shown = await this.#shown(reader, step.items, chains, Infinity);
        }
        items.push(...shown.items);
        room.left -= shown.size;
        after = step.next;
        // A step that finds fewer items than asked has scanned as many entries as one request may.
        if (found < asked) break;
      } while (after && items.length < limit && room.left > 0);
      const nextCursor = after ? write(after) : null;
      const show = ({ row, above }: Shown<T>) => this.noun.show(row.record, above);
      return new Encoded<Page<Json>>(
        () =>
          `{"items":[${items.map(({ json }) => json).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`,
        () => ({ items: items.map(show), nextCursor }),
      );
    });
  }

  /** Encodes records as readers see them: at least one, and more until there is enough JSON. */
  async #shown(
    reader: TenantReader,
    rows: readonly StoredRow<T>[],
    chains: Chains,
    enough: number,
  ): Promise<{ items: Shown<T>[]; size: number }> {
    const items: Shown<T>[] = [];
    let size = 0;
    for (const row of rows) {
      const { parent } = row;
      if (!chains.has(parent)) chains.set(parent, await inherited(reader, parent));
      const above = chains.get(parent) ?? [];
      const json = this.noun.encode(row, above);
      size += json.length;
      items.push({ row, above, json });
      if (size > enough) break;
    }
    return { items, size };
  }
}

/** A filter's term as stored: names of tags and levels may be stored in another Unicode normal form. */
async function storedTerm(reader: TenantReader, field: string, term: string): Promise<string> {
  if (field !== "groupTag" && field !== "hierarchyLevel") return term;
  const [today = term, ...others] = nameForms(term);
  for (const form of others) {
    if (await reader.find(field, { field: "name", value: today })) break;
    if (await reader.find(field, { field: "name", value: form })) return form;
  }
  return today;
}
