import {
  customerFields,
  customerListSchema,
  userFields,
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

/** What every record has that callers of these routes see. */
export interface RecordJson {
  id: string;
  version: number;
  /** Only of records that can be below another one. */
  parent?: string | null;
}

/** An answer that an idempotency key may have brought again. */
export type Replayable<T> = T & { replayed?: true };

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
  records(roster: Roster): Records<Replayable<RecordJson>>;
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
