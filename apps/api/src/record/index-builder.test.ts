import { customerListSchema, type CustomerJson, type CustomerListInput } from "@roster/domain";
import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../testing/test-store.ts";
import { IndexBuilder } from "./index-builder.ts";

let store: TestStore;
beforeEach(async () => void (store = await openTestStore()));
afterEach(() => store.close());

const schema = { properties: { plan: { type: "string", "x-roster-index": true } } };
const set = (to: object | null) => store.roster.setPropertiesSchema(store.actor, { schema: to });
const list = (input: CustomerListInput) =>
  store.roster.customer.list(store.actor, customerListSchema.parse(input));
const find = async (plan: string | null) =>
  (await list({ filter: { properties: { plan } } })).items.map(({ name }) => name);
/** One step, as the builder makes them. */
const step = (limit: number): Promise<boolean> => {
  const { number: tenant } = store.actor.tenant;
  return store.commits.submit({ tenant, wants: [], keep: (books) => books.buildIndex(tenant, limit) });
};
const indexes = () => store.roster.customer.indexes(store.actor);

it("refuses a filter on an index that is being built, with its progress, and goes on after a crash", async () => {
  for (let i = 0; i < 5; i++)
    await store.create({ name: `c${i}`, properties: { plan: i % 2 ? "pro" : "free" } });
  await set(schema);
  await step(2);
  await step(2);
  await step(2);
  expect(await indexes()).toEqual([{ name: "properties/plan", state: "building", done: 4, total: 5 }]);
  await expect(find("pro")).rejects.toMatchObject({
    code: "INVALID",
    faults: [
      {
        pointer: "/filter/properties/plan",
        code: "index_building",
        message: "its index is being built: 4 of about 5 records are in it; try again later",
      },
    ],
  });
  // Another process goes on where this one stopped.
  const { number: tenant } = store.actor.tenant;
  const other = await openTestStore({ file: store.file });
  const more = await other.commits.submit({
    tenant,
    wants: [],
    keep: (books) => books.buildIndex(tenant, 2),
  });
  await other.close();
  expect([more, await step(2), await indexes()]).toEqual([
    true,
    false,
    [{ name: "properties/plan", state: "ready" }],
  ]);
  expect(await find("pro")).toEqual(["c1", "c3"]);
});

it("the index includes changes made while it was being built, on both sides of the place it had reached", async () => {
  const made: CustomerJson[] = [];
  for (let i = 0; i < 6; i++) made.push(await store.create({ name: `c${i}`, properties: { plan: "free" } }));
  const change = (i: number, plan: string | null) =>
    store.update(made[i]?.id ?? "", { properties: { plan } });
  await set(schema);
  await change(0, "early");
  await step(2);
  await step(2);
  await change(1, "behind");
  await change(5, "ahead");
  await change(2, null);
  await store.create({ name: "new", properties: { plan: "new" } });
  while (await step(2));
  expect(await Promise.all(["early", "behind", "ahead", "new", "free", null].map(find))).toEqual([
    ["c0"],
    ["c1"],
    ["c5"],
    ["new"],
    ["c3", "c4"],
    ["c2"],
  ]);
});

it("leaves no term of an index that is dropped, also if it is built again before that is done", async () => {
  const { id } = await store.create({ name: "c", properties: { plan: "free" } });
  const terms = () =>
    store.sql((other) =>
      other.prepare("select term from search_terms where field = 'properties/plan'").pluck().all(),
    );
  await set(schema);
  while (await step(10));
  expect(terms()).toEqual(["sfree"]);
  await set(null);
  await store.update(id, { properties: { plan: "pro" } });
  expect(terms()).toEqual(["sfree"]);
  await set(schema);
  while (await step(10));
  expect(terms()).toEqual(["spro"]);
  await set(null);
  while (await step(10));
  expect(terms()).toEqual([]);
});

it("gives the records of an earlier release their terms and words", async () => {
  await store.create({ name: "Anna", emails: ["anna@x.example"] });
  store.sql((other) =>
    other.exec(`delete from search_terms; delete from search_texts;
      insert into index_builds values (1, 'customer', '', 'fill', '', 0, 0)`),
  );
  await expect(list({ search: "anna" })).rejects.toMatchObject({ faults: [{ code: "index_building" }] });
  await expect(list({ sort: "name" })).rejects.toMatchObject({ faults: [{ pointer: "/sort" }] });
  expect((await list({})).items).toHaveLength(1);
  const builder = new IndexBuilder(store.parts, pino({ level: "silent" }));
  while ((await indexes()).length > 0) await new Promise(setImmediate);
  await builder.close();
  expect((await list({ search: "anna" })).items).toHaveLength(1);
  expect((await list({ filter: { email: "anna@x.example" } })).items).toHaveLength(1);
});
