import {
  authorize,
  nameForms,
  type Actor,
  type ListSort,
  type Page,
  type ParsedList,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import { z } from "zod";
import type { TenantReader } from "../store/database.ts";
import { termFields } from "../store/tables.ts";
import { cursors, positions } from "./cursor.ts";
import { makePage, maxStep } from "./page-room.ts";
import { ancestors, RecordReader } from "./record-reader.ts";

/** The schema of the sort key that precedes the id in a cursor, by the order of the list. */
const sortKeys: Record<ListSort, z.ZodType<string | number>> = {
  createdAt: z.literal(""),
  // The `seq` of the change.
  updatedAt: positions.count,
  name: positions.text,
};

/** Chains of ancestors, by the nearest one. */
type Chains = Map<string | null, readonly StoredRecords["customer"][]>;

/** Lists the records of one type. */
export class RecordList<T extends RecordType, Json> extends RecordReader<T, Json> {
  async list(
    actor: Actor,
    { filter = {}, sort, order, limit, cursor, fresh }: ParsedList,
  ): Promise<Page<Json>> {
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
      const items: Json[] = [];
      let after = read(cursor);
      do {
        const asked = room.left > 0 ? Math.min(limit - items.length, maxStep) : 1;
        let step = await reader.list(type, { ...query, limit: asked, after });
        const found = step.items.length;
        let shown = await this.#shown(reader, step.items, chains, room.left);
        if (shown.items.length < found) {
          // The page is cut short: read again with the smaller limit, to learn where the next page begins.
          step = await reader.list(type, { ...query, limit: shown.items.length, after });
          shown = await this.#shown(reader, step.items, chains, Infinity);
        }
        items.push(...shown.items);
        room.left -= shown.size;
        after = step.next;
        // A step that finds fewer items than asked has scanned as many entries as one request may.
        if (found < asked) break;
      } while (after && items.length < limit && room.left > 0);
      return { items, nextCursor: after ? write(after) : null };
    });
  }

  /** Converts records to the form that readers see: at least one, and more until there is enough JSON. */
  async #shown(
    reader: TenantReader,
    records: readonly StoredRecords[T][],
    chains: Chains,
    enough: number,
  ): Promise<{ items: Json[]; size: number }> {
    const items: Json[] = [];
    let size = 0;
    for (const record of records) {
      const parent = "parent" in record ? record.parent : null;
      if (!chains.has(parent)) chains.set(parent, await ancestors(reader, record));
      const json = this.noun.show(record, chains.get(parent) ?? []);
      size += JSON.stringify(json).length;
      items.push(json);
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
