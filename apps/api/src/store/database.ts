import type {
  ChangedSince,
  ChangeEntryJson,
  Inheritable,
  LoggedChange,
  Member,
  RecordType,
  ShownActor,
  StoredChangeSet,
  StoredRecords,
  Span,
  UniqueName,
  Where,
} from "@roster/domain";
import type { ChangeQuery, ChangeStep } from "./changes.ts";
import type { DeliveryNote, DeliveryOverview, DeliveryReader, HeldWebhook } from "./deliveries.ts";
import type { Keeping, KeptRow, KeptTable } from "./keeping.ts";
import type { Tally } from "./queries/figures.ts";
import type { ReportStore } from "./reports/report-store.ts";
import type { Latest } from "./rows.ts";
import type { StoredRow } from "./stored-row.ts";
import type { AnyRecord } from "./tables.ts";

/** Data that a command needs in order to decide. */
export type Want =
  /** The record with a unique value. A deleted one is found only by values that callers do not write. */
  | { kind: "record"; type: RecordType; field: UniqueName; value: string | number }
  /** Whether a user group has a member. */
  | { kind: "member"; group: string; member: string }
  /** The ids of all members of a user group. */
  | { kind: "members"; group: string }
  /** Whether an id is that of a live user or user group, which can be a member. */
  | { kind: "candidate"; id: string }
  /** Every live record of a type that has few records in a tenant. */
  | { kind: "all"; type: RecordType }
  /** The distinct levels of a customer's live children. */
  | { kind: "childLevels"; id: string }
  /** Whether a live customer has the level `level` and, if `parent` is given, a parent with that level. */
  | { kind: "levelInUse"; level: string; parent?: string }
  /** The highest tenant number; 0 if there is no tenant. */
  | { kind: "lastTenant" }
  /** The answer kept under an idempotency key. */
  | { kind: "key"; key: string }
  /**
   * The ids of the live records that refer to a customer. With `mergedInto`, the ids of the duplicates merged
   * into it, directly or by way of another.
   */
  | {
      kind: "referring";
      type: "customer" | "user";
      field: "parent" | "customer" | "mergedInto";
      id: string;
      limit: number;
    }
  /** The paths of a record that changed after a version, each with its latest change. */
  | { kind: "changedSince"; type: RecordType; id: string; version: number }
  /** A record as it was at a version. */
  | { kind: "asOf"; type: RecordType; id: string; version: number }
  /** The log row of a version of a record. */
  | { kind: "entry"; type: RecordType; id: string; version: number }
  /** The rows of a record's log with this `seq` or a later one, at most `limit`: the latest. */
  | { kind: "entriesFrom"; type: RecordType; id: string; seq: number; limit: number }
  /** The live records with a term by which list filters find them, at most `maxAlike`. */
  | { kind: "alike"; type: RecordType; field: string; term: string }
  /** The indexes of a type of record that are being built or dropped. */
  | { kind: "builds"; type: RecordType }
  | { kind: "changeSet"; id: string }
  /** The row of a table with this key: the values after the tenant. */
  | { kind: "kept"; table: KeptTable; key: readonly string[] }
  /**
   * The live customers changed at an instant or later; undefined if the tenant has had more than `limit`
   * changes since.
   */
  | { kind: "changedCustomers"; at: string; limit: number };

/** The result of each kind of want. A record that does not exist is undefined. */
export interface Found {
  record: Latest | undefined;
  member: boolean;
  members: string[];
  candidate: boolean;
  all: Latest[];
  childLevels: (string | null)[];
  levelInUse: boolean;
  lastTenant: number;
  key: Remembered | undefined;
  referring: string[];
  changedSince: ChangedSince[];
  asOf: AnyRecord | undefined;
  entry: LoggedChange | undefined;
  /** Newest first. */
  entriesFrom: LoggedChange[];
  alike: Latest[];
  builds: IndexBuild[];
  changeSet: StoredChangeSet | undefined;
  kept: object | undefined;
  changedCustomers: StoredRecords["customer"][] | undefined;
}

/** The maximum number of records that are loaded for one term: more than any command needs to tell apart. */
export const maxAlike = 10;

export interface TenantWant {
  tenant: number;
  want: Want;
}

/** The types of which there can be very many records, counted by an index of their own. */
export type Countable = "user" | "userGroup";
export interface LiveCount {
  count: number;
  seq: number;
}

interface CustomerId {
  tenant: number;
  id: string;
}

/** The answer kept under an idempotency key. */
export interface Remembered {
  /** The hash of the request. A different request may not use the key. */
  fingerprint: string;
  /** The first answer, as JSON. */
  reply: string;
}

/** Replaces the stored answer once a record that it shows is erased. The key stays used. */
export const erasedReply = "";

/** An idempotency key to write, with its answer. */
export interface KeyWrite extends Remembered {
  tenant: number;
  key: string;
  at: string;
  /** The ids of the records that the answer shows, so that an erasure finds it. */
  records: readonly string[];
}

/** The erasure of a record's log rows and kept answers; its own row is in `rows`. */
export interface Erasure {
  tenant: number;
  id: string;
  /** The `seq` of the erasure; the record's earlier log rows come before it. */
  seq: number;
}

/** A tenant's row in `tenant_counters`. */
export interface Counters {
  /** The `seq` of the latest row in the tenant's change log. */
  seq: number;
  customer: number;
  user: number;
  channel: number;
  /** When that row was written; empty if there is none. It is read from the log, not stored in the counters. */
  latest: string;
}

/** A record to write: an insert if `before` is undefined, else an update guarded by the version of `before`. */
export interface RowWrite {
  tenant: number;
  type: RecordType;
  before: AnyRecord | undefined;
  record: AnyRecord;
  /** The `seq` of the record's latest log row. */
  seq: number;
  /** The JSON Pointers of the tenant's indexed properties. */
  indexed?: readonly string[];
}

/** A row of the change log to write. */
export interface LogWrite {
  tenant: number;
  entry: LoggedChange;
  /** The `seq` of the record's previous row; null for its first. */
  prevSeq: number | null;
}

/** Everything that one flush of a batch writes. */
export interface Flush {
  rows: RowWrite[];
  log: LogWrite[];
  keys: KeyWrite[];
  erasures: Erasure[];
  kept: Keeping[];
  counters: [tenant: number, counters: Counters][];
}

/**
 * The ways a transaction can fail. Each database maps a closed list of its own errors to these classes. Any
 * other error is blamed on a command in the transaction.
 */

/**
 * A deadlock or a serialization failure: the database rolled the transaction back. Nothing is stored, and a
 * retry may succeed at once.
 */
export class Superseded extends Error {
  override readonly name = "Superseded";
  constructor(options: { cause: unknown }) {
    super("the database rolled the transaction back in favour of another", options);
  }
}

/** The database cannot store anything now: it is unreachable, full, read-only or busy. */
export class Lost extends Error {
  override readonly name: string = "Lost";
  constructor(options: { cause: unknown }, message = "the database cannot store anything") {
    super(message, options);
  }
}

/** No transaction could be started. Commands in the queue would fail the same way. */
export class NotBegun extends Lost {
  override readonly name = "NotBegun";
  constructor(options: { cause: unknown }) {
    super(options, "no transaction could be started");
  }
}

/** The database did not confirm the commit: the transaction may or may not be stored. */
export class Unconfirmed extends Lost {
  override readonly name = "Unconfirmed";
  constructor(options: { cause: unknown }) {
    super(options, "the database did not confirm the commit");
  }
}

/** Another process is writing to these tenants. Nothing is stored; commands of other tenants may succeed at once. */
export class Held extends Error {
  override readonly name = "Held";
  readonly tenants: ReadonlySet<number>;
  constructor(tenants: ReadonlySet<number>, options: { cause: unknown }) {
    super("another process is writing to the tenant", options);
    this.tenants = tenants;
  }
}

/** A statement timed out: because of its own data, or because the whole database is slow. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
  constructor(options: { cause: unknown }) {
    super("a statement timed out", options);
  }
}

/** Whether the transaction is over: rolling back to a savepoint would not help. */
export const endsTransaction = (error: unknown): boolean =>
  error instanceof Lost || error instanceof Superseded || error instanceof TimedOut;

/** Another record has one of the unique values, and only the database could see it. */
export class Taken extends Error {
  override readonly name = "Taken";
  constructor(options: { cause: unknown }) {
    super("another record has one of these values", options);
  }
}

/** The counters of the tenants that have a row, and the answers to the wants, in their order. */
interface Started {
  counters: Map<number, Counters>;
  found: unknown[];
}

/**
 * A write transaction. Only GroupCommit starts one. Each method may throw Superseded, Lost, TimedOut, Taken,
 * or another error if a value cannot be stored or read.
 */
export interface WriteTransaction {
  /**
   * Begins the transaction once no other process is writing to these tenants, and loads the known wants.
   * @throws NotBegun; Held if another process keeps writing to some of these tenants
   */
  start(tenants: readonly number[], wants: readonly TenantWant[]): Promise<Started>;
  /** @returns for each want, in order, the value that `Found` names for its kind */
  load(wants: readonly TenantWant[]): Promise<unknown[]>;
  /** All ancestors of these customers, in no particular order. */
  ancestors(of: readonly CustomerId[]): Promise<({ tenant: number } & Latest<"customer">)[]>;
  /**
   * Writes rows, each guarded by its version, and the log. A violation throws here or, at the latest, at the
   * commit.
   * @param now whether to begin at once, instead of with the next statement
   */
  write(flush: Flush, now?: boolean): Promise<void>;
  /** Checks deferred constraints now. @throws Error if anything written violates one */
  settle(): Promise<void>;
  /**
   * Does one step of the first index build of a tenant, within the commands' order.
   * @returns whether there is more to do
   */
  buildIndex(tenant: number, limit: number): Promise<boolean>;
  /** Writes the progress of deliveries. @returns the webhooks that the node holds afterwards */
  note(note: DeliveryNote): Promise<HeldWebhook[]>;
  /** Writes and removes rows of people, and of what they keep. */
  keep(keepings: readonly Keeping[]): Promise<void>;
  /** Sets the savepoint to which `rollbackToSavepoint` returns. */
  savepoint(): Promise<void>;
  rollbackToSavepoint(): Promise<void>;
  /** Makes a write without effect, so that the commit shows whether the database can store anything. */
  touch(): Promise<void>;
  /** @throws Unconfirmed if the transaction may be stored nevertheless */
  commit(): Promise<void>;
  /** Cleans up after the commit: removes erased data from the write-ahead log. A failure undoes nothing. */
  tidy(): Promise<void>;
  rollback(): Promise<void>;
}

/** The index that a walk goes along. */
export type Along =
  /** Ids have the order of creation. */
  | { by: "id" }
  /** A unique column; live records only, if callers write it. */
  | { by: "column"; field: string; span?: Span | undefined }
  /** The terms of an index. One term, if the bounds are equal: its records have the order of creation. */
  | { by: "terms"; index: string; span: Span }
  /** The order of changes, from one instant to before another. */
  | { by: "log"; span?: Span | undefined };

/** The position of an entry of an index: its key (a `seq` of the log) and its record's id. */
export type Place = readonly [key: string | number, id: string];

export interface WalkQuery {
  along: Along;
  order: "asc" | "desc";
  /** The entry after which the walk begins. */
  after?: Place | undefined;
  /** The maximum number of entries to read. */
  limit: number;
  /** The fields to read; all if undefined. */
  fields?: readonly string[] | undefined;
}

/** An entry of an index, with its record; without one, if it is an outdated entry of the log. */
export interface WalkEntry<R> {
  place: Place;
  /** The `seq` of the record's latest change. */
  seq: number;
  record: R | undefined;
}

/** The words of a record. */
export interface SearchEntry {
  number: number;
  text: string;
}

/** The progress of an index that is being built or dropped; `name` is empty for those of the field policy. */
export interface IndexBuild {
  name: string;
  phase: "clear" | "fill" | "drop";
  done: number;
  total: number;
}

/** A point in a record's history: a version of it, a `seq` of its tenant's log, or an instant. */
export type Moment = { version: number } | { seq: number } | { at: string };

/** A page of a record's log, newest first, and the `seq` of the row before it; null at the end. */
export interface HistoryStep {
  items: ChangeEntryJson[];
  next: number | null;
}

export interface ChangeSetQuery {
  kind: StoredChangeSet["kind"] | undefined;
  /** The id of the set before which, in the order of creation, the page begins. */
  before: string | undefined;
  limit: number;
}

/** A step backwards through the changes of a set. */
export interface SetStep {
  items: {
    entry: LoggedChange;
    /** The `seq` of the record's previous row in the log. */
    prevSeq: number | null;
  }[];
  /** Every change of the set from this `seq` on has been read. */
  seq: number;
}

/** Reads of one tenant, and the only access to a tenant's rows. */
export interface TenantReader {
  find<T extends RecordType>(type: T, where: Where): Promise<StoredRecords[T] | undefined>;
  /** Like `find`, undecoded. */
  findRow<T extends RecordType>(type: T, where: Where): Promise<StoredRow<T> | undefined>;
  /** The values that a customer with this parent can inherit, from the parent upwards. */
  inherited(parent: string): Promise<Inheritable[]>;
  /** The records with these unique values, undecoded, in the order of the values; unknown ones are skipped. */
  findRows<T extends RecordType>(
    type: T,
    field: "id" | "number",
    values: readonly (string | number)[],
  ): Promise<StoredRow<T>[]>;
  /** Reads a stretch of an index. Records have only the fields asked for. */
  walk<T extends RecordType>(type: T, query: WalkQuery): Promise<WalkEntry<StoredRecords[T]>[]>;
  /** Like `walk`, undecoded and with all fields. */
  walkRows<T extends RecordType>(
    type: T,
    query: Omit<WalkQuery, "fields">,
  ): Promise<WalkEntry<StoredRow<T>>[]>;
  /** Counts the entries of a stretch of an index, up to a limit. */
  entries(type: RecordType, along: Along, limit: number): Promise<number>;
  /**
   * The next records whose words contain all parts, by number. May be short of the limit before the end; then
   * `next` is the number to continue after.
   */
  search(
    type: RecordType,
    parts: readonly string[],
    after: number,
    limit: number,
  ): Promise<{ items: SearchEntry[]; next: number | undefined }>;
  /** All records whose words contain all parts, by number; undefined if there are many. */
  searchFew(type: RecordType, parts: readonly string[]): Promise<SearchEntry[] | undefined>;
  /** The indexes of a type of record that are being built or dropped. */
  builds(type: RecordType): Promise<IndexBuild[]>;
  /**
   * A record as it was at a moment, and the `seq` of the change that produced that state; undefined if it did
   * not exist yet. The cost grows with the distance from `from`; memory is bounded.
   * @param from the record at a later moment, with its `seq`; without one, as last read
   */
  asOf<T extends RecordType>(
    type: T,
    from: { record: StoredRecords[T]; seq?: number },
    moment: Moment,
  ): Promise<Latest<T> | undefined>;
  /** The number of live records of a type, and the `seq` of the tenant's latest change at that moment. */
  count(type: Countable): Promise<LiveCount>;
  /** That number now, from an earlier one and the changes since; undefined if they do not determine it. */
  recount(type: Countable, earlier: LiveCount): Promise<LiveCount | undefined>;
  /**
   * Live records in the order of creation.
   * @param offset how many are left out
   * @param order `desc` leaves out the latest, and returns those before them
   */
  slice<T extends Countable>(
    type: T,
    offset: number,
    limit: number,
    order?: "asc" | "desc",
  ): Promise<StoredRecords[T][]>;
  /** The live records with these ids, in the order of the ids. */
  findAll<T extends RecordType>(type: T, ids: readonly string[]): Promise<StoredRecords[T][]>;
  /** The ids of all members of a user group, with those of deleted records. */
  memberIds(group: string): Promise<string[]>;
  /** A page of the live members of a user group, in the order of their ids. */
  members(group: string, after: string, limit: number): Promise<Member[]>;
  /** The live user groups that each of these records is a member of. */
  groupsOf(members: readonly string[]): Promise<Pick<StoredRecords["userGroup"], "id" | "displayName">[][]>;
  /** The ids of the duplicates that were merged into a customer. */
  mergedInto(id: string): Promise<string[]>;
  /** The idempotency keys whose answers show a record. */
  keys(id: string): Promise<{ key: string; at: string }[]>;
  /**
   * A page of a record's log, newest first.
   * @param from the `seq` to begin with; by default its latest row
   */
  history(type: RecordType, id: string, from: number | undefined, limit: number): Promise<HistoryStep>;
  changeSet(id: string): Promise<StoredChangeSet | undefined>;
  /** Change sets, newest first. */
  changeSets(query: ChangeSetQuery): Promise<StoredChangeSet[]>;
  /**
   * The changes of a set before a `seq`, newest first. A step reads a bounded number of rows of the log,
   * however few of them belong to the set.
   */
  changesOfSet(set: StoredChangeSet, before: number): Promise<SetStep>;
  /** Changes in the order of `seq`. A step reads a bounded number of rows, however few of them match. */
  changes(query: ChangeQuery): Promise<ChangeStep>;
  /** Counts the changes with `after` < `seq` ≤ `end` of records of these types. */
  tallies(stretch: { after: number; end: number; types: readonly RecordType[] }): Promise<Tally[]>;
  /** The `seq` of the first change at an instant or later; if there is none, the next `seq`. */
  firstSeqAt(at: string): Promise<number>;
  /** When the change with this `seq` was made. */
  instantOf(seq: number): Promise<string | undefined>;
  /** Actors by their ids, each with its name; without one, with its id. */
  actors(ids: readonly string[]): Promise<ReadonlyMap<string, ShownActor>>;
  /** The rows of a table whose keys begin with these values, after the tenant. */
  kept<T extends KeptTable>(table: T, ...key: string[]): Promise<KeptRow<T>[]>;
  deliveries: DeliveryReader;
}

/**
 * Notifications between nodes that the log has new rows. A notification can be lost; readers that must not
 * miss a change also poll.
 */
export interface Signals {
  /** Notifies all other nodes. */
  announce(): void;
  /** Calls back whenever another node has announced, or may have announced, new rows. */
  listen(heard: () => void): void;
}

/** A token and its tenant, before its scopes are checked. */
interface TokenOwner {
  token: StoredRecords["token"];
  tenant: StoredRecords["tenant"];
}

export interface Database {
  /** How many transactions may be open at the same time, each of other tenants; by default, one. */
  readonly writers?: number;
  /** Whether each transaction is of one tenant. */
  readonly oneTenant?: boolean;
  /**
   * Opens a transaction, which begins with its first statement.
   * @param writer the number of the writer, from 0; each has one transaction at a time
   */
  begin(writer?: number): WriteTransaction;
  tenant(number: number): TenantReader;
  /** Like `tenant`, but possibly from a replica that lags behind. */
  laggingTenant(number: number): TenantReader;
  /** The live token with this hash, and its tenant. The only read that knows no tenant yet. */
  tokenByHash(hash: string): Promise<TokenOwner | undefined>;
  /** Tenants with a higher number, in its order. For the operator only. */
  tenants(after: number, limit: number): Promise<StoredRecords["tenant"][]>;
  /** Deliveries of all tenants, for the nodes that send them. */
  deliveries: DeliveryOverview;
  /** Opens the store of reports, on connections of its own that refuse writes. Loads MikroORM. */
  openReports(): Promise<ReportStore>;
  /** The latest `seq` of each tenant's log, without tenants that have no log. All rows up to it are visible. */
  lastSeqs(tenants: readonly number[]): Promise<Map<number, number>>;
  /** Present if nodes can notify each other. */
  signals?: Signals;
  isEmpty(): Promise<boolean>;
  /** The tenants with an index that is being built or dropped. */
  tenantsWithBuilds(): Promise<number[]>;
  /** @throws Error if the database cannot be read */
  ping(): Promise<void>;
  /** The numbers of busy and idle read connections, and of reads that wait for one. Present if reads use a pool. */
  connections?(): { busy: number; idle: number; waiting: number };
  close(): Promise<void>;
}
