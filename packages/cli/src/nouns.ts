import type { RosterClient } from "@roster/client";
import type { FileType } from "@roster/client/import";
import {
  customerFields,
  userFields,
  type ChangeEntry,
  type Fields,
  type FieldName,
  type JsonObject,
  type Page,
  type RecordExport,
  type UpdateResult,
  type DiffResult,
} from "@roster/domain";

/** A record as it is read. */
export type Read = Record<string, unknown>;

interface Options {
  signal?: AbortSignal;
}
interface Query<Output> {
  query(input: JsonObject, options?: Options): Promise<Output>;
}
interface Mutation<Output> {
  mutate(input: JsonObject): Promise<Output>;
}

/** The calls that customers and users have in common. Inputs come from words, which Roster checks. */
export interface RecordCalls {
  create: Mutation<Read>;
  get: Query<Read>;
  list: Query<Page<Read> & { total?: { count: number; exact: boolean } }>;
  count: Query<{ count: number; exact: boolean }>;
  update: Mutation<UpdateResult & Read>;
  history: Query<Page<ChangeEntry>>;
  at: Query<Read>;
  diff: Query<DiffResult>;
  revert: Mutation<UpdateResult & Read>;
  delete: Mutation<Read>;
  restore: Mutation<Read>;
  erase: Mutation<Read>;
  export: Query<RecordExport<unknown>>;
}

export interface Noun {
  type: FileType;
  fields: Fields;
  /** The field of the caller's own id. */
  own: FieldName;
  /** The columns of a table unless others are chosen. */
  columns: readonly FieldName[];
}

export const nouns: Record<FileType, Noun> = {
  customer: {
    type: "customer",
    fields: customerFields,
    own: "providedId",
    columns: ["providedId", "name", "email", "phone", "groupTags", "version", "updatedAt"],
  },
  user: {
    type: "user",
    fields: userFields,
    own: "username",
    columns: ["username", "name", "email", "active", "version", "updatedAt"],
  },
};

export const callsOf = (client: RosterClient, { type }: Noun): RecordCalls =>
  client[type] as unknown as RecordCalls;
