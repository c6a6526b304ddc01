import { customerFields, type CustomerJson, type Fault, type Where } from "@roster/domain";
import { text } from "../json-schema.ts";
import { errorWith, fieldOf, replyObject, value } from "./reply.ts";
import { patch, translate, unreadable, unsaid, whole } from "./translate.ts";
import type { Given, WireFormat } from "./wire-format.ts";

const field = fieldOf(customerFields, (customer: CustomerJson) => customer);

const customerReply = replyObject<CustomerJson>({
  token: field("token"),
  name: field("name"),
  // Never null, because the customer was found by it.
  provided_id: value(text(customerFields.providedId.description), (customer) => customer.providedId),
  is_demo_group: field("isDemo"),
  emails: field("emails"),
  group_tags: field("groupTags"),
  properties: field("properties"),
  computed_properties: field("computedProperties"),
  access_group: field("accessGroup"),
  parent_schema_datasource_mapping: field("mapping"),
  computed_parent_schema_datasource_mapping: field("computedMapping"),
  hierarchy_level: field("hierarchyLevel"),
});

const reply = replyObject<CustomerJson>({
  success: value({ type: "number", enum: [1], description: "That the update succeeded." }, () => 1),
  customer: customerReply,
});

/** Explo's "Update Customer". */
export const exploCustomer: WireFormat = {
  name: "explo",
  title: "Explo: Update Customer",
  method: "POST",
  path: "/api/update_customer/",
  auth: { header: "Explo-Authorization", scheme: "Token", missing: 401 },
  accepts: ["application/json"],
  fields: { own: customerFields },
  request: {
    provided_id: {
      to: "identity",
      required: true,
      schema: { type: "string", minLength: 1 },
      description: "The id by which the caller knows the customer.",
    },
    new_provided_id: patch("providedId", "A new id that replaces provided_id.", { nullable: false }),
    name: patch("name", "The name of the customer."),
    mapping: whole("mapping", "Schema ids to data source ids; replaces the whole object."),
    is_demo_group: patch("isDemo", "Whether this is a demo customer."),
    properties: whole("properties", "The customer's properties; replaces the whole object."),
    emails: { to: ["add", "emails"], nullable: false, description: "Email addresses to add." },
    group_tags: patch("groupTags", "The group tags; replaces those before. They must exist."),
    hierarchy_level_name: patch("hierarchyLevel", "The hierarchy level. It must exist."),
    parent_provided_id: patch(
      "parent",
      "The provided_id of the parent, which is at a strictly higher level.",
      { by: "providedId" },
    ),
  },
  reply: { schema: reply.schema, record: customerReply.schema },
  async handle({ roster, actor, given }) {
    const faults = [...given.faults];
    const id = requiredText(given, "provided_id", faults);
    const where: Where[] = id === undefined ? [] : [{ field: "providedId", value: id }];
    const { record } = await roster.customer.update(
      actor,
      translate(exploCustomer, { ...given, faults }, where),
      (customer) => translate(exploCustomer, unsaid(given, customerReply.show(customer)), where),
    );
    return reply.show(record);
  },
  error: errorWith(
    { success: { type: "number", enum: [0], description: "That the update failed." } },
    () => ({ success: 0 }),
  ),
  example: {
    request: {
      provided_id: "acme",
      properties: { filterValue: "new_value" },
      mapping: { "40": "213", "134": 386 },
      emails: ["new_email@example.com"],
      group_tags: [],
    },
    reply: {
      success: 1,
      customer: {
        token: "mF1t…",
        name: "Acme Inc.",
        provided_id: "acme",
        is_demo_group: false,
        emails: ["new_email@example.com"],
        group_tags: [],
        properties: { filterValue: "new_value" },
        computed_properties: { filterValue: "new_value" },
        access_group: null,
        parent_schema_datasource_mapping: { "40": "213", "134": 386 },
        computed_parent_schema_datasource_mapping: { "40": "213", "134": 386 },
        hierarchy_level: null,
      },
    },
  },
};

/** The text that names the record; undefined, with a fault, if it is missing or not a text. */
function requiredText({ members }: Given, name: string, faults: Fault[]): string | undefined {
  const { value: given, at } = members.get(name) ?? { value: undefined, at: `/${name}` };
  if (typeof given === "string" && given !== "") return given;
  return given === undefined
    ? unreadable(faults, at, "required", "is required")
    : unreadable(faults, at, "invalid_type", "must be a text that is not empty");
}
