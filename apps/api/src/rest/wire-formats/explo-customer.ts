import { customerFields, type CustomerJson, type Fault, type Where } from "@roster/domain";
import { toErrors } from "../problem.ts";
import { members, patch, requiredText, translate, whole } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** Explo's "Update Customer". */
export const exploCustomer: WireFormat = {
  name: "explo",
  title: "Explo: Update Customer",
  method: "POST",
  path: "/api/update_customer/",
  alsoAt: ["/api/update_customer"],
  auth: { header: "Explo-Authorization", scheme: "Token", missing: 401 },
  accepts: ["application/json"],
  fields: { own: customerFields },
  request: {
    provided_id: {
      to: "identity",
      required: true,
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
    ),
  },
  async handle({ roster, actor, body }) {
    const given = members(body);
    const faults: Fault[] = [];
    const id = requiredText(given, "provided_id", faults);
    const where: Where[] = id === undefined ? [] : [{ field: "providedId", value: id }];
    const parsed = translate(exploCustomer, given, where);
    const { record } = await roster.customer.update(actor, {
      ...parsed,
      faults: [...faults, ...parsed.faults],
    });
    return { success: 1, customer: reply(record) };
  },
  error: ({ message, faults }) => ({ success: 0, message, ...(faults && { errors: toErrors(faults) }) }),
  example: {
    request: {
      provided_id: "example_1",
      properties: { filterValue: "new_value" },
      emails: ["new_email@example.com"],
      group_tags: ["engineers", "sales"],
      hierarchy_level_name: "Level 1",
    },
    reply: {
      success: 1,
      customer: {
        token: "mF1t…",
        name: "Example 1",
        provided_id: "example_1",
        is_demo_group: false,
        emails: ["new_email@example.com"],
        group_tags: ["engineers", "sales"],
        properties: { filterValue: "new_value" },
        computed_properties: { filterValue: "new_value" },
        access_group: "Production",
        parent_schema_datasource_mapping: { "40": "213", "134": 386 },
        computed_parent_schema_datasource_mapping: { "40": "213", "134": 386 },
        hierarchy_level: "Level 1",
      },
    },
  },
};

const reply = (customer: CustomerJson) => ({
  token: customer.token,
  name: customer.name,
  provided_id: customer.providedId,
  is_demo_group: customer.isDemo,
  emails: customer.emails,
  group_tags: customer.groupTags,
  properties: customer.properties,
  computed_properties: customer.computedProperties,
  access_group: customer.accessGroup,
  parent_schema_datasource_mapping: customer.mapping,
  computed_parent_schema_datasource_mapping: customer.computedMapping,
  hierarchy_level: customer.hierarchyLevel,
});
