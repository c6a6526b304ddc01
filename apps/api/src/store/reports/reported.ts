import type { LoggedChange, Field, RecordType, recordTypes, StoredRecords } from "@roster/domain";
import { bookkeeping } from "../bookkeeping.ts";
import { tables } from "../tables.ts";

/** The types that reports can read. Types that are not listed are not entities of the reports' ORM at all. */

const records = [
  "customer",
  "user",
  "userGroup",
  "groupTag",
  "hierarchyLevel",
  "channel",
  "accessGroup",
] as const;
export type ReportedRecord = (typeof records)[number];
export type Reported = ReportedRecord | "changeLog";
export const reportedRecords: readonly ReportedRecord[] = records;

/** One type as reports see it. */
export interface ReportedType {
  fields: ReadonlyMap<string, Field>;
  /** The records that fields name by their ids: which type, under the name that loads them. */
  relations: ReadonlyMap<string, { field: string; type: ReportedRecord }>;
}

type Fields<T extends RecordType> = (typeof recordTypes)[T];
/**
 * The relations of a type: a field `parent` that holds the id of a customer makes `parentRecord`. Callers set
 * ids of customers only: all else is referred to by number or name.
 */
export type Relations<T extends Reported> = T extends ReportedRecord
  ? {
      [
        K in keyof Fields<T> & string as Fields<T>[K] extends { kind: "id"; access: "write" }
          ? `${K}Record`
          : never
      ]: "customer";
    }
  : {};
export type ReportedFields<T extends Reported> = T extends ReportedRecord ? StoredRecords[T] : LoggedChange;

function recordType(type: ReportedRecord): ReportedType {
  const fields = tables[type].columns.filter(({ policy }) => !policy.secret);
  const relations = fields.flatMap(({ field, policy: { kind, refers } }) =>
    kind === "id" && refers && refers !== "member"
      ? [[`${field}Record`, { field, type: refers }] as const]
      : [],
  );
  return {
    fields: new Map(fields.map(({ field, policy }) => [field, policy])),
    relations: new Map(relations),
  };
}

/** The fields of an entry of the log, as policies: its columns, without those that only the store needs. */
function changeLogType(): ReportedType {
  const { tenant: _tenant, prevSeq: _prevSeq, ...columns } = bookkeeping.changeLog;
  const fields = Object.entries(columns).map(([name, { type, options }]): [string, Field] => [
    name,
    {
      kind: name === "at" ? "instant" : type,
      nullable: "nullable" in options,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      description: "",
    },
  ]);
  return { fields: new Map(fields), relations: new Map() };
}

export const reported = {
  ...(Object.fromEntries(records.map((type) => [type, recordType(type)])) as Record<
    ReportedRecord,
    ReportedType
  >),
  changeLog: changeLogType(),
} satisfies Record<Reported, ReportedType>;
