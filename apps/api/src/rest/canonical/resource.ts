import {
  customerCountSchema,
  customerFields,
  customerListSchema,
  userCountSchema,
  userFields,
  userGroupCountSchema,
  userGroupFields,
  userGroupListSchema,
  userListSchema,
  type Fields,
  type JsonObject,
  type Scope,
} from "@roster/domain";
import type { z } from "zod";
import { customerNoun } from "../../customer/customer.ts";
import type { Records } from "../../record/record-service.ts";
import type { Roster } from "../../roster.ts";
import { userNoun } from "../../user/user.ts";
import { userGroupNoun } from "../../user-group/user-group.ts";

/** The fields that these routes use of every record. */
export interface RecordJson {
  id: string;
  version: number;
  /** Only for records that can have a parent. */
  parent?: string | null;
}

/** An answer that may be a repetition for an idempotency key. */
export type Replayable<T> = T & { replayed?: true };

/** One kind of record as a REST resource. */
export interface Resource {
  type: "customer" | "user" | "userGroup";
  /** The type in words. */
  word: string;
  path: string;
  fields: Fields;
  scopes: { read: Scope; write: Scope };
  /** An example for the document: the record to create, the key that finds it, and an update. */
  example: { create: JsonObject; key: string; patch: JsonObject };
  /** The input schema of the list, with its filters under `filter`. */
  list: z.ZodType;
  /** The input schema of the count. */
  count: z.ZodObject;
  records(roster: Roster): Records<Replayable<RecordJson>>;
}

/** All REST resources. */
export const resources: readonly Resource[] = [
  {
    ...customerNoun,
    word: "customer",
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
    count: customerCountSchema,
    records: ({ customer }) => customer,
  },
  {
    ...userNoun,
    word: "user",
    fields: userFields,
    path: "/api/users",
    example: {
      create: { username: "grace", firstName: "Grace", lastName: "Hopper", email: "grace@example.com" },
      key: "username",
      patch: { title: "Rear admiral", country: "US" },
    },
    list: userListSchema,
    count: userCountSchema,
    records: ({ user }) => user,
  },
  {
    ...userGroupNoun,
    word: "user group",
    fields: userGroupFields,
    path: "/api/user-groups",
    example: {
      create: { displayName: "Staff", externalId: "staff" },
      key: "id",
      patch: { displayName: "All staff" },
    },
    list: userGroupListSchema,
    count: userGroupCountSchema,
    records: ({ userGroup }) => userGroup,
  },
];

/** The resources with operations on many records at once: those with a key that callers choose. */
export const bulkResources = resources.filter(({ example: { create, key } }) => create[key] !== undefined);
