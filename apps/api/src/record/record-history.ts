import {
  deleted,
  diff,
  fieldsWhere,
  refusal,
  rewind,
  RosterError,
  type Actor,
  type Change,
  type ChangeEntryJson,
  type Page,
  type RecordExport,
  type RecordType,
  type StoredRecords,
} from "@roster/domain";
import type { Moment } from "../store/database.ts";
import type { Alternatives } from "./command.ts";
import { cursors, positions } from "./cursor.ts";
import { makePage, maxStep } from "./page-room.ts";
import { RecordList } from "./record-list.ts";
import { ancestors } from "./record-reader.ts";
import { shownEntry } from "./shown-entry.ts";

/** Reads the past of the records of one type: their log, and the records as they were. */
export class RecordHistory<T extends RecordType, Json> extends RecordList<T, Json> {
  /** The record's log, newest first; a deleted record's too, by its id or number. */
  async history(
    actor: Actor,
    where: Alternatives,
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<ChangeEntryJson>> {
    const { id } = await this.read(actor, where);
    const { read, write } = cursors([actor.tenant.number, "history", id], positions.count);
    return makePage(async (room) => {
      const items: ChangeEntryJson[] = [];
      let before = read(cursor);
      let more = true;
      const full = () => items.length > 0 && room.left <= 0;
      while (more && items.length < limit && !full()) {
        const asked = Math.min(limit - items.length, maxStep);
        const entries = await this.of(actor).history(id, before, asked + 1);
        more = entries.length > asked;
        for (const found of entries.slice(0, asked)) {
          more ||= full();
          if (full()) break;
          const entry = shownEntry(actor, found);
          items.push(entry);
          room.left -= JSON.stringify(entry).length;
          before = entry.version;
        }
      }
      return { items, nextCursor: more && before !== undefined ? write(before) : null };
    });
  }

  /**
   * The record as it was, with what it inherited then.
   * @param moment a version of the record, or an instant
   * @throws RosterError NOT_FOUND when there was no such record then, DELETED when it was erased
   */
  async at(actor: Actor, where: Alternatives, moment: { version: number } | { at: string }): Promise<Json> {
    const stored = await this.read(actor, where);
    const point =
      "version" in moment ? { seq: (await this.#entry(actor, stored, moment.version)).seq } : moment;
    const then = await this.#asOf(actor, this.noun.type, stored, point);
    if (!then) throw new RosterError("NOT_FOUND", `there was no such ${this.noun.type} at that time`);
    const chain: StoredRecords["customer"][] = [];
    let parent = "parent" in then ? then.parent : null;
    while (parent !== null) {
      const now = await this.of(actor).find("customer", { field: "id", value: parent });
      const above = now && (await this.#asOf(actor, "customer", now, point));
      if (!above) break;
      chain.push(above);
      ({ parent } = above);
    }
    return this.noun.show(then, chain);
  }

  /** The changes from one version of a record to another, forward or back. */
  async diff(actor: Actor, where: Alternatives, from: number, to: number): Promise<{ changes: Change[] }> {
    const stored = await this.read(actor, where);
    const [before, after] = await Promise.all(
      [from, to].map(async (version) =>
        this.#asOf(actor, this.noun.type, stored, { seq: (await this.#entry(actor, stored, version)).seq }),
      ),
    );
    const names = fieldsWhere(this.noun.rules.fields, (field) => field.access === "write");
    return { changes: diff(before as object, after as object, [...names, "deletedAt"]) };
  }

  /** Everything that is kept about a record: itself, its history, and its idempotency keys. */
  async export(actor: Actor, where: Alternatives): Promise<RecordExport<Json>> {
    const stored = await this.read(actor, where);
    const reader = this.of(actor);
    const merged = this.noun.type === "customer" ? await reader.mergedInto(stored.id) : [];
    const history = await reader.history(stored.id, undefined, Number.MAX_SAFE_INTEGER);
    return {
      record: this.noun.show(stored, await ancestors(reader, stored)),
      history: history.map((entry) => shownEntry(actor, entry)),
      idempotencyKeys: await reader.keys(stored.id),
      merged: await Promise.all(merged.map((id) => this.export(actor, [{ field: "id", value: id }]))),
    };
  }

  /** The log row of a version. */
  async #entry(
    actor: Actor,
    { id, version: latest }: StoredRecords[T],
    version: number,
  ): Promise<ChangeEntryJson> {
    const [entry] = version <= latest ? await this.of(actor).history(id, version + 1, 1) : [];
    if (entry?.version === version) return entry;
    throw refusal([
      {
        pointer: "/version",
        code: "not_found",
        message: `there is no version ${version}; the latest is ${latest}`,
      },
    ]);
  }

  /** A record as it was at a moment; undefined where it did not exist yet. */
  async #asOf<R extends RecordType>(
    actor: Actor,
    type: R,
    record: StoredRecords[R],
    moment: Moment,
  ): Promise<StoredRecords[R] | undefined> {
    if ("erasedAt" in record && record.erasedAt !== null) throw deleted(type, record);
    const reader = this.of(actor);
    const since = await reader.logAfter(record.id, moment);
    const oldest = since.at(-1);
    if (!oldest) return record;
    const [last] = await reader.history(record.id, oldest.version, 1);
    if (!last) return undefined;
    return { ...rewind(record, since), version: last.version, updatedAt: last.at, updatedBy: last.actor };
  }
}
