import {
  authorize,
  deleted,
  diff,
  fieldsWhere,
  may,
  nameForms,
  notFound,
  refusal,
  RosterError,
  type Actor,
  type Change,
  type ChangeEntryJson,
  type ListSort,
  type Page,
  type ParsedList,
  type RecordExport,
  type RecordType,
  type StoredRecords,
  type Where,
} from "@roster/domain";
import { z } from "zod";
import type { HistoryStep, Moment, TenantReader } from "../store/database.ts";
import type { Latest } from "../store/rows.ts";
import { termFields } from "../store/tables.ts";
import type { Alternatives, Store } from "./command.ts";
import { cursors, positions } from "./cursor.ts";
import type { Noun } from "./noun.ts";
import { makePage, type PageRoom } from "./page-room.ts";
import { shownEntry } from "./shown-entry.ts";

/** How many items are read at a time, so that a page that is cut short has not read very much more. */
const maxStep = 20;

/** What stands before the id in a place of a list, by its order. */
const sortKeys: Record<ListSort, z.ZodType<string | number>> = {
  createdAt: z.literal(""),
  // The `seq` of the change.
  updatedAt: positions.count,
  name: positions.text,
};

/** The parents of customers, by the nearest of them. */
type Chains = Map<string | null, readonly StoredRecords["customer"][]>;

/** All that can be read of the records of one type. Every method checks the actor's scope first. */
export class RecordReader<T extends RecordType, Json> {
  protected readonly noun: Noun<T, Json>;
  protected readonly store: Store;

  constructor(noun: Noun<T, Json>, store: Store) {
    this.noun = noun;
    this.store = store;
  }

  /** @param withDeleted whether a deleted record, named by its id or number, is answered too */
  async get(actor: Actor, where: Alternatives, withDeleted = false): Promise<Json> {
    const stored = await this.read(actor, where);
    if (stored.deletedAt !== null && !withDeleted) throw deleted(this.noun.type, stored);
    return this.noun.show(stored, await ancestors(this.#of(actor), stored));
  }

  /**
   * The live record that a record of another type refers to, for the answer to a call about that one.
   * @returns undefined where there is none, or the actor may not read records of this type
   */
  async related(actor: Actor, where: Where): Promise<Json | undefined> {
    if (!may(actor, this.noun.scopes.read)) return undefined;
    const stored = await this.#of(actor).find(this.noun.type, where);
    if (!stored || stored.deletedAt !== null) return undefined;
    return this.noun.show(stored, await ancestors(this.#of(actor), stored));
  }

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
    // The next page may be of another moment anyway.
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
          // Cut short: once more, for where to go on.
          step = await reader.list(type, { ...query, limit: shown.items.length, after });
          shown = await this.#shown(reader, step.items, chains, Infinity);
        }
        items.push(...shown.items);
        room.left -= shown.size;
        after = step.next;
        // A step that finds fewer than asked has looked at as many entries as one request may.
        if (found < asked) break;
      } while (after && items.length < limit && room.left > 0);
      return { items, nextCursor: after ? write(after) : null };
    });
  }

  /** Records as readers see them: the first, and those after it until there is enough JSON. */
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

  /** The record's log, newest first; a deleted record's too, by its id or number. */
  async history(
    actor: Actor,
    where: Alternatives,
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<ChangeEntryJson>> {
    const { id } = await this.read(actor, where);
    return makePage((room) => this.#history(actor, id, limit, cursor, room));
  }

  async #history(
    actor: Actor,
    id: string,
    limit: number,
    cursor: string | undefined,
    room: PageRoom,
  ): Promise<Page<ChangeEntryJson>> {
    const { read, write } = cursors([actor.tenant.number, "history", id], positions.count);
    const items: ChangeEntryJson[] = [];
    /** The `seq` of the next entry. */
    let next: number | null | undefined = read(cursor);
    const full = () => items.length > 0 && room.left <= 0;
    do {
      const asked = Math.min(limit - items.length, maxStep);
      const step: HistoryStep = await this.#of(actor).history(this.noun.type, id, next, asked);
      ({ next } = step);
      for (const found of step.items) {
        if (full()) {
          next = found.seq;
          break;
        }
        const entry = shownEntry(actor, found);
        items.push(entry);
        room.left -= JSON.stringify(entry).length;
      }
    } while (next !== null && items.length < limit && !full());
    return { items, nextCursor: next === null ? null : write(next) };
  }

  /**
   * The record as it was, with what it inherited then.
   * @param moment a version of the record, or an instant
   * @throws RosterError NOT_FOUND when there was no such record then, DELETED when it was erased
   */
  async at(actor: Actor, where: Alternatives, moment: { version: number } | { at: string }): Promise<Json> {
    const stored = await this.read(actor, where);
    if ("version" in moment) requireVersion(stored, moment.version);
    const then = await this.#asOf(actor, this.noun.type, { record: stored }, moment);
    if (!then) throw new RosterError("NOT_FOUND", `there was no such ${this.noun.type} at that time`);
    const point = "version" in moment ? { seq: then.seq } : moment;
    const chain: StoredRecords["customer"][] = [];
    let parent = "parent" in then.record ? then.record.parent : null;
    while (parent !== null) {
      const now = await this.#of(actor).find("customer", { field: "id", value: parent });
      const above = now && (await this.#asOf(actor, "customer", { record: now }, point));
      if (!above) break;
      chain.push(above.record);
      ({ parent } = above.record);
    }
    return this.noun.show(then.record, chain);
  }

  /** What has changed between two versions of a record, whichever is the later. */
  async diff(actor: Actor, where: Alternatives, from: number, to: number): Promise<{ changes: Change[] }> {
    const stored = await this.read(actor, where);
    for (const version of [from, to]) requireVersion(stored, version);
    const { type, rules } = this.noun;
    const later = await this.#asOf(actor, type, { record: stored }, { version: Math.max(from, to) });
    const earlier = later && (await this.#asOf(actor, type, later, { version: Math.min(from, to) }));
    const [before, after] = from <= to ? [earlier, later] : [later, earlier];
    const names = fieldsWhere(rules.fields, (field) => field.access === "write");
    return {
      changes: diff(before?.record as object, after?.record as object, [...names, "deletedAt"]),
    };
  }

  /**
   * All that is kept about a record: itself, its history, and answers kept for idempotency keys. A history
   * that one answer has no room for goes on with `history`, from its cursor.
   */
  async export(actor: Actor, where: Alternatives): Promise<RecordExport<Json>> {
    const stored = await this.read(actor, where);
    return makePage((room) => this.#export(actor, stored, room));
  }

  async #export(actor: Actor, stored: StoredRecords[T], room: PageRoom): Promise<RecordExport<Json>> {
    const { id } = stored;
    const reader = this.#of(actor);
    const { items, nextCursor } = await this.#history(actor, id, Number.MAX_SAFE_INTEGER, undefined, room);
    const merged: RecordExport<Json>[] = [];
    for (const duplicate of this.noun.type === "customer" ? await reader.mergedInto(id) : []) {
      const found = await this.read(actor, [{ field: "id", value: duplicate }]);
      merged.push(await this.#export(actor, found, room));
    }
    return {
      record: this.noun.show(stored, await ancestors(reader, stored)),
      history: items,
      historyCursor: nextCursor,
      idempotencyKeys: await reader.keys(id),
      merged,
    };
  }

  /** The record that a request names, deleted or not. */
  protected async read(actor: Actor, where: Alternatives): Promise<StoredRecords[T]> {
    authorize(actor, this.noun.scopes.read);
    for (const alternative of where) {
      const record = await this.#of(actor).find(this.noun.type, alternative);
      if (record) return record;
    }
    throw notFound(this.noun.type);
  }

  #of(actor: Actor): TenantReader {
    return this.store.database.tenant(actor.tenant.number);
  }

  /** A record as it was at a moment; undefined where it did not exist yet. */
  async #asOf<R extends RecordType>(
    actor: Actor,
    type: R,
    from: { record: StoredRecords[R]; seq?: number },
    moment: Moment,
  ): Promise<Latest<R> | undefined> {
    const { record } = from;
    if ("erasedAt" in record && record.erasedAt !== null) throw deleted(type, record);
    return this.#of(actor).asOf(type, from, moment);
  }
}

/** @throws RosterError INVALID for a version that a record has not had */
function requireVersion({ version: latest }: { version: number }, version: number): void {
  if (version >= 1 && version <= latest) return;
  throw refusal([
    {
      pointer: "/version",
      code: "not_found",
      message: `there is no version ${version}; the latest is ${latest}`,
    },
  ]);
}

/** A term of a filter as records have it: by the name of a tag or a level in the form in which that is stored. */
async function storedTerm(reader: TenantReader, field: string, term: string): Promise<string> {
  if (field !== "groupTag" && field !== "hierarchyLevel") return term;
  const [today = term, ...others] = nameForms(term);
  for (const form of others) {
    if (await reader.find(field, { field: "name", value: today })) break;
    if (await reader.find(field, { field: "name", value: form })) return form;
  }
  return today;
}

/** The customers above a record, the nearest first. */
const ancestors = async (
  reader: TenantReader,
  record: StoredRecords[RecordType],
): Promise<readonly StoredRecords["customer"][]> =>
  "parent" in record && record.parent !== null ? reader.ancestors(record.id) : [];
