import {
  customerFields,
  isJsonObject,
  RosterError,
  type CustomerJson,
  type UserJson,
  type Where,
} from "@roster/domain";
import { countryName, readCountry } from "@roster/domain/formats";
import { choice, instant, integer, nullable, text } from "../json-schema.ts";
import { fieldOf, replyObject, value } from "./reply.ts";
import { dateSpelling, patch, translate, unreadable, unsaid } from "./translate.ts";
import type { Spelling, WireFormat } from "./wire-format.ts";

interface Related {
  id: number;
  name: string;
}
interface Shown {
  customer: CustomerJson;
  user: Related | null;
}
const field = fieldOf(customerFields, ({ customer }: Shown) => customer);

const related = replyObject<Related>({
  id: value(integer("The number of the assigned user."), ({ id }) => id),
  name: value(text("Its name, or else its username, or else an empty text."), ({ name }) => name),
});

const data = replyObject<Shown>({
  id: value(integer("The customer's number."), ({ customer }) => customer.number),
  first_name: field("firstName"),
  last_name: field("lastName"),
  phone_number: field("phoneAsWritten"),
  email: field("email"),
  date_of_birth: value(
    nullable(instant("Midnight in UTC of the date of birth.")),
    ({ customer: { dateOfBirth } }) => dateOfBirth && `${dateOfBirth}T00:00:00Z`,
  ),
  gender: field("gender"),
  country_name: value(
    nullable(text("The English short name of ISO 3166-1, or the country as another API has written it.")),
    ({ customer: { addressCountry, addressCountryAsWritten } }) =>
      addressCountry === null ? addressCountryAsWritten : countryName(addressCountry),
  ),
  identity_number: field("identityNumber"),
  job: field("job"),
  address: field("address"),
  default_channel_id: field("defaultChannelId"),
  avatar_url: field("avatarUrl"),
  related_user: value(
    nullable({ ...related.schema, description: "Null for a token without the scope `users:read`, too." }),
    ({ user }) => user && related.show(user),
  ),
  created_at: field("createdAt"),
  updated_at: field("updatedAt"),
  deleted_at: field("deletedAt"),
});

const reply = replyObject<Shown>({
  success: value(choice(["true"], "That the update succeeded."), () => "true"),
  data,
});

const countrySpelling: Spelling = {
  read(given, at, faults) {
    if (!Number.isInteger(given)) return unreadable(faults, at, "invalid_type", "must be an integer");
    const code = (given as number) >= 0 ? readCountry(String(given)) : undefined;
    if (typeof code === "string") return code;
    const message = `${String(given)} is not a numeric country code of ISO 3166-1`;
    return unreadable(faults, at, "not_found", message);
  },
  schema: { type: "integer" },
};

/** Flextell's "Update a customer". */
export const flextellCustomer: WireFormat = {
  name: "flextell",
  title: "Flextell: Update a customer",
  method: "PUT",
  path: "/api/v1/customers/{id}",
  id: { type: "integer", description: "The customer's number.", example: 1 },
  auth: { header: "Authorization", scheme: "Bearer", missing: 401 },
  accepts: ["application/json"],
  tenantHeader: "X-Tenant",
  fields: { own: customerFields },
  request: {
    first_name: patch("firstName", "The first name.", { max: 255, nullable: false }),
    last_name: patch("lastName", "The last name.", { max: 255, nullable: false }),
    phone_number: patch("phone", "The phone number.", {
      max: 20,
      nullable: false,
      asWritten: "phoneAsWritten",
    }),
    email: patch("email", "The email address.", { max: 255 }),
    date_of_birth: patch("dateOfBirth", "The date of birth, as a date-time or a date.", {
      spelling: dateSpelling,
    }),
    gender: patch("gender", "The gender."),
    country_id: patch("addressCountry", "The country: its numeric code of ISO 3166-1.", {
      spelling: countrySpelling,
    }),
    identity_number: patch("identityNumber", "The number of an identity document."),
    job: patch("job", "The job title.", { max: 255 }),
    address: patch("address", "The postal address.", { max: 1000 }),
    default_channel_id: patch("defaultChannelId", "The number of the preferred channel."),
    user_id: patch("userId", "The number of the assigned user."),
  },
  reply: { schema: reply.schema, record: data.schema },
  async handle({ roster, actor, param, given }) {
    if (!/^\d{1,15}$/.test(param))
      throw new RosterError("NOT_FOUND", "there is no such customer; its id is an integer");
    const where: Where[] = [{ field: "number", value: Number(param) }];
    const { record } = await roster.customer.update(
      actor,
      translate(flextellCustomer, given, where),
      (customer) => {
        // Only the id is stored in the customer.
        const sent = given.members.get("related_user")?.value;
        const same = isJsonObject(sent) && sent["id"] === customer.userId;
        const user = same ? (sent as unknown as Related) : null;
        return translate(flextellCustomer, unsaid(given, data.show({ customer, user })), where);
      },
    );
    const user =
      record.userId === null
        ? undefined
        : await roster.user.related(actor, { field: "number", value: record.userId });
    return reply.show({ customer: record, user: user ? { id: user.number, name: nameOf(user) } : null });
  },
  example: {
    request: {
      first_name: "Ada",
      last_name: "Lovelace",
      phone_number: "+14155552671",
      email: "jsmith@example.com",
      date_of_birth: "2023-11-07T05:31:56Z",
      gender: "male",
      country_id: 704,
      identity_number: "0123456789",
      job: "Engineer",
      address: "1 Main Street",
      default_channel_id: null,
      user_id: 1,
    },
    reply: {
      success: "true",
      data: {
        id: 1,
        first_name: "Ada",
        last_name: "Lovelace",
        phone_number: "+14155552671",
        email: "jsmith@example.com",
        date_of_birth: "2023-11-07T00:00:00Z",
        gender: "male",
        country_name: "Viet Nam",
        identity_number: "0123456789",
        job: "Engineer",
        address: "1 Main Street",
        default_channel_id: null,
        avatar_url: null,
        related_user: { id: 1, name: "Grace Hopper" },
        created_at: "2026-03-01T09:30:00.000Z",
        updated_at: "2026-03-01T09:31:00.000Z",
        deleted_at: null,
      },
    },
  },
};

const nameOf = ({ firstName, lastName, username }: UserJson): string =>
  [firstName, lastName].filter(Boolean).join(" ") || (username ?? "");
