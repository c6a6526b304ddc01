import type { Fault } from "../errors.ts";
import type { JsonObject } from "../record/json.ts";
import type { RuleContext } from "../record/rule-context.ts";
import type { StoredCustomer } from "./customer.ts";

/** The information about the tenant's other customers that the hierarchy rules need. */
export interface HierarchyContext extends RuleContext {
  /**
   * The names of the tenant's levels, highest first; undefined if the hierarchy is unknown, which skips the
   * checks.
   */
  levels(): readonly string[] | undefined;
  /** The live customer with this id. */
  customer(id: string): StoredCustomer | undefined;
  /** The levels of a customer's live children, without repetitions; null for a child without a level. */
  childLevels(id: string): readonly (string | null)[];
}

/**
 * Checks a customer's place in the hierarchy: a customer with a parent or children has a level, the parent's
 * level is strictly higher, and no customer is its own ancestor.
 *
 * @param changed the fields that the update changed; an unchanged place is not checked
 * @param at returns the pointer into the request for a field's value
 * @param broken fields whose new value is invalid; if parent or level is among them, nothing is checked
 */
export function placementFaults(
  next: StoredCustomer,
  changed: ReadonlySet<string>,
  at: (field: string) => string,
  context: HierarchyContext,
  broken: ReadonlySet<string> = new Set(),
): Fault[] {
  if (!changed.has("parent") && !changed.has("hierarchyLevel")) return [];
  // `next` still holds the old level or parent here, so checking it would say nothing about the intended one.
  if (broken.has("parent") || broken.has("hierarchyLevel")) return [];
  const levels = context.levels();
  if (levels === undefined) return [];
  const rank = (level: string | null) => (level === null ? -1 : levels.indexOf(level));
  const own = rank(next.hierarchyLevel);
  const faults: Fault[] = [];

  if (next.parent !== null) {
    const culprit = at(changed.has("parent") ? "parent" : "hierarchyLevel");
    const parent = context.customer(next.parent);
    if (parent === undefined) {
      // A parent that has since been deleted does not stop a change of level.
      if (changed.has("parent"))
        faults.push({
          pointer: culprit,
          code: "not_found",
          message: "the parent customer does not exist or is deleted",
        });
    } else if (isAbove(next.id, parent, context)) {
      faults.push({
        pointer: culprit,
        code: "cycle",
        message: "the parent is the customer itself or one of its descendants",
      });
    } else {
      const above = rank(parent.hierarchyLevel);
      if (above < 0) {
        faults.push({
          pointer: culprit,
          code: "level_required",
          message: "the parent has no hierarchy level",
        });
      }
      if (own < 0) {
        faults.push({
          pointer: at(changed.has("hierarchyLevel") ? "hierarchyLevel" : "parent"),
          code: "level_required",
          message: "a customer with a parent needs a hierarchy level",
        });
      }
      if (above >= own && own >= 0) {
        faults.push({
          pointer: culprit,
          code: "level_order",
          message: `the parent's level ${JSON.stringify(parent.hierarchyLevel)} is not higher than ${JSON.stringify(next.hierarchyLevel)}`,
        });
      }
    }
  }
  if (changed.has("hierarchyLevel")) {
    const below = context.childLevels(next.id);
    const pointer = at("hierarchyLevel");
    if (own < 0 && below.length > 0) {
      faults.push({
        pointer,
        code: "level_required",
        message: "the customer has children, so it needs a hierarchy level",
      });
    } else {
      for (const level of below) {
        if (rank(level) > own) continue;
        faults.push({
          pointer,
          code: "level_order",
          message: `the customer has children at ${JSON.stringify(level)}, which is not lower than ${JSON.stringify(next.hierarchyLevel)}`,
        });
      }
    }
  }
  return faults;
}

function isAbove(id: string, start: StoredCustomer, context: HierarchyContext): boolean {
  for (let above: StoredCustomer | undefined = start; above;) {
    if (above.id === id) return true;
    above = above.parent === null ? undefined : context.customer(above.parent);
  }
  return false;
}

/** The maximum number of levels in a tenant, and therefore of customers in a chain of parents. */
export const maxLevels = 64;

/** The fields that a customer's descendants inherit. */
export type Inheritable = Pick<StoredCustomer, "properties" | "mapping">;

/**
 * A customer's own and inherited properties and mapping. The nearest value of each key wins.
 *
 * @param ancestors from the parent upwards
 */
export function inherit(
  own: Inheritable,
  ancestors: readonly Inheritable[],
): { computedProperties: JsonObject; computedMapping: JsonObject } {
  const chain = [own, ...ancestors];
  return {
    computedProperties: nearest(chain.map((customer) => customer.properties)),
    computedMapping: nearest(chain.map((customer) => customer.mapping)),
  };
}

/** Spreading defines own keys, so that a key such as `__proto__` is data. */
const nearest = (chain: readonly (JsonObject | null)[]): JsonObject =>
  chain.reduceRight<JsonObject>((merged, layer) => ({ ...merged, ...layer }), {});
