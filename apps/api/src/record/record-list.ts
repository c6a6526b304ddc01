import {
  authorize,
  indexedProperties,
  type Actor,
  type Count,
  type IndexState,
  type ListPage,
  type ParsedFind,
  type ParsedList,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import { z } from "zod";
import type { TenantReader } from "../store/database.ts";
import { cursors, positions } from "./cursor.ts";
import { Finder } from "./finder.ts";
import { makePage, maxStep } from "./page-room.ts";
import { ancestors, RecordReader } from "./record-reader.ts";
import { readSought } from "./sought.ts";

/** The schema of a position in a list. */
const position = z
  .tuple([z.int().min(0).max(3), z.union([z.int(), positions.text]), z.union([z.literal(""), positions.id])])
  .readonly();

/** Chains of ancestors, by the nearest one. */
type Chains = Map<string | null, readonly StoredRecords["customer"][]>;

/** Lists the records of one type. */
export class RecordList<T extends RecordType, Json> extends RecordReader<T, Json> {
  async list(
    actor: Actor,
    { sort, order, limit, cursor, count, ...about }: ParsedList,
  ): Promise<ListPage<Json>> {
    authorize(actor, this.noun.scopes.read);
    const reader = this.#reader(actor, about);
    const find = await this.#finder(actor, reader, about, sort, order);
    const { read, write } = this.#cursors(actor, about, sort, order);
    return makePage(async (room) => {
      const chains: Chains = new Map();
      const items: Json[] = [];
      let after = read(cursor);
      do {
        const asked = room.left > 0 ? Math.min(limit - items.length, maxStep) : 1;
        const step = await find.step(after, asked);
        const records = step.items.map(({ record }) => record);
        const shown = await this.#shown(reader, records, chains, room.left);
        items.push(...shown.items);
        room.left -= shown.size;
        // If the page is cut short, the next one begins after the last record shown.
        after = shown.items.length < records.length ? step.items[shown.items.length - 1]?.at : step.next;
        // A step that finds fewer items than asked has scanned as many entries as one request may.
        if (records.length < asked) break;
      } while (after && items.length < limit && room.left > 0);
      return {
        items,
        nextCursor: after ? write(after) : null,
        ...(count === true && { total: await find.count() }),
      };
    });
  }

  /** Counts the records that a list has. */
  async count(actor: Actor, about: ParsedFind): Promise<Count> {
    authorize(actor, this.noun.scopes.read);
    const reader = this.#reader(actor, about);
    return (await this.#finder(actor, reader, about, undefined, "asc")).count();
  }

  /**
   * The ids of the records that match, step by step, in the order of creation or against it, whatever changes
   * meanwhile.
   *
   * @param cursor `next` of the step before
   * @param limit the maximum number of ids. A step may have fewer, even none, before the end
   * @returns `next`: the cursor of the next step; null at the end. `fits`: whether a record, as it is later,
   *   still matches. `count`: how many records match
   */
  async matching(
    actor: Actor,
    about: ParsedFind,
    order: "asc" | "desc",
    cursor: string | undefined,
    limit: number,
  ): Promise<{
    ids: string[];
    next: string | null;
    fits(record: StoredRecords[T]): boolean;
    count(): Promise<Count>;
  }> {
    authorize(actor, this.noun.scopes.read);
    const fresh = { ...about, fresh: true };
    const find = await this.#finder(actor, this.#reader(actor, fresh), fresh, "createdAt", order);
    const { read, write } = this.#cursors(actor, fresh, "createdAt", order);
    const { items, next } = await find.step(read(cursor), limit);
    return {
      ids: items.map(({ record }) => record.id),
      next: next ? write(next) : null,
      fits: (record) => find.fits(record),
      count: () => find.count(),
    };
  }

  /** The indexes of properties, and the progress of indexes that are being built or dropped. */
  async indexes(actor: Actor): Promise<IndexState[]> {
    authorize(actor, this.noun.scopes.read);
    const { number } = actor.tenant;
    const reader = this.store.database.tenant(number);
    const builds = await reader.builds(this.noun.type);
    const tenant = await reader.find("tenant", { field: "number", value: number });
    const properties =
      this.noun.type === "customer" ? indexedProperties(tenant?.propertiesSchema ?? null) : [];
    const ready = properties
      .map((pointer) => `properties${pointer}`)
      .filter((name) => !builds.some((build) => build.name === name))
      .map((name): IndexState => ({ name, state: "ready" }));
    return [
      ...builds.map(({ name, phase, done, total }): IndexState =>
        phase === "drop" ? { name, state: "dropping" } : { name, state: "building", done, total },
      ),
      ...ready,
    ];
  }

  /** A list that may be stale can come from a replica: its pages show different moments in any case. */
  #reader({ tenant: { number } }: Actor, { filter, fresh }: ParsedFind): TenantReader {
    const { database } = this.store;
    return fresh || filter?.["ids"] ? database.tenant(number) : database.laggingTenant(number);
  }

  async #finder(
    { tenant: { number } }: Actor,
    reader: TenantReader,
    about: ParsedFind,
    sort: string | undefined,
    order: "asc" | "desc",
  ): Promise<Finder<T>> {
    const { type } = this.noun;
    return new Finder(reader, type, await readSought(reader, number, type, about, sort), order);
  }

  #cursors(
    { tenant: { number } }: Actor,
    { filter = {}, search }: ParsedFind,
    sort: string | undefined,
    order: "asc" | "desc",
  ) {
    return cursors([number, this.noun.type, filter, search, sort, order], position);
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
