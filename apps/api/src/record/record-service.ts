import {
  authorize,
  decideDelete,
  decideErase,
  decideRestore,
  decideRevert,
  decideUpdate,
  decideUpsert,
  erase,
  findables,
  hasKey,
  isFoundType,
  matchOf,
  plainUpdate,
  may,
  placeOfKey,
  pointer,
  property,
  propertyTerm,
  refusal,
  termOf,
  type Action,
  type Actor,
  type ChangedWhere,
  type ChangeSetJson,
  type Decided,
  type ExpectedVersion,
  type Fault,
  type ManyResult,
  type ParsedCreate,
  type ParsedMany,
  type ParsedRevert,
  type ParsedUpdate,
  type ParsedUpsert,
  type RecordType,
  type RosterError,
  type StoredRecords,
  type UpdateResult,
  type WrittenResult,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { Decision, Series, Write } from "../store/commit/command.ts";
import type { Want } from "../store/database.ts";
import { changeWhere, type Change, type ParsedWhere } from "./change-where.ts";
import { changeSetOf, concludeUpdated, concludeWritten, type UpdatedPart, type WrittenPart } from "./bulk.ts";
import {
  accepted,
  findIn,
  idsShown,
  run,
  runSeries,
  wantsOf,
  type Alternatives,
  type DecideInContext,
} from "./command.ts";
import type { DecisionContext } from "./noun.ts";
import { RecordHistory } from "./record-history.ts";
import { unservedKey } from "./sought.ts";

/** The answer to an update, before the surface names the record. */
export interface Updated<Json> extends UpdateResult {
  record: Json;
}

/** More duplicates than one person can have. */
const maxMerged = 10_000;

/** Reads a request whose meaning depends on the record that it names, as readers see it, or on others. */
export type Reading<Json> = (
  current: Json,
  context: DecisionContext,
) => ParsedCreate & Partial<Pick<ParsedUpdate, "expectedVersion">>;

/** Further rules of a new record, and the data that they look at. */
export interface CreateCheck {
  wants: readonly Want[];
  faults(context: DecisionContext): Fault[];
}

/** The methods of a `RecordService` whose types depend on the record type only by their answers. */
export type Records<Json> = Omit<RecordService<RecordType, Json>, "show" | "updateWants" | "updateWithin">;

/**
 * All operations on the records of one type. Each method checks the actor's scope and finds the record; the
 * domain decides.
 */
export class RecordService<T extends RecordType, Json> extends RecordHistory<T, Json> {
  async create(actor: Actor, parsed: ParsedCreate, check?: CreateCheck): Promise<Json> {
    // Assigned here, because a decision may run more than once.
    const id = uuid();
    const wants = [...this.#wants([], parsed), ...(check?.wants ?? [])];
    return this.#run(actor, undefined, wants, (context) => {
      const faults = check?.faults(context) ?? [];
      const checked = faults.length > 0 ? { ...parsed, faults: [...parsed.faults, ...faults] } : parsed;
      const { next, changes } = accepted(this.noun.create(id, checked, context));
      return recordOnly(
        this.#decision(context, "create", undefined, { record: next, changes, applied: true }),
      );
    });
  }

  /**
   * Applies an update.
   * @param wants data that the reading looks at
   * @param reading reads the request, if its meaning depends on the record
   * @throws RosterError NOT_FOUND, DELETED, STALE_VERSION, VERSION_REQUIRED, or INVALID or CONFLICT with all
   *   faults
   */
  async update(
    actor: Actor,
    parsed: ParsedUpdate,
    reading?: Reading<Json>,
    wants: readonly Want[] = [],
  ): Promise<Updated<Json>> {
    return this.#run(actor, parsed.reason, [...this.updateWants(parsed), ...wants], (context) =>
      this.updateWithin(context, parsed, reading),
    );
  }

  /** The wants of `updateWithin`. */
  updateWants(parsed: ParsedUpdate): Want[] {
    return this.#wants(parsed.where, parsed);
  }

  /**
   * Decides an update within a command that may update other records too.
   * @throws RosterError like `update`
   */
  updateWithin(
    context: DecisionContext,
    parsed: ParsedUpdate,
    reading?: Reading<Json>,
  ): Decision<Updated<Json>> {
    authorize(context, this.noun.scopes.write);
    const before = findIn(context, this.noun.type, parsed.where);
    const read = before && reading ? { ...parsed, ...reading(this.show(context, before), context) } : parsed;
    return this.#decision(
      context,
      "update",
      before,
      accepted(decideUpdate(this.noun.rules, before, read, context)),
    );
  }

  /** Updates the record with a unique value, or creates it. Of many concurrent upserts, one creates the record. */
  async upsert(actor: Actor, parsed: ParsedUpdate): Promise<Updated<Json> & { created: boolean }> {
    const id = uuid();
    return this.#run(actor, parsed.reason, this.updateWants(parsed), (context) => {
      const before = findIn(context, this.noun.type, parsed.where);
      const create = (given: ParsedCreate) => this.noun.create(id, given, context);
      const { created, ...decided } = accepted(
        decideUpsert(this.noun.rules, before, parsed, create, context),
      );
      const { reply, ...rest } = created
        ? this.#decision(context, "create", undefined, decided)
        : this.#decision(context, "update", before, decided);
      return { ...rest, reply: { ...reply, created } };
    });
  }

  /**
   * Applies many updates in order, each on the state that the previous ones leave: all or nothing, or each
   * independently.
   */
  async updateMany(actor: Actor, many: ParsedMany): Promise<ManyResult> {
    const { type, rules } = this.noun;
    const parts = many.items.map((item) => (context: DecisionContext): Decision<UpdatedPart> => {
      const before = findIn(context, type, item.where);
      const decided = accepted(decideUpdate(rules, before, item, context));
      const { id } = decided.record;
      return {
        writes: writesOf(type, "update", before, decided, item.reason),
        reply: { id, ...resultOf(decided) },
        about: [id],
      };
    });
    const wants = many.items.flatMap((item) => this.updateWants(item));
    return this.#many(actor, many, wants, parts, { conclude: concludeUpdated(many) });
  }

  /** Creates many records in order: all or none, or each independently. */
  async createMany(actor: Actor, many: ParsedMany<ParsedCreate>): Promise<WrittenResult> {
    const { type } = this.noun;
    const parts = many.items.map((item) => {
      const id = uuid();
      return (context: DecisionContext): Decision<WrittenPart> => {
        const { next: record, changes } = accepted(this.noun.create(id, item, context));
        return {
          writes: writesOf(type, "create", undefined, { record, changes, applied: true }),
          reply: { outcome: "created", id, version: record.version, changes },
          about: [],
        };
      };
    });
    const wants = many.items.flatMap((item) => this.#wants([], item));
    return this.#many(actor, many, wants, parts, { conclude: concludeWritten(many), valueless: true });
  }

  /** Updates or creates the record with each item's key, in order: all or none, or each independently. */
  async upsertMany(actor: Actor, many: ParsedMany<ParsedUpsert>): Promise<WrittenResult> {
    const { type, rules } = this.noun;
    const parts = many.items.map((item) => {
      const id = uuid();
      return (context: DecisionContext): Decision<WrittenPart> => {
        const { place } = item.where[0] ?? {};
        const at = (item.at ?? "") + pointer(...placeOfKey(item.where));
        const unserved = place === undefined ? undefined : unservedKey(context.view, type, place, at);
        if (unserved) throw refusal([...item.faults, unserved]);
        const before = accepted(matchOf(rules, this.#matching(context, item), item));
        const create = (given: ParsedCreate) => this.noun.create(id, given, context);
        const { created, ...decided } = accepted(decideUpsert(rules, before, item, create, context));
        const { record, changes, applied } = decided;
        return {
          writes: created
            ? writesOf(type, "create", undefined, decided, item.reason)
            : writesOf(type, "update", before, decided, item.reason),
          reply: {
            outcome: created ? "created" : applied ? "updated" : "unchanged",
            id: record.id,
            version: record.version,
            changes,
          },
          about: [],
        };
      };
    });
    const wants = many.items.flatMap((item): Want[] => {
      const alike = this.#sharedKey(item);
      if (!alike) return this.#wants(item.where as Alternatives, item);
      const builds: Want[] = item.where[0]?.place === undefined ? [] : [{ kind: "builds", type }];
      return [...this.#wants([], item), ...builds, { kind: "alike", type, ...alike }];
    });
    return this.#many(actor, many, wants, parts, { conclude: concludeWritten(many), valueless: true });
  }

  /** Updates all records that match, as one change set. See `changeWhere`. */
  async updateWhere(actor: Actor, request: ParsedWhere): Promise<ChangedWhere<ChangeSetJson>> {
    const { rules } = this.noun;
    return this.#changeWhere(actor, request, "update", "asc", (record, context) => {
      const update = plainUpdate([{ field: "id", value: record.id }], request);
      // The filter names the records, whatever their versions.
      return decideUpdate(rules, record, { ...update, expectedVersion: record.version }, context);
    });
  }

  /** Deletes all records that match, softly, as one change set. See `changeWhere`. */
  async deleteWhere(actor: Actor, request: ParsedWhere): Promise<ChangedWhere<ChangeSetJson>> {
    const { rules } = this.noun;
    return this.#changeWhere(actor, request, "delete", "desc", (record, context) =>
      decideDelete(
        rules,
        record,
        { where: [{ field: "id", value: record.id }], expectedVersion: record.version },
        context,
      ),
    );
  }

  #changeWhere(
    actor: Actor,
    request: ParsedWhere,
    action: "update" | "delete",
    order: "asc" | "desc",
    decide: (record: StoredRecords[T], context: DecisionContext) => Decided<StoredRecords[T]> | RosterError,
  ): Promise<ChangedWhere<ChangeSetJson>> {
    const { type } = this.noun;
    if (type !== "customer" && type !== "user") throw new Error(`${type} cannot be changed by filters`);
    const change = { type, action, order, records: this, decide } as unknown as Change<"customer" | "user">;
    return changeWhere(this.store, actor, change, request);
  }

  /** Runs the parts of a bulk request as changes of one change set. */
  async #many<Part, Reply>(
    actor: Actor,
    many: ParsedMany<unknown>,
    wants: readonly Want[],
    parts: readonly ((context: DecisionContext) => Decision<Part>)[],
    rest: Pick<Series<Part, Reply>, "conclude" | "valueless">,
  ): Promise<Reply> {
    const { type, scopes } = this.noun;
    const { faults, atomic, dryRun, reason } = many;
    authorize(actor, scopes.write);
    if (faults.length > 0) throw refusal(faults);
    const { changeSet, wants: more, begin } = changeSetOf(actor, many, this.store.now());
    const request = { type, actor, reason, changeSet, wants: [...wants, ...more] };
    return runSeries(this.store, request, parts, { ...rest, atomic, dryRun, begin });
  }

  /** The records with the key of an upsert. Of a unique key, it may be a deleted one. */
  #matching(context: DecisionContext, item: ParsedUpsert): StoredRecords[T][] {
    const { type, rules } = this.noun;
    const alike = this.#sharedKey(item);
    // An address that only an identity provider has sent names no user, and a list in a property no customer.
    if (alike)
      return context.view
        .alike(type, alike.field, alike.term)
        .filter((record) => hasKey(rules.fields, record, item.where));
    const found = findIn(context, type, item.where as Alternatives);
    return found ? [found] : [];
  }

  /** The index and the term of a key that several records can have; undefined for a unique key. */
  #sharedKey({ where: [key] }: ParsedUpsert): { field: string; term: string } | undefined {
    const { type, rules } = this.noun;
    if (!key || !isFoundType(type) || rules.fields[key.field]?.unique) return undefined;
    if (key.place !== undefined) return { field: property(key.place).index, term: propertyTerm(key.value) };
    const by = findables(type).get(key.field);
    return by && { field: by.index, term: termOf(by.policy, key.value) };
  }

  /**
   * Reverts a record, or a part of it, to a version by a new update, subject to all rules.
   *
   * A dry run also needs the read scope: it shows an earlier version and leaves no trace.
   */
  async revert(actor: Actor, parsed: ParsedRevert): Promise<Updated<Json>> {
    if (parsed.dryRun) authorize(actor, this.noun.scopes.read);
    return this.#run(actor, parsed.reason, this.#wants(parsed.where), (context) => {
      const before = findIn(context, this.noun.type, parsed.where);
      const decided = accepted(decideRevert(this.noun.rules, before, parsed, context));
      return this.#decision(context, "revert", before, decided);
    });
  }

  /**
   * Deletes a record softly.
   * @param expectedVersion `current` for callers that know no versions, where a tenant requires them
   * @throws RosterError like `update`
   */
  async delete(
    actor: Actor,
    where: Alternatives,
    reason?: string,
    expectedVersion?: ExpectedVersion | "current",
  ): Promise<Json> {
    return this.#change(actor, "delete", where, reason, (before, context) => {
      const expected = expectedVersion === "current" ? before?.version : expectedVersion;
      return decideDelete(this.noun.rules, before, { where, expectedVersion: expected }, context);
    });
  }

  /** Restores a deleted record; a live one is returned unchanged. */
  async restore(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    return this.#change(actor, "restore", where, reason, (before, context) =>
      decideRestore(this.noun.rules, before, { where }, context),
    );
  }

  /**
   * Erases a record permanently, deleted or not, with the duplicates merged into it: their values, the values
   * in their histories, and the answers kept for idempotency keys. The fact and time of the erasure remain.
   */
  async erase(actor: Actor, where: Alternatives, reason?: string): Promise<Json> {
    const { type, rules } = this.noun;
    return this.#run(actor, reason, this.#wants(where), (context) => {
      const { view } = context;
      const before = findIn(context, type, where);
      const decided = accepted(decideErase(rules, before, { where }, context));
      const { writes, ...rest } = recordOnly(this.#decision(context, "erase", before, decided));
      const ids =
        type === "customer" ? view.referring("customer", "mergedInto", decided.record.id, maxMerged) : [];
      const duplicates = view.findAll(type, ids).map((duplicate): Write<T> => {
        const { next, changes } = erase(rules.fields, duplicate, context);
        return { type, before: duplicate, record: next, action: "erase", changes };
      });
      return { ...rest, writes: [...writes, ...duplicates] };
    });
  }

  /**
   * A record as readers see it, within a command.
   * @throws RosterError FORBIDDEN unless the actor may read or write records of this type
   */
  show(context: DecisionContext, record: StoredRecords[T]): Json {
    if (!may(context, this.noun.scopes.write)) authorize(context, this.noun.scopes.read);
    return this.noun.show(record, "parent" in record ? context.view.ancestors(record) : []);
  }

  async #run<Reply>(
    actor: Actor,
    reason: string | undefined,
    wants: readonly Want[],
    decide: DecideInContext<Reply>,
  ): Promise<Reply> {
    authorize(actor, this.noun.scopes.write);
    return run(this.store, { type: this.noun.type, actor, reason, wants }, decide);
  }

  /** Runs a decision about one record, whose answer is the record alone. */
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
    return this.#run(actor, reason, this.#wants(where), (context) => {
      const before = findIn(context, this.noun.type, where);
      return recordOnly(this.#decision(context, action, before, accepted(decide(before, context))));
    });
  }

  /** Converts the domain's decision to the store's: with its writes and its reply. */
  #decision(
    context: DecisionContext,
    action: Action,
    before: StoredRecords[T] | undefined,
    decided: Decided<StoredRecords[T]>,
  ): Decision<Updated<Json>> {
    return {
      writes: writesOf(this.noun.type, action, before, decided),
      reply: { record: this.show(context, decided.record), ...resultOf(decided) },
      about: idsShown(context, decided.record),
    };
  }

  #wants(where: Alternatives, parsed?: ParsedCreate): Want[] {
    return wantsOf(this.noun.type, this.noun.rules.fields, where, parsed);
  }
}

const writesOf = <T extends RecordType>(
  type: T,
  action: Action,
  before: StoredRecords[T] | undefined,
  { record, changes, applied }: Decided<StoredRecords[T]>,
  reason?: string,
): Write<T>[] =>
  applied ? [{ type, before, record, action, changes, ...(reason !== undefined && { reason }) }] : [];

const resultOf = ({ record, changes, applied }: Decided<{ version: number }>): UpdateResult => ({
  version: record.version,
  applied,
  changes,
});

const recordOnly = <Json>({ reply, ...rest }: Decision<Updated<Json>>): Decision<Json> => ({
  ...rest,
  reply: reply.record,
});
