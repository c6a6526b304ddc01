import { beforeAll, describe, expect, it } from "vitest";
import { faultCodes, rpcOf, type Rpc } from "../rpc.ts";
import { useServer } from "../use-server.ts";

const { server } = useServer();
let admin: Rpc;
beforeAll(async () => {
  admin = rpcOf(server.url, server.token);
});

const withScopes = async (...scopes: string[]): Promise<Rpc> =>
  rpcOf(
    server.url,
    (await admin("token.create", { name: scopes.join(" "), scopes })).data["token"] as string,
  );

/**
 * Every procedure, with a valid input, the scope it needs, another that suffices instead, and one that is
 * needed too.
 */
const procedures: [
  path: string,
  input: object | undefined,
  scope: string | undefined,
  or?: string | undefined,
  and?: string,
][] = [
  ["customer.create", {}, "customers:write"],
  ["customer.update", { where: { id: "x" }, patch: {} }, "customers:write"],
  ["customer.delete", { where: { id: "x" } }, "customers:write"],
  ["customer.restore", { where: { id: "x" } }, "customers:write"],
  ["customer.get", { where: { id: "x" } }, "customers:read"],
  ["customer.list", undefined, "customers:read"],
  ["customer.history", { where: { id: "x" } }, "customers:read"],
  ["customer.count", undefined, "customers:read"],
  ["customer.indexes", undefined, "customers:read"],
  ["user.count", undefined, "users:read"],
  ["user.indexes", undefined, "users:read"],
  ["user.create", {}, "users:write"],
  ["user.update", { where: { id: "x" }, patch: {} }, "users:write"],
  ["user.delete", { where: { id: "x" } }, "users:write"],
  ["user.restore", { where: { id: "x" } }, "users:write"],
  ["user.get", { where: { id: "x" } }, "users:read"],
  ["user.list", undefined, "users:read"],
  ["user.history", { where: { id: "x" } }, "users:read"],
  ["customer.upsert", { where: { providedId: "x" }, patch: {} }, "customers:write"],
  ["customer.updateMany", { items: [{ where: { id: "x" }, patch: {} }] }, "customers:write"],
  ["customer.createMany", { items: [{}] }, "customers:write"],
  ["customer.upsertMany", { items: [{ where: { providedId: "x" } }] }, "customers:write"],
  ["user.createMany", { items: [{}] }, "users:write"],
  ["user.upsertMany", { items: [{ where: { username: "x" } }] }, "users:write"],
  ["changeSet.open", {}, "customers:write", "users:write"],
  ["changeSet.close", { where: { id: "x" } }, "customers:write", "users:write"],
  ["changeSet.get", { where: { id: "x" } }, "customers:read", "users:read"],
  ["changeSet.list", undefined, "customers:read", "users:read"],
  ["changeSet.undo", { where: { id: "x" } }, "customers:write", "users:write"],
  ["customer.updateWhere", { filter: { providedId: "x" } }, "customers:write", undefined, "customers:read"],
  ["customer.deleteWhere", { filter: { providedId: "x" } }, "customers:write", undefined, "customers:read"],
  ["user.updateWhere", { filter: { username: "x" } }, "users:write", undefined, "users:read"],
  ["user.deleteWhere", { filter: { username: "x" } }, "users:write", undefined, "users:read"],
  ["customer.revert", { where: { id: "x" }, to: 1 }, "customers:write"],
  ["customer.erase", { where: { id: "x" } }, "customers:write"],
  ["customer.at", { where: { id: "x" }, version: 1 }, "customers:read"],
  ["customer.diff", { where: { id: "x" }, from: 1, to: 2 }, "customers:read"],
  ["customer.export", { where: { id: "x" } }, "customers:read"],
  ["user.upsert", { where: { username: "x" }, patch: {} }, "users:write"],
  ["user.updateMany", { items: [{ where: { id: "x" }, patch: {} }] }, "users:write"],
  ["user.revert", { where: { id: "x" }, to: 1 }, "users:write"],
  ["user.erase", { where: { id: "x" } }, "users:write"],
  ["user.at", { where: { id: "x" }, version: 1 }, "users:read"],
  ["user.diff", { where: { id: "x" }, from: 1, to: 2 }, "users:read"],
  ["user.export", { where: { id: "x" } }, "users:read"],
  ["userGroup.create", { displayName: "x" }, "users:write"],
  ["userGroup.get", { where: { id: "x" } }, "users:read"],
  ["userGroup.list", undefined, "users:read"],
  ["userGroup.count", undefined, "users:read"],
  ["userGroup.members", { where: { id: "x" } }, "users:read"],
  ["userGroup.update", { where: { id: "x" }, patch: {} }, "users:write"],
  ["userGroup.updateMany", { items: [{ where: { id: "x" }, patch: {} }] }, "users:write"],
  ["userGroup.history", { where: { id: "x" } }, "users:read"],
  ["userGroup.at", { where: { id: "x" }, version: 1 }, "users:read"],
  ["userGroup.diff", { where: { id: "x" }, from: 1, to: 2 }, "users:read"],
  ["userGroup.revert", { where: { id: "x" }, to: 1 }, "users:write"],
  ["userGroup.delete", { where: { id: "x" } }, "users:write"],
  ["userGroup.restore", { where: { id: "x" } }, "users:write"],
  ["userGroup.erase", { where: { id: "x" } }, "users:write"],
  ["userGroup.export", { where: { id: "x" } }, "users:read"],
  ["customer.merge", { where: { id: "x" }, into: { id: "y" } }, "customers:write"],
  ["customer.unmerge", { where: { id: "x" } }, "customers:write"],
  ["groupTag.create", { name: "t" }, "admin"],
  ["groupTag.list", undefined, "customers:read"],
  ["hierarchyLevel.replaceAll", { levels: [] }, "admin"],
  ["hierarchyLevel.list", undefined, "customers:read"],
  ["channel.create", { name: "c" }, "admin"],
  ["channel.list", undefined, "customers:read"],
  ["accessGroup.create", { name: "a" }, "admin"],
  ["accessGroup.list", undefined, "customers:read"],
  ["country.list", undefined, "customers:read"],
  ["tenant.get", undefined, "admin"],
  ["tenant.update", { patch: {} }, "admin"],
  ["tenant.setPropertiesSchema", { schema: null, dryRun: true }, "admin"],
  ["tenant.create", { name: "n" }, "admin"],
  ["tenant.list", undefined, "admin"],
  ["token.create", { scopes: ["admin"] }, "admin"],
  ["token.list", undefined, "admin"],
  ["token.revoke", { where: { id: "x" } }, "admin"],
  ["webhook.create", { url: "https://x.example", events: ["*"] }, "admin"],
  ["webhook.get", { where: { id: "x" } }, "admin"],
  ["webhook.list", undefined, "admin"],
  ["webhook.update", { where: { id: "x" }, patch: {} }, "admin"],
  ["webhook.delete", { where: { id: "x" } }, "admin"],
  ["webhook.rotateSecret", { where: { id: "x" } }, "admin"],
  ["webhook.deliveries", { where: { id: "x" } }, "admin"],
  ["webhook.status", { where: { id: "x" } }, "admin"],
  ["webhook.replay", { where: { id: "x" }, after: 0 }, "admin"],
  ["change.list", { types: ["customer"] }, "customers:read"],
  ["customer.duplicates", undefined, "customers:read"],
  ["customer.notDuplicates", { a: "x", b: "y" }, "customers:write"],
  ["view.list", undefined, "customers:read", "users:read"],
  ["view.create", { list: "customers", name: "x", state: {} }, "customers:read"],
  ["view.update", { where: { id: "x" }, patch: {} }, "customers:read", "users:read"],
  ["view.delete", { where: { id: "x" } }, "customers:read", "users:read"],
  ["stats.overview", undefined, "customers:read", "users:read"],
  ["actor.list", { ids: ["x"] }, "customers:read", "users:read"],
  ["demo.load", {}, "admin"],
  ["me.get", undefined, undefined],
];

/** The answer is a stream, whose first event is the refusal. */
const subscription = "change.watch";

describe("every procedure", () => {
  it("is in the list of this test", async () => {
    const { appRouter } = await import("@roster/api/router");
    expect([...procedures.map(([path]) => path), subscription].toSorted()).toEqual(
      Object.keys(appRouter._def.procedures).toSorted(),
    );
  });

  it.each([
    ["", "UNAUTHENTICATED"],
    ["wrong", "UNAUTHENTICATED"],
  ])("a subscription returns only the refusal to the token %j", async (token, code) => {
    const response = await fetch(`${server.url}/trpc/${subscription}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    expect(text).toContain(code);
    expect(text).not.toContain('"seq"');
  });

  it.each(procedures)("%s is refused without a token", async (path, input) => {
    for (const token of ["", "wrong", "x".repeat(5000)]) {
      const { status, error } = await rpcOf(server.url, token)(path, input);
      expect(status).toBe(401);
      expect(error.code).toBe("UNAUTHENTICATED");
    }
  });

  it.each(procedures.filter(([, , scope]) => scope !== undefined))(
    "%s is refused to a token with every scope but %s",
    async (path, input, scope, or, and) => {
      const others = ["customers:read", "customers:write", "users:read", "users:write"].filter(
        (other) => other !== scope && other !== or,
      );
      const { status, error } = await (await withScopes(...others))(path, input);
      expect(status).toBe(403);
      expect(error).toMatchObject({
        code: "FORBIDDEN",
        message: expect.stringContaining(scope as string) as string,
      });
      if (scope !== "admin")
        expect(
          (await (await withScopes(scope as string, ...(and ? [and] : [])))(path, input)).status,
        ).not.toBe(403);
    },
  );
});

describe("a token", () => {
  it("is shown once, listed without its secret, and revoked at once", async () => {
    const { data } = await admin("token.create", { name: "short-lived", scopes: ["customers:read"] });
    expect(data["token"]).toMatch(/^roster_/);
    const listed = JSON.stringify((await admin("token.list", { limit: 200 })).data);
    expect(listed).toContain("short-lived");
    expect(listed).not.toContain(data["token"]);
    expect(listed).not.toMatch(/[0-9a-f]{64}/);
    const rpc = rpcOf(server.url, data["token"] as string);
    expect((await rpc("customer.list")).status).toBe(200);
    expect((await admin("token.revoke", { where: { id: data["id"] } })).status).toBe(200);
    expect((await rpc("customer.list")).status).toBe(401);
  });

  it("stops working when it expires", async () => {
    const expiresAt = new Date(Date.now() + 5_000).toISOString();
    const { data } = await admin("token.create", { scopes: ["customers:read"], expiresAt });
    const rpc = rpcOf(server.url, data["token"] as string);
    expect((await rpc("customer.list")).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, Date.parse(expiresAt) - Date.now() + 50));
    expect((await rpc("customer.list")).status).toBe(401);
  });

  it("needs at least one existing scope", async () => {
    expect((await admin("token.create", { scopes: [] })).status).toBe(400);
    expect((await admin("token.create", {})).error.faults).toMatchObject([
      { pointer: "/scopes", code: "required" },
    ]);
    expect((await admin("token.create", { scopes: ["root"] })).error.faults).toMatchObject([
      { pointer: "/scopes/0", code: "invalid_choice" },
    ]);
  });

  it("cannot be created expired; its other faults are told with that", async () => {
    const expiresAt = new Date(Date.now() - 1).toISOString();
    const { status, error } = await admin("token.create", { scopes: [], expiresAt, name: 5 });
    expect(status).toBe(400);
    expect(faultCodes(error)).toEqual({
      "/expiresAt": "out_of_range",
      "/name": "invalid_type",
      "/scopes": "required",
    });
  });

  it("cannot be revoked if it is the last that can administer the tenant", async () => {
    const tenant = (await admin("tenant.create", { name: "lonely" })).data;
    const theirs = rpcOf(server.url, tenant["token"] as string);
    const [only] = (await theirs("token.list")).data["items"] as { id: string }[];
    expect((await theirs("token.revoke", { where: { id: only?.id } })).status).toBe(409);
    expect((await theirs("me.get")).status).toBe(200);
  });
});

describe("a tenant", () => {
  it("sees nothing of another: its records are NOT_FOUND, its unique values free, its numbers its own", async () => {
    const theirs = rpcOf(
      server.url,
      (await admin("tenant.create", { name: "other" })).data["token"] as string,
    );
    await admin("groupTag.create", { name: "ours-only" });
    const ours = (
      await admin("customer.create", {
        providedId: "shared",
        groupTags: ["ours-only"],
        email: "one@x.example",
      })
    ).data;
    const where = { id: ours["id"] };
    for (const [path, input] of [
      ["customer.get", { where }],
      ["customer.get", { where: { providedId: "shared" } }],
      ["customer.update", { where, patch: { name: "mine" } }],
      ["customer.delete", { where }],
      ["customer.restore", { where }],
      ["customer.history", { where }],
    ] as const) {
      const { status, error } = await theirs(path, input);
      expect(status, path).toBe(404);
      expect(error.code).toBe("NOT_FOUND");
    }
    expect((await theirs("customer.list", { filter: { email: "one@x.example" } })).data["items"]).toEqual([]);
    expect((await theirs("customer.create", { groupTags: ["ours-only"] })).status).toBe(400);
    expect((await theirs("customer.create", { hierarchyLevel: "x", parent: ours["id"] })).status).toBe(400);
    expect((await theirs("customer.create", { providedId: "shared" })).data).toMatchObject({ number: 1 });
    const cursor = (await admin("customer.list", { limit: 1 })).data["nextCursor"];
    expect((await theirs("customer.list", { limit: 1, cursor })).status).toBe(400);
  });

  it("is created and listed only by admins of the first tenant", async () => {
    const made = (await admin("tenant.create", { name: "second", defaultCountry: "DE" })).data;
    const theirs = rpcOf(server.url, made["token"] as string);
    expect((await theirs("tenant.create", { name: "third" })).status).toBe(403);
    expect((await theirs("tenant.list")).status).toBe(403);
    const listed = (await admin("tenant.list")).data["items"] as { name: string }[];
    expect(listed.map(({ name }) => name)).toContain("second");
    const { data: own } = await theirs("tenant.get");
    expect(own).toMatchObject({ name: "second", defaultCountry: "DE", number: made["number"], version: 1 });
  });

  it("sets the country of phone numbers without a country code", async () => {
    const theirs = rpcOf(
      server.url,
      (await admin("tenant.create", { name: "phones" })).data["token"] as string,
    );
    const local = { phone: "030 901820" };
    expect((await theirs("customer.create", local)).status).toBe(400);
    const updated = await theirs("tenant.update", { patch: { defaultCountry: "DE" }, expectedVersion: 1 });
    expect(updated.data).toMatchObject({ version: 2, applied: true, tenant: { defaultCountry: "DE" } });
    expect((await theirs("customer.create", local)).data["phone"]).toBe("+4930901820");
    expect(
      (await theirs("tenant.update", { patch: { defaultCountry: "FR" }, expectedVersion: 1 })).status,
    ).toBe(409);
  });
});

it.each(["tenant.update", "hierarchyLevel.replaceAll"])(
  "%s refuses an input that is no object, with one fault",
  async (procedure) => {
    const faults = [{ pointer: "", code: "invalid_type", message: "must be an object" }];
    for (const input of [[], [["levels"]], null, 5, "x".repeat(100_000)])
      expect((await admin(procedure, input)).error).toMatchObject({ code: "INVALID", faults });
  },
);

describe("a request that tRPC cannot process", () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/trpc/${path}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json", ...headers },
    });

  it.each([
    ["bad JSON", "customer.create", "{", {}, 400],
    ["an input that is no object", "customer.create", '"x"', {}, 400],
    ["null", "customer.update", "null", {}, 400],
    ["no input", "customer.create", "", {}, 400],
    ["a wrong content type", "customer.create", "<a/>", { "content-type": "application/xml" }, 415],
    ["an unknown procedure", "customer.explode", "{}", {}, 404],
    ["a query sent as a mutation", "customer.get", "{}", {}, 405],
    ["a body over the limit", "customer.create", JSON.stringify({ name: "x".repeat(1024 * 1024) }), {}, 413],
    ["prototype keys", "customer.create", '{"__proto__":{"isDemo":true},"constructor":{"x":1}}', {}, 400],
    ["deep JSON", "customer.create", `{"properties":${'{"a":'.repeat(5000)}1${"}".repeat(5000)}}`, {}, 400],
    [
      "a huge batch",
      `${Array.from({ length: 1000 }, () => "customer.create").join(",")}?batch=1`,
      "{}",
      {},
      400,
    ],
  ])("%s is refused clearly", async (_what, path, body, headers, status) => {
    const response = await post(path, body, headers);
    expect(response.status).toBe(status);
    const text = await response.text();
    expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:/);
    expect(JSON.parse(text)).toBeTypeOf("object");
  });

  it("is refused, too, if it is a query with malformed input in the URL", async () => {
    const response = await fetch(`${server.url}/trpc/customer.get?input=%7B`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(response.status).toBe(400);
  });

  it("is not logged as an unexpected error", () => {
    expect(server.output()).not.toContain("unexpected");
  });
});
