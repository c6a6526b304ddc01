import { refusal, RosterError, type Fault } from "../errors.ts";
import type { JsonObject } from "../record/json.ts";
import type { ParsedCreate } from "../record/edit.ts";
import { pointer } from "../record/pointer.ts";
import {
  create,
  edit,
  remove,
  restore,
  type Invariants,
  type Outcome,
  type RecordRules,
} from "../record/update.ts";
import { customerFields, type CustomerJson, type StoredCustomer } from "./customer.ts";
import { inherit, placementFaults, type HierarchyContext, type Inheritable } from "./hierarchy.ts";

/** The information that the customer rules need from their surroundings. */
export interface CustomerContext extends HierarchyContext {
  /** Faults of a customer's properties under the tenant's schema. Pointers are relative to the properties. */
  propertiesFaults(properties: JsonObject): Fault[];
}

/**
 * Checks changed properties against the tenant's schema. Properties that an update leaves alone are not
 * checked, so a customer that does not fit a newer schema can still be updated in its other fields.
 */
const schemaFaults: Invariants<StoredCustomer, CustomerContext> = (next, changed, at, context, broken) =>
  changed.has("properties") && !broken.has("properties")
    ? context
        .propertiesFaults(next.properties ?? {})
        .map((fault) => ({ ...fault, pointer: at("properties") + fault.pointer }))
    : [];

const invariants: Invariants<StoredCustomer, CustomerContext> = (...given) => [
  ...placementFaults(...given),
  ...schemaFaults(...given),
];

/** A new customer is checked against the schema even if no properties are given. */
const invariantsOfNew: typeof invariants = (next, changed, ...more) =>
  invariants(next, new Set([...changed, "properties"]), ...more);

/** The values that Roster assigns to a new customer. */
export type CustomerIdentity = Pick<StoredCustomer, "id" | "number" | "token">;

export function createCustomer(
  identity: CustomerIdentity,
  parsed: ParsedCreate,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const outcome = create(customerFields, identity, parsed, invariantsOfNew, context);
  if (outcome instanceof RosterError || outcome.next.properties !== null) return outcome;
  // An empty create request has no changes, so `create` has checked no invariants.
  const missing = schemaFaults(outcome.next, new Set(["properties"]), pointer, context, new Set());
  return missing.length > 0 ? refusal(missing) : outcome;
}

/**
 * Deletes a customer. A customer with live children is refused, because they would lose what they inherit.
 */
function deleteCustomer(
  current: StoredCustomer,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  if (context.childLevels(current.id).length > 0) {
    const faults: Fault[] = [
      { pointer: "", code: "in_use", message: "the customer has children; move or delete them first" },
    ];
    return new RosterError("CONFLICT", "the customer has children; move or delete them first", { faults });
  }
  return remove(current, context);
}

/** Restores a customer if its place in the hierarchy is still valid. A merged duplicate is refused. */
function restoreCustomer(
  current: StoredCustomer,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  if (current.mergedInto !== null) {
    return new RosterError(
      "CONFLICT",
      `the customer was merged into ${current.mergedInto}; undo the merge instead`,
    );
  }
  return restore(
    customerFields,
    current,
    (...given) => [...levelFaults(...given), ...placementFaults(...given)],
    context,
  );
}

const levelFaults: Invariants<StoredCustomer, CustomerContext> = (
  { hierarchyLevel },
  _changed,
  at,
  context,
) =>
  hierarchyLevel === null || context.resolve("hierarchyLevel", hierarchyLevel) !== undefined
    ? []
    : [
        {
          pointer: at("hierarchyLevel"),
          code: "not_found",
          message: `there is no hierarchy level ${JSON.stringify(hierarchyLevel)}`,
        },
      ];

/** The rules of a customer. */
export const customerRules: RecordRules<StoredCustomer, CustomerContext> = {
  type: "customer",
  fields: customerFields,
  update: (current, parsed, context) => edit(customerFields, current, parsed, invariants, context),
  delete: deleteCustomer,
  restore: restoreCustomer,
};

/**
 * A customer as readers see it, including inherited values.
 *
 * @param ancestors from the parent upwards
 */
export const customerView = (stored: StoredCustomer, ancestors: readonly Inheritable[]): CustomerJson => ({
  ...stored,
  ...inherit(stored, ancestors),
});
