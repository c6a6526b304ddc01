import { describe, expect, it } from "vitest";
import { useWorld } from "../server/world.ts";

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Company", "Site"] });
});
type Item = Record<string, unknown>;
const itemsOf = (data: Item) => data["items"] as Item[];

/** Changes made by one bulk request. @returns the id of its change set */
async function changed(call: string, items: object[], more: object = {}): Promise<string> {
  const { data, error } = await world.rpc(call, { items, ...more });
  if (error) throw new Error(JSON.stringify(error));
  return data["changeSet"] as string;
}
const edit = (record: Item, patch: object) => ({ where: { id: record["id"] }, patch });
const undo = async (id: string, more: object = {}) => {
  const { data, error } = await world.rpc("changeSet.undo", { where: { id }, ...more });
  if (error) throw new Error(JSON.stringify(error));
  return data;
};
const undoId = (data: Item) => (data["changeSet"] as Item)["id"] as string;
const values = ({ version: _, updatedAt: _at, ...rest }: Item) => rest;

describe("an undo", () => {
  it("gives changed records their values back, deletes created ones, and is a change set", async () => {
    const before = await world.create({ name: "old", emails: ["a@x.example"], properties: { plan: "free" } });
    const set = await changed("customer.upsertMany", [
      {
        where: { id: before["id"] },
        patch: { name: "new", properties: { plan: "pro", seats: 3 } },
        add: { emails: ["b@x.example"] },
      },
      { where: { providedId: world.fresh() }, patch: { name: "created" } },
    ]);
    const data = await undo(set, { reason: "wrong file" });
    expect(data).toMatchObject({ done: true, cursor: null, progress: { done: 2, total: 2 } });
    expect(itemsOf(data)).toMatchObject([
      { recordType: "customer", outcome: "deleted", version: 2 },
      { recordType: "customer", id: before["id"], outcome: "updated", version: 3 },
    ]);
    expect(data["changeSet"]).toMatchObject({
      kind: "undo",
      undoes: set,
      reason: "wrong file",
      updated: 1,
      deleted: 1,
      refused: 0,
      closedAt: expect.any(String),
    });
    expect(values(await world.get(before))).toEqual(values(before));
    expect((await world.history(before))[0]).toMatchObject({
      action: "revert",
      reason: "wrong file",
      changeSet: undoId(data),
    });
    expect((await world.rpc("changeSet.get", { where: { id: set } })).data).toMatchObject({
      undoneBy: undoId(data),
    });
  });

  it("can be undone, and so on, each time as if nothing had been in between", async () => {
    const record = await world.create({ name: "old" });
    const set = await changed("customer.upsertMany", [
      edit(record, { name: "new" }),
      { where: { providedId: world.fresh() } },
    ]);
    const first = await undo(set);
    const made = { id: itemsOf(first)[0]?.["id"] };
    const again = await undo(undoId(first));
    expect(itemsOf(again)).toMatchObject([{ outcome: "updated" }, { outcome: "restored" }]);
    expect([await world.get(record), await world.get(made)]).toMatchObject([
      { name: "new" },
      { deletedAt: null },
    ]);
    const third = await undo(set);
    expect(itemsOf(third)).toMatchObject([{ outcome: "deleted" }, { outcome: "updated" }]);
    expect(await world.get(record)).toMatchObject({ name: "old" });
    expect(itemsOf(await undo(set))).toMatchObject([{ outcome: "unchanged" }, { outcome: "unchanged" }]);
  });

  it("leaves records with conflicting changes by others, and gives the reason", async () => {
    const [same, other, gone, erased] = await Promise.all([1, 2, 3, 4].map(() => world.create()));
    const free = world.fresh();
    const freed = await world.create({ providedId: free });
    const set = await changed("customer.upsertMany", [
      ...[same, other, gone, erased].map((record) => edit(record as Item, { name: "set", job: "set" })),
      edit(freed, { providedId: null }),
      { where: { providedId: world.fresh() }, patch: { name: "made" } },
    ]);
    const made = ((await world.rpc("change.list", { limit: 1000 })).data["items"] as Item[]).at(-1) as Item;
    await world.update(same as Item, { patch: { job: "theirs" } });
    await world.update(other as Item, { patch: { phone: "+442079460182" } });
    await world.rpc("customer.delete", { where: { id: gone?.["id"] } });
    await world.rpc("customer.erase", { where: { id: erased?.["id"] } });
    await world.create({ providedId: free });
    await world.update({ id: made["recordId"] }, { patch: { phone: "+442079460182" } });

    const dry = await undo(set, { dryRun: true });
    const data = await undo(set);
    expect(dry["changeSet"]).toBeNull();
    const left = (code: string, more: object = {}) => ({ outcome: "left", error: { code, ...more } });
    const expected = [
      left("STALE_VERSION", { conflict: { expectedVersion: 1, currentVersion: 2 } }),
      left("CONFLICT", { faults: [{ pointer: "/providedId", code: "taken" }] }),
      left("DELETED"),
      left("DELETED"),
      { outcome: "updated", id: other?.["id"] },
      left("STALE_VERSION", {
        conflict: { currentVersion: 3, changedSince: [{ path: "/job", version: 3 }] },
      }),
    ];
    expect(itemsOf(data)).toMatchObject(expected);
    expect(itemsOf(dry)).toMatchObject(expected);
    expect(data["changeSet"]).toMatchObject({ updated: 1, refused: 5 });
    expect(await world.get(same as Item)).toMatchObject({ name: "set", job: "theirs" });
    expect(await world.get(other as Item)).toMatchObject({ name: null, job: null, phone: "+442079460182" });
    const later = itemsOf(await undo(set, { dryRun: true }));
    expect(later.map(({ outcome }) => outcome)).toEqual([
      "left",
      "left",
      "left",
      "left",
      "unchanged",
      "left",
    ]);
  });

  it("takes back several changes of a record at once, and changes that depend on each other", async () => {
    const [key, other] = [world.fresh(), world.fresh()];
    const a = await world.create({ providedId: key, name: "a" });
    const b = await world.create({ providedId: other, hierarchyLevel: "Site" });
    const { data: open } = await world.rpc("changeSet.open", {});
    const changeSet = open["id"] as string;
    await changed(
      "customer.upsertMany",
      [
        { where: { providedId: `${key}-parent` }, patch: { hierarchyLevel: "Company" } },
        edit(a, { providedId: null, name: "b" }),
        edit(b, { providedId: key, name: "c" }),
      ],
      { changeSet },
    );
    const { data: parent } = await world.rpc("customer.get", { where: { providedId: `${key}-parent` } });
    await changed(
      "customer.updateMany",
      [edit(b, { parent: parent["id"], providedId: null }), edit(a, { name: "d" }), edit(b, { name: "e" })],
      { changeSet },
    );
    const data = await undo(changeSet);
    expect(itemsOf(data)).toMatchObject([
      { id: b["id"], outcome: "updated", version: 5 },
      { id: a["id"], outcome: "updated", version: 4 },
      { id: parent["id"], outcome: "deleted" },
    ]);
    for (const one of [a, b]) expect(values(await world.get(one))).toEqual(values(one));
  });

  it("closes a set that is still open, and works on records of both types", async () => {
    const { data: open } = await world.rpc("changeSet.open", { kind: "import" });
    const set = open["id"] as string;
    await changed("customer.createMany", [{}], { changeSet: set });
    await changed("user.createMany", [{ username: world.fresh() }], { changeSet: set });
    const data = await undo(set);
    expect(itemsOf(data).map(({ recordType, outcome }) => [recordType, outcome])).toEqual([
      ["user", "deleted"],
      ["customer", "deleted"],
    ]);
    const late = await world.rpc("user.createMany", { changeSet: set, items: [{}] });
    expect(late.error.code).toBe("CONFLICT");
  });

  it("of a set without changes is done at once, and one of no set is not found", async () => {
    const { data: open } = await world.rpc("changeSet.open", {});
    expect(await undo(open["id"] as string)).toMatchObject({ items: [], done: true, progress: { total: 0 } });
    const missing = await world.rpc("changeSet.undo", { where: { id: open["id"] + "x" } });
    expect([missing.status, missing.error.code]).toEqual([404, "NOT_FOUND"]);
  });
});

describe("an undo in steps", () => {
  it("continues where it was, whoever requests it, and does each record once", async () => {
    const { data: open } = await world.rpc("changeSet.open", {});
    const set = open["id"] as string;
    for (let i = 0; i < 3; i++)
      await changed(
        "customer.createMany",
        Array.from({ length: 200 }, () => ({})),
        { changeSet: set },
      );
    const pages: Item[] = [];
    for (let cursor: unknown = null; ;) {
      const page = await undo(set, { dryRun: true, ...(cursor !== null && { cursor }) });
      pages.push(page);
      cursor = page["cursor"];
      if (page["done"]) break;
    }
    expect(pages.map((page) => itemsOf(page).length)).toEqual([500, 100]);
    // Two callers at once: each makes one step.
    const steps = await Promise.all([undo(set), undo(set)]);
    expect(new Set(steps.map(undoId)).size).toBe(1);
    expect(steps.filter(({ done }) => done)).toHaveLength(1);
    const outcomes = steps.flatMap(itemsOf).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(Array.from({ length: 600 }, () => "deleted"));
    const where = { id: undoId(steps[0]) };
    expect((await world.rpc("changeSet.get", { where })).data).toMatchObject({ deleted: 600, refused: 0 });
  });
});
