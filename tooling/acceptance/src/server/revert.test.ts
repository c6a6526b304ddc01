import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useWorld } from "./world.ts";

const world = useWorld();
type Item = Record<string, unknown>;
const where = (record: Item) => ({ id: record["id"] });

const revert = (record: Item, field: string, more: object = {}) =>
  world.rpc("customer.revert", { where: where(record), to: 1, field, ...more });

/** A customer at version 2, in which every field has changed. */
const changed = async () => {
  const record = await world.create({
    name: "one",
    providedId: world.fresh(),
    dateOfBirth: "2000-01-01",
    activationDate: "2000-01-01T00:00:00Z",
    emails: ["a@x.example"],
    properties: { list: [1, 2, 3], gone: { deep: { er: 1 } }, plan: "free" },
  });
  const { data } = await world.update(record, {
    patch: {
      name: "two",
      providedId: world.fresh(),
      dateOfBirth: "2001-01-01",
      activationDate: "2001-01-01T00:00:00Z",
      emails: ["b@x.example"],
    },
    replace: { properties: { list: [4, 5], plan: "pro" } },
  });
  return data["customer"] as Item;
};

describe("a pointer to nothing", () => {
  const fields = [
    "/name/first",
    "/dateOfBirth/0",
    "/activationDate/x",
    "/providedId/x",
    "/emails/first",
    "/isDemo/x",
    "/mapping/a/b",
    "/properties/none/deep/er",
    "/properties/list/2/x",
    "/properties/list/-",
    "/properties/plan/x",
  ];

  it("makes its own request fail, for customers and users, and no others", async () => {
    const record = await changed();
    const { data: user } = await world.rpc("user.create", {
      username: world.fresh(),
      birthday: "2000-01-01",
    });
    const others = await Promise.all(Array.from({ length: 18 }, () => world.create()));
    const [refused, ofUser, applied] = await Promise.all([
      Promise.all(fields.map((field) => revert(record, field))),
      world.rpc("user.revert", { where: where(user), to: 1, field: "/birthday/0" }),
      Promise.all(others.map((other) => world.update(other, { patch: { name: "beside" } }))),
    ]);
    for (const reply of [...refused, ofUser]) {
      expect([reply.status, faultCodes(reply.error)]).toEqual([400, { "/field": "not_found" }]);
    }
    expect(applied.map(({ status }) => status)).toEqual(others.map(() => 200));
    expect((await fetch(`${world.server.url}/readyz`)).status).toBe(200);
    expect(await world.get(record)).toEqual(record);
  });

  it("is refused by a dry run, too", async () => {
    const record = await changed();
    expect((await revert(record, "/name/first", { dryRun: true })).status).toBe(400);
  });

  it.each([
    [`/properties${"/a".repeat(480)}`, "too_deep"],
    ["/properties/__proto__/polluted", "forbidden_key"],
    ["/properties/~2", "invalid_format"],
    ["/constructor", "unknown_field"],
    ["", "unknown_field"],
    ["-", "unknown_field"],
  ])("is not %j: %s", async (field, code) => {
    const { status, error } = await revert(await changed(), field);
    expect([status, faultCodes(error)]).toEqual([400, { "/field": code }]);
  });
});

describe("a part that is reverted", () => {
  it("can be an element, and the array stays an array", async () => {
    const record = await changed();
    expect((await revert(record, "/properties/list/0")).data["customer"]).toMatchObject({
      properties: { list: [1, 5], plan: "pro" },
    });
    expect((await revert(record, "/properties/list/2")).data["customer"]).toMatchObject({
      properties: { list: [1, 5, 3] },
    });
    expect((await revert(record, "/emails/0")).data["customer"]).toMatchObject({ emails: ["a@x.example"] });
  });

  it("returns with its missing parents", async () => {
    const record = await changed();
    expect((await revert(record, "/properties/gone/deep/er")).data["customer"]).toMatchObject({
      properties: { gone: { deep: { er: 1 } }, plan: "pro" },
    });
  });

  it("leaves a history that still leads to every version", async () => {
    const record = await changed();
    await revert(record, "/properties/list/1");
    await revert(record, "/properties/gone");
    await revert(record, "name");
    const now = await world.get(record);
    const at = async (version: number) =>
      (await world.rpc("customer.at", { where: where(record), version })).data;
    expect(await at(5)).toEqual(now);
    expect(await at(3)).toMatchObject({ properties: { list: [4, 2], plan: "pro" }, name: "two" });
    expect(await at(2)).toEqual(record);
    expect(await at(1)).toMatchObject({ name: "one", properties: { list: [1, 2, 3] } });
  });
});
