import { readFile } from "node:fs/promises";
import { fileOf } from "@roster/api/testing/look";
import { describe, expect, it } from "vitest";
import { audit, contentOf } from "../guarantees/audit.ts";
import { faultCodes, rpcOf } from "../rpc.ts";
import { onPostgres } from "../server.ts";
import { useWorld } from "./world.ts";

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["red", "blue"]) await rpc("groupTag.create", { name });
});
type Item = Record<string, unknown>;
const where = (record: Item) => ({ id: record["id"] });

describe("an erasure", () => {
  it("leaves nothing of the person in the record, the log, the kept answers, the lists or the database", async () => {
    const secret = "Zyx-Unmistakable";
    const created = { providedId: world.fresh(), idempotencyKey: world.fresh() };
    const gone = (await world.rpc("customer.create", created)).data;
    await Promise.all([
      world.update(gone, { patch: { name: secret }, idempotencyKey: world.fresh() }),
      world.rpc("customer.erase", { where: where(gone) }),
    ]);
    const repeated = await world.rpc("customer.create", created);
    expect(repeated.status, "a create repeated after the erasure makes no second record").toBe(404);
    const providedId = world.fresh();
    const record = (
      await world.rpc("customer.create", {
        providedId,
        name: secret,
        email: `${secret}@x.example`,
        idempotencyKey: world.fresh(),
      })
    ).data;
    await world.update(record, {
      patch: { properties: { note: secret } },
      reason: secret,
      idempotencyKey: world.fresh(),
    });
    await world.update(record, { patch: { name: "other" } });
    const erased = await world.rpc("customer.erase", { where: where(record), reason: "asked for" });
    expect(erased.data).toMatchObject({
      id: record["id"],
      number: record["number"],
      name: null,
      providedId: null,
      token: "",
      emails: [],
    });
    expect(erased.data["erasedAt"]).toBeTypeOf("string");

    expect((await world.rpc("customer.get", { where: where(record) })).status).toBe(404);
    expect((await world.rpc("customer.restore", { where: where(record) })).error.message).toContain("erased");
    expect((await world.rpc("customer.at", { where: where(record), version: 1 })).status).toBe(404);
    expect((await world.rpc("customer.erase", { where: where(record) })).status).toBe(404);
    const history = await world.history(record);
    expect(history.map(({ action }) => action)).toEqual(["erase", "update", "update", "create"]);
    expect(history[0]).toMatchObject({ reason: "asked for", changes: [{ path: "/erasedAt" }] });
    expect(
      history.slice(1).every(({ changes, reason }) => (changes as []).length === 0 && reason === null),
    ).toBe(true);
    expect(
      (await world.rpc("customer.list", { filter: { email: `${secret}@x.example`, deleted: "any" } })).data[
        "items"
      ],
    ).toEqual([]);
    const left = [await contentOf(world.server.database)];
    if (!onPostgres) {
      const file = fileOf(world.server.database);
      left.push(await readFile(file), await readFile(`${file}-wal`));
    }
    expect(left[0]?.includes(record["id"] as string)).toBe(true);
    for (const bytes of left) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(secret.toLowerCase())).toBe(false);
    }
    expect((await world.rpc("customer.create", { providedId })).status).toBe(200);
  });

  it("is possible for a deleted record, and refused while children inherit from the record", async () => {
    const parent = await world.create({ hierarchyLevel: "Group" });
    const child = await world.create({ hierarchyLevel: "Site", parent: parent["id"] });
    expect((await world.rpc("customer.erase", { where: where(parent) })).status).toBe(409);
    await world.rpc("customer.delete", { where: where(child) });
    expect((await world.rpc("customer.erase", { where: where(child) })).data).toMatchObject({ version: 3 });
    expect((await world.rpc("customer.erase", { where: where(parent) })).status).toBe(200);
  });

  it("takes effect once under its key, although it empties the answers about the record", async () => {
    const { data: user } = await world.rpc("user.create", { username: world.fresh() });
    const request = { where: { number: user["number"] }, idempotencyKey: world.fresh() };
    const first = await world.rpc("user.erase", request);
    expect((await world.rpc("user.erase", request)).data).toEqual({ ...first.data, replayed: true });
  });
});

describe("an export", () => {
  it("contains everything stored about a person, duplicates included", async () => {
    const keep = await world.create({ name: "Ann" });
    const duplicate = await world.create({ name: "Anne", email: "ann@x.example" });
    const idempotencyKey = world.fresh();
    await world.update(keep, { patch: { job: "pilot" }, reason: "told us", idempotencyKey });
    await world.rpc("customer.merge", { where: where(duplicate), into: where(keep) });
    const { data } = await world.rpc("customer.export", { where: where(keep) });
    expect(data).toMatchObject({
      record: { name: "Ann", email: "ann@x.example", computedProperties: {} },
      history: [{ action: "merge" }, { reason: "told us" }, { action: "create" }],
      idempotencyKeys: [{ key: idempotencyKey }],
      merged: [
        {
          record: { name: "Anne", mergedInto: keep["id"] },
          history: [{ action: "merge" }, { action: "create" }],
        },
      ],
    });
    await world.rpc("customer.erase", { where: where(keep) });
    const after = JSON.stringify((await world.rpc("customer.export", { where: where(keep) })).data);
    expect(after).not.toMatch(/Ann|pilot|told us/);
  });
});

describe("a merge", () => {
  const pair = async () => {
    const into = await world.create({
      providedId: world.fresh(),
      name: "Keep",
      emails: ["k@x.example"],
      groupTags: ["red"],
      properties: { plan: "pro" },
      hierarchyLevel: "Company",
    });
    const from = await world.create({
      providedId: world.fresh(),
      referenceId: world.fresh(),
      name: "Duplicate",
      job: "pilot",
      emails: ["K@x.example", "d@x.example"],
      groupTags: ["blue"],
      properties: { plan: "free", region: "eu" },
      hierarchyLevel: "Company",
    });
    const child = await world.create({ hierarchyLevel: "Site", parent: from["id"] });
    const { data: user } = await world.rpc("user.create", { username: world.fresh(), customer: from["id"] });
    return { into, from, child, user };
  };
  const userOf = async (user: Item) => (await world.rpc("user.get", { where: where(user) })).data;

  it("as a dry run shows the resulting values, and stores nothing", async () => {
    const { into, from } = await pair();
    const { data } = await world.rpc("customer.merge", {
      where: where(from),
      into: where(into),
      dryRun: true,
    });
    expect(data).toMatchObject({ applied: false, merged: from["id"], moved: { customers: 1, users: 1 } });
    const winners = Object.fromEntries(
      (data["choices"] as Item[]).map(({ field, winner, result }) => [field, [winner, result]]),
    );
    expect(winners).toEqual({
      providedId: ["into", into["providedId"]],
      referenceId: ["from", from["referenceId"]],
      name: ["into", "Keep"],
      job: ["from", "pilot"],
      emails: ["both", ["k@x.example", "d@x.example"]],
      groupTags: ["both", ["red", "blue"]],
      properties: ["both", { plan: "pro", region: "eu" }],
    });
    expect([await world.get(into), await world.get(from)]).toEqual([into, from]);
  });

  it("moves values, identifiers and references, and deletes the duplicate, which names its successor", async () => {
    const { into, from, child, user } = await pair();
    const prefer = { name: "from", properties: "from" };
    const { status, data } = await world.rpc("customer.merge", {
      where: where(from),
      into: where(into),
      prefer,
      reason: "same person",
    });
    expect(status).toBe(200);
    expect(data["customer"]).toMatchObject({
      name: "Duplicate",
      job: "pilot",
      referenceId: from["referenceId"],
      providedId: into["providedId"],
      properties: { plan: "free", region: "eu" },
      version: 2,
    });
    expect(await world.get(child)).toMatchObject({ parent: into["id"], version: 2 });
    expect(await userOf(user)).toMatchObject({ customer: into["id"], version: 2 });
    expect(await world.get(from, { deleted: true })).toMatchObject({ mergedInto: into["id"], version: 2 });
    expect((await world.history(from))[0]).toMatchObject({ action: "merge", reason: "same person" });
    const restored = await world.rpc("customer.restore", { where: where(from) });
    expect(restored.status).toBe(409);
    expect(restored.error.message).toContain("merged");
  });

  it("is undone by an unmerge: values, identifiers and references return", async () => {
    const { into, from, child, user } = await pair();
    await world.rpc("customer.merge", { where: where(from), into: where(into) });
    await world.update(into, { patch: { maritalStatus: "single" } });
    const { status, data } = await world.rpc("customer.unmerge", { where: where(from) });
    expect(status).toBe(200);
    const audit = { version: expect.any(Number), updatedAt: expect.any(String) };
    expect(data["customer"]).toEqual({ ...into, ...audit, maritalStatus: "single" });
    expect(data["from"]).toEqual({ ...from, ...audit });
    expect(await world.get(child)).toMatchObject({ parent: from["id"] });
    expect(await userOf(user)).toMatchObject({ customer: from["id"] });
    expect((await world.rpc("customer.unmerge", { where: where(from) })).status).toBe(400);
  });

  it("cannot be undone once a value that it brought has changed", async () => {
    const { into, from } = await pair();
    await world.rpc("customer.merge", { where: where(from), into: where(into) });
    await world.update(into, { patch: { job: "captain" } });
    const { status, error } = await world.rpc("customer.unmerge", { where: where(from) });
    expect(status).toBe(409);
    expect(error.conflict?.changedSince).toMatchObject([{ path: "/job", version: 3 }]);
    expect((await world.get(from, { deleted: true }))["deletedAt"]).not.toBeNull();
  });

  it("is refused as a whole if a rule would be broken", async () => {
    const group = await world.create({ hierarchyLevel: "Group" });
    const company = await world.create({ hierarchyLevel: "Company", parent: group["id"] });
    const site = await world.create({ hierarchyLevel: "Site" });
    const merge = async (from: Item, into: Item) =>
      world.rpc("customer.merge", { where: where(from), into: where(into) });
    expect(faultCodes((await merge(group, company)).error)).toEqual({ "/into": "cycle" });
    expect(faultCodes((await merge(site, site)).error)).toEqual({ "/into": "cycle" });
    const refused = await merge(group, site);
    expect(refused.status).toBe(400);
    expect(refused.error.faults?.[0]).toMatchObject({
      code: "level_order",
      message: expect.stringContaining(company["id"] as string) as string,
    });
    expect(await world.get(company)).toEqual(company);
    expect(
      (
        await world.rpc("customer.merge", {
          where: { id: "nobody" },
          into: where(site),
          prefer: { colour: "from" },
        })
      ).status,
    ).toBe(400);
  });

  it("moves users only with a token that may write users", async () => {
    const { into, from } = await pair();
    const { data } = await world.rpc("token.create", { scopes: ["customers:read", "customers:write"] });
    const limited = rpcOf(world.server.url, data["token"] as string);
    expect((await limited("customer.merge", { where: where(from), into: where(into) })).status).toBe(403);
  });
});

describe("after all of this", () => {
  it("each record has a log row for each of its versions, and seq has no gap", async () => {
    expect((await audit(world.server.database)).problems).toEqual([]);
  });
});
