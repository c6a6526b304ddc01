import { customerFields, type Where } from "@roster/domain";
import { toErrors } from "../problem.ts";
import { members, patch, translate } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** Maiascore's "Update a single customers record". */
export const maiascoreCustomer: WireFormat = {
  name: "maiascore",
  title: "Maiascore: Update a single customer's record",
  method: "PUT",
  path: "/customers/{id}",
  auth: { header: "Authorization", scheme: "Bearer", missing: 403 },
  accepts: ["application/json", "application/xml", "application/x-www-form-urlencoded"],
  fields: { own: customerFields },
  request: {
    uuid: patch("uuid", "A UUID or other id."),
    referenceId: patch("referenceId", "The reference id, unique in the tenant."),
    dateOfBirth: patch("dateOfBirth", "The date of birth."),
    addressStreet: patch("addressStreet", "Street and house number."),
    addressNeighborhood: patch("addressNeighborhood", "Neighborhood."),
    addressCity: patch("addressCity", "City."),
    addressState: patch("addressState", "State or province."),
    addressCountry: patch("addressCountry", "Country: a code of ISO 3166-1 or an English name."),
    gender: patch("gender", "Gender."),
    maritalStatus: patch("maritalStatus", "Marital status."),
  },
  async handle({ roster, actor, param, body }) {
    const where: Where[] = [
      { field: "id", value: param },
      { field: "referenceId", value: param },
    ];
    const { record } = await roster.customer.update(
      actor,
      translate(maiascoreCustomer, members(body), where),
    );
    return {
      id: record.id,
      uuid: record.uuid,
      referenceId: record.referenceId,
      dateOfBirth: record.dateOfBirth,
      addressStreet: record.addressStreet,
      addressNeighborhood: record.addressNeighborhood,
      addressCity: record.addressCity,
      addressState: record.addressState,
      addressCountry: record.addressCountry,
      gender: record.gender,
      maritalStatus: record.maritalStatus,
      published_at: record.createdAt,
      created_by: record.createdBy,
      updated_by: record.updatedBy,
    };
  },
  error: ({ message, faults }, status) => ({
    code: status,
    message,
    ...(faults && { errors: toErrors(faults) }),
  }),
  example: {
    request: {
      uuid: "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4",
      referenceId: "ref-1",
      dateOfBirth: "2019-08-24",
      addressStreet: "Rua Augusta 100",
      addressNeighborhood: "Consolação",
      addressCity: "São Paulo",
      addressState: "SP",
      addressCountry: "BR",
      gender: "male",
      maritalStatus: "single",
    },
    reply: {
      id: "019a0f2e-6a3c-7b42-9a52-0f3c2b7c9d10",
      uuid: "7f9c24e8-3b12-4fef-91e0-56a2d5a5c1d4",
      referenceId: "ref-1",
      dateOfBirth: "2019-08-24",
      addressStreet: "Rua Augusta 100",
      addressNeighborhood: "Consolação",
      addressCity: "São Paulo",
      addressState: "SP",
      addressCountry: "BR",
      gender: "male",
      maritalStatus: "single",
      published_at: "2026-03-01T09:30:00.000Z",
      created_by: "token:019a0f2e-0000-7000-8000-000000000000",
      updated_by: "token:019a0f2e-0000-7000-8000-000000000000",
    },
  },
};
