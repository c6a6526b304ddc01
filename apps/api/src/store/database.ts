import type {
  ChangedSince,
  ChangeEntryJson,
  RecordType,
  StoredRecords,
  UniqueName,
  Where,
} from "@roster/domain";
import type { ChangeQuery, ChangeStep } from "./changes.ts";
import type { DeliveryNote, DeliveryOverview, DeliveryReader, HeldWebhook } from "./deliveries.ts";
import type { ReportStore } from "./reports/report-store.ts";
import type { Latest } from "./rows.ts";
import type { AnyRecord } from "./tables.ts";

/** Something that a command needs to see before it can decide. */
export type Want =
  /** The record with a unique value; deleted ones only by values that a deletion does not free. */
  | { kind: "record"; type: RecordType; field: UniqueName; value: string | number }
  /** Every live record of a type of which a tenant has few. */
  | { kind: "all"; type: RecordType }
  /** The levels of a customer's live children, each once. */
  | { kind: "childLevels"; id: string }
  /** Whether a live customer has a level and, where `parent` is given, its parent has that one. */
  | { kind: "levelInUse"; level: string; parent?: string }
  /** The highest number of any tenant, 0 where there is none. */
  | { kind: "lastTenant" }
  /** What an idempotency key has led to. */
  | { kind: "key"; key: string }
  /** The ids of the live records that name a customer; or of the duplicates merged into it, by any way. */
  | {
      kind: "referring";
      type: "customer" | "user";
      field: "parent" | "customer" | "mergedInto";
      id: string;
      limit: number;
    }
  /** Each path of a record that was changed after a version, with its latest change. */
  | { kind: "changedSince"; type: RecordType; id: string; version: number }
  /** A record as it was at a version. */
  | { kind: "asOf"; type: RecordType; id: string; version: number }
  /** The log row of a version of a record. */
  | { kind: "entry"; type: RecordType; id: string; version: number }
  /** The live customers changed at an instant or later; undefined after more than `limit` changes in the tenant. */
  | { kind: "changedCustomers"; at: string; limit: number };

/** What the wants of each kind load; a record that is not there is undefined. */
export interface Found {
  record: Latest | undefined;
  all: Latest[];
  childLevels: (string | null)[];
  levelInUse: boolean;
  lastTenant: number;
  key: Remembered | undefined;
  referring: string[];
  changedSince: ChangedSince[];
  asOf: AnyRecord | undefined;
  entry: ChangeEntryJson | undefined;
  changedCustomers: StoredRecords["customer"][] | undefined;
}

export interface TenantWant {
  tenant: number;
  want: Want;
}

interface CustomerId {
  tenant: number;
  id: string;
}

/** What an idempotency key has led to. */
export interface Remembered {
  /** Of the request: another one may not use the key. */
  fingerprint: string;
  /** The first answer, as JSON. */
  reply: string;
}

/** What is left of an answer when a record that it is about is erased: the key stays used. */
export const erasedReply = "";

/** An idempotency record to be written. */
export interface KeyWrite extends Remembered {
  tenant: number;
  key: string;
  at: string;
  /** The records that the answer is about, for an erasure to find it. */
  records: readonly string[];
}

/** What an erasure removes of a record, besides what the record itself holds. */
export interface Erasure {
  tenant: number;
  id: string;
  /** The `seq` of the erasure: the record's earlier log rows are those before it. */
  seq: number;
}

/** Counters of a tenant, kept in its row of `tenant_counters`. */
export interface Counters {
  /** The `seq` of the latest row in the tenant's change log. */
  seq: number;
  customer: number;
  user: number;
  channel: number;
  /** When that latest row was written, empty where there is none; it is read with these, and stands in the log only. */
  latest: string;
}

/** A record to be written: new where there is no `before`, else guarded by the version of `before`. */
export interface RowWrite {
  tenant: number;
  type: RecordType;
  before: AnyRecord | undefined;
  record: AnyRecord;
  /** The `seq` of the record's latest log row. */
  seq: number;
}

/** A row of the change log to be written. */
export interface LogWrite {
  tenant: number;
  entry: ChangeEntryJson;
  /** The `seq` of the record's previous row; null for its first. */
  prevSeq: number | null;
}

/** All that one flush of a batch writes. */
export interface Flush {
  rows: RowWrite[];
  log: LogWrite[];
  keys: KeyWrite[];
  erasures: Erasure[];
  counters: [tenant: number, counters: Counters][];
}

/**
 * How a transaction fails. Each database says which of its errors mean one of these; the lists are
 * closed. Anything else that is thrown is the fault of a command in the transaction.
 */

/** The database has ended a transaction for the sake of another; nothing of it is stored, and the same may well succeed now. */
export class Superseded extends Error {
  override readonly name = "Superseded";
  constructor(options: { cause: unknown }) {
    super("the database has ended the transaction for the sake of another", options);
  }
}

/** The database cannot store anything at present: it cannot be reached, or is full, read-only or busy. */
export class Lost extends Error {
  override readonly name: string = "Lost";
  constructor(options: { cause: unknown }, message = "the database cannot store anything") {
    super(message, options);
  }
}

/** No transaction could be begun: whoever waits for one would wait for the same. */
export class NotBegun extends Lost {
  override readonly name = "NotBegun";
  constructor(options: { cause: unknown }) {
    super(options, "a transaction could not be begun");
  }
}

/** A commit was asked for and not confirmed: the transaction may or may not be stored. */
export class Unconfirmed extends Lost {
  override readonly name = "Unconfirmed";
  constructor(options: { cause: unknown }) {
    super(options, "the database did not confirm the commit");
  }
}

/** Another process goes on writing to some of the tenants; nothing is stored, and what is about others may well succeed now. */
export class Held extends Error {
  override readonly name = "Held";
  readonly tenants: ReadonlySet<number>;
  constructor(tenants: ReadonlySet<number>, options: { cause: unknown }) {
    super("another process goes on writing to the tenant", options);
    this.tenants = tenants;
  }
}

/** A statement took longer than it may: because of what it is about, or because the database is slow altogether. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";
  constructor(options: { cause: unknown }) {
    super("a statement took longer than it may", options);
  }
}

/** Whether nothing more can be done in the transaction, whatever of it is taken back. */
export const endsTransaction = (error: unknown): boolean =>
  error instanceof Lost || error instanceof Superseded || error instanceof TimedOut;

/** Another record has one of the unique values; only the database could see it. */
export class Taken extends Error {
  override readonly name = "Taken";
  constructor(options: { cause: unknown }) {
    super("another record has one of these values", options);
  }
}

/** The counters of those tenants that have any, and what was wanted, in the order asked. */
interface Started {
  counters: Map<number, Counters>;
  found: unknown[];
}

/**
 * The one write transaction. Made by GroupCommit only. Any of its methods may throw Superseded, Lost,
 * TimedOut or Taken, or another error where something in it cannot be stored or read.
 */
export interface WriteTransaction {
  /**
   * Begins, when nobody else writes to these tenants, and loads what is known to be wanted.
   * @throws NotBegun, or Held when others write to some of these tenants for longer than a moment
   */
  start(tenants: readonly number[], wants: readonly TenantWant[]): Promise<Started>;
  /** Loads what is wanted, in the order asked: for each want what `Found` says of its kind. */
  load(wants: readonly TenantWant[]): Promise<unknown[]>;
  /** All customers above any of these, in no order. */
  ancestors(of: readonly CustomerId[]): Promise<({ tenant: number } & Latest<"customer">)[]>;
  /** Writes rows, each guarded by its version, and the log. Throws where anything does not fit, at the latest at the commit. */
  write(flush: Flush): Promise<void>;
  /** Throws now where anything that was written does not fit. */
  settle(): Promise<void>;
  /** Writes a note about deliveries. @returns the webhooks that the node holds then */
  note(note: DeliveryNote): Promise<HeldWebhook[]>;
  /** Marks a point to which the transaction can be taken back. */
  savepoint(): Promise<void>;
  rollbackToSavepoint(): Promise<void>;
  /** Writes something that changes nothing, so that the commit shows whether anything can be stored. */
  touch(): Promise<void>;
  /** Throws Unconfirmed where it may be stored nevertheless. */
  commit(): Promise<void>;
  /** What can be done only when all is stored: removes what was erased from where it was on its way. Undoes nothing when it throws. */
  tidy(): Promise<void>;
  rollback(): Promise<void>;
}

export interface ListQuery {
  /** Of the records with these ids; of all when missing. */
  ids?: readonly string[] | undefined;
  /** Equal terms, by the fields of `search_terms`. */
  terms: Record<string, string>;
  /** With `sort: "name"` only. */
  namePrefix: string | undefined;
  changedSince: string | undefined;
  deleted: boolean | "any";
  sort: "createdAt" | "updatedAt" | "name";
  order: "asc" | "desc";
  limit: number;
  /** Where to go on: after this entry. */
  after: ListPlace | undefined;
}

/** An entry of a list: its sort key, which by the time of change is the `seq` of the change, and its record's id. */
export type ListPlace = readonly [key: string | number, id: string];

/** One step through a list: maybe fewer items than asked for, and where to go on if there is more. */
export interface ListStep<R> {
  items: R[];
  next: ListPlace | undefined;
}

/** A point in a record's history: a version of it, a `seq` of its tenant's log, or an instant. */
export type Moment = { version: number } | { seq: number } | { at: string };

/** A part of a record's log, newest first, and the `seq` of the row before it; null where there is none. */
export interface HistoryStep {
  items: ChangeEntryJson[];
  next: number | null;
}

/** Reads of one tenant. There is no way to read a tenant's rows but through this. */
export interface TenantReader {
  find<T extends RecordType>(type: T, where: Where): Promise<StoredRecords[T] | undefined>;
  ancestors(id: string): Promise<StoredRecords["customer"][]>;
  list<T extends RecordType>(type: T, query: ListQuery): Promise<ListStep<StoredRecords[T]>>;
  /**
   * A record as it was at a moment, and the `seq` of the change that made it so; undefined where it did not
   * exist yet. Costs what the distance from there costs, in bounded memory.
   * @param from the record at a later moment; without a `seq`, as it was read last
   */
  asOf<T extends RecordType>(
    type: T,
    from: { record: StoredRecords[T]; seq?: number },
    moment: Moment,
  ): Promise<Latest<T> | undefined>;
  /** The ids of the duplicates that were merged into a customer. */
  mergedInto(id: string): Promise<string[]>;
  /** The idempotency keys under which answers about a record are kept. */
  keys(id: string): Promise<{ key: string; at: string }[]>;
  /** A record's log, newest first. @param from the `seq` to begin with; its latest row when missing */
  history(type: RecordType, id: string, from: number | undefined, limit: number): Promise<HistoryStep>;
  /** Changes in order. A step looks at as many rows as one of a list does, however few of them are wanted. */
  changes(query: ChangeQuery): Promise<ChangeStep>;
  deliveries: DeliveryReader;
}

/**
 * By which nodes tell each other that there is something new in the log, as soon as it is there. It
 * can fail to; who needs to know looks from time to time as well.
 */
export interface Signals {
  /** Tells all other nodes. */
  announce(): void;
  /** Calls back whenever another node has told so, or may have. */
  listen(heard: () => void): void;
}

/** What a token allows, before its scopes are looked at. */
export interface TokenOwner {
  token: StoredRecords["token"];
  tenant: StoredRecords["tenant"];
}

export interface Database {
  /** A transaction, which begins with its first statement. */
  begin(): WriteTransaction;
  tenant(number: number): TenantReader;
  /** The same, maybe from a replica that has not heard of the latest changes yet. */
  laggingTenant(number: number): TenantReader;
  /** The live token with this hash, and its tenant: the one read that knows no tenant yet. */
  tokenByHash(hash: string): Promise<TokenOwner | undefined>;
  /** Tenants after a number, in its order: for the operator only. */
  tenants(after: number, limit: number): Promise<StoredRecords["tenant"][]>;
  /** All tenants' deliveries: for who makes them. */
  deliveries: DeliveryOverview;
  /** Opens what reports read by, on connections of its own that refuse writes. Loads MikroORM. */
  openReports(): Promise<ReportStore>;
  /** The latest `seq` of each tenant's log; none of a tenant without a log. Nothing below it is still to come. */
  lastSeqs(tenants: readonly number[]): Promise<Map<number, number>>;
  /** Where other nodes can be told. */
  signals?: Signals;
  isEmpty(): Promise<boolean>;
  /** Throws when the database cannot be read. */
  ping(): Promise<void>;
  /** How many connections for reads there are, and how many reads wait for one; where there is a pool of them. */
  connections?(): { busy: number; idle: number; waiting: number };
  close(): Promise<void>;
}
