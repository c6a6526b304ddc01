import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CustomerTree, levels, type Step } from "../testing/tree.ts";

const which = fc.nat(11);
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("create", "update", "update", "update", "delete", "restore"),
  customer: which,
  parent: fc.oneof({ weight: 4, arbitrary: which }, fc.constantFrom(null, undefined)),
  hierarchyLevel: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...levels) },
    fc.constantFrom(null, undefined),
  ),
});
const steps = fc.array(step, { minLength: 5, maxLength: 60, size: "max" });

/** Finds the flaws of a tree without using the rules. */
function flaws(tree: CustomerTree): string[] {
  const live = new Map(tree.live().map((customer) => [customer.id, customer]));
  return [...live.values()].flatMap((customer) => {
    if (customer.parent === null) return [];
    const parent = live.get(customer.parent);
    if (!parent) return [`${customer.id} has a parent that is not live`];
    if (customer.hierarchyLevel === null || parent.hierarchyLevel === null) {
      return [`${customer.id} or its parent has no level`];
    }
    if (levels.indexOf(parent.hierarchyLevel) >= levels.indexOf(customer.hierarchyLevel)) {
      return [`${customer.id} at ${customer.hierarchyLevel} is below ${parent.hierarchyLevel}`];
    }
    const seen = new Set<string>();
    for (let id: string | null = customer.id; id !== null; id = live.get(id)?.parent ?? null) {
      if (seen.has(id)) return [`${customer.id} is above itself`];
      seen.add(id);
    }
    return [];
  });
}

test("after any sequence of steps, every parent is live and strictly higher", () => {
  fc.assert(
    fc.property(steps, (walk) => {
      const tree = new CustomerTree();
      for (const next of walk) {
        tree.take(next);
        expect(flaws(tree)).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

test("generated sequences trigger every rule and build trees of every height", () => {
  const codes = new Set<string>();
  let highest = 0;
  for (const walk of fc.sample(steps, { seed: 7, numRuns: 200 })) {
    const tree = new CustomerTree();
    for (const next of walk) for (const code of tree.take(next)) codes.add(code);
    const parentOf = new Map(tree.live().map(({ id, parent }) => [id, parent]));
    for (const start of parentOf.keys()) {
      let height = 0;
      for (let id: string | null = start; id !== null; id = parentOf.get(id) ?? null) height++;
      highest = Math.max(highest, height);
    }
  }
  expect([...codes].toSorted()).toEqual(["cycle", "in_use", "level_order", "level_required", "not_found"]);
  expect(highest).toBe(levels.length);
});
