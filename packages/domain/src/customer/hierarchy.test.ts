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

/** A chain Group ─ Company ─ Site, one customer alone at each level, and one without a level. */
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

describe("a change of place is accepted:", () => {
  test.each<[what: string, id: string, patch: object]>([
    ["below the next level", "site 2", { parent: "company 2" }],
    ["below a level further up", "site 2", { parent: "group" }],
    ["a level and a parent at once", "none", { hierarchyLevel: "Site", parent: "company" }],
    ["another level between parent and children", "company", { hierarchyLevel: "Company" }],
    ["without a parent", "company", { parent: null }],
    ["no level, without parent or children", "company 2", { hierarchyLevel: null }],
    ["neither level nor parent", "site", { hierarchyLevel: null, parent: null }],
    ["a level alone", "none", { hierarchyLevel: "Group" }],
    ["another level below the same parent", "site", { hierarchyLevel: "Site", parent: "group" }],
  ])("%s", (_what, id, patch) => {
    expect(accepted(move(id, patch)).next).toMatchObject(patch);
  });
});

describe("a change of place is refused with a message that names the broken rule:", () => {
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
      "the level of the unchanged parent",
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
      "the parent is the customer itself or one of its descendants",
    ],
    [
      "a child",
      "group",
      { parent: "company" },
      "/patch/parent cycle",
      "the parent is the customer itself or one of its descendants",
    ],
    [
      "a grandchild",
      "group",
      { parent: "site" },
      "/patch/parent cycle",
      "the parent is the customer itself or one of its descendants",
    ],
    [
      "a parent without a level",
      "site",
      { parent: "none" },
      "/patch/parent level_required",
      "the parent has no hierarchy level",
    ],
    [
      "a parent without a level of its own",
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

  test("a change of both parent and level is checked against parent and children, and all faults are reported", () => {
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

  test("an unknown level does not cause a second fault about the parent, nor the reverse", () => {
    const nowhere = { ...world(), resolve: () => undefined };
    expect(wrong(refused(move("none", { hierarchyLevel: "Team", parent: "group" })).faults)).toEqual([
      "/patch/hierarchyLevel not_found",
    ]);
    expect(wrong(refused(move("site", { hierarchyLevel: "Company", parent: "x" }, nowhere)).faults)).toEqual([
      "/patch/hierarchyLevel not_found",
      "/patch/parent not_found",
    ]);
  });

  test("an unknown level is neither above nor below any other level", () => {
    const unchecked = { ...world([...everyone, place("odd", "Team")]), resolve: created.resolve };
    expect(wrong(refused(move("site", { parent: "odd" }, unchecked)).faults)).toEqual([
      "/patch/parent level_required",
    ]);
    expect(wrong(refused(move("site", { hierarchyLevel: "Team" }, unchecked)).faults)).toEqual([
      "/patch/hierarchyLevel level_required",
    ]);
  });

  test("a new customer follows the same rules, with pointers to its own fields", () => {
    const create = (input: object) => wrong(refused(customers.create(input, world())).faults);
    expect(create({ parent: "group" })).toEqual(["/parent level_required"]);
    expect(create({ parent: "company", hierarchyLevel: "Group" })).toEqual(["/parent level_order"]);
  });

  test("an update that leaves the place unchanged does not check it", () => {
    const misplaced = place("x", "Group", "site");
    const { next } = accepted(customers.update(misplaced, { patch: { name: "X", parent: "site" } }, world()));
    expect(next.name).toBe("X");
  });
});

describe("deletion of a customer", () => {
  test("is refused if it has children", () => {
    const refusal = refused(customerRules.delete(company, world()));
    expect(refusal.code).toBe("CONFLICT");
    expect(refusal.faults).toEqual([
      { pointer: "", code: "in_use", message: "the customer has children; move or delete them first" },
    ]);
  });

  const deleted = accepted(customerRules.delete(site, world())).next;

  test("can be undone while its place is still valid", () => {
    expect(deleted.deletedAt).toBe(created.now);
    expect(accepted(customerRules.restore(deleted, world())).next).toMatchObject({
      deletedAt: null,
      parent: "company",
    });
  });

  test.each<[what: string, others: StoredCustomer[], levels: string[], faults: string[]]>([
    ["its parent is gone", [], ["Group", "Company", "Site"], ["/parent not_found"]],
    [
      "its parent has moved to a lower level",
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
  ])("cannot be undone while %s", (_what, others, levels, faults) => {
    expect(wrong(refused(customerRules.restore(deleted, world(others, levels))).faults)).toEqual(faults);
  });

  test("cannot be undone while its level no longer exists, even without a parent", () => {
    const alone = accepted(customerRules.delete(find("site 2"), world())).next;
    expect(wrong(refused(customerRules.restore(alone, world([], ["Group"]))).faults)).toEqual([
      "/hierarchyLevel not_found",
    ]);
  });

  test("takes every reference to exist without a store", () => {
    const alone = accepted(customerRules.delete(find("site 2"), created)).next;
    expect(accepted(customerRules.restore(alone, created)).next.deletedAt).toBeNull();
  });
});

describe("inheritance", () => {
  const layer = (properties: JsonObject | null, mapping: JsonObject | null = null) => ({
    properties,
    mapping,
  });

  test("the nearest value of each key wins as a whole", () => {
    const own = layer({ a: 1, deep: { own: true } }, { "40": "own" });
    const parent = layer({ a: 2, b: 2, deep: { parent: true } }, { "40": "parent", "41": "parent" });
    const top = layer({ a: 3, b: 3, c: 3 }, { "41": "top", "42": 386 });
    expect(inherit(own, [parent, top])).toEqual({
      computedProperties: { a: 1, b: 2, c: 3, deep: { own: true } },
      computedMapping: { "40": "own", "41": "parent", "42": 386 },
    });
  });

  test("a customer's own null hides inherited values", () => {
    expect(inherit(layer({ a: null }), [layer({ a: 1 })]).computedProperties).toEqual({ a: null });
  });

  test("a customer without properties inherits all of its ancestors', and gets none if they have none", () => {
    expect(inherit(layer(null), [layer(null), layer({ a: 1 })]).computedProperties).toEqual({ a: 1 });
    expect(inherit(layer(null), [])).toEqual({ computedProperties: {}, computedMapping: {} });
  });

  test("a stored key __proto__ stays data", () => {
    const odd = layer(JSON.parse('{"__proto__":{"x":1},"constructor":2}') as JsonObject);
    const { computedProperties } = inherit(layer({ a: 1 }), [odd]);
    expect(JSON.stringify(computedProperties)).toBe('{"__proto__":{"x":1},"constructor":2,"a":1}');
    expect(Object.getPrototypeOf(computedProperties)).toBe(Object.prototype);
  });

  test("readers see a customer's own values and its combined ones", () => {
    const own = { ...site, properties: { plan: "pro" } };
    const above = { ...company, properties: { plan: "free", region: "EU" } };
    expect(customerView(own, [above, group])).toEqual({
      ...own,
      computedProperties: { plan: "pro", region: "EU" },
      computedMapping: {},
    });
  });
});
