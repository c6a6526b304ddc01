import { customerFields, type CustomerJson } from "@roster/domain";
import { integer, text } from "../json-schema.ts";
import { idFor, whereOf } from "./identity.ts";
import { errorWith, fieldOf, replyObject, shownAs, value } from "./reply.ts";
import { dateSpelling, patch, translate, unsaid } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

interface Shown {
  customer: CustomerJson;
  /** The id that the caller used. */
  id: string;
}
const field = fieldOf(customerFields, ({ customer }: Shown) => customer);

const sent = {
  uuid: patch("uuid", "A UUID or other id."),
  referenceId: patch("referenceId", "The reference id, unique in the tenant."),
  dateOfBirth: patch("dateOfBirth", "The date of birth, as a date or a date-time.", {
    spelling: dateSpelling,
  }),
  addressStreet: patch("addressStreet", "Street and house number."),
  addressNeighborhood: patch("addressNeighborhood", "Neighborhood."),
  addressCity: patch("addressCity", "City."),
  addressState: patch("addressState", "State or province."),
  addressCountry: patch("addressCountryAsWritten", "Country, in any words."),
  gender: patch("gender", "Gender."),
  maritalStatus: patch("maritalStatus", "Marital status."),
};

const reply = replyObject<Shown>({
  id: value(text("The id that the request used."), ({ id }) => id),
  ...shownAs(sent, field),
  published_at: field("createdAt"),
  created_by: field("createdBy"),
  updated_by: field("updatedBy"),
});

const example = {
  uuid: "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4",
  referenceId: "ref-1",
  dateOfBirth: "2019-08-24",
  addressStreet: "Rua Augusta 100",
  addressNeighborhood: "Consolação",
  addressCity: "São Paulo",
  addressState: "SP",
  addressCountry: "Brasil",
  gender: "male",
  maritalStatus: "single",
};

/** Maiascore's "Update a single customers record". */
export const maiascoreCustomer: WireFormat = {
  name: "maiascore",
  title: "Maiascore: Update a single customer's record",
  method: "PUT",
  path: "/customers/{id}",
  id: { type: "string", description: "The customer's id, or else its referenceId.", example: "ref-1" },
  auth: { header: "Authorization", scheme: "Bearer", missing: 403 },
  accepts: ["application/json", "application/xml", "application/x-www-form-urlencoded"],
  fields: { own: customerFields },
  request: sent,
  reply: { schema: reply.schema, record: reply.schema },
  async handle({ roster, actor, param, given }) {
    const naming = { param, key: "referenceId" } as const;
    const where = whereOf(naming);
    const { record, changes } = await roster.customer.update(
      actor,
      translate(maiascoreCustomer, given, where),
      (customer) => translate(maiascoreCustomer, unsaid(given, reply.show({ customer, id: param })), where),
    );
    return reply.show({ customer: record, id: idFor(naming, record, changes) });
  },
  error: errorWith({ code: integer("The status.") }, (status) => ({ code: status })),
  example: {
    request: example,
    reply: {
      id: "ref-1",
      ...example,
      published_at: "2026-03-01T09:30:00.000Z",
      created_by: "token:019a0f2e-0000-7000-8000-000000000000",
      updated_by: "token:019a0f2e-0000-7000-8000-000000000000",
    },
  },
};
