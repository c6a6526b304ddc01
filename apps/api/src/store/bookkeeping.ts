import type { JsonObject, Change, Action, RecordType } from "@roster/domain";
import type { ColumnType } from "./tables.ts";

/** The tables that hold no records: the change log, counters, search terms, idempotency keys, deliveries. */

/** A column: how its values are kept, and what they are in an entity. */
export interface Kept<Value = unknown, Options extends KeptOptions = KeptOptions> {
  type: ColumnType;
  options: Options;
  /** Types only; there is never a value here. */
  value?: Value;
}
interface KeptOptions {
  nullable?: true;
  /** Part of the primary key, in the order of the columns. */
  primary?: true;
}

const kept = <Value, const Options extends KeptOptions = {}>(
  type: ColumnType,
  options: Options = {} as Options,
): Kept<Value, Options> => ({ type, options });

const text = kept<string>("text");
const integer = kept<number>("integer");
const optional = { nullable: true } as const;
const optionalText = kept<string, typeof optional>("text", optional);
const optionalInteger = kept<number, typeof optional>("integer", optional);
const primary = { primary: true } as const;
const textKey = kept<string, typeof primary>("text", primary);
/** Every table has a tenant as the first part of its key. */
export const tenantKey = kept<number, typeof primary>("integer", primary);

export const bookkeeping = {
  changeLog: {
    tenant: tenantKey,
    /** Gap-free in the tenant, in the order of commits. */
    seq: kept<number, typeof primary>("integer", primary),
    /** The `seq` of the record's previous row; null for its first. A history walks back along it. */
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
    details: kept<JsonObject, typeof optional>("json", optional),
  },
  tenantCounters: {
    tenant: tenantKey,
    /** The `seq` of the latest row in the tenant's log. */
    seq: integer,
    customer: integer,
    user: integer,
    channel: integer,
  },
  /** The words by which records are found in lists. */
  searchTerms: {
    tenant: tenantKey,
    recordType: kept<RecordType, typeof primary>("text", primary),
    field: textKey,
    term: textKey,
    recordId: textKey,
  },
  idempotencyKeys: { tenant: tenantKey, key: textKey, fingerprint: text, reply: text, at: text },
  /** Which records an answer is about, so that an erasure finds it. */
  idempotencyRecords: { tenant: tenantKey, recordId: textKey, key: textKey },
  /** How far each webhook has been told of changes, and which node is telling it. */
  webhookCursors: {
    tenant: tenantKey,
    webhook: textKey,
    seq: integer,
    acceptedAt: optionalText,
    leaseOwner: optionalText,
    leaseUntil: integer,
    leaseEpoch: integer,
  },
  /** The exceptions to a cursor: what comes before it and is not delivered yet, a row for each record. */
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
  /** What is to be sent again, until the node that tells the webhook has taken it over. */
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
} satisfies Record<string, Record<string, Kept>>;
