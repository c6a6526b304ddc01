import { EntitySchema, type EntityProperty } from "@mikro-orm/core";
import type { FieldKind } from "@roster/domain";
import { isFreedByDelete, isJson, tables, type Column, type Table } from "./tables.ts";

/** The entities of the schema, derived from the field policies. */

type Property = Pick<Partial<EntityProperty>, "primary" | "nullable" | "autoincrement"> & {
  type: string;
  fieldName?: string;
};

const types: Record<FieldKind, string> = {
  id: "string",
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
  json: "text",
  set: "text",
};

const tenant = {
  type: "integer",
  primary: true,
  autoincrement: false,
  fieldName: "tenant",
} satisfies Property;

const property = (column: Column): Property => ({
  type: types[column.policy.kind],
  fieldName: column.name,
  nullable: column.policy.nullable === true,
  ...(column.field === "id" && { primary: true }),
  ...(isJson(column) && { type: "text" }),
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
    properties: { tenant, ...Object.fromEntries(columns.map((column) => [column.field, property(column)])) },
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
    seq: { type: "integer", primary: true },
    recordType: { type: "text", fieldName: "record_type" },
    recordId: { type: "text", fieldName: "record_id" },
    version: { type: "integer" },
    action: { type: "text" },
    at: { type: "text" },
    actor: { type: "text" },
    source: { type: "text" },
    reason: { type: "text", nullable: true },
    changes: { type: "text" },
    details: { type: "text", nullable: true },
  },
  uniques: [{ name: "change_log_record_version", properties: ["tenant", "recordId", "version"] }],
} as never);

const counters = new EntitySchema({
  name: "tenantCounters",
  tableName: "tenant_counters",
  properties: {
    tenant,
    seq: { type: "integer" },
    customer: { type: "integer" },
    user: { type: "integer" },
    channel: { type: "integer" },
  },
} as never);

const idempotencyKeys = new EntitySchema({
  name: "idempotencyKeys",
  tableName: "idempotency_keys",
  properties: {
    tenant,
    key: { type: "text", primary: true },
    fingerprint: { type: "text" },
    reply: { type: "text" },
    at: { type: "text" },
  },
  indexes: [{ name: "idempotency_keys_at", properties: ["at"] }],
} as never);

/** Which records an answer is about, so that an erasure finds it. */
const idempotencyRecords = new EntitySchema({
  name: "idempotencyRecords",
  tableName: "idempotency_records",
  properties: {
    tenant,
    recordId: { type: "text", fieldName: "record_id", primary: true },
    key: { type: "text", primary: true },
  },
  indexes: [{ name: "idempotency_records_key", properties: ["tenant", "key"] }],
} as never);

const searchTerms = new EntitySchema({
  name: "searchTerms",
  tableName: "search_terms",
  properties: {
    tenant,
    recordType: { type: "text", fieldName: "record_type", primary: true },
    field: { type: "text", primary: true },
    term: { type: "text", primary: true },
    recordId: { type: "text", fieldName: "record_id", primary: true },
  },
} as never);

export const entities = [
  ...Object.values(tables).map(recordEntity),
  changeLog,
  counters,
  searchTerms,
  idempotencyKeys,
  idempotencyRecords,
];
