import {
  customerFields,
  isJsonObject,
  type Actor,
  type CustomerJson,
  type Edit,
  type Fault,
} from "@roster/domain";
import { idFor, identityFaults, whereOf } from "./identity.ts";
import { instant, text } from "../json-schema.ts";
import { fieldOf, replyObject, shownAs, value } from "./reply.ts";
import { statesetAuth, statesetProblem, success, userGroup, userGroupExample } from "./stateset.ts";
import { documented, instantSpelling, members, patch, translate, unsaid } from "./translate.ts";
import type { Given, WireFormat } from "./wire-format.ts";

interface Shown {
  actor: Actor;
  customer: CustomerJson;
  /** The id that the caller used. */
  id: string;
}
const field = fieldOf(customerFields, ({ customer }: Shown) => customer);

/** The fields of the request that the reply shows. */
const sent = {
  email: patch("email", "The email address."),
  firstName: patch("firstName", "The first name."),
  lastName: patch("lastName", "The last name."),
  phone: patch("phone", "The phone number.", { asWritten: "phoneAsWritten" }),
  stripe_customer_id: patch("stripeCustomerId", "The id at Stripe."),
  timestamp: patch("timestamp", "An instant: RFC 3339, or a date for its midnight in UTC.", {
    spelling: instantSpelling,
  }),
  activationDate: patch("activationDate", "When the customer was activated, in the same form.", {
    spelling: instantSpelling,
  }),
  sso_id: patch("ssoId", "The id in a single sign-on system."),
};

const reply = replyObject<Shown>({
  success,
  id: value(text("The id that the request used."), ({ id }) => id),
  ...shownAs(sent, field),
  timestamp: value(
    instant("The timestamp that was sent, or the time of the latest change."),
    ({ customer }) => customer.timestamp ?? customer.updatedAt,
  ),
  user_group: userGroup,
});

const example = {
  id: "acme",
  email: "ada@example.com",
  firstName: "Ada",
  lastName: "Lovelace",
  phone: "+14155552671",
  stripe_customer_id: "cus_NffrFeUfNV2Hib",
  timestamp: "2026-03-01T09:30:00.000Z",
  activationDate: "2026-03-02T00:00:00.000Z",
};

/** StateSet's "Update Customer". */
export const statesetCustomer: WireFormat = {
  name: "stateset",
  title: "StateSet: Update Customer",
  method: "PUT",
  path: "/v1/customers/{id}",
  id: { type: "string", description: "The customer's id, or else its providedId.", example: "acme" },
  auth: statesetAuth,
  accepts: ["application/json"],
  fields: { own: customerFields },
  request: {
    id: { to: "identity", description: "The id of the customer; must be the path's." },
    ...sent,
    customer: {
      to: "identity",
      schema: { type: "object", additionalProperties: true },
      description: "An object that may contain the other fields.",
    },
  },
  reply: { schema: reply.schema, record: reply.schema },
  async handle({ roster, actor, param, given }) {
    const flat = documented(statesetCustomer, flattened(given));
    const naming = { param, key: "providedId" } as const;
    const where = whereOf(naming);
    const { record, changes } = await roster.customer.update(
      actor,
      translate(statesetCustomer, flat, where),
      (customer) => {
        const shown = reply.show({ actor, customer, id: param });
        const { edits, faults } = translate(statesetCustomer, unsaid(flat, shown), where);
        return {
          edits: edits.filter((edit) => !isShownInstead(edit, customer)),
          faults: [...faults, ...identityFaults(flat, naming, customer)],
        };
      },
    );
    return reply.show({ actor, customer: record, id: idFor(naming, record, changes) });
  },
  problem: statesetProblem,
  example: {
    request: example,
    reply: { success: 1, ...example, sso_id: null, user_group: userGroupExample },
  },
};

/** Whether an edit repeats the instant that replies show in place of an unset timestamp. */
const isShownInstead = (
  { field: name, value: sent }: Edit,
  { timestamp, updatedAt }: CustomerJson,
): boolean => name === "timestamp" && timestamp === null && sent === updatedAt;

/** Merges the fields of the body and its `customer`. A field with two values is a fault. */
function flattened({ members: all, faults: before }: Given): Given {
  const flat = new Map(all);
  const nested = flat.get("customer");
  if (!nested) return { members: flat, faults: before };
  const faults: Fault[] = [...before];
  flat.delete("customer");
  if (!isJsonObject(nested.value)) {
    faults.push({ pointer: nested.at, code: "invalid_type", message: "must be an object" });
    return { members: flat, faults };
  }
  for (const [name, inner] of members(nested.value, nested.at)) {
    const outer = flat.get(name);
    if (name === "customer") {
      faults.push({ pointer: inner.at, code: "unknown_field", message: "is not a field of this API" });
      // No documented field takes an object or array, so identity is enough to compare values.
    } else if (outer && outer.value !== inner.value) {
      faults.push({ pointer: inner.at, code: "ambiguous", message: `differs from the value at ${outer.at}` });
    } else {
      flat.set(name, inner);
    }
  }
  return { members: flat, faults };
}
