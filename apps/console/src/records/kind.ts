import {
  findables,
  labelOf,
  recordTypes,
  type Change,
  type ChangeEntry,
  type Count,
  type Fields,
  type JsonValue,
  type ListPage,
  type Page,
  type Scope,
  type UpdateResult,
} from "@roster/domain";
import { client } from "../app/api.ts";
import { messages } from "../messages.ts";

/** The records that have lists and pages of their own. */
export const kindNames = ["customer", "user"] as const;
export type KindName = (typeof kindNames)[number];

/** A record of either kind as plain JSON, as it is stored and as changes describe it. */
export interface AnyRecord {
  id: string;
  number: number;
  version: number;
  updatedAt: string;
  deletedAt: string | null;
  [field: string]: JsonValue | undefined;
}

/** A request for a list. The names come from the field policy, so the server checks them. */
export interface ListRequest {
  filter?: Record<string, unknown>;
  search?: string;
  sort?: string;
  order?: "asc" | "desc";
  limit?: number;
  cursor?: string;
  count?: boolean;
}

/** The blocks of an update, by field. */
export interface Edits {
  patch?: Record<string, JsonValue>;
  replace?: Record<string, JsonValue>;
  add?: Record<string, string[]>;
  remove?: Record<string, string[]>;
}

/** An update of one record, as it is sent. */
interface UpdateRequest extends Edits {
  where: { id: string };
  expectedVersion?: number;
  onConflict?: "reject" | "rebase";
  reason?: string;
  dryRun?: boolean;
}

interface RevertRequest extends Pick<
  UpdateRequest,
  "where" | "expectedVersion" | "onConflict" | "reason" | "dryRun"
> {
  to: number;
  field?: string;
}

export interface Updated extends UpdateResult {
  record: AnyRecord;
}

interface Options {
  signal?: AbortSignal | undefined;
}
interface Query<Input, Output> {
  query(input: Input, options?: Options): Promise<Output>;
}
interface Mutation<Input, Output> {
  mutate(input: Input, options?: Options): Promise<Output>;
}
type Where = { where: { id: string } | { number: number } };
type Decoded = Record<string, unknown>;

/** The calls that both kinds of record have. */
interface Calls {
  list: Query<ListRequest, ListPage<Decoded>>;
  count: Query<ListRequest, Count>;
  get: Query<Where & { deleted?: boolean }, Decoded>;
  history: Query<Where & { limit?: number; cursor?: string }, Page<ChangeEntry>>;
  at: Query<Where & { version: number }, Decoded>;
  diff: Query<Where & { from: number; to: number }, { changes: Change[] }>;
  create: Mutation<Record<string, JsonValue>, Decoded>;
  update: Mutation<UpdateRequest, UpdateResult & Record<string, unknown>>;
  revert: Mutation<RevertRequest, UpdateResult & Record<string, unknown>>;
  delete: Mutation<Where & { expectedVersion?: number; reason?: string }, Decoded>;
  restore: Mutation<Where & { reason?: string }, Decoded>;
}

export interface Kind {
  name: KindName;
  fields: Fields;
  path: "/customers" | "/users";
  noun: (typeof messages.nouns)[KindName];
  scopes: { read: Scope; write: Scope };
  list(request: ListRequest, signal?: AbortSignal): Promise<ListPage<AnyRecord>>;
  count(request: ListRequest, signal?: AbortSignal): Promise<Count>;
  /** The record, live or deleted. */
  get(where: Where["where"], signal?: AbortSignal): Promise<AnyRecord>;
  history(id: string, cursor: string | undefined, signal?: AbortSignal): Promise<Page<ChangeEntry>>;
  at(id: string, version: number, signal?: AbortSignal): Promise<AnyRecord>;
  diff(id: string, from: number, to: number, signal?: AbortSignal): Promise<Change[]>;
  create(values: Record<string, JsonValue>): Promise<AnyRecord>;
  update(request: UpdateRequest, signal?: AbortSignal): Promise<Updated>;
  revert(request: RevertRequest, signal?: AbortSignal): Promise<Updated>;
  delete(id: string, expectedVersion: number): Promise<AnyRecord>;
  restore(id: string): Promise<AnyRecord>;
}

/** A record as typed clients read it, as plain JSON again. */
function toJson(decoded: Decoded): AnyRecord {
  const record: Decoded = {};
  for (const [name, value] of Object.entries(decoded))
    record[name] = value instanceof Date ? value.toISOString() : value;
  return record as AnyRecord;
}

function kindOf(name: KindName): Kind {
  // The names of fields are not known before run time, so both kinds are called by one type.
  const calls = client[name] as unknown as Calls;
  const page = ({ items, ...rest }: ListPage<Decoded>): ListPage<AnyRecord> => ({
    ...rest,
    items: items.map(toJson),
  });
  const updated = ({
    version,
    applied,
    changes,
    ...rest
  }: UpdateResult & Record<string, unknown>): Updated => ({
    version,
    applied,
    changes,
    record: toJson(rest[name] as Decoded),
  });
  return {
    name,
    fields: recordTypes[name],
    path: `/${name}s`,
    noun: messages.nouns[name],
    scopes: { read: `${name}s:read`, write: `${name}s:write` },
    list: async (request, signal) => page(await calls.list.query(request, { signal })),
    count: (request, signal) => calls.count.query(request, { signal }),
    get: async (where, signal) => toJson(await calls.get.query({ where, deleted: true }, { signal })),
    history: (id, cursor, signal) =>
      calls.history.query({ where: { id }, limit: 30, ...(cursor !== undefined && { cursor }) }, { signal }),
    at: async (id, version, signal) => toJson(await calls.at.query({ where: { id }, version }, { signal })),
    diff: async (id, from, to, signal) =>
      (await calls.diff.query({ where: { id }, from, to }, { signal })).changes,
    create: async (values) => toJson(await calls.create.mutate(values)),
    update: async (request, signal) => updated(await calls.update.mutate(request, { signal })),
    revert: async (request, signal) => updated(await calls.revert.mutate(request, { signal })),
    delete: async (id, expectedVersion) =>
      toJson(await calls.delete.mutate({ where: { id }, expectedVersion })),
    restore: async (id) => toJson(await calls.restore.mutate({ where: { id } })),
  };
}

export const kinds: Record<KindName, Kind> = { customer: kindOf("customer"), user: kindOf("user") };

/** The name that people know a record by. */
export function nameOf(kind: KindName, record: Record<string, unknown>): string {
  const [name] = findables(kind).get("name")?.read(record) ?? [];
  for (const known of [name, record["email"], record["providedId"]])
    if (typeof known === "string" && known !== "") return known;
  return `${messages.nouns[kind].single} ${String(record["number"])}`;
}

/** The label of a field of a kind, or of the place in a JSON field that a path names. */
export const fieldLabel = (fields: Fields, name: string): string => labelOf(name, fields[name]);
