import { customerFields, userFields, type Actor, type CustomerJson, type UserJson } from "@roster/domain";
import { idFor, identityFaults, whereOf } from "./identity.ts";
import { text } from "../json-schema.ts";
import { fieldOf, replyObject, shownAs, value } from "./reply.ts";
import { statesetAuth, statesetProblem, success, userGroup, userGroupExample } from "./stateset.ts";
import { dateSpelling, instantSpelling, patch, translate, unsaid, whole } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

interface Shown {
  actor: Actor;
  user: UserJson;
  /** The id that the caller used. */
  id: string;
  customer: CustomerJson | undefined;
}
const field = fieldOf(userFields, ({ user }: Shown) => user);

/** The fields of the request that the reply shows. */
const sent = {
  active: patch("active", "Whether the user is active."),
  avatar: patch("avatar", "URL or path of the avatar image."),
  bio: patch("bio", "A description of the user."),
  birthday: patch("birthday", "The date of birth, as a date or a date-time.", { spelling: dateSpelling }),
  country: patch("countryAsWritten", "Country of residence, in any words."),
  email: patch("email", "The email address."),
  firstName: patch("firstName", "The first name."),
  lastName: patch("lastName", "The last name."),
  last_seen: patch("lastSeen", "When the user was last seen: RFC 3339, or a date for its midnight in UTC.", {
    spelling: instantSpelling,
  }),
  last_typed: patch("lastTyped", "When the user last typed a message, in the same form.", {
    spelling: instantSpelling,
  }),
  location: patch("location", "Location or address."),
  organization: patch("organization", "The organization that the user belongs to."),
  phone: patch("phone", "The phone number.", { asWritten: "phoneAsWritten" }),
  regions: patch("regions", "Regions or areas, in the caller's words."),
  title: patch("title", "The job title."),
  twitter: patch("twitter", "The Twitter handle."),
  username: patch("username", "The username, unique in the tenant."),
};

const reply = replyObject<Shown>({
  success,
  id: value(text("The id that the request used."), ({ id }) => id),
  ...shownAs(sent, field),
  user_group: {
    schema: userGroup.schema,
    optional: true,
    show: ({ actor, customer }) => customer && userGroup.show({ actor, customer }),
  },
});

/** StateSet's "Update User". */
export const statesetUser: WireFormat = {
  name: "stateset",
  title: "StateSet: Update User",
  method: "PUT",
  path: "/v1/users/{id}",
  id: { type: "string", description: "The user's id, or else its username.", example: "grace" },
  auth: statesetAuth,
  accepts: ["application/json"],
  fields: { own: userFields, customer: customerFields },
  request: {
    id: { to: "identity", description: "The id of the user; must be the path's." },
    ...sent,
    user_group_id: patch("customer", "The provided_id of the customer that the user belongs to.", {
      by: "providedId",
    }),
    name: patch("name", "The name of the user's customer.", { of: "customer" }),
    mapping: whole("mapping", "The mapping of the user's customer.", { of: "customer" }),
    properties: whole("properties", "The properties of the user's customer.", { of: "customer" }),
  },
  reply: { schema: reply.schema, record: reply.schema },
  async handle({ roster, actor, param, given }) {
    const naming = { param, key: "username" } as const;
    const where = whereOf(naming);
    const updated = await roster.updateUserAndCustomer(
      actor,
      translate(statesetUser, given, where),
      translate(statesetUser, given, [], "customer"),
      (user, customer) => {
        const shown = reply.show({ actor, user, id: param, customer });
        const { edits, faults } = translate(statesetUser, unsaid(given, shown), where);
        return { edits, faults: [...faults, ...identityFaults(given, naming, user)] };
      },
    );
    const { user, changes, customer } = updated;
    return reply.show({ actor, user, id: idFor(naming, user, changes), customer });
  },
  problem: statesetProblem,
  example: {
    request: {
      user_group_id: "acme",
      name: "Acme Inc.",
      mapping: { "40": "213", "134": "386" },
      properties: { filterValue: "value" },
    },
    reply: {
      success: 1,
      id: "grace",
      active: true,
      avatar: null,
      bio: null,
      birthday: null,
      country: "United States",
      email: "grace@example.com",
      firstName: "Grace",
      lastName: "Hopper",
      last_seen: null,
      last_typed: null,
      location: null,
      organization: null,
      phone: null,
      regions: null,
      title: null,
      twitter: null,
      username: "grace",
      user_group: { ...userGroupExample, properties: { filterValue: "value" } },
    },
  },
};
