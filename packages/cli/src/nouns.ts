import type { RosterClient } from "@roster/client";
import {
  customerFields,
  userFields,
  userGroupFields,
  type ChangeEntry,
  type Fields,
  type FieldName,
  type FoundType,
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

/** The calls that all records with a command have in common. Inputs come from words, which Roster checks. */
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
  type: FoundType;
  /** The name of its command. */
  command: string;
  /** The name for people. */
  words: string;
  fields: Fields;
  /** The field by which a word names a record: the caller's own id, if there is one. */
  own: FieldName;
  /** A word that names a record, for examples; assignments that change it, and that create one. */
  example: { named: string; create: string; updates: readonly string[]; condition: string };
  /** The columns of a table unless others are chosen. */
  columns: readonly FieldName[];
}

const groupId = "0197b8a0-0000-7000-8000-0000000000aa";

export const nouns: Record<FoundType, Noun> = {
  customer: {
    type: "customer",
    command: "customer",
    words: "customer",
    fields: customerFields,
    own: "providedId",
    example: {
      named: "acme",
      create: `providedId=acme name="Acme Ltd" emails=a@acme.example`,
      updates: [
        `name="Acme Ltd" properties.plan=pro phone=null`,
        `emails+=a@acme.example groupTags-=trial --expect 7 --reason "plan change"`,
        "properties.plan=pro --dry-run",
      ],
      condition: "email=ada@x.example",
    },
    columns: ["providedId", "name", "email", "phone", "groupTags", "version", "updatedAt"],
  },
  user: {
    type: "user",
    command: "user",
    words: "user",
    fields: userFields,
    own: "username",
    example: {
      named: "ada",
      create: "username=ada firstName=Ada",
      updates: ["title=Engineer active=no"],
      condition: "email=ada@x.example",
    },
    columns: ["username", "name", "email", "active", "version", "updatedAt"],
  },
  userGroup: {
    type: "userGroup",
    command: "user-group",
    words: "user group",
    fields: userGroupFields,
    own: "id",
    example: {
      named: groupId,
      create: "displayName=Staff",
      updates: ["displayName=Everybody", `members+=${groupId.replace(/a+$/, "01")} --reason "new colleague"`],
      condition: "displayName=staff",
    },
    columns: ["id", "displayName", "externalId", "version", "updatedAt"],
  },
};

export const callsOf = (client: RosterClient, { type }: Noun): RecordCalls =>
  client[type] as unknown as RecordCalls;
