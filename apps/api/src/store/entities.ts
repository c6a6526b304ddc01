import { defineEntity, type EntityProperty } from "@mikro-orm/core";
import type { Field, Fields, recordTypes } from "@roster/domain";
import { bookkeeping, tenantKey, type Kept } from "./bookkeeping.ts";
import { isFreedByDelete, tables, type ColumnType } from "./tables.ts";

/**
 * The entities of the store, made from the field policies and from `bookkeeping.ts`. Migrations follow them,
 * queries take their types from them, and reports read them. Importing this file loads MikroORM.
 */

export type Dialect = "sqlite" | "postgres";

/** The part of a property that MikroORM's types and `defineEntity` read. */
export interface Property<Value, Options> {
  "~type"?: { value: Value };
  "~options": Options;
}
export type PropertiesOf<Columns> = {
  -readonly [K in keyof Columns]: Columns[K] extends Kept<infer Value, infer Options>
    ? Property<Value, Options>
    : never;
};

type JsonOf<F> = F extends Field<infer Json> ? Json : never;
type RecordFields = typeof recordTypes;
/** The columns of a record's table: its tenant, the `seq` of its latest row in the log, its stored fields. */
export type RecordColumns<F extends Fields> = {
  tenant: typeof tenantKey;
  seq: Kept<number, {}>;
} & {
  [K in keyof F as F[K] extends { computed: false; apart: false } ? K : never]: Kept<
    NonNullable<JsonOf<F[K]>>,
    (null extends JsonOf<F[K]> ? { nullable: true } : {}) & (K extends "id" ? { primary: true } : {})
  >;
};

/** An index. Unique values count within their tenant; with `live`, only while their record is not deleted. */
interface Index {
  columns: readonly string[];
  unique?: true;
  live?: boolean;
}

/** The live records in the order of creation, to count them and to begin a page anywhere. */
const live: Index = { columns: ["tenant", "id"], live: true };

type Options = Partial<EntityProperty>;

const columnOptions: Record<Dialect, Record<ColumnType, Options>> = {
  sqlite: {
    text: { type: "text" },
    integer: { type: "integer", columnTypes: ["integer"] },
    boolean: { type: "boolean" },
    json: { type: "json", columnTypes: ["text"] },
  },
  postgres: {
    text: { type: "text", collation: "C" },
    integer: { type: "integer", columnTypes: ["bigint"] },
    boolean: { type: "boolean" },
    // Not `jsonb`: `json` returns the stored text byte for byte.
    json: { type: "json", columnTypes: ["json"] },
  },
};

/** @param dialect decides the column types; everything else is the same on both databases */
export function entitiesOf(dialect: Dialect) {
  const property = ({ type, options }: Kept): Property<unknown, Options> => ({
    "~options": {
      ...columnOptions[dialect][type],
      ...options,
      ...(options.primary && { autoincrement: false }),
    },
  });

  function entity<const Name extends string, const Table extends string, Columns>(
    name: Name,
    tableName: Table,
    columns: Columns & Record<string, Kept>,
    indexes: readonly Index[] = [],
  ) {
    const properties = Object.fromEntries(
      Object.entries(columns).map(([field, column]) => [field, property(column)] as const),
    );
    return defineEntity({
      name,
      tableName,
      // The properties are made from the columns, and so are their types.
      properties: properties as unknown as PropertiesOf<Columns>,
      indexes: indexes.map(({ columns: of, unique, live }) => {
        const index = `${tableName}_${of.filter((one) => one !== "tenant").join("_")}`;
        return {
          name: index,
          expression: `create ${unique ? "unique " : ""}index ${index} on ${tableName} (${of.join(", ")})${live ? " where deleted_at is null" : ""}`,
        };
      }),
    });
  }

  function record<Type extends keyof RecordFields, const Table extends string>(
    type: Type,
    tableName: Table,
    indexes: readonly Index[] = [],
  ) {
    const { columns, unique } = tables[type];
    const fields = columns.map(({ field, type: kind, policy }) => [
      field,
      {
        type: kind,
        options: { ...(policy.nullable && { nullable: true }), ...(field === "id" && { primary: true }) },
      },
    ]);
    return entity<Type, Table, RecordColumns<RecordFields[Type]>>(
      type,
      tableName,
      { tenant: tenantKey, seq: { type: "integer", options: {} }, ...Object.fromEntries(fields) },
      unique
        .map((column): Index => ({
          // The number of a tenant is unique in the whole database.
          columns: type === "tenant" ? [column.name] : ["tenant", column.name],
          unique: true,
          live: isFreedByDelete(column),
        }))
        .concat(indexes),
    );
  }

  const { idempotencyKeys, idempotencyRecords } = bookkeeping;
  return {
    customer: record("customer", "customers"),
    user: record("user", "users", [live]),
    userGroup: record("userGroup", "user_groups", [live]),
    userGroupMembers: entity("userGroupMembers", "user_group_members", bookkeeping.userGroupMembers),
    groupTag: record("groupTag", "group_tags"),
    hierarchyLevel: record("hierarchyLevel", "hierarchy_levels"),
    channel: record("channel", "channels"),
    accessGroup: record("accessGroup", "access_groups"),
    tenant: record("tenant", "tenants"),
    token: record("token", "tokens", [{ columns: ["hash"], unique: true }]),
    webhook: record("webhook", "webhooks"),
    changeLog: entity("changeLog", "change_log", bookkeeping.changeLog),
    changeSets: entity("changeSets", "change_sets", bookkeeping.changeSets),
    tenantCounters: entity("tenantCounters", "tenant_counters", bookkeeping.tenantCounters),
    searchTerms: entity("searchTerms", "search_terms", bookkeeping.searchTerms),
    searchTexts: entity("searchTexts", "search_texts", bookkeeping.searchTexts),
    indexBuilds: entity("indexBuilds", "index_builds", bookkeeping.indexBuilds),
    idempotencyKeys: entity("idempotencyKeys", "idempotency_keys", idempotencyKeys, [{ columns: ["at"] }]),
    idempotencyRecords: entity("idempotencyRecords", "idempotency_records", idempotencyRecords, [
      { columns: ["tenant", "key"] },
    ]),
    webhookCursors: entity("webhookCursors", "webhook_cursors", bookkeeping.webhookCursors),
    webhookPending: entity("webhookPending", "webhook_pending", bookkeeping.webhookPending),
    webhookReplays: entity("webhookReplays", "webhook_replays", bookkeeping.webhookReplays),
    webhookDeliveries: entity("webhookDeliveries", "webhook_deliveries", bookkeeping.webhookDeliveries),
    people: entity("people", "people", bookkeeping.people),
    sessions: entity("sessions", "sessions", bookkeeping.sessions),
    tokenUses: entity("tokenUses", "token_uses", bookkeeping.tokenUses),
    savedViews: entity("savedViews", "saved_views", bookkeeping.savedViews),
    distinctCustomers: entity("distinctCustomers", "distinct_customers", bookkeeping.distinctCustomers),
  };
}

export type Entities = ReturnType<typeof entitiesOf>;
export type Entity = Entities[keyof Entities];
