import { describe, expect, it } from "vitest";
import { behavesAsDocumented, notText } from "./documented-api.ts";
import { faultsOf, noSuccess } from "./refusals.ts";
import { next, useWorld } from "./world.ts";

/** Explo's "Update Customer". */

const world = useWorld();

const path = "/api/update_customer/";
const newId = () => ({ send: `new-${next()}` });

behavesAsDocumented(
  {
    source: "explo",
    record: "customer",
    scope: "customers:write",
    method: "POST",
    openApi: { path, contentTypes: ["application/json"], securityHeader: "Explo-Authorization" },
    authorization: (token) => ({ "Explo-Authorization": `Token ${token}` }),
    otherAuthorizations: (token) => [
      ["Explo-Authorization", `Bearer ${token}`],
      ["Explo-Authorization", token],
      ["Authorization", `Token ${token}`],
    ],
    unauthenticated: 401,
    foundBy: {
      provided_id: ({ providedId }) => ({ path, naming: { provided_id: providedId } }),
      "provided_id, without the slash": ({ providedId }) => ({
        path: "/api/update_customer",
        naming: { provided_id: providedId },
      }),
    },
    ownKey: { typed: "providedId", foundBy: "provided_id" },
    fields: {
      new_provided_id: {
        typed: "providedId",
        readAs: "provided_id",
        first: newId,
        second: newId,
        null: "refused",
        wrong: [...notText, "", "x".repeat(256)],
      },
      name: {
        typed: "name",
        first: { send: "Example 1" },
        second: { send: "Beispiel 2" },
        null: "clears",
        wrong: [...notText, "x".repeat(256)],
      },
      mapping: {
        typed: "mapping",
        readAs: "parent_schema_datasource_mapping",
        first: { send: { "40": "213", "134": 386 } },
        second: { send: { "40": "214", nested: { deep: [1, null, true, "1"] } } },
        null: "clears",
        wrong: ["40", 40, true, [["40", "213"]], { key: "half a pair \ud800" }],
      },
      is_demo_group: {
        typed: "isDemo",
        first: { send: true },
        second: { send: false },
        null: "refused",
        wrong: ["true", 1, 0, "", {}],
      },
      properties: {
        typed: "properties",
        first: { send: { filterValue: "value", count: 0, on: false, none: null } },
        second: { send: { filterValue: "new_value" } },
        null: "clears",
        wrong: ["value", 7, [], [{}], { "NUL \u0000": 1 }],
      },
      emails: {
        typed: "emails",
        first: { send: ["first@example.com"] },
        second: { send: ["second@example.com"], reads: ["first@example.com", "second@example.com"] },
        null: "refused",
        wrong: ["first@example.com", ["first@example.com", "second"], [null], [7], {}],
      },
      group_tags: {
        typed: "groupTags",
        first: { send: ["engineers", "sales"] },
        second: { send: ["support"] },
        null: "refused",
        wrong: [["nobody"], "sales", [7], [null], [""], {}],
      },
      hierarchy_level_name: {
        typed: "hierarchyLevel",
        readAs: "hierarchy_level",
        first: { send: "Level 2" },
        second: { send: "Level 1" },
        null: "clears",
        wrong: ["Level 9", "level 1", "", 1, ["Level 1"]],
      },
      parent_provided_id: {
        typed: "parent",
        readAs: null,
        needs: { hierarchyLevel: "Level 1" },
        first: () => ({ send: "top-1", stored: world.tops[0]?.id }),
        second: () => ({ send: "top-2", stored: world.tops[1]?.id }),
        null: "clears",
        wrong: ["nobody", "", 1, ["top-1"]],
      },
    },
    otherFields: ["provided_id"],
    recordIn: "customer",
    reply: {
      success: "number",
      customer: {
        token: "string",
        name: "string?",
        provided_id: "string",
        emails: "strings",
        group_tags: "strings",
        hierarchy_level: "string?",
        access_group: "string?",
        is_demo_group: "boolean",
        properties: "object?",
        computed_properties: "object",
        parent_schema_datasource_mapping: "object?",
        computed_parent_schema_datasource_mapping: "object",
      },
    },
    refusal: noSuccess,
  },
  world,
);

const post = (body: object | string) =>
  world.send({
    method: "POST",
    path,
    headers: { "Content-Type": "application/json", "Explo-Authorization": `Token ${world.token}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
const update = async ({ providedId }: { providedId: string | null }, body: object) =>
  post({ provided_id: providedId, ...body });

describe("the request of the page", () => {
  it("gets the answer that the page shows", async () => {
    await world.rpc("customer.update", {
      where: { id: world.example.id },
      patch: { name: "Example 1", accessGroup: "Production", mapping: { "40": "213", "134": 386 } },
    });
    const answer = await world.send({
      method: "POST",
      path: "/api/update_customer/",
      headers: { "Content-Type": "application/json", "Explo-Authorization": `Token ${world.token}` },
      body: `{
      "provided_id": "example_1",
      "properties": {"filterValue": "new_value"},
      "emails": ["new_email@example.com"],
      "group_tags": ["engineers", "sales"],
      "hierarchy_level_name": "Level 1"
  }`,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      success: 1,
      customer: {
        token: world.example.token,
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
    });
  });
});

describe("provided_id", () => {
  it.each([
    [{}, "required"],
    [{ provided_id: null }, "invalid_type"],
    [{ provided_id: "" }, "invalid_type"],
    [{ provided_id: 7 }, "invalid_type"],
    [{ provided_id: ["example_1"] }, "invalid_type"],
  ])("is required, and must be a text, not %j", async (body, code) => {
    const answer = await post({ ...body, name: 7, noSuchField: 1 });
    noSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({
      "/provided_id": code,
      "/name": "invalid_type",
      "/noSuchField": "unknown_field",
    });
  });

  it("is replaced by the new one", async () => {
    const record = await world.make("customer");
    const { send } = newId();
    expect((await update(record, { new_provided_id: send })).json).toMatchObject({
      customer: { provided_id: send },
    });
    noSuccess(await update(record, {}), 404);
    expect((await post({ provided_id: send, name: "Renamed" })).json).toMatchObject({ success: 1 });
    expect((await world.log(record)).map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it("of another customer is refused with 409, and nothing else of the request is stored", async () => {
    const [one, other] = [await world.make("customer"), await world.make("customer")];
    const answer = await update(one, { new_provided_id: other.providedId, name: "Renamed" });
    noSuccess(answer, 409);
    expect(faultsOf(answer)).toEqual({ "/new_provided_id": "taken" });
    expect(await world.now(one)).toEqual(one);
  });

  it("that is taken, together with other faults, is refused with 422", async () => {
    const [one, other] = [await world.make("customer"), await world.make("customer")];
    const answer = await update(one, { new_provided_id: other.providedId, name: 7 });
    noSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/new_provided_id": "taken", "/name": "invalid_type" });
  });

  it("is free for another customer once its customer is deleted", async () => {
    const [one, other] = [await world.make("customer"), await world.make("customer")];
    await world.rpc("customer.delete", { where: { id: other.id } });
    expect((await update(one, { new_provided_id: other.providedId })).status).toBe(200);
  });
});

describe("emails", () => {
  it("are added, each once, whatever its case", async () => {
    const record = await world.make("customer", { emails: ["Ada@example.com"] });
    const { json } = await update(record, {
      emails: ["new@example.com", "ADA@example.com", "new@example.com"],
    });
    expect(json).toMatchObject({ customer: { emails: ["Ada@example.com", "new@example.com"] } });
    expect((await update(record, { emails: [] })).json).toMatchObject({
      customer: { emails: ["Ada@example.com", "new@example.com"] },
    });
    expect((await world.now(record)).version).toBe(2);
  });

  it("of two concurrent requests are both added", async () => {
    const record = await world.make("customer");
    const names = Array.from({ length: 20 }, (_, i) => `writer-${i}@example.com`);
    const answers = await Promise.all(names.map((email) => update(record, { emails: [email] })));
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect((await world.now(record)).emails.toSorted()).toEqual(names.toSorted());
    expect((await world.log(record)).length).toBe(21);
  });

  it("are a hundred at most", async () => {
    const emails = Array.from({ length: 99 }, (_, i) => `${i}@example.com`);
    const record = await world.make("customer", { emails });
    expect((await update(record, { emails: ["99@example.com"] })).status).toBe(200);
    const answer = await update(record, { emails: ["100@example.com"] });
    noSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/emails": "too_many" });
  });

  it("with faults are named by their index", async () => {
    const record = await world.make("customer");
    const answer = await update(record, { emails: ["a@example.com", "b", "c@example.com", 7] });
    expect(faultsOf(answer)).toEqual({ "/emails/1": "invalid_format", "/emails/3": "invalid_type" });
  });
});

describe("group_tags", () => {
  it("replace the previous ones; an empty array removes all", async () => {
    const record = await world.make("customer", { groupTags: ["engineers", "sales"] });
    for (const tags of [["sales", "support"], ["support"], []]) {
      const { json } = await update(record, { group_tags: tags });
      expect(json).toMatchObject({ customer: { group_tags: tags } });
      expect((await world.now(record)).groupTags).toEqual(tags);
    }
  });

  it("that do not exist are each named", async () => {
    const record = await world.make("customer");
    const answer = await update(record, { group_tags: ["sales", "nobody", "noone"] });
    noSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/group_tags/1": "not_found", "/group_tags/2": "not_found" });
  });
});

describe("properties and mapping", () => {
  it("are replaced as a whole", async () => {
    const record = await world.make("customer", {
      properties: { a: 1, b: { c: 2 } },
      mapping: { "40": "213" },
    });
    const { json } = await update(record, { properties: { b: { d: 3 } }, mapping: { "134": 386 } });
    expect(json).toMatchObject({ success: 1 });
    expect(await world.now(record)).toMatchObject({ properties: { b: { d: 3 } }, mapping: { "134": 386 } });
    expect((await world.now(record)).properties).toEqual({ b: { d: 3 } });
    expect((await world.now(record)).mapping).toEqual({ "134": 386 });
    await update(record, { properties: {} });
    expect((await world.now(record)).properties).toEqual({});
  });

  it("keep the types of their values, and null", async () => {
    const record = await world.make("customer");
    const value = {
      text: "386",
      number: 386,
      fraction: 0.1,
      large: 9007199254740991,
      yes: true,
      none: null,
      list: [1, "1", null, [], {}],
      "": "no name",
      "a/b~c": "pointer",
      "2026-03-01T09:30:00.000Z": "2026-03-01T09:30:00.000Z",
    };
    const { json } = await update(record, { mapping: value, properties: value });
    expect(json["customer"]).toMatchObject({
      parent_schema_datasource_mapping: value,
      computed_parent_schema_datasource_mapping: value,
      properties: value,
      computed_properties: value,
    });
    expect(JSON.stringify((await world.now(record)).mapping)).toBe(JSON.stringify(value));
  });

  it("must stay within the limits of depth, size and number, and contain no number that JSON cannot express", async () => {
    const record = await world.make("customer");
    const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`key${i}`, i]));
    for (const properties of [nested(33), { a: "x".repeat(70_000) }, many]) {
      noSuccess(await update(record, { properties }), 422);
    }
    noSuccess(await post(`{"provided_id":"${record.providedId}","properties":{"a":1e999}}`), 422);
    expect(await world.now(record)).toEqual(record);
    expect((await update(record, { properties: nested(31) })).status).toBe(200);
  });

  it("may have the keys constructor and prototype, but not __proto__", async () => {
    const record = await world.make("customer");
    const properties = { constructor: "a", prototype: { constructor: 1 } };
    expect((await update(record, { properties })).json["customer"]).toMatchObject({
      properties: { constructor: "a", prototype: { constructor: 1 } },
      computed_properties: { constructor: "a" },
    });
    const filled = await world.now(record);
    for (const text of [
      '{"__proto__":{"polluted":1}}',
      '{"a":[{"__proto__":1}]}',
      '{"constructor":{"__proto__":null}}',
    ]) {
      const answer = await post(`{"provided_id":"${record.providedId}","properties":${text}}`);
      noSuccess(answer, 422);
      expect(Object.values(faultsOf(answer))).toEqual(["forbidden_key"]);
    }
    expect(await world.now(record)).toEqual(filled);
    expect(await world.make("customer")).not.toHaveProperty("polluted");
  });
});

describe("a parent", () => {
  const at = (level: string, fields: object = {}) =>
    world.make("customer", { hierarchyLevel: level, ...fields });

  it("passes on values that its child lacks, the nearest parent first", async () => {
    const top = await at("Level 0", {
      properties: { a: "top", b: "top", c: "top" },
      mapping: { "1": "top" },
    });
    const middle = await at("Level 1", { parent: top.id, properties: { b: "middle", c: "middle" } });
    const child = await at("Level 2", { properties: { c: "own" } });
    const { json } = await update(child, { parent_provided_id: middle.providedId });
    expect(json["customer"]).toMatchObject({
      properties: { c: "own" },
      computed_properties: { a: "top", b: "middle", c: "own" },
      parent_schema_datasource_mapping: null,
      computed_parent_schema_datasource_mapping: { "1": "top" },
    });
  });

  it("may be sent together with a level", async () => {
    const top = await at("Level 0");
    const child = await world.make("customer");
    const answer = await update(child, {
      parent_provided_id: top.providedId,
      hierarchy_level_name: "Level 1",
    });
    expect(answer.status).toBe(200);
    expect(await world.now(child)).toMatchObject({ parent: top.id, hierarchyLevel: "Level 1" });
  });

  it.each([
    ["at the same level", "Level 1", "Level 1", "level_order"],
    ["at a lower level", "Level 2", "Level 1", "level_order"],
    ["of a customer without a level", "Level 0", null, "level_required"],
    ["without a level", null, "Level 1", "level_required"],
  ])("%s is refused", async (_, above, below, code) => {
    const parent = await world.make("customer", { hierarchyLevel: above });
    const child = await world.make("customer", { hierarchyLevel: below });
    const answer = await update(child, { parent_provided_id: parent.providedId, name: "Renamed" });
    noSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/parent_provided_id": code });
    expect(await world.now(child)).toEqual(child);
  });

  it("cannot be the customer itself or one of its descendants", async () => {
    const top = await at("Level 0");
    const middle = await at("Level 1", { parent: top.id });
    const bottom = await at("Level 2", { parent: middle.id });
    for (const below of [top, middle, bottom]) {
      const answer = await update(top, { parent_provided_id: below.providedId });
      noSuccess(answer, 422);
      expect(faultsOf(answer)).toEqual({ "/parent_provided_id": "cycle" });
    }
    expect(await world.now(top)).toEqual(top);
  });

  it("is found only by its provided_id", async () => {
    const [first, other] = [await at("Level 0"), await at("Level 0")];
    const impostor = await at("Level 0", { providedId: first.id });
    const child = await at("Level 1");
    expect((await update(child, { parent_provided_id: first.id })).status).toBe(200);
    expect((await world.now(child)).parent).toBe(impostor.id);
    expect(faultsOf(await update(child, { parent_provided_id: other.id }))).toEqual({
      "/parent_provided_id": "not_found",
    });
  });

  it("of another tenant does not exist", async () => {
    const theirs = await world.make("customer", {}, world.neighbour.rpc);
    const child = await at("Level 1");
    const answer = await update(child, { parent_provided_id: theirs.providedId });
    expect(faultsOf(answer)).toEqual({ "/parent_provided_id": "not_found" });
    expect(faultsOf(await update(child, { parent_provided_id: theirs.id }))).toEqual({
      "/parent_provided_id": "not_found",
    });
  });

  it("that is deleted does not exist", async () => {
    const parent = await at("Level 0");
    const child = await at("Level 1");
    await world.rpc("customer.delete", { where: { id: parent.id } });
    expect(faultsOf(await update(child, { parent_provided_id: parent.providedId }))).toEqual({
      "/parent_provided_id": "not_found",
    });
  });

  it("keeps its children when its level changes", async () => {
    const top = await at("Level 0");
    const child = await at("Level 1", { parent: top.id });
    for (const [level, code] of [
      ["Level 1", "level_order"],
      ["Level 2", "level_order"],
      [null, "level_required"],
    ] as const) {
      const answer = await update(top, { hierarchy_level_name: level });
      noSuccess(answer, 422);
      expect(faultsOf(answer)).toEqual({ "/hierarchy_level_name": code });
    }
    expect(faultsOf(await update(child, { hierarchy_level_name: "Level 0" }))).toEqual({
      "/hierarchy_level_name": "level_order",
    });
  });
});
