import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
type Item = Record<string, unknown>;
const itemsOf = (data: Record<string, unknown>) => data["items"] as Item[];

describe("updateMany", () => {
  it("applies updates in order, each on the result of the previous ones, and returns a result for each", async () => {
    const [a, b] = [await world.create({ providedId: world.fresh() }), await world.create()];
    const { data } = await world.rpc("customer.updateMany", {
      items: [
        { where: { id: a["id"] }, patch: { name: "one" } },
        { where: { id: a["id"] }, patch: { name: "two" }, expectedVersion: 2, reason: "own" },
        { where: { id: a["id"] }, patch: { providedId: null } },
        { where: { id: b["id"] }, patch: { providedId: a["providedId"] } },
        { where: { providedId: a["providedId"] }, patch: {} },
      ],
      reason: "import",
    });
    expect(data).toMatchObject({ applied: 4 });
    expect(itemsOf(data)).toMatchObject([
      {
        index: 0,
        id: a["id"],
        version: 2,
        applied: true,
        changes: [{ path: "/name", from: null, to: "one" }],
      },
      { index: 1, version: 3, changes: [{ path: "/name", from: "one", to: "two" }] },
      { index: 2, version: 4 },
      { index: 3, id: b["id"], version: 2 },
      { index: 4, id: b["id"], version: 2, applied: false, changes: [] },
    ]);
    expect((await world.history(a)).map(({ reason }) => reason)).toEqual(["import", "own", "import", null]);
  });

  it("in independent mode reports refused updates, and applies the rest", async () => {
    const record = await world.create();
    const where = { id: record["id"] };
    const { status, data } = await world.rpc("customer.updateMany", {
      mode: "independent",
      items: [
        { where, patch: { name: "a" } },
        { where, patch: { email: "bad" } },
        { where: { id: "nobody" }, patch: {} },
        { where, patch: { name: "b" }, expectedVersion: 1 },
        { where, patch: { job: "c" } },
      ],
    });
    expect(status).toBe(200);
    expect(data["applied"]).toBe(2);
    expect(itemsOf(data)).toMatchObject([
      { index: 0, version: 2 },
      { index: 1, error: { code: "INVALID", faults: [{ pointer: "/items/1/patch/email" }] } },
      { index: 2, error: { code: "NOT_FOUND" } },
      { index: 3, error: { code: "STALE_VERSION", conflict: { currentVersion: 2 } } },
      { index: 4, version: 3 },
    ]);
    expect(await world.get(record)).toMatchObject({ name: "a", job: "c", version: 3 });
  });

  it("in atomic mode refuses all for one refusal, names each faulty item, and changes nothing", async () => {
    const [a, b] = [await world.create({ name: "a" }), await world.create({ name: "b" })];
    const { status, error } = await world.rpc("customer.updateMany", {
      mode: "atomic",
      items: [
        { where: { id: a["id"] }, patch: { name: "x", providedId: world.fresh() } },
        { where: { id: b["id"] }, patch: { email: "bad", phone: "1" } },
        { where: { id: "nobody" }, patch: { name: "y" } },
      ],
    });
    expect(status).toBe(400);
    expect(faultCodes(error)).toEqual({
      "/items/1/patch/email": "invalid_format",
      "/items/1/patch/phone": "invalid_format",
    });
    expect(error.items).toMatchObject([
      { index: 1, error: { code: "INVALID" } },
      { index: 2, error: { code: "NOT_FOUND" } },
    ]);
    expect([await world.get(a), await world.get(b)]).toEqual([a, b]);
    expect(await world.history(a)).toHaveLength(1);
  });

  it("lets records swap their unique values", async () => {
    const [x, y] = [world.fresh(), world.fresh()];
    const [a, b] = [await world.create({ providedId: x }), await world.create({ providedId: y })];
    const give = (record: Record<string, unknown>, providedId: string | null) => ({
      where: { id: record["id"] },
      patch: { providedId },
    });
    const swap = { mode: "atomic", items: [give(a, null), give(b, x), give(a, y)] };
    expect((await world.rpc("customer.updateMany", swap)).data["applied"]).toBe(3);
    expect([await world.get(a), await world.get(b)]).toMatchObject([{ providedId: y }, { providedId: x }]);
  });

  it("that is refused atomically does not disturb the commands that share its commit", async () => {
    const record = await world.create({ properties: {} });
    const where = { id: record["id"] };
    const mixed = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        i % 4 === 0
          ? world.rpc("customer.updateMany", {
              items: [
                { where, patch: { properties: { [`lost${i}`]: 1 } } },
                { where: { id: "nobody" }, patch: {} },
              ],
            })
          : world.update(record, { patch: { properties: { [`kept${i}`]: 1 } } }),
      ),
    );
    expect(mixed.filter(({ status }) => status === 404)).toHaveLength(10);
    const after = await world.get(record);
    const keys = Object.keys(after["properties"] as object);
    expect(keys).toHaveLength(30);
    expect(keys.every((key) => key.startsWith("kept"))).toBe(true);
    expect(after["version"]).toBe(31);
    expect(await world.history(record)).toHaveLength(31);
  });

  it("as a dry run checks each update on the result of the previous ones, and stores nothing", async () => {
    const record = await world.create({ name: "before" });
    const where = { id: record["id"] };
    const { data } = await world.rpc("customer.updateMany", {
      mode: "independent",
      dryRun: true,
      items: [
        { where, patch: { name: "x" } },
        { where, patch: { name: "x" } },
        { where, patch: { email: "bad" } },
      ],
    });
    expect(data["applied"]).toBe(0);
    expect(itemsOf(data)).toMatchObject([
      { changes: [{ to: "x" }], applied: false },
      { changes: [] },
      { error: { code: "INVALID" } },
    ]);
    expect(await world.get(record)).toEqual(record);
  });

  it("takes effect once as a whole under its idempotency key", async () => {
    const record = await world.create({ emails: [] });
    const items = Array.from({ length: 20 }, (_, i) => ({
      where: { id: record["id"] },
      add: { emails: [`e${i}@x.example`] },
    }));
    const request = { items, mode: "independent", idempotencyKey: world.fresh() };
    const first = await world.rpc("customer.updateMany", request);
    const second = await world.rpc("customer.updateMany", request);
    expect(second.data).toEqual({ ...first.data, replayed: true });
    expect((await world.get(record))["version"]).toBe(21);
  });

  it("accepts up to a thousand, and refuses more, none and malformed ones", async () => {
    const record = await world.create();
    const item = (i: number) => ({
      where: { id: record["id"] },
      patch: { properties: { [`k${i % 500}`]: i } },
    });
    const full = await world.rpc("customer.updateMany", {
      items: Array.from({ length: 1000 }, (_, i) => item(i)),
    });
    expect(full.data["applied"]).toBe(1000);
    const faults = async (input: object) => faultCodes((await world.rpc("customer.updateMany", input)).error);
    expect(await faults({ items: Array.from({ length: 1001 }, (_, i) => item(i)) })).toEqual({
      "/items": "too_many",
    });
    expect(await faults({ items: [] })).toEqual({ "/items": "too_many" });
    expect(await faults({ mode: "some", colour: 1 })).toEqual({
      "/items": "required",
      "/mode": "invalid_choice",
      "/colour": "unknown_field",
    });
    expect(await faults({ items: ["x", { where: { id: record["id"] }, dryRun: true }] })).toMatchObject({
      "/items/0": "invalid_type",
      "/items/1/dryRun": "ambiguous",
    });
  });

  it("works for users, too", async () => {
    const { data: user } = await world.rpc("user.create", { username: world.fresh() });
    const { data } = await world.rpc("user.updateMany", {
      items: [{ where: { number: user["number"] }, patch: { active: false } }],
    });
    expect(itemsOf(data)).toMatchObject([{ id: user["id"], version: 2 }]);
  });
});

describe("upsert", () => {
  it("creates a missing record with the unique value in the request", async () => {
    const providedId = world.fresh();
    const upsert = (change: object) => world.rpc("customer.upsert", { where: { providedId }, ...change });
    const made = await upsert({
      patch: { name: "new", properties: { a: 1 } },
      add: { emails: ["a@x.example"] },
      remove: { groupTags: ["x"] },
    });
    expect(made.data).toMatchObject({
      created: true,
      applied: true,
      version: 1,
      customer: { providedId, name: "new", properties: { a: 1 }, emails: ["a@x.example"] },
    });
    const updated = await upsert({ patch: { properties: { b: 2 } } });
    expect(updated.data).toMatchObject({
      created: false,
      version: 2,
      customer: { properties: { a: 1, b: 2 } },
    });
    expect((await upsert({ patch: { name: "new" } })).data).toMatchObject({
      created: false,
      applied: false,
      version: 2,
    });
    expect((await upsert({ patch: { email: "bad" } })).status).toBe(400);
    expect((await upsert({ patch: { name: "z" }, dryRun: true })).data).toMatchObject({ applied: false });
  });

  it("creates one record from many concurrent requests", async () => {
    const username = world.fresh();
    const replies = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        world.rpc("user.upsert", { where: { username }, patch: { bio: `${i}` } }),
      ),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    expect(replies.filter(({ data }) => data["created"])).toHaveLength(1);
    const users = replies.map(({ data }) => (data["user"] as Item)["id"]);
    expect(new Set(users).size).toBe(1);
  });

  it("accepts only that unique value, and creates no record if a version is expected", async () => {
    expect(faultCodes((await world.rpc("customer.upsert", { where: { id: "x" } })).error)).toEqual({
      "/where": "ambiguous",
    });
    const unknown = { where: { providedId: world.fresh() }, patch: { name: "x" }, expectedVersion: 3 };
    expect((await world.rpc("customer.upsert", unknown)).status).toBe(404);
  });
});

describe("a rebase", () => {
  it("is applied if no one has changed the same fields or keys since", async () => {
    const record = await world.create({ name: "n", properties: { a: 1, b: { c: 1 } }, emails: [] });
    await world.update(record, {
      patch: { job: "j", properties: { b: { d: 1 } } },
      add: { emails: ["x@x.example"] },
    });
    const reply = await world.update(record, {
      patch: { name: "m", properties: { a: 2, b: { c: 2 } } },
      add: { emails: ["y@x.example"] },
      expectedVersion: 1,
      onConflict: "rebase",
    });
    expect(reply.data).toMatchObject({ version: 3, applied: true });
    expect(await world.get(record)).toMatchObject({
      name: "m",
      job: "j",
      properties: { a: 2, b: { c: 2, d: 1 } },
      emails: ["x@x.example", "y@x.example"],
    });
  });

  it("reports conflicts field by field otherwise", async () => {
    const record = await world.create({ name: "n", properties: { a: 1, b: 1 } });
    await world.update(record, { patch: { name: "theirs", job: "j", properties: { a: 2 } } });
    const { status, error } = await world.update(record, {
      patch: { name: "mine", properties: { a: 3, b: 3 } },
      expectedVersion: 1,
      onConflict: "rebase",
    });
    expect(status).toBe(409);
    expect(error.conflict?.changedSince.map(({ path }) => path)).toEqual(["/name", "/properties/a"]);
    expect(await world.get(record)).toMatchObject({ name: "theirs", version: 2 });
  });

  it("notices a value that was replaced above or below its path", async () => {
    const record = await world.create({ properties: { a: { b: 1 } } });
    await world.update(record, { replace: { properties: { other: 1 } } });
    const below = { patch: { properties: { a: { b: 2 } } }, expectedVersion: 1, onConflict: "rebase" };
    expect((await world.update(record, below)).status).toBe(409);
    const future = { patch: { name: "x" }, expectedVersion: 9, onConflict: "rebase" };
    expect((await world.update(record, future)).status).toBe(409);
  });
});

describe("a tenant that requires versions", () => {
  it("refuses updates without a version", async () => {
    const { rpcOf } = await import("../rpc.ts");
    const theirs = rpcOf(
      world.server.url,
      (await world.rpc("tenant.create", { name: "strict" })).data["token"] as string,
    );
    await theirs("tenant.update", { patch: { requireVersions: true } });
    const { data: record } = await theirs("customer.create", { name: "x" });
    const change = { where: { id: record["id"] }, patch: { name: "y" } };
    const refused = await theirs("customer.update", change);
    expect(refused.status).toBe(428);
    expect(refused.error.code).toBe("VERSION_REQUIRED");
    expect((await theirs("customer.update", { ...change, expectedVersion: 1 })).data["version"]).toBe(2);
    expect((await theirs("tenant.update", { patch: { requireVersions: false } })).status).toBe(200);
    expect((await theirs("customer.update", { ...change, patch: { name: "z" } })).data["version"]).toBe(3);
  });
});
