import { describe, expect, test } from "vitest";
import type { JsonObject } from "../record/json.ts";
import { accepted, created, customers, refused, wrong } from "../testing/records.ts";
import { customerRules, customerView, type CustomerContext } from "./customer-update.ts";
import type { StoredCustomer } from "./customer.ts";
import { inherit } from "./hierarchy.ts";

const blank = accepted(customers.create({})).next;
const place = (id: string, hierarchyLevel: string | null, parent: string | null = null): StoredCustomer => ({
  ...blank,
  id,
  hierarchyLevel,
  parent,
});

/**
 * Group ─ Company ─ Site, one of each below the other, one more of each alone, and one without
 * a level.
 */
const group = place("group", "Group");
const company = place("company", "Company", "group");
const site = place("site", "Site", "company");
const everyone = [
  group,
  company,
  site,
  place("group 2", "Group"),
  place("company 2", "Company"),
  place("site 2", "Site"),
  place("none", null),
];

function world(customers: readonly StoredCustomer[] = everyone, levels = ["Group", "Company", "Site"]) {
  const context: CustomerContext = {
    ...created,
    levels: () => levels,
    customer: (id) => customers.find((customer) => customer.id === id),
    childLevels: (id) =>
      customers.filter(({ parent }) => parent === id).map(({ hierarchyLevel }) => hierarchyLevel),
    resolve: (reference, named) =>
      reference !== "hierarchyLevel" || levels.includes(String(named)) ? named : undefined,
  };
  return context;
}
const find = (id: string) => everyone.find((customer) => customer.id === id) as StoredCustomer;
const move = (id: string, patch: object, context = world()) => customers.update(find(id), { patch }, context);

describe("a place that is allowed", () => {
  test.each<[what: string, id: string, patch: object]>([
    ["below the next level", "site 2", { parent: "company 2" }],
    ["below a level further up", "site 2", { parent: "group" }],
    ["a level and a parent at once", "none", { hierarchyLevel: "Site", parent: "company" }],
    ["another level between parent and children", "company", { hierarchyLevel: "Company" }],
    ["without a parent", "company", { parent: null }],
    ["without a level, when there is neither parent nor child", "company 2", { hierarchyLevel: null }],
    ["neither level nor parent", "site", { hierarchyLevel: null, parent: null }],
    ["a level alone", "none", { hierarchyLevel: "Group" }],
    ["another level below the same parent", "site", { hierarchyLevel: "Site", parent: "group" }],
  ])("%s", (_what, id, patch) => {
    expect(accepted(move(id, patch)).next).toMatchObject(patch);
  });
});

describe("a place that breaks a rule is refused, with a sentence that says which", () => {
  test.each<[rule: string, id: string, patch: object, fault: string, message: string]>([
    [
      "a parent at the same level",
      "company 2",
      { parent: "company" },
      "/patch/parent level_order",
      `the parent's level "Company" is not higher than "Company"`,
    ],
    [
      "a parent at a lower level",
      "company 2",
      { parent: "site" },
      "/patch/parent level_order",
      `the parent's level "Site" is not higher than "Company"`,
    ],
    [
      "a level that is not below the parent's",
      "company",
      { hierarchyLevel: "Group", parent: "group 2" },
      "/patch/parent level_order",
      `the parent's level "Group" is not higher than "Group"`,
    ],
    [
      "the level of the parent that stays",
      "site",
      { hierarchyLevel: "Company" },
      "/patch/hierarchyLevel level_order",
      `the parent's level "Company" is not higher than "Company"`,
    ],
    [
      "a level that is not above the children's",
      "company",
      { hierarchyLevel: "Site" },
      "/patch/hierarchyLevel level_order",
      `the customer has children at "Site", which is not lower than "Site"`,
    ],
    [
      "itself",
      "company",
      { parent: "company" },
      "/patch/parent cycle",
      "the parent is the customer itself or below it",
    ],
    [
      "a child",
      "group",
      { parent: "company" },
      "/patch/parent cycle",
      "the parent is the customer itself or below it",
    ],
    [
      "a grandchild",
      "group",
      { parent: "site" },
      "/patch/parent cycle",
      "the parent is the customer itself or below it",
    ],
    [
      "a parent without a level",
      "site",
      { parent: "none" },
      "/patch/parent level_required",
      "the parent has no hierarchy level",
    ],
    [
      "a parent, without a level",
      "none",
      { parent: "group" },
      "/patch/parent level_required",
      "a customer with a parent needs a hierarchy level",
    ],
    [
      "no level, with a parent",
      "site",
      { hierarchyLevel: null },
      "/patch/hierarchyLevel level_required",
      "a customer with a parent needs a hierarchy level",
    ],
    [
      "no level, with children",
      "group",
      { hierarchyLevel: null },
      "/patch/hierarchyLevel level_required",
      "the customer has children, so it needs a hierarchy level",
    ],
    [
      "a parent that is deleted",
      "site",
      { parent: "gone" },
      "/patch/parent not_found",
      "the parent customer does not exist or is deleted",
    ],
    [
      "a level that is not among the tenant's",
      "none",
      { hierarchyLevel: "Team" },
      "/patch/hierarchyLevel not_found",
      'there is no hierarchy level "Team"',
    ],
  ])("%s", (_rule, id, patch, fault, message) => {
    const { faults, code } = refused(move(id, patch));
    expect(wrong(faults)).toEqual([fault]);
    expect(faults[0]?.message).toBe(message);
    expect(code).toBe("INVALID");
  });

  test("both the parent and the children are checked, and all that is wrong is said", () => {
    expect(wrong(refused(move("company", { hierarchyLevel: null })).faults)).toEqual([
      "/patch/hierarchyLevel level_required",
      "/patch/hierarchyLevel level_required",
    ]);
    expect(wrong(refused(move("group", { hierarchyLevel: "Site", parent: "group 2" })).faults)).toEqual([
      "/patch/hierarchyLevel level_order",
    ]);
    expect(wrong(refused(move("group", { hierarchyLevel: "Site", parent: "site 2" })).faults)).toEqual([
      "/patch/parent level_order",
      "/patch/hierarchyLevel level_order",
    ]);
    const none = [...everyone, place("none 2", null)];
    expect(wrong(refused(move("none", { parent: "none 2" }, world(none))).faults)).toEqual([
      "/patch/parent level_required",
      "/patch/parent level_required",
    ]);
  });

  test("a level that does not exist is not held against the parent as well, nor the other way round", () => {
    const nowhere = { ...world(), resolve: () => undefined };
    expect(wrong(refused(move("none", { hierarchyLevel: "Team", parent: "group" })).faults)).toEqual([
      "/patch/hierarchyLevel not_found",
    ]);
    expect(wrong(refused(move("site", { hierarchyLevel: "Company", parent: "x" }, nowhere)).faults)).toEqual([
      "/patch/hierarchyLevel not_found",
      "/patch/parent not_found",
    ]);
  });

  test("a level that is not among the tenant's is above nothing and below nothing", () => {
    const unchecked = { ...world([...everyone, place("odd", "Team")]), resolve: created.resolve };
    expect(wrong(refused(move("site", { parent: "odd" }, unchecked)).faults)).toEqual([
      "/patch/parent level_required",
    ]);
    expect(wrong(refused(move("site", { hierarchyLevel: "Team" }, unchecked)).faults)).toEqual([
      "/patch/hierarchyLevel level_required",
    ]);
  });

  test("a new customer is held to the same rules, by the names of its own fields", () => {
    const create = (input: object) => wrong(refused(customers.create(input, world())).faults);
    expect(create({ parent: "group" })).toEqual(["/parent level_required"]);
    expect(create({ parent: "company", hierarchyLevel: "Group" })).toEqual(["/parent level_order"]);
  });

  test("an update that leaves the place alone does not look at it", () => {
    const misplaced = place("x", "Group", "site");
    const { next } = accepted(customers.update(misplaced, { patch: { name: "X", parent: "site" } }, world()));
    expect(next.name).toBe("X");
  });
});

describe("deletion", () => {
  test("of a customer with children is refused", () => {
    const refusal = refused(customerRules.delete(company, world()));
    expect(refusal.code).toBe("CONFLICT");
    expect(refusal.faults).toEqual([
      { pointer: "", code: "in_use", message: "the customer has children; move or delete them first" },
    ]);
  });

  const deleted = accepted(customerRules.delete(site, world())).next;

  test("can be undone while the place still stands", () => {
    expect(deleted.deletedAt).toBe(created.now);
    expect(accepted(customerRules.restore(deleted, world())).next).toMatchObject({
      deletedAt: null,
      parent: "company",
    });
  });

  test.each<[what: string, others: StoredCustomer[], levels: string[], faults: string[]]>([
    ["its parent is gone", [], ["Group", "Company", "Site"], ["/parent not_found"]],
    [
      "its parent has come down",
      [place("company", "Site")],
      ["Group", "Company", "Site"],
      ["/parent level_order"],
    ],
    [
      "its level is gone",
      [company],
      ["Group", "Company"],
      ["/hierarchyLevel not_found", "/hierarchyLevel level_required"],
    ],
  ])("is final while %s", (_what, others, levels, faults) => {
    expect(wrong(refused(customerRules.restore(deleted, world(others, levels))).faults)).toEqual(faults);
  });

  test("of a customer without a parent, too, is final while its level is gone", () => {
    const alone = accepted(customerRules.delete(find("site 2"), world())).next;
    expect(wrong(refused(customerRules.restore(alone, world([], ["Group"]))).faults)).toEqual([
      "/hierarchyLevel not_found",
    ]);
  });

  test("without a store, whatever a customer names is taken to exist", () => {
    const alone = accepted(customerRules.delete(find("site 2"), created)).next;
    expect(accepted(customerRules.restore(alone, created)).next.deletedAt).toBeNull();
  });
});

describe("inheritance", () => {
  const layer = (properties: JsonObject | null, mapping: JsonObject | null = null) => ({
    properties,
    mapping,
  });

  test("the nearest value of each key wins, whole", () => {
    const own = layer({ a: 1, deep: { own: true } }, { "40": "own" });
    const parent = layer({ a: 2, b: 2, deep: { parent: true } }, { "40": "parent", "41": "parent" });
    const top = layer({ a: 3, b: 3, c: 3 }, { "41": "top", "42": 386 });
    expect(inherit(own, [parent, top])).toEqual({
      computedProperties: { a: 1, b: 2, c: 3, deep: { own: true } },
      computedMapping: { "40": "own", "41": "parent", "42": 386 },
    });
  });

  test("a null that a customer has of its own hides what is above", () => {
    expect(inherit(layer({ a: null }), [layer({ a: 1 })]).computedProperties).toEqual({ a: null });
  });

  test("a customer without properties has what is above, and one without either has none", () => {
    expect(inherit(layer(null), [layer(null), layer({ a: 1 })]).computedProperties).toEqual({ a: 1 });
    expect(inherit(layer(null), [])).toEqual({ computedProperties: {}, computedMapping: {} });
  });

  test("a stored key __proto__ stays data", () => {
    const odd = layer(JSON.parse('{"__proto__":{"x":1},"constructor":2}') as JsonObject);
    const { computedProperties } = inherit(layer({ a: 1 }), [odd]);
    expect(JSON.stringify(computedProperties)).toBe('{"__proto__":{"x":1},"constructor":2,"a":1}');
    expect(Object.getPrototypeOf(computedProperties)).toBe(Object.prototype);
  });

  test("readers see both what is a customer's own and what it has in all", () => {
    const own = { ...site, properties: { plan: "pro" } };
    const above = { ...company, properties: { plan: "free", region: "EU" } };
    expect(customerView(own, [above, group])).toEqual({
      ...own,
      computedProperties: { plan: "pro", region: "EU" },
      computedMapping: {},
    });
  });
});
