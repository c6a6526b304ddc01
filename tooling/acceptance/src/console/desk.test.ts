import { beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { useServer } from "../use-server.ts";

/** The procedures behind everyday pages: views, candidates for duplicates, figures, names, sample data. */

const { server } = useServer(
  { ROSTER_SECRET: "a secret of thirty-two characters", WEBHOOK_ALLOW: "127.0.0.0/8" },
  { mayLogErrors: false },
);
let operator: Rpc;
beforeAll(() => {
  operator = rpcOf(server.url, server.token);
});

/** A new tenant, and a way to make its tokens. */
async function tenant() {
  const { token } = (await operator("tenant.create", { name: "Desk" })).data as { token: string };
  const admin = rpcOf(server.url, token);
  const withScopes = async (name: string, ...scopes: string[]) => {
    const { data } = await admin("token.create", { name, scopes });
    return Object.assign(rpcOf(server.url, data["token"] as string), {
      actor: `token:${String(data["id"])}`,
    });
  };
  return { admin, withScopes };
}

const itemsOf = (data: unknown) => (data as { items: Record<string, unknown>[] }).items;

describe("saved views", () => {
  const view = {
    list: "customers",
    name: "Trials",
    state: { filter: { groupTag: "trial" }, columns: ["name"] },
  };

  it("are seen by their owner, and by all readers of the list if they are shared", async () => {
    const { withScopes } = await tenant();
    const [ada, bea, users] = [
      await withScopes("Ada", "customers:read", "customers:write"),
      await withScopes("Bea", "customers:read"),
      await withScopes("Dana", "users:read"),
    ];
    const { data: own } = await ada("view.create", view);
    expect(own).toMatchObject({ ...view, shared: false, owner: ada.actor });
    const { data: shared } = await ada("view.create", { ...view, name: "All", shared: true });
    expect((await ada("view.list")).data).toEqual([shared, own]);
    expect((await bea("view.list")).data).toEqual([shared]);
    expect((await users("view.list")).data).toEqual([]);
    expect((await users("view.create", view)).status).toBe(403);
    const other = await tenant();
    expect((await other.admin("view.list")).data).toEqual([]);
    expect((await other.admin("view.delete", { where: { id: shared["id"] } })).status).toBe(404);
  });

  it("are changed by their owner, and by an administrator if they are shared", async () => {
    const { admin, withScopes } = await tenant();
    const [ada, bea] = [
      await withScopes("Ada", "customers:read", "customers:write"),
      await withScopes("Bea", "customers:read", "customers:write"),
    ];
    const where = { id: (await ada("view.create", view)).data["id"] };
    for (const rpc of [bea, admin])
      expect((await rpc("view.update", { where, patch: { name: "x" } })).status).toBe(404);
    const { data } = await ada("view.update", { where, patch: { shared: true, state: { columns: [] } } });
    expect(data).toMatchObject({ name: "Trials", shared: true, state: { columns: [] } });
    expect((await bea("view.update", { where, patch: { name: "x" } })).status).toBe(403);
    expect((await admin("view.update", { where, patch: { name: "y" } })).data).toMatchObject({ name: "y" });
    expect((await bea("view.delete", { where })).status).toBe(403);
    expect((await ada("view.delete", { where })).status).toBe(200);
    expect((await ada("view.delete", { where })).status).toBe(404);
    expect((await ada("view.list")).data).toEqual([]);
  });

  it("are shared by those who may also write the list's records, and by nobody else", async () => {
    const { admin, withScopes } = await tenant();
    const ada = await withScopes("Ada", "customers:read", "users:write");
    const refused = async (path: string, input: object) => {
      const { status, error } = await ada(path, input);
      expect({ status, message: error.message }).toEqual({
        status: 403,
        message: "the token lacks the scope customers:write",
      });
    };
    await refused("view.create", { ...view, shared: true });
    const where = { id: (await ada("view.create", view)).data["id"] };
    await refused("view.update", { where, patch: { shared: true } });
    expect((await ada("view.list")).data).toMatchObject([{ ...where, shared: false }]);
    expect((await ada("view.update", { where, patch: { name: "Mine" } })).status).toBe(200);
    expect((await admin("view.list")).data).toEqual([]);
  });

  it("are made once for each idempotency key", async () => {
    const { admin } = await tenant();
    const request = { ...view, idempotencyKey: "once" };
    const [first, again] = [await admin("view.create", request), await admin("view.create", request)];
    expect(again.data).toEqual({ ...first.data, replayed: true });
    expect((await admin("view.list")).data).toHaveLength(1);
  });

  it("are shown to nobody else by a request with the idempotency key of their owner", async () => {
    const { admin, withScopes } = await tenant();
    const others = [admin, await withScopes("Bea", "customers:read"), await withScopes("Dana", "users:read")];
    const ada = await withScopes("Ada", "customers:read");
    const { id } = (await ada("view.create", view)).data;
    const requests = [
      ["view.create", { ...view, idempotencyKey: "created" }],
      ["view.update", { where: { id }, patch: { name: "x" }, idempotencyKey: "updated" }],
      ["view.delete", { where: { id }, idempotencyKey: "deleted" }],
    ] as const;
    for (const [path, input] of requests) {
      const first = await ada(path, input);
      const answers = await Promise.all(others.map(async (other) => (await other(path, input)).status));
      expect(answers, path).toEqual([422, 422, path === "view.create" ? 403 : 422]);
      expect((await ada(path, input)).data, path).toEqual({ ...first.data, replayed: true });
    }
  });

  it.each<[string, object, string]>([
    ["a state that is no object", { state: [] }, "/state"],
    ["too large a state", { state: { text: "x".repeat(9_000) } }, "/state"],
    [
      "a state with a forbidden key",
      JSON.parse('{"state":{"a":{"__proto__":1}}}') as object,
      "/state/a/__proto__",
    ],
    ["an empty name", { name: "" }, "/name"],
    ["a list that there is not", { list: "webhooks" }, "/list"],
    ["an unknown member", { colour: "red" }, "/colour"],
  ])("are refused with %s", async (_, more, pointer) => {
    const { status, error } = await operator("view.create", { ...view, ...more });
    expect(status).toBe(400);
    expect(error.faults).toMatchObject([{ pointer }]);
  });
});

describe("candidates for duplicates", () => {
  async function all(rpc: Rpc, limit = 200) {
    const pairs: Record<string, unknown>[] = [];
    let cursor: unknown;
    do {
      const { data } = await rpc("customer.duplicates", { limit, ...(cursor !== undefined && { cursor }) });
      expect(itemsOf(data).length).toBeLessThanOrEqual(limit);
      pairs.push(...itemsOf(data));
      cursor = data["nextCursor"] ?? undefined;
    } while (cursor !== undefined);
    return pairs as {
      a: { id: string; name: string };
      b: { id: string; name: string };
      reasons: string[];
      score: number;
    }[];
  }
  const named = (pairs: Awaited<ReturnType<typeof all>>) =>
    pairs
      .map(({ a, b, reasons }) => `${[a.name, b.name].toSorted().join(" ")}: ${reasons.join()}`)
      .toSorted();

  it("share an address, a phone number, or a name and a birthday; each pair is shown once", async () => {
    const { admin } = await tenant();
    const born = { dateOfBirth: "1984-03-12" };
    await admin("customer.createMany", {
      items: [
        { name: "A", email: "one@x.example", phone: "+4930901820" },
        { name: "B", emails: ["ONE@x.example", "two@x.example"], phone: "+4930901820" },
        { name: "C", email: "two@x.example" },
        { name: "D", phone: "+4930901820" },
        { name: "E", ...born },
        { name: "e", ...born },
        { name: "F", ...born },
        { name: "G", email: "g@x.example" },
      ],
    });
    const expected = ["A B: email,phone", "A D: phone", "B C: email", "B D: phone", "E e: nameAndBirthday"];
    expect(named(await all(admin))).toEqual(expected);
    // In pages of one pair, too.
    expect(named(await all(admin, 1))).toEqual(expected);
    expect((await all(admin)).every(({ score }) => score > 0 && score < 1)).toBe(true);
  });

  it("disappear once they are marked as not the same, or merged", async () => {
    const { admin } = await tenant();
    const email = "same@x.example";
    const ids = await Promise.all(
      ["A", "B", "C"].map(
        async (name) => (await admin("customer.create", { name, email })).data["id"] as string,
      ),
    );
    const [a, b, c] = ids as [string, string, string];
    expect(await all(admin)).toHaveLength(3);
    expect((await admin("customer.notDuplicates", { a: b, b: a })).data).toMatchObject({ distinct: true });
    expect(named(await all(admin))).toEqual(["A C: email", "B C: email"]);
    await admin("customer.notDuplicates", { a, b, takeBack: true });
    expect(await all(admin)).toHaveLength(3);
    await admin("customer.merge", { where: { id: c }, into: { id: a } });
    expect(named(await all(admin))).toEqual(["A B: email"]);
    expect((await admin("customer.notDuplicates", { a, b: a })).error.faults).toMatchObject([
      { pointer: "/b" },
    ]);
    expect((await admin("customer.notDuplicates", { a, b: "none" })).status).toBe(404);
  });

  it("are found beyond a value that very many share", async () => {
    const { admin } = await tenant();
    const many = Array.from({ length: 700 }, (_, i) => ({ name: `M${i}`, email: "info@x.example" }));
    await admin("customer.createMany", { items: many });
    await admin("customer.createMany", {
      items: [
        { name: "Y", email: "z@x.example" },
        { name: "Z", email: "z@x.example" },
      ],
    });
    const pairs = await all(admin);
    expect(named(pairs).at(-1)).toEqual("Y Z: email");
    expect(new Set(pairs.map(({ a, b }) => `${a.id} ${b.id}`)).size).toBe(pairs.length);
  });
});

describe("the figures of a tenant", () => {
  it("count records, changes by day, actor and surface, and report the progress of webhooks", async () => {
    const { admin, withScopes } = await tenant();
    const desk = await withScopes("Support desk", "customers:read", "customers:write");
    await admin("customer.create", { name: "A" });
    const where = { id: (await desk("customer.create", { name: "B" })).data["id"] };
    await desk("customer.update", { where, patch: { name: "C" } });
    await admin("user.create", { username: "u" });
    await admin("webhook.create", { url: "http://127.0.0.1:9/x", events: ["customer.created"] });
    const { data } = await admin("stats.overview", { days: 2 });
    const today = new Date().toISOString().slice(0, 10);
    expect(data).toMatchObject({
      records: {
        customers: { count: 2, exact: true },
        users: { count: 1, exact: true },
        userGroups: { count: 0, exact: true },
      },
      changes: {
        total: 4,
        days: [{ day: today, count: 4 }],
        sources: [{ source: "trpc", count: 4 }],
      },
      webhooks: { enabled: 1, disabled: 0 },
    });
    const { actors } = data["changes"] as { actors: object[] };
    expect(actors).toHaveLength(2);
    expect(actors).toContainEqual({ kind: "token", id: desk.actor, name: "Support desk", count: 2 });
  });

  it("have only records that the caller may read", async () => {
    const { admin, withScopes } = await tenant();
    await admin("customer.create", {});
    const { data } = await (await withScopes("x", "users:read"))("stats.overview");
    expect(data).toMatchObject({ records: { users: { count: 0 } }, changes: { total: 0 }, webhooks: null });
    expect(data["records"]).not.toHaveProperty("customers");
    expect((await admin("stats.overview", { days: 91 })).status).toBe(400);
  });
});

it("actors have names: tokens, also revoked ones, and the system", async () => {
  const { admin, withScopes } = await tenant();
  const desk = await withScopes("Support desk", "customers:read");
  await admin("token.revoke", { where: { id: desk.actor.slice("token:".length) } });
  expect(
    (await admin("actor.list", { ids: [desk.actor, "system", "token:none", "person:none"] })).data,
  ).toEqual([
    { kind: "token", id: desk.actor, name: "Support desk" },
    { kind: "system", id: "system", name: "system" },
    { kind: "token", id: "token:none", name: "token:none" },
    { kind: "person", id: "person:none", name: "person:none" },
  ]);
  // A token of another tenant has no name here.
  expect((await operator("actor.list", { ids: [desk.actor] })).data).toMatchObject([{ name: desk.actor }]);
});

it("a list of tokens shows when each was last used, to the minute", async () => {
  const { admin, withScopes } = await tenant();
  const used = await withScopes("used", "customers:read");
  await withScopes("unused", "customers:read");
  const before = Date.now();
  await used("customer.list");
  const listed = itemsOf((await admin("token.list")).data);
  const of = (name: string) => listed.find((one) => one["name"] === name)?.["lastUsedAt"];
  expect(of("unused")).toBeNull();
  expect(Date.parse(of("used") as string)).toBeGreaterThan(before - 61_000);
  expect(of("used")).toMatch(/:00\.000Z$/);
});

describe("sample data", () => {
  it("fills an empty tenant, as one change set that can be undone", async () => {
    const { admin } = await tenant();
    const { status, data: set } = await admin("demo.load", {});
    expect(status).toBe(200);
    expect(set).toMatchObject({ name: "Sample data", kind: "import", refused: 0 });
    const { records } = (await admin("stats.overview")).data as {
      records: Record<string, { count: number }>;
    };
    expect(records["customers"]?.count).toBeGreaterThan(20);
    expect(records["users"]?.count).toBeGreaterThan(3);
    expect(itemsOf((await admin("customer.duplicates")).data).length).toBeGreaterThan(1);
    // A repetition, such as after a lost answer, loads nothing twice.
    expect((await admin("demo.load", {})).data).toEqual(set);
    const where = { providedId: "harbour-bakery" };
    expect(itemsOf((await admin("customer.history", { where })).data)).toHaveLength(3);
    // Later changes would stay, so they are taken back first.
    await admin("customer.revert", { where, to: 1 });
    const undone = await admin("changeSet.undo", { where: { id: set["id"] } });
    expect(undone.data).toMatchObject({ done: true });
  });

  it("is for administrators of a tenant without records", async () => {
    const { admin, withScopes } = await tenant();
    const writer = await withScopes("w", "customers:read", "customers:write", "users:read", "users:write");
    expect((await writer("demo.load", {})).status).toBe(403);
    await admin("user.create", { username: "first" });
    expect((await admin("demo.load", {})).status).toBe(409);
  });
});
