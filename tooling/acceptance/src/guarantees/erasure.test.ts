import BetterSqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { onPostgres } from "../server.ts";
import { useWorld } from "../server/world.ts";
import { audit, contentOf } from "./audit.ts";

/** The reach of an erasure, checked by the contents of the whole database. */

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Group", "Site"] });
});
type Item = Record<string, unknown>;
const where = ({ id }: Item) => ({ id });
const secret = (): string => `Unmistakable-${world.fresh()}-`;
const erase = async (record: Item) =>
  expect((await world.rpc("customer.erase", { where: where(record) })).status).toBe(200);
const merge = async (from: Item, into: Item, more: object = {}) =>
  expect((await world.rpc("customer.merge", { where: where(from), into: where(into), ...more })).status).toBe(
    200,
  );

/** Whether the database contains a text anywhere: in a record, the log, a kept answer or an index. */
const holds = async (text: string): Promise<boolean> =>
  (await contentOf(world.server.database)).includes(text);

describe("an erasure", () => {
  it("leaves nothing of the customer, and a consistent database", async () => {
    const text = secret();
    const record = await world.create({
      name: text,
      emails: [`${text}@x.example`],
      idempotencyKey: world.fresh(),
    });
    await world.update(record, {
      patch: { properties: { deep: [text] } },
      reason: text,
      idempotencyKey: world.fresh(),
    });
    expect(await holds(text)).toBe(true);
    await erase(record);
    expect(await holds(text)).toBe(false);
    expect((await audit(world.server.database)).problems).toEqual([]);
  });

  it.skipIf(onPostgres)("leaves no letters of the customer in the index of searches", async () => {
    const holdsLetter = async () => {
      const database = new BetterSqlite(world.server.database.replace("sqlite:", ""), { readonly: true });
      const blocks = database.prepare("select block from search_index_data").pluck().all() as Buffer[];
      database.close();
      return blocks.some((block) => block.includes("\u0296"));
    };
    const record = await world.create({ name: "clicks \u0296\u0296\u0296" });
    await world.update(record, { patch: { job: "\u0296\u0296\u0296 again" } });
    await world.update(record, { patch: { name: "none", job: null } });
    expect(await holdsLetter()).toBe(false);
    await world.update(record, { patch: { name: "\u0296\u0296\u0296" } });
    expect(await holdsLetter()).toBe(true);
    await erase(record);
    expect(await holdsLetter()).toBe(false);
  });

  it("includes duplicates of duplicates, which are the same person", async () => {
    const text = secret();
    const [first, second, third] = [
      await world.create({ name: text }),
      await world.create({ name: "second" }),
      await world.create({ name: "third" }),
    ];
    await merge(first, second, { idempotencyKey: world.fresh() });
    await merge(second, third);
    await erase(third);
    expect(await holds(text)).toBe(false);
    expect((await world.history(first)).map(({ action }) => action)).toEqual(["erase", "merge", "create"]);
  });

  it("includes kept answers about customers that inherited from the erased one", async () => {
    const text = secret();
    const parent = await world.create({ hierarchyLevel: "Group", properties: { note: text } });
    const child = await world.create({
      hierarchyLevel: "Site",
      parent: parent["id"],
      idempotencyKey: world.fresh(),
    });
    expect(child["computedProperties"]).toEqual({ note: text });
    await world.update(child, { patch: { name: "x" }, idempotencyKey: world.fresh() });
    await world.update(child, { patch: { parent: null } });
    await erase(parent);
    expect(await holds(text)).toBe(false);
  });

  it("takes nothing from the history of customers that inherited from the erased one but what they inherited", async () => {
    const parent = await world.create({ hierarchyLevel: "Group", properties: { note: "parent's" } });
    const child = await world.create({
      hierarchyLevel: "Site",
      parent: parent["id"],
      properties: { own: 1 },
    });
    const inherited = { computedProperties: { own: 1, note: "parent's" } };
    const first = { where: where(child), version: 1 };
    expect((await world.rpc("customer.at", first)).data).toMatchObject(inherited);
    await world.update(child, { patch: { parent: null } });
    await erase(parent);
    const { status, data } = await world.rpc("customer.at", first);
    expect(status).toBe(200);
    expect(data).toMatchObject({ parent: parent["id"], computedProperties: { own: 1 } });
    expect(data["computedProperties"]).not.toHaveProperty("note");
    expect((await world.rpc("customer.at", { where: where(parent), version: 1 })).status).toBe(404);
  });

  it("includes kept answers whose refused items show its values", async () => {
    const [text, key] = [secret(), secret()];
    const record = await world.create({ providedId: text, properties: { [key]: 1 } });
    await world.update(record, { patch: { properties: { [key]: 2 } } });
    const other = await world.create();
    const { data } = await world.rpc("customer.updateMany", {
      mode: "independent",
      items: [
        { where: where(record), patch: { properties: { other: 1 } }, expectedVersion: 1 },
        { where: where(other), patch: { providedId: text } },
      ],
      idempotencyKey: world.fresh(),
    });
    expect(JSON.stringify(data)).toContain(`/properties/${key}`);
    expect(JSON.stringify(data)).toContain("is taken");
    await erase(record);
    expect([await holds(text), await holds(key)]).toEqual([false, false]);
  });

  it("includes the answer to the merge of the erased customer", async () => {
    const text = secret();
    const duplicate = await world.create({ name: text, job: "pilot" });
    const survivor = await world.create({ name: "kept" });
    await merge(duplicate, survivor, { idempotencyKey: world.fresh() });
    await erase(duplicate);
    expect(await holds(text)).toBe(false);
    expect(await world.get(survivor)).toMatchObject({ name: "kept", job: "pilot" });
  });
});

describe("the unmerge of a merge that moved nothing", () => {
  it("undoes nothing of another merge", async () => {
    for (const firstToMerge of ["idle", "telling"]) {
      const into = await world.create({ properties: { a: 1 } });
      const idle = await world.create({ properties: { a: 2 } });
      const telling = await world.create({ job: "pilot" });
      for (const one of firstToMerge === "idle" ? [idle, telling] : [telling, idle]) await merge(one, into);
      expect((await world.rpc("customer.unmerge", { where: where(idle) })).status).toBe(200);
      expect(await world.get(into)).toMatchObject({ job: "pilot", version: 2 });
    }
  });
});
