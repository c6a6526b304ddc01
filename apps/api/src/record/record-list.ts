import {
  authorize,
  indexedProperties,
  type Actor,
  type Count,
  type IndexState,
  type Inheritable,
  type ListPage,
  type ParsedFind,
  type ParsedList,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import { z } from "zod";
import type { TenantReader } from "../store/database.ts";
import type { StoredRow } from "../store/stored-row.ts";
import { cursors, positions } from "./cursor.ts";
import { Encoded } from "./encoded.ts";
import { Finder, type Position } from "./finder.ts";
import { makePage, maxStep } from "./page-room.ts";
import { inherited, RecordReader } from "./record-reader.ts";
import { nameOf, readSought, type Order } from "./sought.ts";

const [byId, byRank, byNumber] = [z.literal(""), z.int().min(0), z.int().min(0)];

/** The keys of positions by the order of a list. */
function keysOf(order: Order): z.ZodType<string | number> {
  switch (order.by) {
    case "id":
      return byId;
    case "log":
      return positions.count;
    case "rank":
      return byRank;
    case "column":
      return order.value.policy.kind === "integer" ? byNumber : positions.text;
    case "terms":
      return positions.text;
  }
}

/** The schemas of positions by those of their keys. Making one costs a tenth of a list of 50. */
const positionSchemas = new Map<z.ZodType, z.ZodType<Position>>();

/** The schema of a position in a list. */
function positionIn(order: Order): z.ZodType<Position> {
  const key = keysOf(order);
  let schema = positionSchemas.get(key);
  if (!schema) positionSchemas.set(key, (schema = positionSchema(key, key === byRank)));
  return schema;
}

/** Positions in a list's first part, which most lists end with, omit the part. */
function positionSchema(key: z.ZodType<string | number>, isRank: boolean): z.ZodType<Position> {
  const id = isRank ? z.union([z.literal(""), positions.id]) : positions.id;
  return z.union([
    z.tuple([key, id]).transform(([at, of]): Position => [0, at, of]),
    z
      .tuple([
        z
          .int()
          .min(1)
          .max(isRank ? 2 : 1),
        isRank ? key : z.literal(""),
        id,
      ])
      .readonly(),
  ]);
}

/** The values that the records of a page inherit, by their parent. */
type Chains = Map<string | null | undefined, readonly Inheritable[]>;

/** A record of a page, the values that it inherits, and the JSON that readers get. */
interface Shown<T extends RecordType> {
  row: StoredRow<T>;
  above: readonly Inheritable[];
  json: string;
}

/** Lists the records of one type. */
export class RecordList<T extends RecordType, Json> extends RecordReader<T, Json> {
  async list(actor: Actor, parsed: ParsedList): Promise<ListPage<Json>> {
    return (await this.listEncoded(actor, parsed)).value;
  }

  /** Like `list`, for an answer that is sent as it is. */
  async listEncoded(
    actor: Actor,
    { sort, order, limit, cursor, count, ...about }: ParsedList,
  ): Promise<Encoded<ListPage<Json>>> {
    authorize(actor, this.noun.scopes.read);
    const reader = this.#reader(actor, about);
    const { find, read, write } = await this.#finding(actor, reader, about, sort, order);
    return makePage(async (room) => {
      const chains: Chains = new Map();
      const items: Shown<T>[] = [];
      let after = read(cursor);
      do {
        const asked = room.left > 0 ? Math.min(limit - items.length, maxStep) : 1;
        const step = await find.step(after, asked);
        const rows = step.items.map(({ row }) => row);
        const shown = await this.#shown(reader, rows, chains, room.left);
        items.push(...shown.items);
        room.left -= shown.size;
        // If the page is cut short, the next one begins after the last record shown.
        after = shown.items.length < rows.length ? step.items[shown.items.length - 1]?.at : step.next;
        // A step that finds fewer items than asked has scanned as many entries as one request may.
        if (rows.length < asked) break;
      } while (after && items.length < limit && room.left > 0);
      const nextCursor = after ? write(after) : null;
      const total = count === true ? await find.count() : undefined;
      const show = ({ row, above }: Shown<T>) => this.noun.show(row.record, above);
      return new Encoded<ListPage<Json>>(
        () =>
          `{"items":[${items.map(({ json }) => json).join(",")}],"nextCursor":${JSON.stringify(nextCursor)}${total ? `,"total":${JSON.stringify(total)}` : ""}}`,
        () => ({ items: items.map(show), nextCursor, ...(total && { total }) }),
      );
    });
  }

  /** Counts the records that a list has. */
  async count(actor: Actor, about: ParsedFind): Promise<Count> {
    authorize(actor, this.noun.scopes.read);
    const reader = this.#reader(actor, about);
    const { find } = await this.#finding(actor, reader, about, undefined, "asc");
    return find.count();
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
    const reader = this.#reader(actor, fresh);
    const { find, read, write } = await this.#finding(actor, reader, fresh, "createdAt", order);
    const { items, next } = await find.step(read(cursor), limit);
    return {
      ids: items.map(({ row }) => row.field("id")),
      next: next ? write(next) : null,
      fits: (record) => find.fits(record),
      count: () => find.count(),
    };
  }

  /** The indexes of properties, and the progress of indexes that are being built or dropped. */
  async indexes(actor: Actor): Promise<IndexState[]> {
    authorize(actor, this.noun.scopes.read);
    const { number } = actor.tenant;
    const reader = this.of(actor);
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

  /** The finder of the records of a list, and functions that read and write the cursors of the list. */
  async #finding(
    { tenant: { number } }: Actor,
    reader: TenantReader,
    about: ParsedFind,
    sort: string | undefined,
    order: "asc" | "desc",
  ) {
    const { type } = this.noun;
    const sought = await readSought(reader, number, type, about, sort);
    const { filter = {}, search } = about;
    const list = [
      number,
      type,
      filter,
      nameOf(sought.order),
      order,
      ...(search === undefined ? [] : [search]),
    ];
    const { read, write } = cursors(list, positionIn(sought.order));
    return {
      find: new Finder(reader, type, sought, order),
      read,
      write: (at: Position) => write((at[0] === 0 ? at.slice(1) : at) as unknown as Position),
    };
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
