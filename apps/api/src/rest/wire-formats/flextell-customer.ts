import { customerFields, RosterError, type Fault, type Where } from "@roster/domain";
import { countryName, normalizeCountry } from "../../record/normalize.ts";
import { members, patch, readDate, translate } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** Flextell's "Update a customer". */
export const flextellCustomer: WireFormat = {
  name: "flextell",
  title: "Flextell: Update a customer",
  method: "PUT",
  path: "/api/v1/customers/{id}",
  auth: { header: "Authorization", scheme: "Bearer", missing: 401 },
  accepts: ["application/json"],
  tenantHeader: "X-Tenant",
  fields: { own: customerFields },
  request: {
    first_name: patch("firstName", "The first name.", { max: 255, nullable: false }),
    last_name: patch("lastName", "The last name.", { max: 255, nullable: false }),
    phone_number: patch("phone", "The phone number.", { max: 20, nullable: false }),
    email: patch("email", "The email address.", { max: 255 }),
    date_of_birth: patch("dateOfBirth", "The date of birth, as a date-time or a date.", {
      read: readDate,
      schema: {
        type: ["string", "null"],
        anyOf: [{ format: "date-time" }, { format: "date" }, { type: "null" }],
      },
    }),
    gender: patch("gender", "The gender."),
    country_id: patch("addressCountry", "The country: its numeric code of ISO 3166-1.", {
      read: readCountry,
      schema: { type: ["integer", "null"] },
    }),
    identity_number: patch("identityNumber", "The number of an identity document."),
    job: patch("job", "The job title.", { max: 255 }),
    address: patch("address", "The postal address.", { max: 1000 }),
    default_channel_id: patch("defaultChannelId", "The number of the preferred channel."),
    user_id: patch("userId", "The number of the assigned user."),
  },
  async handle({ roster, actor, param, body }) {
    if (!/^\d{1,15}$/.test(param))
      throw new RosterError("NOT_FOUND", "there is no such customer; its id is an integer");
    const where: Where[] = [{ field: "number", value: Number(param) }];
    const { record } = await roster.customer.update(actor, translate(flextellCustomer, members(body), where));
    const stored =
      record.userId === null
        ? undefined
        : await roster.store.database
            .tenant(actor.tenant.number)
            .find("user", { field: "number", value: record.userId });
    const user = stored?.deletedAt === null ? stored : undefined;
    return {
      success: "true",
      data: {
        id: record.number,
        first_name: record.firstName,
        last_name: record.lastName,
        phone_number: record.phone,
        email: record.email,
        date_of_birth: record.dateOfBirth && `${record.dateOfBirth}T00:00:00Z`,
        gender: record.gender,
        country_name: record.addressCountry && countryName(record.addressCountry),
        identity_number: record.identityNumber,
        job: record.job,
        address: record.address,
        default_channel_id: record.defaultChannelId,
        avatar_url: record.avatarUrl,
        related_user: user
          ? {
              id: user.number,
              name: [user.firstName, user.lastName].filter(Boolean).join(" ") || user.username,
            }
          : null,
        created_at: record.createdAt,
        updated_at: record.updatedAt,
        deleted_at: record.deletedAt,
      },
    };
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
      default_channel_id: 1,
      user_id: 1,
    },
    reply: {
      success: "true",
      data: {
        id: 123,
        first_name: "Ada",
        last_name: "Lovelace",
        phone_number: "+14155552671",
        email: "jsmith@example.com",
        date_of_birth: "2023-11-07T00:00:00Z",
        gender: "male",
        country_name: "Vietnam",
        identity_number: "0123456789",
        job: "Engineer",
        address: "1 Main Street",
        default_channel_id: 1,
        avatar_url: null,
        related_user: { id: 1, name: "Grace Hopper" },
        created_at: "2026-03-01T09:30:00.000Z",
        updated_at: "2026-03-01T09:31:00.000Z",
        deleted_at: null,
      },
    },
  },
};

function readCountry(value: unknown, at: string, faults: Fault[]): unknown {
  const code =
    Number.isInteger(value) && (value as number) >= 0 ? normalizeCountry(String(value)) : undefined;
  if (code === undefined) {
    faults.push(
      Number.isInteger(value)
        ? {
            pointer: at,
            code: "not_found",
            message: `${String(value)} is not a numeric country code of ISO 3166-1`,
          }
        : { pointer: at, code: "invalid_type", message: "must be an integer" },
    );
  }
  return code;
}
