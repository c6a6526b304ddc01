import { EntitySchema, type EntityProperty } from "@mikro-orm/core";
import type { FieldKind } from "@roster/domain";
import { isFreedByDelete, tables, type Column, type Table } from "./tables.ts";

/** The entities of the schema, derived from the field policies. */

/** A type of columns, and what else a column is. */
interface Property extends Pick<
  Partial<EntityProperty>,
  "primary" | "nullable" | "autoincrement" | "collation"
> {
  type: string;
  columnType?: string;
  fieldName?: string;
}

/** What the columns of a database are. */
export interface ColumnTypes {
  /** Its order must be that of the code points: lists go by it. */
  text: Property;
  /** Holds every integer that a `number` does. */
  integer: Property;
  boolean: Property;
  /** Gives back the text that went in, byte for byte. */
  json: Property;
}

export const sqliteTypes: ColumnTypes = {
  text: { type: "text" },
  integer: { type: "integer" },
  boolean: { type: "boolean" },
  json: { type: "text" },
};

export const postgresTypes: ColumnTypes = {
  text: { type: "text", collation: "C" },
  integer: { type: "bigint" },
  boolean: { type: "boolean" },
  json: { type: "text", columnType: "json" },
};

const kinds: Record<FieldKind, keyof ColumnTypes> = {
  id: "text",
  text: "text",
  email: "text",
  phone: "text",
  country: "text",
  choice: "text",
  date: "text",
  // ISO 8601 UTC: sorts as it reads, and comes back as it went in.
  instant: "text",
  boolean: "boolean",
  integer: "integer",
  json: "json",
  set: "json",
};

export function entitiesOf(types: ColumnTypes): EntitySchema[] {
  const { text, integer, json } = types;
  const tenant = { ...integer, primary: true, autoincrement: false, fieldName: "tenant" } satisfies Property;

  const property = (column: Column): Property => ({
    ...types[kinds[column.policy.kind]],
    fieldName: column.name,
    nullable: column.policy.nullable === true,
    ...(column.field === "id" && { primary: true }),
  });

  const live = "where deleted_at is null";

  function recordEntity({ type, name, columns, unique }: Table): EntitySchema {
    // The number of a tenant is unique in the whole database, everything else within its tenant.
    const uniqueIndex = (column: Column) => ({
      name: `${name}_${column.name}`,
      expression: `create unique index ${name}_${column.name} on ${name} (${type === "tenant" ? "" : "tenant, "}${column.name})${isFreedByDelete(column) ? ` ${live}` : ""}`,
    });
    return new EntitySchema({
      name: type,
      tableName: name,
      properties: {
        tenant,
        ...Object.fromEntries(columns.map((column) => [column.field, property(column)])),
      },
      indexes: [
        ...unique.map(uniqueIndex),
        ...(type === "customer" || type === "user"
          ? [{ name: `${name}_updated_at`, properties: ["tenant", "updatedAt", "id"] }]
          : []),
        ...(type === "token"
          ? [{ name: "tokens_hash", expression: "create unique index tokens_hash on tokens (hash)" }]
          : []),
      ] as never,
    } as never);
  }

  const changeLog = new EntitySchema({
    name: "changeLog",
    tableName: "change_log",
    properties: {
      tenant,
      seq: { ...integer, primary: true },
      recordType: { ...text, fieldName: "record_type" },
      recordId: { ...text, fieldName: "record_id" },
      version: integer,
      action: text,
      at: text,
      actor: text,
      source: text,
      reason: { ...text, nullable: true },
      changes: json,
      details: { ...json, nullable: true },
    },
    uniques: [{ name: "change_log_record_version", properties: ["tenant", "recordId", "version"] }],
  } as never);

  const counters = new EntitySchema({
    name: "tenantCounters",
    tableName: "tenant_counters",
    properties: {
      tenant,
      seq: integer,
      customer: integer,
      user: integer,
      channel: integer,
    },
  } as never);

  const idempotencyKeys = new EntitySchema({
    name: "idempotencyKeys",
    tableName: "idempotency_keys",
    properties: {
      tenant,
      key: { ...text, primary: true },
      fingerprint: text,
      reply: text,
      at: text,
    },
    indexes: [{ name: "idempotency_keys_at", properties: ["at"] }],
  } as never);

  /** Which records an answer is about, so that an erasure finds it. */
  const idempotencyRecords = new EntitySchema({
    name: "idempotencyRecords",
    tableName: "idempotency_records",
    properties: {
      tenant,
      recordId: { ...text, fieldName: "record_id", primary: true },
      key: { ...text, primary: true },
    },
    indexes: [{ name: "idempotency_records_key", properties: ["tenant", "key"] }],
  } as never);

  const searchTerms = new EntitySchema({
    name: "searchTerms",
    tableName: "search_terms",
    properties: {
      tenant,
      recordType: { ...text, fieldName: "record_type", primary: true },
      field: { ...text, primary: true },
      term: { ...text, primary: true },
      recordId: { ...text, fieldName: "record_id", primary: true },
    },
  } as never);

  const webhook = { ...text, primary: true } satisfies Property;

  /** How far each webhook has been told of changes, and which node is telling it. */
  const webhookCursors = new EntitySchema({
    name: "webhookCursors",
    tableName: "webhook_cursors",
    properties: {
      tenant,
      webhook,
      seq: integer,
      acceptedAt: { ...text, fieldName: "accepted_at", nullable: true },
      leaseOwner: { ...text, fieldName: "lease_owner", nullable: true },
      leaseUntil: { ...integer, fieldName: "lease_until" },
      leaseEpoch: { ...integer, fieldName: "lease_epoch", default: 0 },
    },
  } as never);

  /** The exceptions to a cursor: what comes before it and is not delivered yet, a row for each record. */
  const webhookPending = new EntitySchema({
    name: "webhookPending",
    tableName: "webhook_pending",
    properties: {
      tenant,
      webhook,
      recordId: { ...text, fieldName: "record_id", primary: true },
      seq: integer,
      lastSeq: { ...integer, fieldName: "last_seq", nullable: true },
      attempts: integer,
      at: text,
      firstAttemptAt: { ...text, fieldName: "first_attempt_at", nullable: true },
      nextAttemptAt: { ...text, fieldName: "next_attempt_at", nullable: true },
    },
  } as never);

  /** What is to be sent again, until the node that tells the webhook has taken it over. */
  const webhookReplays = new EntitySchema({
    name: "webhookReplays",
    tableName: "webhook_replays",
    properties: {
      tenant,
      webhook,
      id: { ...text, primary: true },
      afterSeq: { ...integer, fieldName: "after_seq" },
      recordId: { ...text, fieldName: "record_id", nullable: true },
    },
  } as never);

  const webhookDeliveries = new EntitySchema({
    name: "webhookDeliveries",
    tableName: "webhook_deliveries",
    properties: {
      tenant,
      webhook,
      id: { ...text, primary: true },
      seq: integer,
      type: text,
      attempt: integer,
      at: text,
      duration: integer,
      outcome: text,
      status: { ...integer, nullable: true },
      error: { ...text, nullable: true },
      nextAttemptAt: { ...text, fieldName: "next_attempt_at", nullable: true },
    },
  } as never);

  return [
    ...Object.values(tables).map(recordEntity),
    changeLog,
    counters,
    searchTerms,
    idempotencyKeys,
    idempotencyRecords,
    webhookCursors,
    webhookPending,
    webhookReplays,
    webhookDeliveries,
  ];
}
