import { customerFields, userFields, type Field, type Fields } from "@roster/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { faultCodes, type RpcReply } from "../rpc.ts";
import { useServer } from "../use-server.ts";

const { rpc } = useServer();
beforeAll(async () => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["red", "blue", "green"]) await rpc("groupTag.create", { name });
  await rpc("accessGroup.create", { name: "Production" });
  await rpc("channel.create", { name: "web" });
  await rpc("user.create", { username: "first-user" });
  await rpc("customer.create", { providedId: "top", hierarchyLevel: "Group" });
});

let serial = 0;
const fresh = (): string => `t${++serial}`;
const create = async (input: object = {}): Promise<Record<string, unknown>> =>
  (await rpc("customer.create", input)).data;
const update = (record: Record<string, unknown>, change: object): Promise<RpcReply> =>
  rpc("customer.update", { where: { id: record["id"] }, ...change });

/** A valid value of a field, and its stored form. */
function sample(name: string, field: Field): { value: unknown; stored: unknown } {
  const same = (value: unknown) => ({ value, stored: value });
  if (name === "hierarchyLevel") return same("Company");
  if (name === "accessGroup") return same("Production");
  if (field.refers === "channel" || field.refers === "user") return same(1);
  switch (field.kind) {
    case "email":
      return same("Ada@Example.com");
    case "phone":
      return { value: "+1 (415) 555-2671", stored: "+14155552671" };
    case "country":
      return { value: "bra", stored: "BR" };
    case "date":
      return same("2019-08-24");
    case "instant":
      return { value: "2026-03-01T10:30:00+01:00", stored: "2026-03-01T09:30:00.000Z" };
    case "choice":
      return same(field.options?.[0]);
    case "boolean":
      return same(true);
    case "json":
      return same({ a: { b: [1, "two", null] } });
    default:
      return same(fresh());
  }
}

const nullable = (fields: Fields) =>
  Object.entries(fields).filter(
    ([, field]) => field.access === "write" && field.nullable && field.refers !== "customer",
  );

describe.each([
  ["customer", customerFields as Fields],
  ["user", userFields as Fields],
])("each nullable field of a %s", (noun, fields) => {
  it.each(nullable(fields))(
    "%s is set by a value, kept if absent, and cleared by null",
    async (name, field) => {
      const { value, stored } = sample(name, field);
      const { data: record } = await rpc(`${noun}.create`, {});
      const where = { id: record["id"] };
      expect(record[name]).toBeNull();

      const set = await rpc(`${noun}.update`, { where, patch: { [name]: value } });
      expect(set.data).toMatchObject({ version: 2, applied: true });
      expect(set.data["changes"]).toEqual([{ path: `/${name}`, from: null, to: stored }]);
      expect((await rpc(`${noun}.get`, { where })).data[name]).toEqual(stored);

      const kept = await rpc(`${noun}.update`, { where, patch: { [name]: undefined, location: undefined } });
      expect(kept.data).toMatchObject({ version: 2, applied: false, changes: [] });

      const cleared = await rpc(`${noun}.update`, { where, patch: { [name]: null } });
      expect(cleared.data).toMatchObject({ version: 3, applied: true });
      expect((await rpc(`${noun}.get`, { where })).data[name]).toBeNull();
    },
  );
});

describe("an update", () => {
  it("merges JSON objects deeply, and replaces them only on request", async () => {
    const record = await create({ properties: { plan: "free", trial: true, nested: { a: 1, b: 2 } } });
    const merged = await update(record, {
      patch: { properties: { plan: "pro", trial: null, nested: { b: 3 } } },
    });
    expect(merged.data["customer"]).toMatchObject({ properties: { plan: "pro", nested: { a: 1, b: 3 } } });
    expect(merged.data["changes"]).toEqual([
      { path: "/properties/plan", from: "free", to: "pro" },
      { path: "/properties/trial", from: true },
      { path: "/properties/nested/b", from: 2, to: 3 },
    ]);
    const replaced = await update(record, { replace: { properties: { only: null } } });
    expect((replaced.data["customer"] as Record<string, unknown>)["properties"]).toEqual({ only: null });
  });

  it("adds to and removes from sets without a prior read, for emails in any case", async () => {
    const record = await create({ emails: ["a@x.example"], groupTags: ["red"] });
    const reply = await update(record, {
      add: { emails: ["A@X.example", "b@x.example"], groupTags: ["blue"] },
      remove: { groupTags: ["red"] },
    });
    expect(reply.data["customer"]).toMatchObject({
      emails: ["a@x.example", "b@x.example"],
      groupTags: ["blue"],
    });
    const none = await update(record, { patch: { groupTags: [] } });
    expect(none.data["customer"]).toMatchObject({ groupTags: [] });
  });

  it("that changes nothing makes no version and no log row", async () => {
    const record = await create({ name: "same" });
    const reply = await update(record, { patch: { name: "same" }, add: { groupTags: [] } });
    expect(reply.data).toMatchObject({ version: 1, applied: false, changes: [] });
    const history = await rpc("customer.history", { where: { id: record["id"] } });
    expect(history.data["items"]).toHaveLength(1);
  });

  it("reports all faults of values and rules together", async () => {
    const record = await create();
    const { status, error } = await update(record, {
      patch: {
        email: "nobody",
        phone: "12",
        gender: "robot",
        dateOfBirth: "2023-02-30",
        addressCountry: "Atlantis",
        name: "x".repeat(256),
        isDemo: null,
        number: 5,
        frist_name: "x",
        parent: "nowhere",
        userId: 99,
        properties: JSON.parse('{"__proto__":{"x":1}}') as object,
      },
      replace: { name: {} },
      add: { groupTags: ["red", "mauve"], name: ["x"] },
      expectedVersion: 0,
      colour: "blue",
    });
    expect(status).toBe(400);
    expect(error.code).toBe("INVALID");
    expect(faultCodes(error)).toEqual({
      "/patch/email": "invalid_format",
      "/patch/phone": "invalid_format",
      "/patch/gender": "invalid_choice",
      "/patch/dateOfBirth": "invalid_format",
      "/patch/addressCountry": "invalid_format",
      "/patch/name": "too_long",
      "/patch/isDemo": "not_nullable",
      "/patch/number": "read_only",
      "/patch/frist_name": "unknown_field",
      "/patch/parent": "not_found",
      "/patch/userId": "not_found",
      "/patch/properties/__proto__": "forbidden_key",
      "/replace/name": "invalid_type",
      "/add/groupTags/1": "not_found",
      "/add/name": "invalid_type",
      "/expectedVersion": "out_of_range",
      "/colour": "unknown_field",
    });
    expect((await rpc("customer.get", { where: { id: record["id"] } })).data).toEqual(record);
  });

  it("of a stale version changes nothing, and the refusal lists the changes since, with author and time", async () => {
    const record = await create({ name: "one" });
    await update(record, { patch: { name: "two" } });
    const third = await update(record, { patch: { properties: { a: 1 } } });
    const { status, error } = await update(record, { patch: { name: "mine" }, expectedVersion: 1 });
    expect(status).toBe(409);
    expect(error.code).toBe("STALE_VERSION");
    const { updatedBy, updatedAt } = third.data["customer"] as Record<string, unknown>;
    expect(error.conflict).toMatchObject({
      expectedVersion: 1,
      currentVersion: 3,
      changedSince: [
        { path: "/name", version: 2, actor: updatedBy },
        { path: "/properties", version: 3, at: updatedAt, actor: updatedBy },
      ],
    });
    expect((await update(record, { patch: { name: "mine" }, expectedVersion: 3 })).data).toMatchObject({
      version: 4,
    });
  });

  it("as a dry run is checked and answered, and stores nothing", async () => {
    const record = await create({ name: "before" });
    const reply = await update(record, { patch: { name: "after" }, dryRun: true });
    expect(reply.data).toMatchObject({ applied: false, version: 1, customer: { name: "after", version: 1 } });
    expect(reply.data["changes"]).toEqual([{ path: "/name", from: "before", to: "after" }]);
    expect((await rpc("customer.get", { where: { id: record["id"] } })).data).toEqual(record);
    expect((await update(record, { patch: { email: "x" }, dryRun: true })).status).toBe(400);
  });

  it("keeps its reason, its actor and its source in the history, newest first, by pages", async () => {
    const record = await create();
    for (const name of ["a", "b", "c"]) await update(record, { patch: { name }, reason: `to ${name}` });
    const where = { id: record["id"] };
    const first = await rpc("customer.history", { where, limit: 3 });
    expect(first.data["items"]).toMatchObject([
      {
        version: 4,
        action: "update",
        reason: "to c",
        source: "trpc",
        actor: record["createdBy"],
        changes: [{ path: "/name", from: "b", to: "c" }],
      },
      { version: 3, reason: "to b" },
      { version: 2, reason: "to a" },
    ]);
    const second = await rpc("customer.history", { where, limit: 3, cursor: first.data["nextCursor"] });
    expect(second.data).toMatchObject({
      items: [{ version: 1, action: "create", reason: null }],
      nextCursor: null,
    });
  });

  it("returns strings of every kind as they were sent", async () => {
    const texts = [
      "\u0001\u001f\u007f\u0085",
      "👩‍👩‍👧‍👦🏳️‍🌈",
      "שלום ‮abc‬",
      "'; drop table customers; --",
      "<script>alert(1)</script>",
      "%00%0a",
      "\\u0000",
      "e\u0301 é",
      " \t\n ",
      "${7*7}{{7*7}}",
      "𝒳".repeat(255),
    ];
    const record = await create();
    for (const name of texts) {
      await update(record, { patch: { name, properties: { [name]: name } } });
      const { data } = await rpc("customer.get", { where: { id: record["id"] } });
      expect(data["name"]).toBe(name);
      expect((data["properties"] as Record<string, string>)[name]).toBe(name);
    }
    expect(faultCodes((await update(record, { patch: { name: "a\u0000b" } })).error)).toEqual({
      "/patch/name": "invalid_format",
    });
    expect(faultCodes((await update(record, { patch: { name: "\ud800" } })).error)).toEqual({
      "/patch/name": "invalid_format",
    });
  });

  it("loses nothing when many writers change different keys of the same record at once", async () => {
    const record = await create({ properties: {} });
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
    const replies = await Promise.all(
      keys.map((key, i) =>
        update(record, {
          patch: { properties: { [key]: i } },
          add: { emails: i < 50 ? [`${key}@x.example`] : [] },
        }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(keys.map(() => 200));
    const { data } = await rpc("customer.get", { where: { id: record["id"] } });
    expect(Object.keys(data["properties"] as object).toSorted()).toEqual(keys.toSorted());
    expect(data["emails"]).toHaveLength(50);
    expect(data["version"]).toBe(201);
    expect(new Set(replies.map((reply) => reply.data["version"])).size).toBe(200);
  });
});

describe("the record that an update names", () => {
  it("is named by exactly one of its unique values", async () => {
    const record = await create({ providedId: fresh(), referenceId: fresh() });
    for (const key of ["id", "number", "providedId", "referenceId"]) {
      expect((await rpc("customer.get", { where: { [key]: record[key] } })).data["id"]).toBe(record["id"]);
    }
    const ways: [object, string, string][] = [
      [{}, "/where", "required"],
      [{ where: {} }, "/where", "ambiguous"],
      [{ where: { id: "a", number: 1 } }, "/where", "ambiguous"],
      [{ where: { name: "a" } }, "/where/name", "unknown_field"],
      [{ where: { number: "1" } }, "/where/number", "invalid_type"],
      [{ where: { id: null } }, "/where/id", "not_nullable"],
      [{ where: "x" }, "/where", "invalid_type"],
    ];
    for (const [input, pointer, code] of ways) {
      const { status, error } = await rpc("customer.update", input);
      expect(status).toBe(400);
      expect(faultCodes(error)).toEqual({ [pointer]: code });
    }
    expect((await rpc("customer.update", { where: { id: "nobody" }, patch: {} })).status).toBe(404);
  });

  it("keeps its history when the caller's own id changes, and frees the old one", async () => {
    const [old, now] = [fresh(), fresh()];
    const record = await create({ providedId: old });
    await update(record, { patch: { providedId: now } });
    expect((await rpc("customer.get", { where: { providedId: old } })).status).toBe(404);
    const history = await rpc("customer.history", { where: { providedId: now } });
    expect(history.data["items"]).toHaveLength(2);
    expect((await rpc("customer.create", { providedId: old })).status).toBe(200);
  });

  it("cannot take a unique value of another record: CONFLICT", async () => {
    const taken = fresh();
    await create({ providedId: taken });
    const other = await create();
    const { status, error } = await update(other, { patch: { providedId: taken } });
    expect(status).toBe(409);
    expect(error.code).toBe("CONFLICT");
    expect(faultCodes(error)).toEqual({ "/patch/providedId": "taken" });
    expect((await rpc("customer.create", { providedId: taken })).status).toBe(409);
  });

  it("exists once if many clients create it at the same time", async () => {
    const providedId = fresh();
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => rpc("customer.create", { providedId })),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(49);
  });
});

describe("a deleted record", () => {
  it("is hidden from readers and writers, keeps its history, frees its keys, and can be restored", async () => {
    const providedId = fresh();
    const record = await create({ providedId, name: "x" });
    const where = { id: record["id"] };
    const deleted = await rpc("customer.delete", { where: { providedId } });
    expect(deleted.data).toMatchObject({ version: 2, deletedAt: expect.any(String) });
    expect((await rpc("customer.get", { where })).error.code).toBe("DELETED");
    expect((await rpc("customer.get", { where })).status).toBe(404);
    expect((await rpc("customer.get", { where, deleted: true })).data["version"]).toBe(2);
    expect((await update(record, { patch: { name: "y" } })).error.code).toBe("DELETED");
    expect((await rpc("customer.delete", { where })).status).toBe(404);
    expect((await rpc("customer.get", { where: { providedId } })).error.code).toBe("NOT_FOUND");
    expect((await rpc("customer.history", { where })).data["items"]).toHaveLength(2);

    const restored = await rpc("customer.restore", { where });
    expect(restored.data).toMatchObject({ version: 3, deletedAt: null, providedId, name: "x" });
    expect((await rpc("customer.restore", { where })).data["version"]).toBe(3);
    expect((await rpc("customer.get", { where: { providedId } })).status).toBe(200);
  });

  it("cannot be restored while another record has one of its keys", async () => {
    const providedId = fresh();
    const record = await create({ providedId });
    await rpc("customer.delete", { where: { providedId } });
    await create({ providedId });
    const { status, error } = await rpc("customer.restore", { where: { id: record["id"] } });
    expect(status).toBe(409);
    expect(faultCodes(error)).toEqual({ "/providedId": "taken" });
  });
});

describe("the hierarchy", () => {
  const at = (hierarchyLevel: string | null, parent: string | null = null, more: object = {}) =>
    create({ hierarchyLevel, parent, ...more });

  it("requires a parent at a strictly higher level", async () => {
    const company = await at("Company");
    const same = await rpc("customer.create", { hierarchyLevel: "Company", parent: company["id"] });
    expect(faultCodes(same.error)).toEqual({ "/parent": "level_order" });
    const higher = await rpc("customer.create", { hierarchyLevel: "Group", parent: company["id"] });
    expect(faultCodes(higher.error)).toEqual({ "/parent": "level_order" });
    const none = await rpc("customer.create", { parent: company["id"] });
    expect(faultCodes(none.error)).toEqual({ "/parent": "level_required" });
    const unplaced = await at(null);
    const below = await rpc("customer.create", { hierarchyLevel: "Site", parent: unplaced["id"] });
    expect(faultCodes(below.error)).toEqual({ "/parent": "level_required" });
  });

  it("finds the parent by its id or by the caller's own id for it", async () => {
    const top = (await rpc("customer.get", { where: { providedId: "top" } })).data;
    const child = await at("Site", "top");
    expect(child["parent"]).toBe(top["id"]);
  });

  it("has no cycles, not even of one", async () => {
    const company = await at("Company", "top");
    const site = await at("Site", company["id"] as string);
    expect(faultCodes((await update(company, { patch: { parent: site["id"] } })).error)).toEqual({
      "/patch/parent": "cycle",
    });
    expect(faultCodes((await update(company, { patch: { parent: company["id"] } })).error)).toEqual({
      "/patch/parent": "cycle",
    });
  });

  it("checks a new level against the parent and the children", async () => {
    const company = await at("Company", "top");
    await at("Site", company["id"] as string);
    expect(faultCodes((await update(company, { patch: { hierarchyLevel: "Site" } })).error)).toEqual({
      "/patch/hierarchyLevel": "level_order",
    });
    expect(faultCodes((await update(company, { patch: { hierarchyLevel: "Group" } })).error)).toEqual({
      "/patch/hierarchyLevel": "level_order",
    });
    expect(faultCodes((await update(company, { patch: { hierarchyLevel: null } })).error)).toMatchObject({
      "/patch/hierarchyLevel": "level_required",
    });
    expect(faultCodes((await update(company, { patch: { hierarchyLevel: "Moon" } })).error)).toEqual({
      "/patch/hierarchyLevel": "not_found",
    });
    expect((await update(company, { patch: { parent: null, hierarchyLevel: "Group" } })).status).toBe(200);
  });

  it("keeps every parent: one with children cannot be deleted, and none is restored below a deleted one", async () => {
    const company = await at("Company");
    const site = await at("Site", company["id"] as string);
    expect((await rpc("customer.delete", { where: { id: company["id"] } })).status).toBe(409);
    await rpc("customer.delete", { where: { id: site["id"] } });
    await rpc("customer.delete", { where: { id: company["id"] } });
    const { error } = await rpc("customer.restore", { where: { id: site["id"] } });
    expect(faultCodes(error)).toEqual({ "/parent": "not_found" });
  });

  it("never gets a cycle from concurrent moves", async () => {
    const nodes = await Promise.all(Array.from({ length: 6 }, () => at("Company")));
    await rpc("customer.update", { where: { providedId: "top" }, patch: {} });
    await Promise.all(
      nodes.flatMap((node, i) => [
        update(node, { patch: { hierarchyLevel: i % 2 ? "Site" : "Group" } }),
        update(node, { patch: { parent: nodes[(i + 1) % nodes.length]?.["id"] } }),
      ]),
    );
    for (const node of nodes) {
      const seen = new Set<unknown>();
      for (let id: unknown = node["id"]; id !== null;) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        id = (await rpc("customer.get", { where: { id } })).data["parent"];
      }
    }
  });

  it("inherits properties and mapping: for each key the nearest value wins", async () => {
    const company = await at("Company", "top", {
      properties: { plan: "pro", region: "eu" },
      mapping: { "1": "a" },
    });
    const site = await at("Site", company["id"] as string, { properties: { plan: "free" } });
    await rpc("customer.update", {
      where: { providedId: "top" },
      patch: { properties: { region: "us", currency: "USD" }, mapping: { "1": "z", "2": "b" } },
    });
    const { data } = await rpc("customer.get", { where: { id: site["id"] } });
    expect(data["properties"]).toEqual({ plan: "free" });
    expect(data["computedProperties"]).toEqual({ plan: "free", region: "eu", currency: "USD" });
    expect(data["computedMapping"]).toEqual({ "1": "a", "2": "b" });
  });

  it("keeps levels in use, and their order where customers depend on it", async () => {
    const levels = async (...names: string[]) => rpc("hierarchyLevel.replaceAll", { levels: names });
    expect((await levels("Group", "Company")).status).toBe(409);
    expect((await levels("Company", "Group", "Site")).error.faults?.[0]).toMatchObject({ code: "in_use" });
    expect((await levels("Group", "Group")).status).toBe(400);
    const more = await levels("World", "Group", "Company", "Department", "Site");
    expect((more.data["items"] as { name: string }[]).map(({ name }) => name)).toEqual([
      "World",
      "Group",
      "Company",
      "Department",
      "Site",
    ]);
    expect((await levels("Group", "Company", "Site")).status).toBe(200);
  });
});

describe("a list", () => {
  const all = async (noun: string, input: Record<string, unknown>): Promise<Record<string, unknown>[]> => {
    const found: Record<string, unknown>[] = [];
    for (let cursor: unknown; ;) {
      const { data } = await rpc(`${noun}.list`, { ...input, ...(cursor !== undefined && { cursor }) });
      found.push(...(data["items"] as Record<string, unknown>[]));
      cursor = data["nextCursor"];
      if (cursor === null) return found;
    }
  };
  const names = (records: Record<string, unknown>[]) => records.map(({ name }) => name);

  beforeAll(async () => {
    for (const [i, name] of ["zoe", "Zoé", "Ann", "bob", "Ännchen", "zora"].entries()) {
      await create({
        name,
        ssoId: "list",
        email: `P${i}@List.example`,
        groupTags: i % 2 ? ["green"] : [],
        emails: [`other${i}@list.example`],
      });
    }
  });

  it("pages through every record once, in either order, by creation, name or time of change", async () => {
    for (const sort of ["createdAt", "name", "updatedAt"]) {
      const up = await all("customer", { sort, limit: 7 });
      const down = await all("customer", { sort, order: "desc", limit: 11 });
      expect(new Set(up.map(({ id }) => id)).size).toBe(up.length);
      expect(down.map(({ id }) => id)).toEqual(up.map(({ id }) => id).toReversed());
    }
  });

  it("filters by email, name prefix, tag, level, parent, external ids and time of change", async () => {
    const ofList = { ssoId: "list" };
    expect(names(await all("customer", { filter: { email: "p0@LIST.example" } }))).toEqual(["zoe"]);
    expect(names(await all("customer", { filter: { email: "OTHER3@list.example" } }))).toEqual(["bob"]);
    expect(names(await all("customer", { filter: { namePrefix: "ZO", ...ofList } }))).toEqual([
      "zoe",
      "zora",
      "Zoé",
    ]);
    expect(names(await all("customer", { filter: { groupTag: "green", ...ofList } }))).toEqual([
      "Zoé",
      "bob",
      "zora",
    ]);
    expect(names(await all("customer", { filter: ofList, limit: 2 }))).toEqual([
      "zoe",
      "Zoé",
      "Ann",
      "bob",
      "Ännchen",
      "zora",
    ]);
    const [last] = (await all("customer", { filter: ofList })).slice(-1);
    const since = { changedSince: last?.["updatedAt"], ...ofList };
    expect(names(await all("customer", { filter: since }))).toEqual(["zora"]);
    const top = (await rpc("customer.get", { where: { providedId: "top" } })).data["id"];
    const below = await all("customer", { filter: { parent: top, hierarchyLevel: "Company" } });
    expect(below.length).toBeGreaterThan(1);
    expect(below.every(({ parent, hierarchyLevel }) => parent === top && hierarchyLevel === "Company")).toBe(
      true,
    );
  });

  it("shows deleted records only when asked", async () => {
    const record = await create({ name: "gone", uuid: "gone" });
    await rpc("customer.delete", { where: { id: record["id"] } });
    const filter = { uuid: "gone" };
    expect(await all("customer", { filter })).toEqual([]);
    expect(names(await all("customer", { filter: { ...filter, deleted: true } }))).toEqual(["gone"]);
    expect(names(await all("customer", { filter: { ...filter, deleted: "any" } }))).toEqual(["gone"]);
  });

  it("refuses another list's cursor, a broken one, and unknown options", async () => {
    const { data } = await rpc("customer.list", { limit: 1 });
    const cursor = data["nextCursor"] as string;
    const [seal] = cursor.split(".");
    const forged = `${seal}.${Buffer.from('{"a":1}').toString("base64url")}`;
    for (const input of [
      { cursor, sort: "name" },
      { cursor, filter: { groupTag: "red" } },
      { cursor: "x" },
      { cursor: forged },
    ]) {
      const reply = await rpc("customer.list", input);
      expect(reply.status).toBe(400);
      expect(faultCodes(reply.error)).toEqual({ "/cursor": "invalid_format" });
    }
    const wrong = await rpc("customer.list", {
      limit: 0,
      sort: "age",
      filter: { colour: "red", changedSince: "yesterday" },
    });
    expect(Object.keys(faultCodes(wrong.error)).toSorted()).toEqual([
      "/filter/changedSince",
      "/filter/colour",
      "/limit",
      "/sort",
    ]);
  });

  it("of users is filtered by customer, name and email", async () => {
    const customer = await create({ providedId: fresh() });
    const { data: user } = await rpc("user.create", {
      username: fresh(),
      firstName: "Grace",
      lastName: "Hopper",
      email: "G@navy.example",
      customer: customer["providedId"],
    });
    expect(user["customer"]).toBe(customer["id"]);
    for (const filter of [
      { customer: customer["id"] },
      { namePrefix: "grace h" },
      { email: "g@navy.example" },
    ]) {
      expect((await all("user", { filter })).map(({ id }) => id)).toEqual([user["id"]]);
    }
  });
});
