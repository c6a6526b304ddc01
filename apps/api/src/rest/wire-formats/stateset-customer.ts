import {
  customerFields,
  isJsonObject,
  type Actor,
  type CustomerJson,
  type Fault,
  type JsonObject,
  type Where,
} from "@roster/domain";
import { identityFaults, statesetAuth, statesetProblem, userGroup } from "./stateset.ts";
import { members, patch, translate, type Located } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** StateSet's "Update Customer". */
export const statesetCustomer: WireFormat = {
  name: "stateset",
  title: "StateSet: Update Customer",
  method: "PUT",
  path: "/v1/customers/{id}",
  auth: statesetAuth,
  accepts: ["application/json"],
  fields: { own: customerFields },
  request: {
    id: { to: "identity", description: "The id of the customer; must be the path's." },
    email: patch("email", "The email address."),
    firstName: patch("firstName", "The first name."),
    lastName: patch("lastName", "The last name."),
    phone: patch("phone", "The phone number."),
    stripe_customer_id: patch("stripeCustomerId", "The id at Stripe."),
    timestamp: patch("timestamp", "An instant (RFC 3339)."),
    activationDate: patch("activationDate", "When the customer was activated (RFC 3339)."),
    sso_id: patch("ssoId", "The id in a single sign-on system."),
    customer: { to: "identity", description: "An object in which the other fields may stand, too." },
  },
  async handle({ roster, actor, param, body }) {
    const { given, faults } = flattened(body);
    const where: Where[] = [
      { field: "id", value: param },
      { field: "providedId", value: param },
    ];
    const parsed = translate(statesetCustomer, given, where);
    const { record } = await roster.customer.update(
      actor,
      { ...parsed, faults: [...faults, ...parsed.faults] },
      (current) => identityFaults(given, [current.id, current.providedId]),
    );
    return reply(actor, record);
  },
  problem: statesetProblem,
  example: {
    request: {
      id: "019a0f2e-6a3c-7b42-9a52-0f3c2b7c9d10",
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace",
      phone: "+14155552671",
      stripe_customer_id: "cus_NffrFeUfNV2Hib",
      timestamp: "2026-03-01T09:30:00.000Z",
      activationDate: "2026-03-02T00:00:00.000Z",
    },
    reply: {
      success: 1,
      id: "019a0f2e-6a3c-7b42-9a52-0f3c2b7c9d10",
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace",
      phone: "+14155552671",
      stripe_customer_id: "cus_NffrFeUfNV2Hib",
      timestamp: "2026-03-01T09:30:00.000Z",
      activationDate: "2026-03-02T00:00:00.000Z",
      sso_id: null,
      user_group: {
        team_id: 1,
        token: "mF1t…",
        name: null,
        provided_id: "acme",
        properties: null,
        api_environment_tag: "Customer",
      },
    },
  },
};

/** The fields of the body and of its `customer`. One field with two values is a fault. */
function flattened(body: JsonObject): { given: Located; faults: Fault[] } {
  const given = members(body);
  const nested = given.get("customer");
  const faults: Fault[] = [];
  if (!nested) return { given, faults };
  given.delete("customer");
  if (!isJsonObject(nested.value)) {
    faults.push({ pointer: nested.at, code: "invalid_type", message: "must be an object" });
    return { given, faults };
  }
  for (const [name, inner] of members(nested.value, nested.at)) {
    const outer = given.get(name);
    if (name === "customer") {
      faults.push({ pointer: inner.at, code: "unknown_field", message: "is not a field of this API" });
      // No field of the page takes an object or an array, so that two of them need no comparison.
    } else if (outer && outer.value !== inner.value) {
      faults.push({ pointer: inner.at, code: "ambiguous", message: `has another value than ${outer.at}` });
    } else {
      given.set(name, inner);
    }
  }
  return { given, faults };
}

const reply = (actor: Actor, customer: CustomerJson) => ({
  success: 1,
  id: customer.id,
  email: customer.email,
  firstName: customer.firstName,
  lastName: customer.lastName,
  phone: customer.phone,
  stripe_customer_id: customer.stripeCustomerId,
  timestamp: customer.timestamp ?? customer.updatedAt,
  activationDate: customer.activationDate,
  sso_id: customer.ssoId,
  user_group: userGroup(actor, customer),
});
