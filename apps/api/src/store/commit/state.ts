import {
  indexedProperties,
  type ChangedSince,
  type LoggedChange,
  type RecordType,
  type StoredChangeSet,
  type StoredRecords,
  type UniqueName,
} from "@roster/domain";
import type { Counters, Found, IndexBuild, Remembered, TenantWant, Want } from "../database.ts";
import type { KeptRow, KeptTable } from "../keeping.ts";
import type { Latest } from "../rows.ts";
import { changedTerms, held, tables, type AnyRecord, type Term } from "../tables.ts";

/** Thrown by a view and caught by the batch, which loads the wants and decides again. */
export class Missing {
  readonly wants: readonly Want[];
  constructor(wants: readonly Want[]) {
    this.wants = wants;
  }
}

export type NumberedType = Exclude<keyof Counters, "seq" | "latest">;
type Customer = StoredRecords["customer"];

/**
 * The state of one group commit: the records that it has loaded, with the writes of its commands on
 * top.
 */
export class State {
  readonly #counters = new Map<number, Counters>();
  readonly #records = new Map<string, Latest>();
  /** The key in `#records` of the record with a unique value; undefined if no record has it. */
  readonly #keys = new Map<string, string | undefined>();
  readonly #lists = new Map<string, Set<string>>();
  /** Whether a user group has a member. */
  readonly #members = new Map<string, boolean>();
  /** Whether an id can be that of a member, for ids of records that are not loaded. */
  readonly #candidates = new Map<string, boolean>();
  /** Answers to queries over many records, valid until the next write. */
  readonly #answers = new Map<string, unknown>();
  /** Answers that are valid until their subject is written, by the subject. */
  readonly #answersAbout = new Map<string, Map<string, unknown>>();
  /** Replies by idempotency key, of this batch and of earlier ones. */
  readonly #remembered = new Map<string, Remembered | undefined>();
  readonly #changeSets = new Map<string, StoredChangeSet | undefined>();
  /** The ids of the records with a term, for the terms that commands have asked about. */
  readonly #alike = new Map<string, Set<string>>();
  readonly #views = new Map<number, View>();

  get counters(): Map<number, Counters> {
    return this.#counters;
  }

  countersOf(tenant: number): Counters {
    let counters = this.#counters.get(tenant);
    if (!counters)
      this.#counters.set(tenant, (counters = { seq: 0, customer: 0, user: 0, channel: 0, latest: "" }));
    return counters;
  }

  view(tenant: number): View {
    let view = this.#views.get(tenant);
    if (!view) this.#views.set(tenant, (view = new View(this, tenant)));
    return view;
  }

  /** The wants that are not loaded yet, without duplicates: many commands want the same. */
  open(wants: readonly TenantWant[]): TenantWant[] {
    const open = new Map<string, TenantWant>();
    for (const one of wants) {
      const key = keyOf(one);
      if (!this.#isLoaded(one, key)) open.set(key, one);
    }
    return [...open.values()];
  }

  #isLoaded(one: TenantWant, key: string): boolean {
    const { kind } = one.want;
    if (kind === "record") return this.#keys.has(key);
    if (kind === "member") return this.#members.has(key);
    if (kind === "candidate") return this.isCandidate(one.tenant, one.want.id) !== undefined;
    if (kind === "alike") return this.#alike.has(key);
    return this.#answersTo(one)?.has(key) ?? false;
  }

  /** Adds the database's answer to a want. */
  take(one: TenantWant, found: unknown): void {
    const { tenant, want } = one;
    if (want.kind === "record") {
      const latest = found as Found["record"];
      if (latest) this.admit(tenant, want.type, latest);
      // A record of this batch may have gained or lost this value since, which the database does not know
      // yet.
      const key = keyOf(one);
      if (!this.#keys.has(key)) this.#keys.set(key, undefined);
    } else if (want.kind === "all") {
      const all = found as Found["all"];
      for (const latest of all) this.admit(tenant, want.type, latest);
      this.#lists.set(
        listKey(tenant, want.type),
        new Set(all.map(({ record }) => recordKey(tenant, want.type, record.id))),
      );
    } else if (want.kind === "member") {
      this.#members.set(keyOf(one), found as Found["member"]);
    } else if (want.kind === "candidate") {
      this.#candidates.set(keyOf(one), found as Found["candidate"]);
    } else if (want.kind === "alike") {
      const alike = found as Found["alike"];
      for (const latest of alike) this.admit(tenant, want.type, latest);
      this.#alike.set(keyOf(one), new Set(alike.map(({ record }) => record.id)));
    } else if (want.kind === "changeSet") {
      this.#changeSets.set(keyOf(one), found as Found["changeSet"]);
    } else if (want.kind === "key") {
      this.#remembered.set(keyOf(one), found as Found["key"]);
    } else {
      const subject = subjectOf(one);
      let answers = subject === undefined ? this.#answers : this.#answersAbout.get(subject);
      if (!answers) this.#answersAbout.set(subject as string, (answers = new Map<string, unknown>()));
      answers.set(keyOf(one), found);
    }
  }

  /** Adds a record from the database, unless the state has it already, possibly changed. */
  admit(tenant: number, type: RecordType, latest: Latest): void {
    if (!this.#records.has(recordKey(tenant, type, latest.record.id)))
      this.#put(tenant, type, undefined, latest);
  }

  /** Adds a record that a command writes. */
  write(tenant: number, type: RecordType, before: AnyRecord | undefined, latest: Latest): void {
    this.#put(tenant, type, before, latest);
    if (this.#alike.size > 0) {
      // A deleted record has its terms, but commands look only for live records.
      const { gone, added } = changedTerms(
        type,
        before?.deletedAt === null ? before : undefined,
        latest.record,
        type === "customer" ? this.indexedProperties(tenant) : [],
      );
      const of = ({ field, term }: Term) => this.#alike.get(alikeKey(tenant, type, field, term));
      for (const term of gone) of(term)?.delete(latest.record.id);
      for (const term of added) of(term)?.add(latest.record.id);
    }
    this.#answers.clear();
    this.#answersAbout.delete(recordKey(tenant, type, latest.record.id));
    if (type === "tenant") this.#answersAbout.delete(buildsKey(tenant));
    for (const record of [before, latest.record])
      if (record && "parent" in record && record.parent !== null)
        this.#answersAbout.delete(childrenKey(tenant, record.parent));
  }

  /** Forgets all data that was read except records, after a write of such data. */
  forget(): void {
    this.#answers.clear();
  }

  /** Notes a change of an entry of a user group's members. */
  enter(tenant: number, group: string, member: string, isMember: boolean): void {
    this.#members.set(memberKey(tenant, group, member), isMember);
  }

  /** Whether a user group has a member; undefined if that is not loaded. */
  isMember(tenant: number, group: string, member: string): boolean | undefined {
    return this.#members.get(memberKey(tenant, group, member));
  }

  /** Whether an id is that of a live user or user group; undefined if that is not loaded. */
  isCandidate(tenant: number, id: string): boolean | undefined {
    const latest =
      this.#records.get(recordKey(tenant, "user", id)) ??
      this.#records.get(recordKey(tenant, "userGroup", id));
    return latest ? latest.record.deletedAt === null : this.#candidates.get(candidateKey(tenant, id));
  }

  /** The `seq` of a record's latest log row; null for a record that is not loaded. */
  seqOf(tenant: number, type: RecordType, id: string): number | null {
    return this.#records.get(recordKey(tenant, type, id))?.seq ?? null;
  }

  #put(tenant: number, type: RecordType, before: AnyRecord | undefined, latest: Latest): void {
    const { record } = latest;
    const key = recordKey(tenant, type, record.id);
    this.#records.set(key, latest);
    this.#keys.set(uniqueKey(tenant, type, "id", record.id), key);
    this.#lists.get(listKey(tenant, type))?.add(key);
    for (const column of tables[type].unique) {
      const now = held(column, record);
      const old = before && held(column, before);
      if (old !== undefined && old !== now)
        this.#keys.set(uniqueKey(tenant, type, column.field, old), undefined);
      if (now !== undefined) this.#keys.set(uniqueKey(tenant, type, column.field, now), key);
    }
  }

  /** The change set with this id, if it has been loaded or stored. */
  changeSet(tenant: number, id: string): StoredChangeSet | undefined {
    return this.#changeSets.get(changeSetKey(tenant, id));
  }

  putChangeSet(tenant: number, set: StoredChangeSet): void {
    this.#changeSets.set(changeSetKey(tenant, set.id), set);
  }

  /** The live records with a term. @throws Missing if they are not loaded */
  alike<T extends RecordType>(tenant: number, type: T, field: string, term: string): StoredRecords[T][] {
    const ids = this.#alike.get(alikeKey(tenant, type, field, term));
    if (!ids) throw new Missing([{ kind: "alike", type, field, term }]);
    return [...ids]
      .map((id) => this.#records.get(recordKey(tenant, type, id))?.record as StoredRecords[T])
      .filter(({ deletedAt }) => deletedAt === null);
  }

  /** Keeps a reply under its idempotency key. */
  remember(tenant: number, key: string, remembered: Remembered): void {
    this.#remembered.set(replyKey(tenant, key), remembered);
  }

  /** @returns a function that restores the current state, except for replies under idempotency keys */
  mark(): () => void {
    const counters = [...this.#counters].map(([tenant, counts]) => [tenant, { ...counts }] as const);
    const records = [...this.#records];
    const keys = [...this.#keys];
    const lists = [...this.#lists].map(([key, members]) => [key, new Set(members)] as const);
    const members = [...this.#members];
    const alike = [...this.#alike].map(([key, ids]) => [key, new Set(ids)] as const);
    const changeSets = [...this.#changeSets];
    return () => {
      refill(this.#counters, counters);
      refill(this.#records, records);
      refill(this.#keys, keys);
      refill(this.#lists, lists);
      refill(this.#members, members);
      refill(this.#alike, alike);
      refill(this.#changeSets, changeSets);
      this.#answers.clear();
      this.#answersAbout.clear();
    };
  }

  /** The record with a unique value. @throws Missing if it is not loaded */
  find<T extends RecordType>(tenant: number, type: T, field: string, value: string | number) {
    const key = uniqueKey(tenant, type, field, value);
    const record = this.#keys.get(key);
    if (record !== undefined) return this.#records.get(record)?.record as StoredRecords[T];
    if (this.#keys.has(key)) return undefined;
    throw new Missing([{ kind: "record", type, field: field as UniqueName, value }]);
  }

  /** The JSON Pointers of a tenant's indexed properties. Every command wants its tenant. */
  indexedProperties(tenant: number): readonly string[] {
    const key = this.#keys.get(uniqueKey(tenant, "tenant", "number", tenant));
    const record = key === undefined ? undefined : this.#records.get(key)?.record;
    return indexedProperties((record as StoredRecords["tenant"] | undefined)?.propertiesSchema ?? null);
  }

  has(tenant: number, type: RecordType, id: string): boolean {
    return this.#keys.has(uniqueKey(tenant, type, "id", id));
  }

  /** The answer to any other want. @throws Missing if it is not loaded */
  answer<A>(tenant: number, want: Want): A {
    const key = keyOf({ tenant, want });
    const answers = this.#answersTo({ tenant, want });
    if (!answers?.has(key)) throw new Missing([want]);
    return answers.get(key) as A;
  }

  #answersTo(one: TenantWant): ReadonlyMap<string, unknown> | undefined {
    if (one.want.kind === "key") return this.#remembered;
    if (one.want.kind === "changeSet") return this.#changeSets;
    const subject = subjectOf(one);
    return subject === undefined ? this.#answers : this.#answersAbout.get(subject);
  }

  /** The live records of a type that has few records in a tenant. @throws Missing if they are not loaded */
  all<T extends RecordType>(tenant: number, type: T): StoredRecords[T][] {
    const keys = this.#lists.get(listKey(tenant, type));
    if (!keys) throw new Missing([{ kind: "all", type }]);
    return [...keys]
      .map((key) => this.#records.get(key)?.record as StoredRecords[T])
      .filter(({ deletedAt }) => deletedAt === null);
  }
}

/**
 * One tenant's state, as a decision sees it. A query whose answer is not loaded throws `Missing`; the batch
 * loads it and runs the decision again.
 */
export class View {
  readonly #state: State;
  readonly #tenant: number;
  #noted: Set<string> | undefined;

  constructor(state: State, tenant: number) {
    this.#state = state;
    this.#tenant = tenant;
  }

  /**
   * Notes the ids of the records that decisions find from now on, of those types whose records can be erased.
   * A refusal can show values of each.
   */
  note(): ReadonlySet<string> {
    return (this.#noted = new Set());
  }

  /** The record with a unique value. A deleted one is found only by values that callers do not write. */
  find<T extends RecordType>(type: T, field: string, value: string | number): StoredRecords[T] | undefined {
    const found = this.#state.find(this.#tenant, type, field, value);
    if (found && "erasedAt" in found) this.#noted?.add(found.id);
    return found;
  }

  /** The records with these ids, deleted or not; unknown ids are skipped. */
  findAll<T extends RecordType>(type: T, ids: readonly string[]): StoredRecords[T][] {
    const unknown = ids.filter((id) => !this.#state.has(this.#tenant, type, id));
    if (unknown.length > 0)
      throw new Missing(unknown.map((value): Want => ({ kind: "record", type, field: "id", value })));
    return ids.map((id) => this.find(type, "id", id)).filter((record) => record !== undefined);
  }

  /** The live records of a type that has few records in a tenant. */
  all<T extends RecordType>(type: T): StoredRecords[T][] {
    return this.#state.all(this.#tenant, type);
  }

  /** Those of these ids that are members of a user group; of all ids, if none are given. */
  members(group: string, among: readonly string[] | undefined): string[] {
    if (among === undefined) return this.#ask({ kind: "members", group });
    const unknown = among.filter((id) => this.#state.isMember(this.#tenant, group, id) === undefined);
    if (unknown.length > 0)
      throw new Missing(unknown.map((member): Want => ({ kind: "member", group, member })));
    return among.filter((id) => this.#state.isMember(this.#tenant, group, id));
  }

  /** Those of these ids that are of live users or user groups, which can be members. */
  candidates(ids: readonly string[]): string[] {
    const unknown = ids.filter((id) => this.#state.isCandidate(this.#tenant, id) === undefined);
    if (unknown.length > 0) throw new Missing(unknown.map((id): Want => ({ kind: "candidate", id })));
    return ids.filter((id) => this.#state.isCandidate(this.#tenant, id));
  }

  /** The ancestors of a customer, nearest first. */
  ancestors(customer: Pick<Customer, "parent">): Customer[] {
    const chain: Customer[] = [];
    for (let { parent } = customer; parent !== null;) {
      const above = this.find("customer", "id", parent);
      if (!above) break;
      chain.push(above);
      ({ parent } = above);
    }
    return chain;
  }

  childLevels(id: string): (string | null)[] {
    return this.#ask({ kind: "childLevels", id });
  }

  levelInUse(level: string, parent?: string): boolean {
    return this.#ask({ kind: "levelInUse", level, ...(parent !== undefined && { parent }) });
  }

  /** The paths of a record that were changed after a version, each with its latest change. */
  changedSince(type: RecordType, id: string, version: number): ChangedSince[] {
    return this.#ask({ kind: "changedSince", type, id, version });
  }

  /** A record as it was at a version. */
  asOf(type: RecordType, id: string, version: number): AnyRecord | undefined {
    return this.#ask({ kind: "asOf", type, id, version });
  }

  /** The log row of a version of a record. */
  entry(type: RecordType, id: string, version: number): LoggedChange | undefined {
    return this.#ask({ kind: "entry", type, id, version });
  }

  /** The rows of a record's log with this `seq` or a later one, newest first; of more than `limit`, the latest. */
  entriesFrom(of: { type: RecordType; id: string; seq: number; limit: number }): LoggedChange[] {
    return this.#ask({ kind: "entriesFrom", ...of });
  }

  changeSet(id: string): StoredChangeSet | undefined {
    return this.#ask({ kind: "changeSet", id });
  }

  /** The row of a table with this key: the values after the tenant. */
  kept<T extends KeptTable>(table: T, ...key: string[]): KeptRow<T> | undefined {
    return this.#ask({ kind: "kept", table, key });
  }

  /** The live records with a term by which list filters find them; of more than `maxAlike`, some. */
  alike<T extends RecordType>(type: T, field: string, term: string): StoredRecords[T][] {
    const found = this.#state.alike(this.#tenant, type, field, term);
    for (const { id } of found) this.#noted?.add(id);
    return found;
  }

  /** Whether the tenant's properties schema marks a property, by its JSON Pointer. */
  isIndexed(place: string): boolean {
    return this.#state.indexedProperties(this.#tenant).includes(place);
  }

  /** The indexes of a type of record that are being built or dropped. */
  builds(type: RecordType): IndexBuild[] {
    return this.#ask({ kind: "builds", type });
  }

  /** Has these wants loaded at once, if they are not. */
  require(wants: readonly Want[]): void {
    const open = this.#state.open(wants.map((want) => ({ tenant: this.#tenant, want })));
    if (open.length > 0) throw new Missing(open.map(({ want }) => want));
  }

  lastTenant(): number {
    return this.#ask({ kind: "lastTenant" });
  }

  /** The reply that is kept under an idempotency key. */
  remembered(key: string): Remembered | undefined {
    return this.#ask({ kind: "key", key });
  }

  /**
   * The ids of the live records that refer to a customer; with `mergedInto`, of the duplicates merged into
   * it, directly or by way of another. At most `limit`.
   */
  referring(
    type: "customer" | "user",
    field: "parent" | "customer" | "mergedInto",
    id: string,
    limit: number,
  ): string[] {
    return this.#ask({ kind: "referring", type, field, id, limit });
  }

  /**
   * The live customers changed at an instant or later; undefined if the tenant has had more than `limit`
   * changes since.
   */
  changedCustomers(at: string, limit: number): Customer[] | undefined {
    return this.#ask({ kind: "changedCustomers", at, limit });
  }

  /** The number that the next new record of this type gets. */
  nextNumber(type: NumberedType): number {
    return this.#state.countersOf(this.#tenant)[type] + 1;
  }

  /** The time of the tenant's latest change; empty if there is none. */
  latest(): string {
    return this.#state.countersOf(this.#tenant).latest;
  }

  #ask<A>(want: Want): A {
    return this.#state.answer(this.#tenant, want);
  }
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

const recordKey = (tenant: number, type: RecordType, id: string): string => `${tenant} ${type} ${id}`;
const uniqueKey = (tenant: number, type: RecordType, field: string, value: unknown): string =>
  `${tenant} ${type} ${field} ${String(value)}`;
const listKey = (tenant: number, type: RecordType): string => `${tenant} ${type}`;
const memberKey = (tenant: number, group: string, member: string): string => `${tenant} ${group} ${member}`;
const candidateKey = (tenant: number, id: string): string => `${tenant} ${id}`;
const replyKey = (tenant: number, key: string): string => `${tenant} ${key}`;
const childrenKey = (tenant: number, parent: string): string => `${tenant} children ${parent}`;
/** The key of the only rows whose writes can change the answer to a want; undefined if other rows can. */
const subjectOf = ({ tenant, want }: TenantWant): string | undefined =>
  want.kind === "childLevels"
    ? childrenKey(tenant, want.id)
    : want.kind === "entriesFrom"
      ? recordKey(tenant, want.type, want.id)
      : want.kind === "builds"
        ? buildsKey(tenant)
        : undefined;
const buildsKey = (tenant: number): string => `${tenant} builds`;
const changeSetKey = (tenant: number, id: string): string => `${tenant} ${id}`;
const alikeKey = (tenant: number, type: RecordType, field: string, term: string): string =>
  `${tenant} ${type} ${field} ${term}`;
const keyOf = ({ tenant, want }: TenantWant): string =>
  want.kind === "record"
    ? uniqueKey(tenant, want.type, want.field, want.value)
    : want.kind === "key"
      ? replyKey(tenant, want.key)
      : want.kind === "member"
        ? memberKey(tenant, want.group, want.member)
        : want.kind === "changeSet"
          ? changeSetKey(tenant, want.id)
          : want.kind === "candidate"
            ? candidateKey(tenant, want.id)
            : want.kind === "alike"
              ? alikeKey(tenant, want.type, want.field, want.term)
              : `${tenant} ${JSON.stringify(want)}`;
