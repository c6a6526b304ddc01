import type {
  Action,
  Change,
  ChangeSetKind,
  ChangeSetType,
  JsonObject,
  RecordType,
  SavedView,
  Scope,
} from "@roster/domain";
import type { ColumnType } from "./tables.ts";

/**
 * The tables that hold no records: the change log, change sets, counters, search terms, idempotency keys,
 * deliveries, people and their sessions, views and other data.
 */

/** A column: its type in the database, and the type of its values in an entity. */
export interface Kept<Value = unknown, Options extends KeptOptions = KeptOptions> {
  type: ColumnType;
  options: Options;
  /** Carries the type only; never set at run time. */
  value?: Value;
}
export interface KeptOptions {
  nullable?: true;
  /** Part of the primary key, whose columns have the order of declaration. */
  primary?: true;
  /** Null where the object that is stored has no such member. */
  absent?: true;
}

const kept = <Value, const Options extends KeptOptions = {}>(
  type: ColumnType,
  options: Options = {} as Options,
): Kept<Value, Options> => ({ type, options });

const text = kept<string>("text");
const integer = kept<number>("integer");
const optional = { nullable: true } as const;
const absent = { nullable: true, absent: true } as const;
const optionalText = kept<string, typeof optional>("text", optional);
const optionalInteger = kept<number, typeof optional>("integer", optional);
const primary = { primary: true } as const;
const textKey = kept<string, typeof primary>("text", primary);
/** The first column of every table's key. */
export const tenantKey = kept<number, typeof primary>("integer", primary);

export const bookkeeping = {
  changeLog: {
    tenant: tenantKey,
    /** Gap-free in the tenant, in the order of commits. */
    seq: kept<number, typeof primary>("integer", primary),
    /** The `seq` of the record's previous row; null for its first. A record's history is read along it. */
    prevSeq: optionalInteger,
    recordType: kept<RecordType>("text"),
    recordId: text,
    version: integer,
    action: kept<Action>("text"),
    at: text,
    actor: text,
    source: text,
    reason: optionalText,
    changes: kept<Change[]>("json"),
    details: kept<JsonObject, typeof absent>("json", absent),
    /** The id of the change set that the change belongs to. */
    changeSet: kept<string, typeof absent>("text", absent),
    /** The person on whose behalf the actor said that it acted. */
    onBehalfOf: kept<string, typeof absent>("text", absent),
  },
  /** One import, bulk request or undo as a whole. The log has its changes. */
  changeSets: {
    tenant: tenantKey,
    id: textKey,
    name: optionalText,
    kind: kept<ChangeSetKind>("text"),
    actor: text,
    source: text,
    reason: optionalText,
    openedAt: text,
    closedAt: optionalText,
    types: kept<ChangeSetType[]>("json"),
    firstSeq: optionalInteger,
    lastSeq: optionalInteger,
    created: integer,
    updated: integer,
    deleted: integer,
    restored: integer,
    refused: integer,
    undoes: optionalText,
    undoneBy: optionalText,
    position: optionalText,
    onBehalfOf: optionalText,
  },
  tenantCounters: {
    tenant: tenantKey,
    /** The `seq` of the latest row in the tenant's log. */
    seq: integer,
    customer: integer,
    user: integer,
    channel: integer,
  },
  /** The terms by which list filters find records. */
  searchTerms: {
    tenant: tenantKey,
    recordType: kept<RecordType, typeof primary>("text", primary),
    field: textKey,
    term: textKey,
    recordId: textKey,
  },
  /** The entries of the sets `members`; lists find the groups of a member by a search term. */
  userGroupMembers: { tenant: tenantKey, userGroup: textKey, member: textKey },
  /** The words of records, for `search`. On SQLite, triggers keep an index of their letters up to date. */
  searchTexts: {
    tenant: tenantKey,
    recordType: kept<RecordType, typeof primary>("text", primary),
    number: kept<number, typeof primary>("integer", primary),
    text,
  },
  /** Indexes that are being built or dropped in the background. */
  indexBuilds: {
    tenant: tenantKey,
    recordType: kept<RecordType, typeof primary>("text", primary),
    /** The index in `searchTerms`; empty for all that the field policy describes, and the search texts. */
    name: textKey,
    /** `clear`: terms of an earlier index are removed first; `fill`; `drop`. */
    phase: text,
    /** The id of the last record that is done; empty at first. */
    position: text,
    done: integer,
    /** The number of records when it began. */
    total: integer,
  },
  idempotencyKeys: { tenant: tenantKey, key: textKey, fingerprint: text, reply: text, at: text },
  /** The records that an answer shows, so that an erasure finds the answer. */
  idempotencyRecords: { tenant: tenantKey, recordId: textKey, key: textKey },
  /** The position of each webhook in the change log, and the node that holds its lease. */
  webhookCursors: {
    tenant: tenantKey,
    webhook: textKey,
    seq: integer,
    acceptedAt: optionalText,
    leaseOwner: optionalText,
    leaseUntil: integer,
    leaseEpoch: integer,
  },
  /** Changes before a webhook's cursor that are not delivered yet: one row per record. */
  webhookPending: {
    tenant: tenantKey,
    webhook: textKey,
    recordId: textKey,
    seq: integer,
    lastSeq: optionalInteger,
    attempts: integer,
    at: text,
    firstAttemptAt: optionalText,
    nextAttemptAt: optionalText,
  },
  /** Requested replays; the node that holds the webhook removes a row when it takes the replay over. */
  webhookReplays: {
    tenant: tenantKey,
    webhook: textKey,
    id: textKey,
    afterSeq: integer,
    recordId: optionalText,
  },
  webhookDeliveries: {
    tenant: tenantKey,
    webhook: textKey,
    id: textKey,
    seq: integer,
    type: text,
    attempt: integer,
    at: text,
    duration: integer,
    outcome: text,
    status: optionalInteger,
    error: optionalText,
    nextAttemptAt: optionalText,
  },
  /** People who have signed in with an identity provider, by an id made of its name for them. */
  people: { tenant: tenantKey, id: textKey, name: text, signedInAt: text },
  /** Browser sessions, by the hash of the secret in the cookie: of a token or of a person. */
  sessions: {
    tenant: tenantKey,
    hash: textKey,
    token: optionalText,
    person: optionalText,
    /** The scopes of a person; a token has its own. */
    scopes: kept<Scope[]>("json"),
    expiresAt: text,
  },
  /** When a token was last used, to the minute. */
  tokenUses: { tenant: tenantKey, token: textKey, at: text },
  /** Lists that people saved: filters, columns and order. */
  savedViews: {
    tenant: tenantKey,
    id: textKey,
    list: kept<SavedView["list"]>("text"),
    name: text,
    shared: kept<boolean>("boolean"),
    state: kept<JsonObject>("json"),
    /** The actor that made it. */
    owner: text,
  },
  /** Pairs of customers that somebody said are not the same; the lesser id comes first. */
  distinctCustomers: { tenant: tenantKey, a: textKey, b: textKey },
} satisfies Record<string, Record<string, Kept>>;
