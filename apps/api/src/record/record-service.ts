import {
  authorize,
  decideDelete,
  decideErase,
  decideRestore,
  decideRevert,
  decideUpdate,
  decideUpsert,
  erase,
  may,
  refusal,
  type Action,
  type Actor,
  type Decided,
  type ExpectedVersion,
  type ManyResult,
  type ParsedCreate,
  type ParsedMany,
  type ParsedRevert,
  type ParsedUpdate,
  type RecordType,
  type RosterError,
  type StoredRecords,
  type UpdateResult,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { Write } from "../store/commit/batch.ts";
import type { Want } from "../store/database.ts";
import type { Decision } from "../store/commit/command.ts";
import { concludeMany } from "./bulk.ts";
import {
  accepted,
  CommandMaker,
  firstOf,
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

/** What can be asked about the records of one type, whichever type that is. */
export type Records<Json> = Pick<
  RecordService<RecordType, Json>,
  | "create"
  | "get"
  | "list"
  | "update"
  | "upsert"
  | "updateMany"
  | "history"
  | "at"
  | "diff"
  | "revert"
  | "delete"
  | "restore"
  | "erase"
  | "export"
>;

/** What a request says, given the record that it names as readers see it. */
export type Reading<Json> = (current: Json) => ParsedCreate;

/**
 * All that can be done with the records of one type. Every method checks the actor's scope, finds
 * the record, and leaves the decision to the domain.
 */
export class RecordService<T extends RecordType, Json> extends RecordReader<T, Json> {
  async create(actor: Actor, parsed: ParsedCreate): Promise<Json> {
    // Outside the decision, which must be the same however often it is made.
    const id = uuid();
    return this.#submit(actor, null, this.#wants([], parsed), (context) => {
      const { next, changes } = accepted(this.noun.create(id, parsed, context));
      return recordOf(this.#shown(context, undefined, "create", { record: next, changes, applied: true }));
    });
  }

  /**
   * Applies an update.
   * @param reading what the request says of the record that it names, where that depends on the record
   * @throws RosterError NOT_FOUND, DELETED, STALE_VERSION, VERSION_REQUIRED, or INVALID or CONFLICT
   *   with all faults
   */
  async update(actor: Actor, parsed: ParsedUpdate, reading?: Reading<Json>): Promise<Updated<Json>> {
    return this.#submit(actor, parsed.reason, this.updateWants(parsed), (context) =>
      this.decideUpdate(parsed, context, reading),
    );
  }

  /**
   * Updates the record that has a unique value, or makes one that has it. Of many that race, one makes it.
   */
  async upsert(actor: Actor, parsed: ParsedUpdate): Promise<Updated<Json> & { created: boolean }> {
    const id = uuid();
    return this.#submit(actor, parsed.reason, this.updateWants(parsed), (context) => {
      const before = this.#find(context, parsed.where);
      const create = (given: ParsedCreate) => this.noun.create(id, given, context);
      const { created, ...decided } = accepted(
        decideUpsert(this.noun.rules, before, parsed, create, context),
      );
      const { writes, reply } = created
        ? this.#shown(context, undefined, "create", decided)
        : this.#shown(context, before, "update", decided);
      return { writes, reply: { ...reply, created } };
    });
  }

  /** Applies many updates in order, each on what those before it left: all or nothing, or each for itself. */
  async updateMany(actor: Actor, { items, faults, atomic, dryRun, reason }: ParsedMany): Promise<ManyResult> {
    authorize(actor, this.noun.scopes.write);
    if (faults.length > 0) throw refusal(faults);
    const wants = items.flatMap((item) => this.updateWants(item));
    const parts = items.map((item) => (context: DecisionContext): Decision<UpdateResult & { id: string }> => {
      const before = this.#find(context, item.where);
      const decided = accepted(decideUpdate(this.noun.rules, before, item, context));
      return {
        writes: this.#writes(before, "update", decided, item.reason),
        reply: { id: decided.record.id, ...resultOf(decided) },
      };
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

  /**
   * Takes a record, or a part of it, back to a version: a new update, with all rules.
   *
   * A dry run needs the scope to read, too: it shows an earlier version and leaves no trace.
   */
  async revert(actor: Actor, parsed: ParsedRevert): Promise<Updated<Json>> {
    if (parsed.dryRun) authorize(actor, this.noun.scopes.read);
    return this.#submit(actor, parsed.reason, this.#wants(parsed.where), (context) => {
      const before = this.#find(context, parsed.where);
      const decided = accepted(decideRevert(this.noun.rules, before, parsed, context));
      return this.#shown(context, before, "revert", decided);
    });
  }

  /** What `decideUpdate` is sure to need. */
  updateWants(parsed: ParsedUpdate): Want[] {
    return this.#wants(parsed.where, parsed);
  }

  /** The decision of an update alone, for commands that update more than one record. */
  decideUpdate(
    parsed: ParsedUpdate,
    context: DecisionContext,
    reading?: Reading<Json>,
  ): Decision<Updated<Json>> {
    authorize(context, this.noun.scopes.write);
    const before = this.#find(context, parsed.where);
    const read = before && reading ? { ...parsed, ...reading(this.show(context, before)) } : parsed;
    const decided = accepted(decideUpdate(this.noun.rules, before, read, context));
    return this.#shown(context, before, "update", decided);
  }

  /** Deletes a record softly. @throws RosterError as `update` does */
  async delete(
    actor: Actor,
    where: Alternatives,
    reason?: string,
    expectedVersion?: ExpectedVersion,
  ): Promise<Json> {
    return this.#change(actor, "delete", where, reason, (before, context) =>
      decideDelete(this.noun.rules, before, { where, expectedVersion }, context),
    );
  }

  /** Brings a deleted record back; a live one is answered as it is. */
  async restore(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    return this.#change(actor, "restore", where, reason, (before, context) =>
      decideRestore(this.noun.rules, before, { where }, context),
    );
  }

  /**
   * Erases a record for good, deleted or not, with the duplicates that were merged into it: its
   * values, its history's values, and the answers kept for idempotency keys. That it was, and when
   * it was erased, stays.
   */
  async erase(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    const { type, rules } = this.noun;
    return this.#submit(actor, reason, this.#wants(where), (context) => {
      const { view } = context;
      const before = this.#find(context, where);
      const decided = accepted(decideErase(rules, before, { where }, context));
      const { writes, reply } = recordOf(this.#shown(context, before, "erase", decided));
      const ids =
        type === "customer" ? view.referring("customer", "mergedInto", decided.record.id, maxMerged) : [];
      const duplicates = view.findAll(type, ids).map((duplicate): Write<T> => {
        const { next, changes } = erase(rules.fields, duplicate, context);
        return { type, before: duplicate, record: next, action: "erase", changes };
      });
      return { writes: [...writes, ...duplicates], reply };
    });
  }

  /**
   * A record as readers see it, in the midst of a command.
   * @throws RosterError FORBIDDEN unless the actor may read or write the records of this type
   */
  show(context: DecisionContext, record: StoredRecords[T]): Json {
    if (!may(context, this.noun.scopes.write)) authorize(context, this.noun.scopes.read);
    return this.noun.show(record, "parent" in record ? context.view.ancestors(record) : []);
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

  /** Submits a decision about one record, which is answered with the record alone. */
  #change(
    actor: Actor,
    action: Action,
    where: Alternatives,
    reason: string | undefined,
    decide: (
      before: StoredRecords[T] | undefined,
      context: DecisionContext,
    ) => Decided<StoredRecords[T]> | RosterError,
  ): Promise<Json> {
    return this.#submit(actor, reason, this.#wants(where), (context) => {
      const before = this.#find(context, where);
      return recordOf(this.#shown(context, before, action, accepted(decide(before, context))));
    });
  }

  /** The writes and the answer of a decision. */
  #shown(
    context: DecisionContext,
    before: StoredRecords[T] | undefined,
    action: Action,
    decided: Decided<StoredRecords[T]>,
  ): Decision<Updated<Json>> {
    return {
      writes: this.#writes(before, action, decided),
      reply: { record: this.show(context, decided.record), ...resultOf(decided) },
    };
  }

  #writes(
    before: StoredRecords[T] | undefined,
    action: Action,
    { record, changes, applied }: Decided<StoredRecords[T]>,
    reason?: string,
  ): Write<T>[] {
    const { type } = this.noun;
    return applied
      ? [{ type, before, record, action, changes, ...(reason !== undefined && { reason }) }]
      : [];
  }

  #find({ view }: DecisionContext, where: Alternatives): StoredRecords[T] | undefined {
    return firstOf(where, ({ field, value }) => view.find(this.noun.type, field, value));
  }

  #wants(where: Alternatives, parsed?: ParsedCreate): Want[] {
    return wantsOf(this.noun.type, this.noun.rules.fields, where, parsed);
  }
}

const resultOf = ({ record, changes, applied }: Decided<{ version: number }>): UpdateResult => ({
  version: record.version,
  applied,
  changes,
});

/** The decision with the record alone as its answer. */
const recordOf = <Json>({ writes, reply }: Decision<Updated<Json>>): Decision<Json> => ({
  writes,
  reply: reply.record,
});
