import {
  authorize,
  isStale,
  refusal,
  RosterError,
  type Actor,
  type ChangedSince,
  type ChangeEntryJson,
  type Fault,
  type Field,
  type Outcome,
  type Page,
  type ParsedCreate,
  type ParsedList,
  type ParsedUpdate,
  type RecordType,
  type StoredRecords,
  type UpdateResult,
  type Where,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import { z } from "zod";
import type { View, Write } from "../store/batch.ts";
import type { Database, Want } from "../store/database.ts";
import type { Command, Decision, GroupCommit } from "../store/group-commit.ts";
import { termFields } from "../store/tables.ts";
import { cursors } from "./cursor.ts";
import { decisionContext } from "./decision-context.ts";
import type { DecisionContext, Noun } from "./noun.ts";

/** What an update answers, before the surface names the record. */
export interface Updated<Json> extends UpdateResult {
  record: Json;
}

/** What all services work with. */
export interface Store {
  database: Database;
  commits: GroupCommit;
  /** The present, ISO 8601 UTC. */
  now(): string;
}

/** How a request names a record, or a list of ways of which the first that fits counts. */
export type Alternatives = readonly Where[];

/** Further faults of a request, given the record that it names. */
export type Check<T extends RecordType> = (current: StoredRecords[T]) => Fault[];

/** All that can be done with the records of one type. Every method checks the actor's scope first. */
export class RecordService<T extends RecordType, Json> {
  readonly #noun: Noun<T, Json>;
  readonly #store: Store;

  constructor(noun: Noun<T, Json>, store: Store) {
    this.#noun = noun;
    this.#store = store;
  }

  async create(actor: Actor, parsed: ParsedCreate): Promise<Json> {
    authorize(actor, this.#noun.scopes.write);
    // Outside the decision, which must be the same however often it is made.
    const id = uuid();
    return this.#submit(actor, null, this.#wants([], parsed), (context) => {
      const { next, changes } = accepted(this.#noun.create(id, parsed, context));
      return this.#decision(context, {
        type: this.#noun.type,
        before: undefined,
        record: next,
        action: "create",
        changes,
      });
    });
  }

  /**
   * Applies an update.
   * @param check further faults of the request, given the record that it names
   * @throws RosterError NOT_FOUND, DELETED, STALE_VERSION, or INVALID or CONFLICT with all faults
   */
  async update(actor: Actor, parsed: ParsedUpdate, check?: Check<T>): Promise<Updated<Json>> {
    authorize(actor, this.#noun.scopes.write);
    const wants = this.updateWants(parsed);
    return this.#submit(actor, parsed.reason ?? null, wants, (context) =>
      this.decideUpdate(parsed, context, check),
    );
  }

  /** What `decideUpdate` is sure to need. */
  updateWants(parsed: ParsedUpdate): Want[] {
    return this.#wants(parsed.where, parsed);
  }

  /** The decision of an update alone, for commands that update more than one record. */
  decideUpdate(
    parsed: ParsedUpdate,
    context: DecisionContext,
    check: Check<T> = () => [],
  ): Decision<Updated<Json>> {
    const { type } = this.#noun;
    const current = this.#locate(context.view, parsed);
    if (isStale(current, parsed.expectedVersion)) throw stale(current, parsed.expectedVersion, context.view);
    const faults = [...parsed.faults, ...check(current)];
    const { next, changes } = accepted(this.#noun.update(current, { edits: parsed.edits, faults }, context));
    if (changes.length === 0 || parsed.dryRun) {
      // What would be, under the version that is.
      const { version, updatedAt, updatedBy } = current;
      const record = this.show(context.view, { ...next, version, updatedAt, updatedBy });
      return { writes: [], reply: { record, version, applied: false, changes } };
    }
    return {
      writes: [{ type, before: current, record: next, action: "update", changes }],
      reply: { record: this.show(context.view, next), version: next.version, applied: true, changes },
    };
  }

  async delete(actor: Actor, where: Alternatives): Promise<Json> {
    authorize(actor, this.#noun.scopes.write);
    return this.#submit(actor, null, this.#wants(where), (context) => {
      const current = this.#locate(context.view, { where, faults: [] });
      const { next, changes } = accepted(this.#noun.delete(current, context));
      return this.#decision(context, {
        type: this.#noun.type,
        before: current,
        record: next,
        action: "delete",
        changes,
      });
    });
  }

  /** Brings a deleted record back; a live one is answered as it is. */
  async restore(actor: Actor, where: Alternatives): Promise<Json> {
    authorize(actor, this.#noun.scopes.write);
    return this.#submit(actor, null, this.#wants(where), (context) => {
      const current = first(where, ({ field, value }) => context.view.find(this.#noun.type, field, value));
      if (!current) throw this.#notFound();
      const { next, changes } = accepted(this.#noun.restore(current, context));
      if (changes.length === 0) return { writes: [], reply: this.show(context.view, current) };
      return this.#decision(context, {
        type: this.#noun.type,
        before: current,
        record: next,
        action: "restore",
        changes,
      });
    });
  }

  /** @param deleted whether a deleted record, named by its id or number, is answered too */
  async get(actor: Actor, where: Alternatives, deleted = false): Promise<Json> {
    const stored = await this.#read(actor, where);
    if (stored.deletedAt !== null && !deleted) throw this.#deleted(stored.deletedAt);
    return this.#noun.show(stored, await this.#ancestors(actor, stored));
  }

  async list(actor: Actor, { filter = {}, sort, order, limit, cursor }: ParsedList): Promise<Page<Json>> {
    authorize(actor, this.#noun.scopes.read);
    const { type } = this.#noun;
    const {
      namePrefix,
      changedSince,
      deleted = false,
    } = filter as { namePrefix?: string; changedSince?: string; deleted?: boolean | "any" };
    const by =
      sort ?? (namePrefix !== undefined ? "name" : changedSince !== undefined ? "updatedAt" : "createdAt");
    const terms: Record<string, string> = {};
    for (const field of termFields(type)) {
      const value = field === "name" ? undefined : filter[field];
      if (value !== undefined) terms[field] = String(value);
    }
    const { read, write } = cursors(
      [actor.tenant.number, type, filter, by, order],
      z.tuple([z.string(), z.string()]).readonly(),
    );
    const { items, next } = await this.#store.database.tenant(actor.tenant.number).list(type, {
      terms,
      namePrefix,
      changedSince,
      deleted,
      sort: by,
      order,
      limit,
      after: read(cursor),
    });
    const chains = new Map<string | null, readonly StoredRecords["customer"][]>();
    const shown: Json[] = [];
    for (const item of items) {
      const parent = "parent" in item ? item.parent : null;
      if (!chains.has(parent)) chains.set(parent, await this.#ancestors(actor, item));
      shown.push(this.#noun.show(item, chains.get(parent) ?? []));
    }
    return { items: shown, nextCursor: next ? write(next) : null };
  }

  /** The record's log, newest first; a deleted record's too, by its id or number. */
  async history(
    actor: Actor,
    where: Alternatives,
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<ChangeEntryJson>> {
    const { id } = await this.#read(actor, where);
    const { read, write } = cursors([actor.tenant.number, "history", id], z.int());
    const entries = await this.#store.database
      .tenant(actor.tenant.number)
      .history(id, read(cursor), limit + 1);
    const items = entries.slice(0, limit);
    const last = items.at(-1);
    return { items, nextCursor: entries.length > limit && last ? write(last.version) : null };
  }

  async #read(actor: Actor, where: Alternatives): Promise<StoredRecords[T]> {
    authorize(actor, this.#noun.scopes.read);
    const reader = this.#store.database.tenant(actor.tenant.number);
    for (const alternative of where) {
      const record = await reader.find(this.#noun.type, alternative);
      if (record) return record;
    }
    throw this.#notFound();
  }

  async #ancestors(actor: Actor, record: StoredRecords[T]): Promise<readonly StoredRecords["customer"][]> {
    const hasParent = "parent" in record && record.parent !== null;
    return hasParent ? this.#store.database.tenant(actor.tenant.number).ancestors(record.id) : [];
  }

  #submit<Reply>(
    actor: Actor,
    reason: string | null,
    wants: readonly Want[],
    decide: (context: DecisionContext) => Decision<Reply>,
  ): Promise<Reply> {
    return this.#store.commits.submit(command(this.#store, this.#noun.type, actor, reason, wants, decide));
  }

  #decision(context: DecisionContext, write: Write<T>): Decision<Json> {
    return { writes: [write], reply: this.show(context.view, write.record) };
  }

  /** A record as readers see it, in the midst of a command. */
  show(view: View, record: StoredRecords[T]): Json {
    return this.#noun.show(record, "parent" in record ? view.ancestors(record) : []);
  }

  /** The live record that a request names. Faults of a request that names none come first. */
  #locate(view: View, { where, faults }: Pick<ParsedUpdate, "where" | "faults">): StoredRecords[T] {
    if (where.length === 0) throw refusal(faults);
    const record = first(where, ({ field, value }) => view.find(this.#noun.type, field, value));
    if (!record) throw this.#notFound();
    if (record.deletedAt !== null) throw this.#deleted(record.deletedAt);
    return record;
  }

  #wants(where: Alternatives, parsed?: ParsedCreate): Want[] {
    const { type, fields } = this.#noun;
    const wants: Want[] = where.map(({ field, value }) => ({ kind: "record", type, field, value }));
    for (const { field, op, value } of parsed?.edits ?? []) {
      const { refers, unique } = fields[field] as Field;
      if (value === null || op === "remove") continue;
      if (unique) wants.push({ kind: "record", type, field, value: value as string });
      if (refers === "hierarchyLevel") wants.push({ kind: "all", type: refers });
      else if (refers)
        wants.push(...[value].flat().map((named) => referenceWant(refers, named as string | number)));
    }
    return wants;
  }

  #notFound(): RosterError {
    return new RosterError("NOT_FOUND", `there is no such ${this.#noun.type}`);
  }

  #deleted(at: string): RosterError {
    return new RosterError("DELETED", `the ${this.#noun.type} was deleted at ${at}; it can be restored`);
  }
}

const referenceKeys = {
  groupTag: "name",
  accessGroup: "name",
  channel: "number",
  user: "number",
  customer: "id",
} as const;
const referenceWant = (type: keyof typeof referenceKeys, value: string | number): Want => ({
  kind: "record",
  type,
  field: referenceKeys[type],
  value,
});

/** A command of an actor, decided in the context of one record type. */
export const command = <Reply>(
  { now }: Store,
  type: RecordType,
  actor: Actor,
  reason: string | null,
  wants: readonly Want[],
  decide: (context: DecisionContext) => Decision<Reply>,
): Command<Reply> => ({
  tenant: actor.tenant.number,
  actor: actor.id,
  source: actor.source,
  reason,
  wants,
  decide: (view) => decide(decisionContext(type, view, actor, now())),
});

export function accepted<R>(outcome: Outcome<R> | RosterError): Outcome<R> {
  if (outcome instanceof RosterError) throw outcome;
  return outcome;
}

function first<R extends { deletedAt: string | null }>(
  where: Alternatives,
  find: (where: Where) => R | undefined,
): R | undefined {
  const found = where.map(find).filter((record) => record !== undefined);
  return found.find(({ deletedAt }) => deletedAt === null) ?? found[0];
}

function stale(current: StoredRecords[RecordType], expectedVersion: number, view: View): RosterError {
  const latest = new Map<string, ChangedSince>();
  const since = expectedVersion < current.version ? view.changesSince(current.id, expectedVersion) : [];
  for (const { version, at, actor, changes } of since) {
    for (const { path } of changes) latest.set(path, { path, version, at, actor });
  }
  return new RosterError(
    "STALE_VERSION",
    `the record is at version ${current.version}, not ${expectedVersion}`,
    {
      conflict: { expectedVersion, currentVersion: current.version, changedSince: [...latest.values()] },
    },
  );
}
