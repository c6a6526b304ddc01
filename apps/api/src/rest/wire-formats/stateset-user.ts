import {
  customerFields,
  userFields,
  type Actor,
  type CustomerJson,
  type UserJson,
  type Where,
} from "@roster/domain";
import { updateUserAndCustomer } from "../../user/user-and-customer.ts";
import { identityFaults, statesetAuth, statesetProblem, userGroup } from "./stateset.ts";
import { members, patch, readDate, readInstant, translate, whole } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** StateSet's "Update User". */
export const statesetUser: WireFormat = {
  name: "stateset",
  title: "StateSet: Update User",
  method: "PUT",
  path: "/v1/users/{id}",
  auth: statesetAuth,
  accepts: ["application/json"],
  fields: { own: userFields, customer: customerFields },
  request: {
    id: { to: "identity", description: "The id of the user; must be the path's." },
    active: patch("active", "Whether the user is active."),
    avatar: patch("avatar", "URL or path of the avatar image."),
    bio: patch("bio", "A description of the user."),
    birthday: patch("birthday", "The date of birth.", { read: readDate }),
    country: patch("country", "Country of residence: a code of ISO 3166-1 or an English name."),
    email: patch("email", "The email address."),
    firstName: patch("firstName", "The first name."),
    lastName: patch("lastName", "The last name."),
    last_seen: patch(
      "lastSeen",
      "When the user was last seen: RFC 3339, or a date for its midnight in UTC.",
      {
        read: readInstant,
      },
    ),
    last_typed: patch("lastTyped", "When the user last typed a message, in the same form.", {
      read: readInstant,
    }),
    location: patch("location", "Location or address."),
    organization: patch("organization", "The organization that the user belongs to."),
    phone: patch("phone", "The phone number."),
    regions: patch("regions", "Regions or areas, as the caller writes them."),
    title: patch("title", "The job title."),
    twitter: patch("twitter", "The Twitter handle."),
    username: patch("username", "The username, unique in the tenant."),
    user_group_id: patch("customer", "The provided_id of the customer that the user belongs to."),
    name: patch("name", "The name of the user's customer.", { of: "customer" }),
    mapping: whole("mapping", "The mapping of the user's customer.", { of: "customer" }),
    properties: whole("properties", "The properties of the user's customer.", { of: "customer" }),
  },
  async handle({ roster, actor, param, body }) {
    const given = members(body);
    const where: Where[] = [
      { field: "id", value: param },
      { field: "username", value: param },
    ];
    const updated = await updateUserAndCustomer(
      roster,
      actor,
      translate(statesetUser, given, where),
      translate(statesetUser, given, [], "customer"),
      (current) => identityFaults(given, [current.id, current.username]),
    );
    // The group has a token of its own, which is for those who may see customers.
    const seesGroup = (["customers:read", "customers:write", "admin"] as const).some((scope) =>
      actor.scopes.includes(scope),
    );
    return reply(actor, updated.user, seesGroup ? updated.customer : undefined);
  },
  problem: statesetProblem,
  example: {
    request: {
      user_group_id: "example_1",
      name: "Example 1",
      mapping: { "40": "213", "134": "386" },
      properties: { filterValue: "value" },
    },
    reply: {
      success: 1,
      id: "019a0f2e-6a3c-7b42-9a52-0f3c2b7c9d10",
      active: true,
      avatar: null,
      bio: null,
      birthday: null,
      country: "US",
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace",
      last_seen: null,
      last_typed: null,
      location: null,
      organization: null,
      phone: null,
      regions: null,
      title: null,
      twitter: null,
      username: "ada",
      user_group: {
        team_id: 1,
        token: "mF1t…",
        name: "Example 1",
        provided_id: "example_1",
        properties: { filterValue: "value" },
        api_environment_tag: "Customer",
      },
    },
  },
};

const reply = (actor: Actor, user: UserJson, customer: CustomerJson | undefined) => ({
  success: 1,
  id: user.id,
  active: user.active,
  avatar: user.avatar,
  bio: user.bio,
  birthday: user.birthday,
  country: user.country,
  email: user.email,
  firstName: user.firstName,
  lastName: user.lastName,
  last_seen: user.lastSeen,
  last_typed: user.lastTyped,
  location: user.location,
  organization: user.organization,
  phone: user.phone,
  regions: user.regions,
  title: user.title,
  twitter: user.twitter,
  username: user.username,
  ...(customer && { user_group: { ...userGroup(actor, customer), mapping: customer.mapping } }),
});
