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
import { inherit, placementFaults, type HierarchyContext } from "./hierarchy.ts";

/** What the rules of a customer need of the world. */
export interface CustomerContext extends HierarchyContext {
  /** What of a customer's properties breaks the tenant's schema; pointers are relative to them. */
  propertiesFaults(properties: JsonObject): Fault[];
}

/**
 * The properties fit the tenant's schema. Those that an update leaves alone are not checked: a
 * customer that does not fit a newer schema can still be updated in its other fields.
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

/** A new customer fits the schema also where it is given no properties. */
const invariantsOfNew: typeof invariants = (next, changed, ...more) =>
  invariants(next, new Set([...changed, "properties"]), ...more);

/** What Roster gives a new customer. */
export type CustomerIdentity = Pick<StoredCustomer, "id" | "number" | "token">;

export function createCustomer(
  identity: CustomerIdentity,
  parsed: ParsedCreate,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  const outcome = create(customerFields, identity, parsed, invariantsOfNew, context);
  if (outcome instanceof RosterError || outcome.next.properties !== null) return outcome;
  // Where nothing at all was given, no invariant has been checked.
  const missing = schemaFaults(outcome.next, new Set(["properties"]), pointer, context, new Set());
  return missing.length > 0 ? refusal(missing) : outcome;
}

/** Deletes a customer. One with live children is refused: they would inherit from nobody. */
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

/** Restores a customer, if its place in the hierarchy still stands. A merged duplicate lives on elsewhere. */
function restoreCustomer(
  current: StoredCustomer,
  context: CustomerContext,
): Outcome<StoredCustomer> | RosterError {
  if (current.mergedInto !== null) {
    return new RosterError(
      "CONFLICT",
      `the customer was merged into ${current.mergedInto}; take the merge back instead`,
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
 * The customer as readers see it: with what it inherits.
 *
 * @param ancestors from the parent upwards
 */
export const customerView = (stored: StoredCustomer, ancestors: readonly StoredCustomer[]): CustomerJson => ({
  ...stored,
  ...inherit(stored, ancestors),
});
