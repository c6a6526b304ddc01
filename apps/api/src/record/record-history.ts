import {
  deleted,
  diff,
  entryChanges,
  fieldsWhere,
  inverse,
  pointer,
  refusal,
  RosterError,
  wordsOf,
  type Actor,
  type Change,
  type ChangeEntryJson,
  type Page,
  type RecordExport,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import type { HistoryStep, Moment } from "../store/database.ts";
import type { Latest } from "../store/rows.ts";
import type { AnyRecord } from "../store/tables.ts";
import type { Alternatives } from "./command.ts";
import { cursors, positions } from "./cursor.ts";
import { makePage, maxStep, type PageRoom } from "./page-room.ts";
import { RecordList } from "./record-list.ts";
import { inherited, parentOf } from "./record-reader.ts";
import { shownEntry } from "./shown-entry.ts";

/** Reads the history of records of one type: their log, and earlier states. */
export class RecordHistory<T extends RecordType, Json> extends RecordList<T, Json> {
  /** The record's log, newest first; for a deleted record, by its id or number. */
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
      const step: HistoryStep = await this.of(actor).history(this.noun.type, id, next, asked);
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
   * The record as it was at a moment, with the values it inherited then, except from or
   * through customers erased since.
   * @param moment a version of the record, or an instant
   * @throws RosterError NOT_FOUND if the record did not exist then, DELETED if it was erased
   */
  async at(actor: Actor, where: Alternatives, moment: { version: number } | { at: string }): Promise<Json> {
    const stored = await this.read(actor, where);
    if ("version" in moment) requireVersions(stored, moment);
    const then = await this.#keptAsOf(actor, { record: stored }, moment);
    if (!then)
      throw new RosterError("NOT_FOUND", `there was no such ${wordsOf(this.noun.type)} at that time`);
    const point = "version" in moment ? { seq: then.seq } : moment;
    const chain: StoredRecords["customer"][] = [];
    let parent = "parent" in then.record ? then.record.parent : null;
    while (parent !== null) {
      const now = await this.of(actor).find("customer", { field: "id", value: parent });
      const above = now && (await this.#asOf(actor, "customer", { record: now }, point));
      if (!above) break;
      chain.push(above.record);
      ({ parent } = above.record);
    }
    return this.noun.show(then.record, chain);
  }

  /** The changes from one version of a record to another, forwards or backwards. */
  async diff(actor: Actor, where: Alternatives, from: number, to: number): Promise<{ changes: Change[] }> {
    const stored = await this.read(actor, where);
    requireVersions(stored, { from, to });
    const { rules } = this.noun;
    const later = await this.#keptAsOf(actor, { record: stored }, { version: Math.max(from, to) });
    const earlier = later && (await this.#keptAsOf(actor, later, { version: Math.min(from, to) }));
    const [before, after] = from <= to ? [earlier, later] : [later, earlier];
    const names = fieldsWhere(rules.fields, (field) => field.access === "write" && !field.apart);
    const backwards = entryChanges(earlier?.record as object);
    return {
      changes: [
        ...diff(before?.record as object, after?.record as object, [...names, "deletedAt"]),
        ...(from <= to ? inverse(backwards) : backwards),
      ],
    };
  }

  /**
   * Everything stored about a record: itself, its history, and its idempotency keys. A history too long for
   * one answer continues with `history`, from its cursor.
   */
  async export(actor: Actor, where: Alternatives): Promise<RecordExport<Json>> {
    const stored = await this.read(actor, where);
    return makePage((room) => this.#export(actor, stored, room));
  }

  async #export(actor: Actor, stored: StoredRecords[T], room: PageRoom): Promise<RecordExport<Json>> {
    const { id } = stored;
    const reader = this.of(actor);
    const { items, nextCursor } = await this.#history(actor, id, Number.MAX_SAFE_INTEGER, undefined, room);
    const merged: RecordExport<Json>[] = [];
    for (const duplicate of this.noun.type === "customer" ? await reader.mergedInto(id) : []) {
      const found = await this.read(actor, [{ field: "id", value: duplicate }]);
      merged.push(await this.#export(actor, found, room));
    }
    return {
      record: this.noun.show(stored, await inherited(reader, parentOf(stored))),
      history: items,
      historyCursor: nextCursor,
      idempotencyKeys: await reader.keys(id),
      merged,
    };
  }

  /**
   * A record of this type as it was at a moment; undefined if it did not exist yet.
   * @throws RosterError DELETED if it was erased
   */
  async #keptAsOf(
    actor: Actor,
    from: { record: StoredRecords[T]; seq?: number },
    moment: Moment,
  ): Promise<Latest<T> | undefined> {
    const { type } = this.noun;
    const then = await this.#asOf(actor, type, from, moment);
    if (then) return then;
    const now = await this.of(actor).find(type, { field: "id", value: from.record.id });
    if (now && isErased(now)) throw deleted(type, now);
    return undefined;
  }

  /** A record as it was at a moment; undefined if it did not exist yet, or has been erased. */
  async #asOf<R extends RecordType>(
    actor: Actor,
    type: R,
    from: { record: StoredRecords[R]; seq?: number },
    moment: Moment,
  ): Promise<Latest<R> | undefined> {
    if (isErased(from.record)) return undefined;
    const reader = this.of(actor);
    const then = await reader.asOf(type, from, moment);
    // An erasure meanwhile has emptied the log that was read, so `then` was never the state of the record.
    return isErased(await reader.find(type, { field: "id", value: from.record.id })) ? undefined : then;
  }
}

const isErased = (record: AnyRecord | undefined): boolean =>
  record !== undefined && "erasedAt" in record && record.erasedAt !== null;

/**
 * @param asked versions, by their names in the request
 * @throws RosterError INVALID for versions that the record has never had
 */
function requireVersions({ version: latest }: { version: number }, asked: Record<string, number>): void {
  const unknown = Object.entries(asked).filter(([, version]) => version < 1 || version > latest);
  if (unknown.length === 0) return;
  throw refusal(
    unknown.map(([name, version]) => ({
      pointer: pointer(name),
      code: "not_found",
      message: `there is no version ${version}; the latest is ${latest}`,
    })),
  );
}
