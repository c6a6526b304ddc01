import {
  authorize,
  changedSince,
  erase,
  fieldsWhere,
  isStale,
  overlap,
  pointer,
  put,
  refusal,
  rewind,
  RosterError,
  seenVersion,
  segments,
  staleVersion,
  type Action,
  type Actor,
  type ChangedSince,
  type Edit,
  type ExpectedVersion,
  type Fault,
  type JsonObject,
  type JsonValue,
  type ManyResult,
  type ParsedCreate,
  type ParsedMany,
  type ParsedRevert,
  type ParsedUpdate,
  type RecordType,
  type StoredRecords,
  type UpdateResult,
  type FieldName,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { View, Write } from "../store/batch.ts";
import type { Want } from "../store/database.ts";
import type { Decision } from "../store/command.ts";
import { concludeMany } from "./bulk.ts";
import {
  accepted,
  CommandMaker,
  deleted,
  firstOf,
  notFound,
  submit,
  wantsOf,
  type Alternatives,
  type DecideInContext,
} from "./command.ts";
import type { DecisionContext } from "./noun.ts";
import { RecordReader } from "./record-reader.ts";

/** What an update answers, before the surface names the record. */
export interface Updated<Json> extends UpdateResult {
  record: Json;
}

/** More duplicates of one person than there can be. */
const maxMerged = 10_000;

/** Further faults of a request, given the record that it names. */
export type Check<T extends RecordType> = (current: StoredRecords[T]) => Fault[];

type Outcome<T extends RecordType> = { next: StoredRecords[T]; changes: UpdateResult["changes"] };

/** All that can be done with the records of one type. Every method checks the actor's scope first. */
export class RecordService<T extends RecordType, Json> extends RecordReader<T, Json> {
  async create(actor: Actor, parsed: ParsedCreate): Promise<Json> {
    // Outside the decision, which must be the same however often it is made.
    const id = uuid();
    return this.#submit(actor, null, this.#wants([], parsed), (context) => {
      const { writes, reply } = this.#decideCreate(id, parsed, context);
      return { writes, reply: reply.record };
    });
  }

  /**
   * Applies an update.
   * @param check further faults of the request, given the record that it names
   * @throws RosterError NOT_FOUND, DELETED, STALE_VERSION, VERSION_REQUIRED, or INVALID or CONFLICT
   *   with all faults
   */
  async update(actor: Actor, parsed: ParsedUpdate, check?: Check<T>): Promise<Updated<Json>> {
    return this.#submit(actor, parsed.reason, this.updateWants(parsed), (context) =>
      this.decideUpdate(parsed, context, check),
    );
  }

  /**
   * Updates the record that has a unique value, or makes one that has it. Of many that race, one makes it.
   */
  async upsert(actor: Actor, parsed: ParsedUpdate): Promise<Updated<Json> & { created: boolean }> {
    const id = uuid();
    return this.#submit(actor, parsed.reason, this.updateWants(parsed), (context) => {
      if (parsed.where.length === 0) throw refusal(parsed.faults);
      const exists = this.#find(context.view, parsed.where)?.deletedAt === null;
      if (!exists && parsed.expectedVersion !== undefined) throw notFound(this.noun.type);
      const { writes, reply } = exists
        ? this.decideUpdate(parsed, context)
        : this.#decideCreate(id, { faults: parsed.faults, edits: creating(parsed) }, context);
      return parsed.dryRun
        ? { writes: [], reply: { ...reply, applied: false, created: false } }
        : { writes, reply: { ...reply, created: !exists } };
    });
  }

  /** Applies many updates in order, each on what those before it left: all or nothing, or each for itself. */
  async updateMany(actor: Actor, { items, faults, atomic, dryRun, reason }: ParsedMany): Promise<ManyResult> {
    authorize(actor, this.noun.scopes.write);
    if (faults.length > 0) throw refusal(faults);
    const wants = items.flatMap((item) => this.updateWants(item));
    const parts = items.map((item) => (context: DecisionContext): Decision<UpdateResult & { id: string }> => {
      const { writes, reply } = this.#decideUpdate(item, context);
      const { next, ...result } = reply;
      return { writes, reply: { id: next.id, ...result } };
    });
    const conclude = concludeMany(atomic, dryRun);
    return this.store.commits.submit(
      new CommandMaker(this.store, this.noun.type, actor, reason ?? null).series(wants, parts, {
        atomic,
        dryRun,
        conclude,
      }),
    );
  }

  /** Takes a record, or one field of it, back to a version: a new update, with all rules. */
  async revert(actor: Actor, parsed: ParsedRevert): Promise<Updated<Json>> {
    return this.#submit(actor, parsed.reason, this.#wants(parsed.where), (context) => {
      const current = this.#locate(context.view, parsed);
      const edits = this.#reverting(current, parsed, context.view);
      return this.#shown(
        context.view,
        this.#decideUpdate({ ...parsed, edits }, context, undefined, "revert"),
      );
    });
  }

  /** What `decideUpdate` is sure to need. */
  updateWants(parsed: ParsedUpdate): Want[] {
    return this.#wants(parsed.where, parsed);
  }

  /** The decision of an update alone, for commands that update more than one record. */
  decideUpdate(parsed: ParsedUpdate, context: DecisionContext, check?: Check<T>): Decision<Updated<Json>> {
    return this.#shown(context.view, this.#decideUpdate(parsed, context, check));
  }

  /** Deletes a record softly. @throws RosterError as `update` does */
  async delete(
    actor: Actor,
    where: Alternatives,
    reason?: string,
    expectedVersion?: ExpectedVersion,
  ): Promise<Json> {
    return this.#submit(actor, reason, this.#wants(where), (context) => {
      const current = this.#locate(context.view, { where, faults: [] });
      this.#changedSince(current, { expectedVersion, onConflict: "reject" }, context);
      return this.#written(context, current, "delete", accepted(this.noun.delete(current, context)));
    });
  }

  /** Brings a deleted record back; a live one is answered as it is. */
  async restore(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    return this.#submit(actor, reason, this.#wants(where), (context) => {
      const current = this.#find(context.view, where);
      if (!current) throw notFound(this.noun.type);
      if ("erasedAt" in current && current.erasedAt !== null) throw deleted(this.noun.type, current);
      return this.#written(context, current, "restore", accepted(this.noun.restore(current, context)));
    });
  }

  /**
   * Erases a record for good, deleted or not, with the duplicates that were merged into it: its
   * values, its history's values, and the answers kept for idempotency keys. That it was, and when
   * it was erased, stays.
   */
  async erase(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    return this.#submit(actor, reason, this.#wants(where), (context) => {
      const current = this.#find(context.view, where);
      if (!current) throw notFound(this.noun.type);
      if ("erasedAt" in current && current.erasedAt !== null) throw deleted(this.noun.type, current);
      if (current.deletedAt === null) accepted(this.noun.delete(current, context));
      const ids =
        this.noun.type === "customer"
          ? context.view.referring("customer", "mergedInto", current.id, maxMerged)
          : [];
      const writes = [current, ...context.view.findAll(this.noun.type, ids)].map((before): Write<T> => {
        const { next, changes } = erase(this.noun.fields, before, context);
        return { type: this.noun.type, before, record: next, action: "erase", changes };
      });
      return { writes, reply: this.show(context.view, (writes[0] as Write<T>).record) };
    });
  }

  /** A record as readers see it, in the midst of a command. */
  show(view: View, record: StoredRecords[T]): Json {
    return this.noun.show(record, "parent" in record ? view.ancestors(record) : []);
  }

  async #submit<Reply>(
    actor: Actor,
    reason: string | null | undefined,
    wants: readonly Want[],
    decide: DecideInContext<Reply>,
  ): Promise<Reply> {
    authorize(actor, this.noun.scopes.write);
    return submit(this.store, this.noun.type, actor, reason ?? null, wants, decide);
  }

  #decideCreate(id: string, parsed: ParsedCreate, context: DecisionContext): Decision<Updated<Json>> {
    const { next, changes } = accepted(this.noun.create(id, parsed, context));
    return {
      writes: [{ type: this.noun.type, before: undefined, record: next, action: "create", changes }],
      reply: { record: this.show(context.view, next), version: next.version, applied: true, changes },
    };
  }

  #decideUpdate(
    parsed: ParsedUpdate,
    context: DecisionContext,
    check: Check<T> = () => [],
    action: Action = "update",
  ): Decision<UpdateResult & { next: StoredRecords[T] }> {
    const { type } = this.noun;
    const { reason } = parsed;
    const current = this.#locate(context.view, parsed);
    const since = this.#changedSince(current, parsed, context);
    const faults = [...parsed.faults, ...check(current)];
    const { next, changes } = accepted(this.noun.update(current, { edits: parsed.edits, faults }, context));
    const inTheWay = overlap(since, changes, parsed.edits);
    if (inTheWay.length > 0) throw staleVersion(current, parsed.expectedVersion as ExpectedVersion, inTheWay);
    if (changes.length === 0 || parsed.dryRun) {
      // What would be, under the version that is.
      const { version, updatedAt, updatedBy } = current;
      const preview = { ...next, version, updatedAt, updatedBy };
      return { writes: [], reply: { next: preview, version, applied: false, changes } };
    }
    return {
      writes: [
        { type, before: current, record: next, action, changes, ...(reason !== undefined && { reason }) },
      ],
      reply: { next, version: next.version, applied: true, changes },
    };
  }

  /** What has changed since the version that an update is of: nothing, unless it may be rebased. */
  #changedSince(
    current: StoredRecords[T],
    { expectedVersion, onConflict }: Pick<ParsedUpdate, "expectedVersion" | "onConflict">,
    { view, requiresVersions }: DecisionContext,
  ): ChangedSince[] {
    if (expectedVersion === undefined && requiresVersions()) {
      throw new RosterError("VERSION_REQUIRED", "this tenant wants updates to say which version they are of");
    }
    if (!isStale(current, expectedVersion)) return [];
    const seen = seenVersion(current, expectedVersion);
    const since = seen === undefined ? [] : changedSince(view.changesSince(current.id, seen));
    if (onConflict === "rebase" && seen !== undefined) return since;
    throw staleVersion(current, expectedVersion, since);
  }

  #shown(
    view: View,
    { writes, reply: { next, ...result } }: Decision<UpdateResult & { next: StoredRecords[T] }>,
  ): Decision<Updated<Json>> {
    return { writes, reply: { record: this.show(view, next), ...result } };
  }

  /** The decision to write a record, or nothing when nothing changes. */
  #written(
    context: DecisionContext,
    before: StoredRecords[T],
    action: Action,
    { next, changes }: Outcome<T>,
  ): Decision<Json> {
    const reply = this.show(context.view, next);
    return {
      writes: changes.length > 0 ? [{ type: this.noun.type, before, record: next, action, changes }] : [],
      reply,
    };
  }

  /** The edits that bring a record's writable values back to what they were. */
  #reverting(current: StoredRecords[T], { to, field }: ParsedRevert, view: View): Edit[] {
    const at = field === undefined ? "/to" : "/field";
    if (to > current.version) {
      throw refusal([
        {
          pointer: "/to",
          code: "not_found",
          message: `there is no version ${to}; the latest is ${current.version}`,
        },
      ]);
    }
    const since = to === current.version ? [] : view.changesSince(current.id, to);
    const then = rewind(current, since.toReversed()) as unknown as JsonObject;
    const writable = fieldsWhere(this.noun.fields, ({ access }) => access === "write");
    if (field === undefined) {
      return writable.map((name) => ({
        field: name as FieldName,
        op: "set",
        value: then[name] as JsonValue,
        at,
      }));
    }
    const path = segments(field);
    const name = path[0] as string;
    if (!writable.includes(name))
      throw refusal([{ pointer: at, code: "unknown_field", message: "is not a field that can be written" }]);
    const value = path.reduce<JsonValue | undefined>(
      (part, key) =>
        typeof part === "object" && part !== null && Object.hasOwn(part, key)
          ? (part as { [name: string]: JsonValue })[key]
          : undefined,
      then,
    );
    const whole = put(current, path, value)[name] ?? null;
    return [{ field: name as FieldName, op: "set", value: whole, at }];
  }

  #find(view: View, where: Alternatives): StoredRecords[T] | undefined {
    return firstOf(where, ({ field, value }) => view.find(this.noun.type, field, value));
  }

  /** The live record that a request names. Faults of a request that names none come first. */
  #locate(view: View, { where, faults }: Pick<ParsedUpdate, "where" | "faults">): StoredRecords[T] {
    if (where.length === 0) throw refusal(faults);
    const record = this.#find(view, where);
    if (!record) throw notFound(this.noun.type);
    if (record.deletedAt !== null) throw deleted(this.noun.type, record);
    return record;
  }

  #wants(where: Alternatives, parsed?: ParsedCreate): Want[] {
    return wantsOf(this.noun.type, this.noun.fields, where, parsed);
  }
}

/** The edits of an update as those of a new record, which has the value that it was looked for by. */
const creating = ({ where, edits }: ParsedUpdate): Edit[] => [
  ...where.map(({ field, value }): Edit => ({ field, op: "set", value, at: pointer("where", field) })),
  ...edits.filter(({ op }) => op !== "remove"),
];
