import { customerFields, fieldsWhere, userFields, type Fields } from "@roster/domain";
import { tamper } from "@roster/api/testing/look";
import { describe, expect, it } from "vitest";
import { faultCodes, rpcOf } from "../rpc.ts";
import { send } from "../wire-formats/raw-request.ts";
import { useWorld } from "./world.ts";

const world = useWorld(async ({ rpc }) => {
  await rpc("groupTag.create", { name: "kept" });
});
type Item = Record<string, unknown>;
const where = (record: Item) => ({ id: record["id"] });

const newUser = async (more: object = {}) =>
  (await world.rpc("user.create", { username: world.fresh(), ...more })).data;
/** The number of a deleted user, to whom a customer still refers. */
const deletedUser = async (customer: object) => {
  const user = await newUser();
  const record = await world.create({ ...customer, userId: user["number"] });
  return { record, user, leave: () => world.rpc("user.delete", { where: where(user) }) };
};

/** Puts values into a record that Roster would refuse today, as an older release may have stored them. */
const age = (table: "customers" | "users", record: Item, columns: Record<string, string>) =>
  tamper(
    world.server.database,
    `update ${table} set ${Object.entries(columns)
      .map(([name, value]) => `${name} = '${value}'`)
      .join(", ")} where id = '${String(record["id"])}'`,
  );

const writable = (fields: Fields, record: Item) =>
  Object.fromEntries(
    fieldsWhere(fields, ({ access }) => access === "write").map((name) => [name, record[name]]),
  );

describe("a stored value that is invalid today", () => {
  const outdated = {
    phone: "+10652985",
    email: "a@x-.com",
    address_country: "YU",
    gender: "unknown",
    date_of_birth: "2023-02-29",
    name: "n".repeat(300),
    emails: '["b@x-.com"]',
  };
  const aged = async () => {
    const record = await world.create({ providedId: world.fresh(), properties: { a: 1 } });
    await age("customers", record, outdated);
    return world.get(record);
  };

  it("is not a change if it is written back, alone or with others, by every kind of update", async () => {
    const record = await aged();
    const all = writable(customerFields, record);
    const unchanged = { applied: false, version: 1, changes: [] };
    for (const [name, value] of Object.entries(all)) {
      expect((await world.update(record, { patch: { [name]: value } })).data, name).toMatchObject(unchanged);
    }
    expect((await world.update(record, { patch: all })).data).toMatchObject(unchanged);
    const { providedId, ...others } = all;
    expect((await world.rpc("customer.upsert", { where: { providedId }, patch: others })).data).toMatchObject(
      {
        ...unchanged,
        created: false,
      },
    );
    const many = await world.rpc("customer.updateMany", { items: [{ where: where(record), patch: all }] });
    expect(many.data).toMatchObject({ applied: 0, items: [unchanged] });
    const patched = await send(world.server.url, {
      method: "PATCH",
      path: `/api/customers/${String(record["id"])}`,
      headers: {
        authorization: `Bearer ${world.server.token}`,
        "content-type": "application/merge-patch+json",
      },
      body: JSON.stringify(all),
    });
    expect(patched).toMatchObject({ status: 200, headers: { "roster-applied": "false" } });
    expect(await world.get(record)).toEqual(record);
  });

  it("does not prevent changes, reverts, deletion and restoration of its record", async () => {
    const record = await aged();
    const all = writable(customerFields, record);
    expect((await world.update(record, { patch: { ...all, job: "pilot" } })).data["changes"]).toEqual([
      { path: "/job", from: null, to: "pilot" },
    ]);
    expect((await world.rpc("customer.revert", { where: where(record), to: 1 })).data["changes"]).toEqual([
      { path: "/job", from: "pilot", to: null },
    ]);
    expect((await world.rpc("customer.delete", { where: where(record) })).status).toBe(200);
    expect((await world.rpc("customer.restore", { where: where(record) })).data).toMatchObject(all);
    expect((await world.update(record, { remove: { emails: ["b@x-.com"] } })).data["customer"]).toMatchObject(
      {
        emails: [],
      },
    );
  });

  it("is refused in a new place", async () => {
    const record = await aged();
    const other = await world.create();
    const { phone, dateOfBirth, gender } = writable(customerFields, record);
    expect(faultCodes((await world.update(other, { patch: { phone, dateOfBirth, gender } })).error)).toEqual({
      "/patch/phone": "invalid_format",
      "/patch/dateOfBirth": "invalid_format",
      "/patch/gender": "invalid_choice",
    });
  });

  it("is not a change in a documented format either", async () => {
    const record = await aged();
    const put = (path: string, scheme: string, body: object) =>
      send(world.server.url, {
        method: "PUT",
        path,
        headers: { authorization: `${scheme} ${world.server.token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const { id, email, phone, gender, dateOfBirth } = record;
    expect(await put(`/v1/customers/${String(id)}`, "Token", { email, phone })).toMatchObject({
      status: 200,
      json: { email, phone },
    });
    expect(await put(`/customers/${String(id)}`, "Bearer", { gender, dateOfBirth })).toMatchObject({
      status: 200,
      json: { gender, dateOfBirth },
    });
    expect((await world.get(record))["version"]).toBe(1);
  });

  it("of a user is no obstacle either", async () => {
    const user = await newUser();
    await age("users", user, { phone: "+10652985", country: "YU", birthday: "0000-00-00" });
    const aged = (await world.rpc("user.get", { where: where(user) })).data;
    const patch = { ...writable(userFields, aged), bio: "new" };
    const { data } = await world.rpc("user.update", { where: where(user), patch });
    expect(data["changes"]).toEqual([{ path: "/bio", from: null, to: "new" }]);
  });

  it("moves with a merge and returns with its unmerge", async () => {
    const from = await aged();
    const into = await world.create({ name: "", job: "pilot" });
    const merged = await world.rpc("customer.merge", { where: where(from), into: where(into) });
    const { phone, email, addressCountry, gender, dateOfBirth, name } = from;
    expect(merged.data["customer"]).toMatchObject({
      phone,
      email,
      addressCountry,
      gender,
      dateOfBirth,
      name,
    });
    expect((await world.rpc("customer.unmerge", { where: where(from) })).status).toBe(200);
    expect(await world.get(into)).toMatchObject({ name: "", phone: null, job: "pilot" });
    expect(await world.get(from)).toMatchObject({ phone, email, name });
  });
});

describe("a reference to a record deleted since", () => {
  it("stays if a revert, an update or a restoration does not touch it", async () => {
    const { record, user, leave } = await deletedUser({ name: "one" });
    await world.update(record, { patch: { name: "two" } });
    await leave();
    const reverted = await world.rpc("customer.revert", { where: where(record), to: 1 });
    expect(reverted.data["changes"]).toEqual([{ path: "/name", from: "two", to: "one" }]);
    const patch = { userId: user["number"], job: "pilot" };
    expect((await world.update(record, { patch })).data).toMatchObject({ applied: true });
    await world.rpc("customer.delete", { where: where(record) });
    expect((await world.rpc("customer.restore", { where: where(record) })).data).toMatchObject(patch);
  });

  it("is not restored by a revert", async () => {
    const { record, leave } = await deletedUser({});
    await world.update(record, { patch: { userId: null } });
    await leave();
    const reverted = await world.rpc("customer.revert", { where: where(record), to: 1 });
    expect(faultCodes(reverted.error)).toEqual({ "/to": "not_found" });
  });

  it("is not taken over by a merge, and is replaced by a valid one", async () => {
    const dangling = await deletedUser({ groupTags: ["kept"] });
    await dangling.leave();
    await age("customers", dangling.record, { group_tags: '["gone","kept"]' });
    const none = await world.create({});
    const merged = await world.rpc("customer.merge", { where: where(dangling.record), into: where(none) });
    expect(merged.data["customer"]).toMatchObject({ userId: null, groupTags: ["kept"] });
    expect((merged.data["choices"] as Item[]).map(({ field }) => field)).toEqual(["groupTags"]);

    const survivor = await deletedUser({});
    const good = await world.create({ userId: (await newUser())["number"] });
    await survivor.leave();
    const kept = await world.rpc("customer.merge", { where: where(good), into: where(survivor.record) });
    expect(kept.data["customer"]).toMatchObject({ userId: good["userId"] });
    const back = await world.rpc("customer.unmerge", { where: where(good) });
    expect(back.data["customer"]).toMatchObject({ userId: survivor.user["number"] });
  });

  it("of a user to its customer is no obstacle", async () => {
    const group = await world.create({});
    const user = await newUser({ customer: group["id"] });
    await world.rpc("customer.delete", { where: where(group) });
    const patch = { customer: group["id"], bio: "new" };
    expect((await world.rpc("user.update", { where: where(user), patch })).data).toMatchObject({
      applied: true,
    });
  });
});

describe("a merge", () => {
  const merge = async (into: object, from: object, more: object = {}) => {
    const [survivor, duplicate] = [await world.create(into), await world.create(from)];
    return world.rpc("customer.merge", { where: where(duplicate), into: where(survivor), ...more });
  };

  it("keeps a value if the other side has none", async () => {
    const { data } = await merge(
      { name: "", job: null, address: "street", uuid: "u", properties: {} },
      { name: "Ada", job: "pilot", address: "", uuid: null, properties: { a: 1 }, ssoId: "" },
    );
    expect(data["customer"]).toMatchObject({
      name: "Ada",
      job: "pilot",
      address: "street",
      uuid: "u",
      properties: { a: 1 },
      ssoId: null,
    });
  });

  it("keeps the value of a key, too, if the other side has none", async () => {
    const { data } = await merge(
      { properties: { plan: "", seats: null, off: false } },
      { properties: { plan: "pro", seats: 5, off: true } },
    );
    expect(data["customer"]).toMatchObject({ properties: { plan: "pro", seats: 5, off: false } });
  });

  it("respects the limits of the fields that it joins", async () => {
    const many = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    const keys = (prefix: string) => Object.fromEntries(many(prefix, 600).map((key) => [key, 0]));
    const emails = (prefix: string) => many(prefix, 60).map((name) => `${name}@x.example`);
    const { error } = await merge(
      { emails: emails("a"), properties: keys("a") },
      { emails: emails("b"), properties: keys("b") },
    );
    expect(faultCodes(error)).toEqual({ "/prefer/emails": "too_many", "/prefer/properties": "too_many" });
  });
});

describe("a stale version", () => {
  it("is reported together with all faults of values", async () => {
    const record = await world.create({ name: "a", properties: { a: 1 } });
    await world.update(record, { patch: { name: "b" } });
    const bad = { patch: { name: "c", email: "nobody", userId: 99_999 }, expectedVersion: 1 };
    const faults = { "/patch/email": "invalid_format", "/patch/userId": "not_found" };
    for (const onConflict of ["reject", "rebase"]) {
      const { status, error } = await world.update(record, { ...bad, onConflict });
      expect([status, error.code, faultCodes(error)]).toEqual([409, "STALE_VERSION", faults]);
      expect(error.conflict).toMatchObject({ currentVersion: 2, changedSince: [{ path: "/name" }] });
    }
    const item = { where: where(record), ...bad };
    const many = await world.rpc("customer.updateMany", { items: [item], mode: "independent" });
    expect(many.data["items"]).toMatchObject([
      { error: { code: "STALE_VERSION", conflict: { currentVersion: 2 }, faults: [{}, {}] } },
    ]);
    const revert = { where: where(record), to: 7, expectedVersion: 1, field: "/name" };
    expect((await world.rpc("customer.revert", revert)).error).toMatchObject({
      code: "STALE_VERSION",
      conflict: { currentVersion: 2 },
      faults: [{ pointer: "/to" }],
    });
    const patched = await send(world.server.url, {
      method: "PATCH",
      path: `/api/customers/${String(record["id"])}`,
      headers: {
        authorization: `Bearer ${world.server.token}`,
        "content-type": "application/merge-patch+json",
        "if-match": '"1"',
      },
      body: JSON.stringify(bad.patch),
    });
    expect(patched.status).toBe(412);
    expect(patched.json).toMatchObject({
      code: "STALE_VERSION",
      conflict: { currentVersion: 2, changedSince: [{ path: "/name" }] },
      errors: [
        { pointer: "/email", code: "invalid_format" },
        { pointer: "/userId", code: "not_found" },
      ],
    });
    expect(await world.get(record)).toMatchObject({ name: "b", version: 2 });
  });

  it("is reported among the other faults, also in the documented formats, if the tenant requires versions", async () => {
    const token = (await world.rpc("tenant.create", { name: world.fresh() })).data["token"] as string;
    const theirs = rpcOf(world.server.url, token);
    await theirs("tenant.update", { patch: { requireVersions: true } });
    const { data: record } = await theirs("customer.create", { providedId: "p" });
    const { data: user } = await theirs("user.create", { username: "u", customer: "p" });
    const refused = await theirs("customer.update", { where: where(record), patch: { email: "nobody" } });
    expect([refused.status, faultCodes(refused.error)]).toEqual([428, { "/patch/email": "invalid_format" }]);
    const call = (method: string, path: string, header: string, scheme: string, body: object) =>
      send(world.server.url, {
        method,
        path,
        headers: { [header]: `${scheme} ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const explo = { provided_id: "p", emails: ["nobody"] };
    expect(await call("POST", "/api/update_customer", "Explo-Authorization", "Token", explo)).toMatchObject({
      status: 428,
      json: { success: 0, errors: [{ code: "invalid_format" }] },
    });
    const both = { email: "nobody", user_group_id: "p", name: 5 };
    const stateset = await call("PUT", `/v1/users/${String(user["id"])}`, "Authorization", "Token", both);
    expect(stateset).toMatchObject({
      status: 428,
      json: {
        code: "VERSION_REQUIRED",
        errors: [{ code: "invalid_format" }, { code: "invalid_type" }],
      },
    });
  });
});
