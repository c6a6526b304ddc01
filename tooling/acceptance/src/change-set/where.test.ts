import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useWorld } from "../server/world.ts";

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Company", "Site"] });
});
type Item = Record<string, unknown>;
const itemsOf = (data: Item) => data["items"] as Item[];

/** Creates customers in a city of their own. */
async function city(count: number, more: (i: number) => object = () => ({})) {
  const addressCity = `city ${world.fresh()}`;
  const items = Array.from({ length: count }, (_, i) => ({ addressCity, ...more(i) }));
  for (let at = 0; at < count; at += 1000)
    await world.rpc("customer.createMany", { items: items.slice(at, at + 1000) });
  return { addressCity };
}
const countOf = async (filter: object) => (await world.rpc("customer.count", { filter })).data["count"];

/** Requests a change until it is done. @returns the last answer */
async function whole(call: string, input: object) {
  const idempotencyKey = world.fresh();
  for (;;) {
    const { data, error } = await world.rpc(call, { ...input, idempotencyKey });
    if (error) throw new Error(JSON.stringify(error));
    if (data["done"]) return data;
  }
}

describe("updateWhere", () => {
  it("counts as a dry run, and shows what would happen to ten", async () => {
    const filter = await city(12, (i) => (i === 0 ? { job: "baker" } : {}));
    const { data } = await world.rpc("customer.updateWhere", {
      filter,
      patch: { job: "baker" },
      dryRun: true,
    });
    expect(data).toMatchObject({ changeSet: null, matched: { count: 12, exact: true }, done: true });
    expect(itemsOf(data)).toHaveLength(10);
    expect(itemsOf(data).slice(0, 2)).toMatchObject([
      { outcome: "unchanged", version: 1, changes: [] },
      { outcome: "updated", version: 1, changes: [{ path: "/job", from: null, to: "baker" }] },
    ]);
    expect(await countOf({ ...filter, job: "baker" })).toBe(1);
  });

  it("changes all records that match in steps, as one change set, which can be undone", async () => {
    const filter = await city(1_200);
    const input = { filter, patch: { addressCity: null, job: "moved" }, name: "move", reason: "they moved" };
    const data = await whole("customer.updateWhere", input);
    expect(data).toMatchObject({
      changeSet: { name: "move", kind: "bulk", updated: 1200, refused: 0, closedAt: expect.any(String) },
      items: [],
    });
    expect(await countOf(filter)).toBe(0);
    const id = (data["changeSet"] as Item)["id"];
    for (let done = false; !done;)
      done = (await world.rpc("changeSet.undo", { where: { id } })).data["done"] as boolean;
    expect(await countOf(filter)).toBe(1_200);
  });

  it("takes effect once under its key, and continues a change that was not finished", async () => {
    const filter = await city(3);
    const request = { filter, patch: { job: "once" }, idempotencyKey: world.fresh() };
    const send = () => world.rpc("customer.updateWhere", request);
    const [first, second] = await Promise.all([send(), send()]);
    expect(first.data).toMatchObject({ done: true, changeSet: { updated: 3 } });
    expect(second.data["changeSet"]).toEqual(first.data["changeSet"]);
    const other = await world.rpc("customer.updateWhere", { ...request, patch: { job: "twice" } });
    expect(other.error.code).toBe("IDEMPOTENCY_MISMATCH");
    const { id } = first.data["changeSet"] as Item;
    const { idempotencyKey: _, ...same } = request;
    const resumed = await world.rpc("customer.updateWhere", { ...same, resume: id });
    expect(resumed.data).toMatchObject({ done: true, changeSet: { id, updated: 3 } });
    const { data: file } = await world.rpc("changeSet.open", { kind: "import" });
    await world.rpc("changeSet.close", { where: { id: file["id"] } });
    const elsewhere = await world.rpc("customer.updateWhere", { ...same, resume: file["id"] });
    expect(faultCodes(elsewhere.error)).toEqual({ "/resume": "ambiguous" });
  });

  it("lists the records that are refused, and changes the others", async () => {
    const filter = await city(3, (i) => ({ providedId: i === 1 ? null : world.fresh() }));
    const data = await whole("customer.updateWhere", { filter, patch: { providedId: world.fresh() } });
    expect(data).toMatchObject({ changeSet: { updated: 1, refused: 2 } });
    expect(itemsOf(data)).toMatchObject([
      { outcome: "refused", error: { code: "CONFLICT", faults: [{ pointer: "/patch/providedId" }] } },
      { outcome: "refused" },
    ]);
  });

  it("refuses a request with all its faults, and one without a filter", async () => {
    const { error } = await world.rpc("customer.updateWhere", { patch: { email: "bad" }, no: 1, name: "" });
    expect(faultCodes(error)).toMatchObject({
      "/filter": expect.any(String),
      "/no": "unknown_field",
      "/patch/email": "invalid_format",
    });
    const unserved = await world.rpc("customer.updateWhere", { filter: { nothing: "x" }, patch: {} });
    expect(faultCodes(unserved.error)).toEqual({ "/filter/nothing": "unknown_field" });
    for (const filter of [
      { email: undefined },
      { email: { startsWith: undefined } },
      { properties: {} },
      { name: {}, properties: { plan: { in: undefined } } },
    ]) {
      const empty = await world.rpc("customer.deleteWhere", { filter });
      expect(faultCodes(empty.error)).toEqual({ "/filter": "required" });
    }
    const unsearched = await world.rpc("customer.deleteWhere", { search: "!" });
    expect(faultCodes(unsearched.error)).toEqual({ "/search": "invalid_format" });
  });

  it("changes the records that a search finds, without a filter", async () => {
    const name = world.fresh();
    await world.rpc("customer.createMany", { items: [{ name }, { name: `${name} two` }] });
    const { data: dry } = await world.rpc("customer.deleteWhere", { search: name, dryRun: true });
    expect(dry).toMatchObject({ matched: { count: 2, exact: true } });
    const data = await whole("customer.updateWhere", { search: name, patch: { job: "Engineer" } });
    expect(data).toMatchObject({ changeSet: { updated: 2, refused: 0 } });
  });
});

describe("deleteWhere", () => {
  it("deletes children before their parents, and can be undone", async () => {
    const filter = await city(1, () => ({ hierarchyLevel: "Company" }));
    const { data: found } = await world.rpc("customer.list", { filter });
    const parent = itemsOf(found)[0]?.["id"];
    await world.rpc("customer.createMany", {
      items: [1, 2].map(() => ({ ...filter, hierarchyLevel: "Site", parent })),
    });
    const dry = await world.rpc("customer.deleteWhere", { filter, dryRun: true });
    expect(dry.data).toMatchObject({ matched: { count: 3 }, items: [{ outcome: "deleted" }, {}, {}] });
    const data = await whole("customer.deleteWhere", { filter });
    expect(data).toMatchObject({ changeSet: { deleted: 3, refused: 0 } });
    const { id } = data["changeSet"] as Item;
    const undone = await world.rpc("changeSet.undo", { where: { id } });
    expect(itemsOf(undone.data).map(({ outcome }) => outcome)).toEqual(["restored", "restored", "restored"]);
    expect(await countOf(filter)).toBe(3);
  });
});
