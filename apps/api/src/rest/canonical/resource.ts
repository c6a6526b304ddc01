import {
  customerFields,
  customerListSchema,
  userFields,
  userListSchema,
  type Actor,
  type ChangeEntryJson,
  type ExpectedVersion,
  type Fields,
  type JsonObject,
  type Page,
  type ParsedCreate,
  type ParsedList,
  type ParsedUpdate,
  type Scope,
  type UpdateResult,
  type Where,
} from "@roster/domain";
import type { z } from "zod";
import { customerNoun } from "../../customer/customer.ts";
import type { Roster } from "../../roster.ts";
import { userNoun } from "../../user/user.ts";

/** What every record has that callers of these routes see. */
export interface RecordJson {
  id: string;
  version: number;
  /** Only of records that can be below another one. */
  parent?: string | null;
}

/** An answer that an idempotency key may have brought again. */
export type Replayable<T> = T & { replayed?: true };

/** What the routes of a resource do with its records; a `RecordService` can. */
interface Records {
  get(actor: Actor, where: readonly Where[], withDeleted: boolean): Promise<RecordJson>;
  list(actor: Actor, parsed: ParsedList): Promise<Page<RecordJson>>;
  history(
    actor: Actor,
    where: readonly Where[],
    limit: number,
    cursor: string | undefined,
  ): Promise<Page<ChangeEntryJson>>;
  create(actor: Actor, parsed: ParsedCreate): Promise<Replayable<RecordJson>>;
  update(actor: Actor, parsed: ParsedUpdate): Promise<UpdateResult & { record: RecordJson }>;
  delete(
    actor: Actor,
    where: readonly Where[],
    reason: string | undefined,
    expectedVersion: ExpectedVersion | undefined,
  ): Promise<Replayable<RecordJson>>;
}

/** One kind of record as a REST resource. */
export interface Resource {
  type: "customer" | "user";
  path: string;
  fields: Fields;
  scopes: { read: Scope; write: Scope };
  /** A record for the document: how it is made, by which key it is then found, and how it is updated. */
  example: { create: JsonObject; key: string; patch: JsonObject };
  /** The input of its list, with what it can be narrowed by under `filter`. */
  list: z.ZodType;
  records(roster: Roster): Records;
}

/** Every resource that is served. */
export const resources: readonly Resource[] = [
  {
    ...customerNoun,
    fields: customerFields,
    path: "/api/customers",
    example: {
      create: {
        providedId: "acme",
        referenceId: "ref-1",
        name: "Acme Inc.",
        email: "billing@acme.example",
        properties: { plan: "free", trial: true },
      },
      key: "providedId",
      patch: { phone: "+14155552671", properties: { plan: "pro", trial: null } },
    },
    list: customerListSchema,
    records: ({ customer }) => customer,
  },
  {
    ...userNoun,
    fields: userFields,
    path: "/api/users",
    example: {
      create: { username: "grace", firstName: "Grace", lastName: "Hopper", email: "grace@example.com" },
      key: "username",
      patch: { title: "Rear admiral", country: "US" },
    },
    list: userListSchema,
    records: ({ user }) => user,
  },
];
