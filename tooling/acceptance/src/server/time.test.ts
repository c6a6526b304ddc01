import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useWorld } from "./world.ts";

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["red", "blue"]) await rpc("groupTag.create", { name });
});
const where = (record: Record<string, unknown>) => ({ id: record["id"] });
const at = async (record: Record<string, unknown>, moment: object) =>
  world.rpc("customer.at", { where: where(record), ...moment });
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("a record at a version or an instant", () => {
  it("is returned as it was, each time", async () => {
    const record = await world.create({
      name: "one",
      emails: ["a@x.example"],
      properties: { a: { b: 1 }, c: 1 },
    });
    const states = [record];
    for (const change of [
      { patch: { name: "two", properties: { a: { b: 2 }, c: null } } },
      { add: { emails: ["b@x.example"], groupTags: ["red"] }, patch: { dateOfBirth: "2000-02-29" } },
      { replace: { properties: null } },
      { patch: { name: null, properties: { z: [1, { y: null }] }, timestamp: "2026-01-01T00:00:00Z" } },
    ]) {
      await pause();
      states.push((await world.update(record, change)).data["customer"] as Record<string, unknown>);
    }
    await pause();
    states.push((await world.rpc("customer.delete", { where: where(record) })).data);
    states.push((await world.rpc("customer.restore", { where: where(record) })).data);
    for (const [i, state] of states.entries()) {
      expect((await at(record, { version: i + 1 })).data, `version ${i + 1}`).toEqual(state);
      if (i < 6)
        expect((await at(record, { at: state["updatedAt"] })).data, `instant of ${i + 1}`).toEqual(state);
    }
    const before = new Date(Date.parse(record["createdAt"] as string) - 1).toISOString();
    expect((await at(record, { at: before })).status).toBe(404);
    expect((await at(record, { at: new Date(Date.now() + 60_000).toISOString() })).data).toEqual(
      states.at(-1),
    );
    expect(faultCodes((await at(record, { version: 99 })).error)).toEqual({ "/version": "not_found" });
    expect(faultCodes((await at(record, {})).error)).toEqual({ "/version": "ambiguous" });
  });

  it("inherits the values that its parents had then", async () => {
    const group = await world.create({ hierarchyLevel: "Group", properties: { plan: "free", region: "eu" } });
    const other = await world.create({ hierarchyLevel: "Group", properties: { plan: "gold" } });
    const site = await world.create({ hierarchyLevel: "Site", parent: group["id"], properties: { own: 1 } });
    await pause();
    await world.update(group, { patch: { properties: { plan: "pro" } } });
    await world.update(site, { patch: { name: "renamed" } });
    await world.update(site, { patch: { parent: other["id"] } });
    await world.update(other, { patch: { properties: { plan: "platinum" } } });
    const computed = async (version: number) => (await at(site, { version })).data["computedProperties"];
    expect(await computed(1)).toEqual({ own: 1, plan: "free", region: "eu" });
    expect(await computed(2)).toEqual({ own: 1, plan: "pro", region: "eu" });
    expect(await computed(3)).toEqual({ own: 1, plan: "gold" });
    expect((await world.get(site))["computedProperties"]).toEqual({ own: 1, plan: "platinum" });
  });
});

describe("a diff", () => {
  it("lists the changes between two versions, in either direction", async () => {
    const record = await world.create({ name: "a", properties: { x: 1 } });
    await world.update(record, { patch: { name: "b", properties: { y: 1 } } });
    await world.update(record, { patch: { name: "a", properties: { x: 2 } } });
    const diff = async (from: number, to: number) =>
      (await world.rpc("customer.diff", { where: where(record), from, to })).data["changes"];
    expect(await diff(1, 3)).toEqual([
      { path: "/properties/x", from: 1, to: 2 },
      { path: "/properties/y", to: 1 },
    ]);
    expect(await diff(3, 2)).toEqual([
      { path: "/name", from: "a", to: "b" },
      { path: "/properties/x", from: 2, to: 1 },
    ]);
    expect(await diff(2, 2)).toEqual([]);
  });

  it("names each version that the record has never had", async () => {
    const record = await world.create({ name: "a" });
    const { error } = await world.rpc("customer.diff", { where: where(record), from: 2, to: 9 });
    expect(faultCodes(error)).toEqual({ "/from": "not_found", "/to": "not_found" });
    expect(faultCodes((await at(record, { version: 2 })).error)).toEqual({ "/version": "not_found" });
  });
});

describe("a revert", () => {
  it("reverts the whole record by a new update, and keeps the history", async () => {
    const record = await world.create({ name: "a", properties: { x: 1 }, groupTags: ["red"] });
    await world.update(record, {
      patch: { name: "b", job: "j", properties: { x: null, y: 2 }, groupTags: ["blue"] },
    });
    const reply = await world.rpc("customer.revert", { where: where(record), to: 1, reason: "mistake" });
    expect(reply.data).toMatchObject({ version: 3, applied: true });
    expect(await world.get(record)).toMatchObject({
      name: "a",
      job: null,
      properties: { x: 1 },
      groupTags: ["red"],
    });
    expect((await world.history(record))[0]).toMatchObject({
      action: "revert",
      reason: "mistake",
      version: 3,
    });
    expect((await world.rpc("customer.revert", { where: where(record), to: 1 })).data).toMatchObject({
      applied: false,
      version: 3,
    });
  });

  it("reverts one field, or one key of it, and leaves the rest", async () => {
    const record = await world.create({ name: "a", properties: { x: 1, y: 1 } });
    await world.update(record, { patch: { name: "b", properties: { x: 2, y: 2, z: 2 } } });
    const revert = (field: string, more: object = {}) =>
      world.rpc("customer.revert", { where: where(record), to: 1, field, ...more });
    expect((await revert("/properties/x")).data["changes"]).toEqual([
      { path: "/properties/x", from: 2, to: 1 },
    ]);
    expect((await revert("/properties/z")).data["changes"]).toEqual([{ path: "/properties/z", from: 2 }]);
    expect((await revert("name", { dryRun: true })).data).toMatchObject({
      applied: false,
      customer: { name: "a" },
    });
    expect((await revert("name", { expectedVersion: 1 })).status).toBe(409);
    expect((await revert("name", { expectedVersion: 4 })).data).toMatchObject({ version: 5 });
    expect(await world.get(record)).toMatchObject({ name: "a", properties: { x: 1, y: 2 } });
    expect(faultCodes((await revert("/number")).error)).toEqual({ "/field": "unknown_field" });
  });

  it("obeys the rules: values that are taken or invalid by now are refused", async () => {
    const providedId = world.fresh();
    const record = await world.create({ providedId });
    await world.update(record, { patch: { providedId: null } });
    await world.create({ providedId });
    const { status, error } = await world.rpc("customer.revert", { where: where(record), to: 1 });
    expect(status).toBe(409);
    expect(faultCodes(error)).toEqual({ "/to": "taken" });
    expect(faultCodes((await world.rpc("customer.revert", { where: where(record), to: 9 })).error)).toEqual({
      "/to": "not_found",
    });
    expect(faultCodes((await world.rpc("customer.revert", { where: where(record) })).error)).toEqual({
      "/to": "required",
    });
  });
});
