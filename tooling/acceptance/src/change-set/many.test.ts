import type { ErrorBody } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useWorld } from "../server/world.ts";

const world = useWorld();
type Item = Record<string, unknown>;
const itemsOf = (data: Item) => data["items"] as Item[];
const mail = () => `${world.fresh()}@many.example`;

describe("createMany", () => {
  it("creates records in order, and returns the id and version of each and the change set", async () => {
    const items = [{ name: "one" }, { providedId: world.fresh() }, {}];
    const { data } = await world.rpc("customer.createMany", { items });
    expect(data).toMatchObject({ created: 3, updated: 0, unchanged: 0, refused: 0 });
    expect(itemsOf(data)).toEqual(
      [0, 1, 2].map((index) => ({ index, outcome: "created", id: expect.any(String), version: 1 })),
    );
    const [first] = itemsOf(data) as [Item];
    expect(await world.get(first)).toMatchObject({ name: "one", version: 1 });
    expect(await world.history(first)).toMatchObject([
      { version: 1, action: "create", changeSet: data["changeSet"] },
    ]);
    const numbers = await Promise.all(itemsOf(data).map(async (item) => (await world.get(item))["number"]));
    expect(numbers).toEqual([0, 1, 2].map((i) => (numbers[0] as number) + i));
  });

  it("refuses all for one faulty record, with all faults at their places", async () => {
    const taken = world.fresh();
    await world.create({ providedId: taken });
    const items = [{ name: "fine" }, { email: "bad", nmae: "x" }, { providedId: taken }];
    const { status, error } = await world.rpc("customer.createMany", { items });
    expect(status).toBe(400);
    expect(faultCodes(error)).toEqual({
      "/items/1/email": "invalid_format",
      "/items/1/nmae": "unknown_field",
      "/items/2/providedId": "taken",
    });
  });

  it("in independent mode creates the others, and a repetition with its key creates none", async () => {
    const items = [{ username: world.fresh() }, { username: 7 }, { username: world.fresh() }];
    const request = { mode: "independent", items, idempotencyKey: world.fresh() };
    const { data } = await world.rpc("user.createMany", request);
    expect(data).toMatchObject({ created: 2, refused: 1 });
    expect(itemsOf(data)[1]).toMatchObject({
      index: 1,
      outcome: "refused",
      error: { code: "INVALID", faults: [{ pointer: "/items/1/username" }] },
    });
    expect((await world.rpc("user.createMany", request)).data).toEqual({ ...data, replayed: true });
  });
});

describe("upsertMany", () => {
  it("updates the record with each key or creates it, whatever the key", async () => {
    const [ref, address] = [world.fresh(), mail()];
    const byRef = await world.create({ referenceId: ref, name: "before" });
    const byAddress = await world.create({ emails: [address.toUpperCase()] });
    const made = mail();
    const { data } = await world.rpc("customer.upsertMany", {
      items: [
        { where: { referenceId: ref }, patch: { name: "after" } },
        { where: { email: address }, patch: { name: "found" } },
        { where: { email: made }, patch: { name: "new" } },
        { where: { providedId: world.fresh() }, add: { emails: [made] } },
        { where: { id: byRef["id"] }, patch: { name: "after" } },
      ],
    });
    expect(itemsOf(data).map(({ outcome, version }) => [outcome, version])).toEqual([
      ["updated", 2],
      ["updated", 2],
      ["created", 1],
      ["created", 1],
      ["unchanged", 2],
    ]);
    expect(itemsOf(data)[1]).toMatchObject({ id: byAddress["id"] });
    expect(await world.get(itemsOf(data)[2] as Item)).toMatchObject({ name: "new", email: made });
  });

  it("sees the changes of the keys by earlier items of the request", async () => {
    const [one, two] = [mail(), mail()];
    const a = await world.create({ email: one });
    const b = await world.create({ email: two });
    const { data } = await world.rpc("customer.upsertMany", {
      mode: "independent",
      items: [
        { where: { id: a["id"] }, patch: { email: two } },
        { where: { email: two }, patch: { name: "which" } },
        { where: { email: one }, patch: { name: "nobody's now" } },
      ],
    });
    expect(itemsOf(data)).toMatchObject([
      { outcome: "updated" },
      { outcome: "refused", error: { faults: [{ pointer: "/items/1/where/email", code: "ambiguous" }] } },
      { outcome: "created" },
    ]);
    expect(await world.get(b)).toMatchObject({ name: null, version: 1 });
  });

  it("refuses both of two items with the same key, and an id that does not exist", async () => {
    const address = mail();
    const { data } = await world.rpc("customer.upsertMany", {
      mode: "independent",
      items: [
        { where: { email: address }, patch: { name: "one" } },
        { where: { email: address.toUpperCase() }, patch: { name: "two" } },
        { where: { id: "0191b5a8-0000-7000-8000-000000000000" }, patch: { name: "three" } },
        { where: { name: "x" } },
        { where: { email: mail(), providedId: "x" } },
      ],
    });
    expect(itemsOf(data)).toMatchObject([
      { outcome: "refused", error: { faults: [{ pointer: "/items/0/where/email", code: "ambiguous" }] } },
      { outcome: "refused", error: { faults: [{ pointer: "/items/1/where/email", code: "ambiguous" }] } },
      { outcome: "refused", error: { code: "NOT_FOUND" } },
      { outcome: "refused", error: { faults: [{ pointer: "/items/3/where/name", code: "unknown_field" }] } },
      { outcome: "refused", error: { faults: [{ pointer: "/items/4/where", code: "ambiguous" }] } },
    ]);
    expect(data["changeSet"]).toBeNull();
  });

  describe("by an indexed property", () => {
    const upsert = async (items: object[], mode = "independent") =>
      itemsOf((await world.rpc("customer.upsertMany", { mode, items })).data).map((item) => {
        const [fault] = (item["error"] as { faults?: Item[] } | undefined)?.faults ?? [];
        return fault ? `${fault["pointer"] as string} ${fault["code"] as string}` : item["outcome"];
      });
    const schema = {
      properties: {
        crm: { properties: { id: { "x-roster-index": true } } },
        seats: { type: "integer", "x-roster-index": true },
      },
    };

    it("is refused until the property has an index", async () => {
      const by = { where: { properties: { "crm.id": "x" } } };
      expect(await upsert([by])).toEqual(["/items/0/where/properties no_index"]);
      await world.rpc("tenant.setPropertiesSchema", { schema });
      let found: unknown;
      do [found] = await upsert([by]);
      while (found === "/items/0/where/properties index_building");
      expect(found).toBe("created");
    });

    it("updates the one record that has the value, or creates it with the value", async () => {
      const [one, two, twin] = [world.fresh(), world.fresh(), world.fresh()];
      const first = await world.create({ properties: { crm: { id: one, other: 1 }, seats: 7 } });
      await world.create({ properties: { crm: { id: twin } } });
      await world.create({ properties: { crm: { id: twin } } });
      await world.create({ properties: { crm: { id: [two] } } });
      const { data } = await world.rpc("customer.upsertMany", {
        mode: "independent",
        items: [
          { where: { properties: { "crm.id": one } }, patch: { name: "found" } },
          { where: { properties: { "/crm/id": two } }, patch: { name: "new", properties: { plan: "pro" } } },
          { where: { properties: { "crm.id": twin } }, patch: { name: "which" } },
          { where: { properties: { seats: 7 } }, patch: { name: "found again" } },
          { where: { properties: { seats: "7" } } },
        ],
      });
      expect(itemsOf(data)).toMatchObject([
        { outcome: "updated", id: first["id"], version: 2 },
        { outcome: "created" },
        {
          outcome: "refused",
          error: { faults: [{ pointer: "/items/2/where/properties", code: "ambiguous" }] },
        },
        { outcome: "updated", id: first["id"], version: 3 },
        // A text is not the number that it looks like, and the schema wants a number.
        { outcome: "refused", error: { faults: [{ code: "schema" }] } },
      ]);
      expect(await world.get(itemsOf(data)[1] as Item)).toMatchObject({
        name: "new",
        properties: { crm: { id: two }, plan: "pro" },
      });
    });

    it("sees the changes of earlier items, and refuses items with the same key or with an invalid key", async () => {
      const [one, two] = [world.fresh(), world.fresh()];
      const { id } = await world.create({ properties: { crm: { id: one } } });
      const by = (value: unknown) => ({ where: { properties: { "crm.id": value } } });
      expect(
        await upsert([
          { where: { id }, patch: { properties: { crm: { id: two } } } },
          { ...by(two), patch: { name: "moved" } },
          { ...by(one), patch: { name: "free now" } },
        ]),
      ).toEqual(["updated", "updated", "created"]);
      const again = world.fresh();
      expect(
        await upsert([
          by(again),
          { where: { properties: { "/crm/id": again } } },
          by(true),
          by(""),
          { where: { properties: {} } },
          { where: { properties: { "crm.id": one, seats: 1 } } },
          { where: { properties: { "/~": 1 } } },
          { where: { properties: { plan: "pro" } } },
        ]),
      ).toEqual([
        "/items/0/where/properties ambiguous",
        "/items/1/where/properties ambiguous",
        "/items/2/where/properties/crm.id invalid_type",
        "/items/3/where/properties/crm.id too_short",
        "/items/4/where/properties ambiguous",
        "/items/5/where/properties ambiguous",
        "/items/6/where/properties/~1~0 invalid_format",
        "/items/7/where/properties no_index",
      ]);
    });
  });

  it("creates no record without its key, which a repetition would not find", async () => {
    const email = mail();
    const { data } = await world.rpc("customer.upsertMany", {
      mode: "independent",
      items: [
        { where: { email }, patch: { email: null } },
        { where: { providedId: world.fresh() }, patch: { providedId: world.fresh() } },
        { where: { email: mail() }, patch: { email, emails: [] } },
      ],
    });
    expect(itemsOf(data).map(({ error }) => faultCodes(error as ErrorBody))).toEqual([
      { "/items/0/patch/email": "ambiguous" },
      { "/items/1/patch/providedId": "ambiguous" },
      { "/items/2/patch/email": "ambiguous" },
    ]);
  });

  it("as a dry run has no id for a record that an earlier item would create", async () => {
    const [providedId, email] = [world.fresh(), mail()];
    const items = [
      { where: { providedId }, patch: { email } },
      { where: { email }, patch: { name: "x" } },
    ];
    const { data } = await world.rpc("customer.upsertMany", { items, dryRun: true });
    expect(itemsOf(data)).toMatchObject([
      { outcome: "created", id: null, version: 0 },
      { outcome: "updated", id: null, version: 0 },
    ]);
  });

  it("as a dry run reports the expected outcome of each item, and stores nothing", async () => {
    const username = world.fresh();
    const { data: user } = await world.rpc("user.create", { username, bio: "old" });
    const request = {
      mode: "independent",
      items: [
        { where: { username }, patch: { bio: "new" } },
        { where: { id: user["id"] }, patch: { bio: "new" } },
        { where: { username: world.fresh() } },
        { where: { email: mail() }, patch: { phone: "1" } },
      ],
    };
    const { data } = await world.rpc("user.upsertMany", { ...request, dryRun: true });
    expect(data).toMatchObject({ created: 1, updated: 1, unchanged: 1, refused: 1, changeSet: null });
    expect(itemsOf(data)).toMatchObject([
      { outcome: "updated", id: user["id"], version: 1, changes: [{ path: "/bio", from: "old", to: "new" }] },
      { outcome: "unchanged", version: 1, changes: [] },
      { outcome: "created", id: null, version: 0 },
      { outcome: "refused", error: { faults: [{ pointer: "/items/3/patch/phone" }] } },
    ]);
    expect((await world.rpc("user.get", { where: { username } })).data).toEqual(user);
    const real = await world.rpc("user.upsertMany", request);
    expect(itemsOf(real.data).map(({ outcome }) => outcome)).toEqual(
      itemsOf(data).map(({ outcome }) => outcome),
    );
  });
});

describe("a change set", () => {
  const open = async (input: object = {}) => (await world.rpc("changeSet.open", input)).data;
  const get = async (id: unknown) => (await world.rpc("changeSet.get", { where: { id } })).data;

  it("holds the changes of several requests, and counts them", async () => {
    const { id } = await open({ name: "customers.csv", kind: "import", reason: "moving" });
    const created = await world.rpc("customer.createMany", { changeSet: id, items: [{}, {}, {}] });
    const [one, two] = itemsOf(created.data) as [Item, Item];
    await world.rpc("customer.updateMany", {
      changeSet: id,
      mode: "independent",
      items: [
        { where: { id: one["id"] }, patch: { name: "x" } },
        { where: { id: two["id"] }, patch: { email: "bad" } },
      ],
    });
    await world.rpc("user.createMany", { changeSet: id, items: [{}] });
    const closed = (await world.rpc("changeSet.close", { where: { id } })).data;
    expect(closed).toMatchObject({
      id,
      name: "customers.csv",
      kind: "import",
      reason: "moving",
      source: "trpc",
      types: ["customer", "user"],
      created: 4,
      updated: 1,
      deleted: 0,
      restored: 0,
      refused: 1,
      undoes: null,
      undoneBy: null,
    });
    expect((closed["lastSeq"] as number) - (closed["firstSeq"] as number)).toBe(4);
    expect(await get(id)).toEqual(closed);
    const late = await world.rpc("customer.createMany", { changeSet: id, items: [{}] });
    expect([late.status, late.error.code]).toEqual([409, "CONFLICT"]);
    const none = await world.rpc("customer.createMany", {
      changeSet: "0191b5a8-0000-7000-8000-000000000000",
      items: [{}],
    });
    expect(none.error.code).toBe("NOT_FOUND");
    const all = (await world.rpc("changeSet.list", { kind: "import" })).data;
    expect(itemsOf(all)).toEqual([closed]);
  });

  it("is not stored for a request that changes nothing, and is listed newest first", async () => {
    const record = await world.create({ name: "same" });
    const items = [{ where: { id: record["id"] }, patch: { name: "same" } }];
    expect((await world.rpc("customer.updateMany", { items })).data).toMatchObject({ changeSet: null });
    const made = [];
    for (let i = 0; i < 3; i++) {
      const { data } = await world.rpc("customer.createMany", { items: [{}], reason: `r${i}` });
      made.unshift(data["changeSet"]);
    }
    const { data: first } = await world.rpc("changeSet.list", { limit: 2 });
    const { data: second } = await world.rpc("changeSet.list", { limit: 2, cursor: first["nextCursor"] });
    const found = [...itemsOf(first), ...itemsOf(second)].map(({ id }) => id);
    expect(found.slice(0, 3)).toEqual(made);
  });
});
