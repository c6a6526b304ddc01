import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { createApi, type Api, type Reports } from "@roster/api";
import { createClient, type RosterClient } from "@roster/client";
import { RosterError, type Scope } from "@roster/domain";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDatabase, type TestDatabase } from "../server.ts";

/** Reports by programs that run Roster in their own process. */

const adminToken = "reports-admin-token";
let database: TestDatabase;
let api: Api;
let client: RosterClient;
let reports: Reports;
let otherTenant: { client: RosterClient; reports: Reports };
let ids: Record<"group" | "site" | "gone" | "erased" | "grace", string>;

const clientOf = (token: string): RosterClient =>
  createClient({
    url: "http://roster.test",
    token,
    fetch: (url, init) => api.fetch(new Request(url, init)),
  });

beforeAll(async () => {
  database = await newDatabase();
  api = await createApi({ databaseUrl: database.url, token: adminToken });
  client = clientOf(adminToken);
  reports = api.reports(adminToken);
  const tenant = await client.tenant.create.mutate({ name: "Other" });
  otherTenant = { client: clientOf(tenant.token), reports: api.reports(tenant.token) };
  for (const own of [otherTenant.client, client]) {
    await own.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Site"] });
    const group = await own.customer.create.mutate({
      name: "Meridian Foods",
      hierarchyLevel: "Group",
      email: "office@meridian.example",
      properties: { plan: "pro" },
    });
    const site = await own.customer.create.mutate({
      name: "Lyon",
      hierarchyLevel: "Site",
      parent: group.id,
      addressCountry: "FR",
      phone: "+33 1 42 68 53 00",
    });
    const gone = await own.customer.create.mutate({ name: "Gone" });
    await own.customer.delete.mutate({ where: { id: gone.id } });
    const erased = await own.customer.create.mutate({ name: "Erased", email: "private@person.example" });
    await own.customer.delete.mutate({ where: { id: erased.id } });
    await own.customer.erase.mutate({ where: { id: erased.id } });
    const grace = await own.user.create.mutate({
      username: "grace",
      email: "grace@meridian.example",
      customer: site.id,
    });
    ids = { group: group.id, site: site.id, gone: gone.id, erased: erased.id, grace: grace.id };
  }
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

const reportsWith = async (...scopes: Scope[]): Promise<Reports> =>
  api.reports((await client.token.create.mutate({ scopes })).token);
const names = (rows: readonly { name: string | null }[]) => rows.map(({ name }) => name);
const refused = async (asked: Promise<unknown>) => {
  const error: unknown = await asked.then(
    (answer) => expect.fail(`answered ${JSON.stringify(answer)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RosterError);
  const { code, faults } = error as RosterError;
  return { code, at: faults?.map(({ pointer }) => pointer) };
};

describe("a report", () => {
  it("finds records by their fields, with those that they name", async () => {
    const [lyon, ...others] = await reports.find(
      "customer",
      { name: "Lyon" },
      { populate: ["parentRecord"] },
    );
    expect(others).toEqual([]);
    const shown = await client.customer.get.query({ where: { id: ids.site } });
    const { computedProperties: _p, computedMapping: _m, ...stored } = shown;
    expect(lyon).toEqual({
      ...(JSON.parse(JSON.stringify(stored)) as object),
      parentRecord: expect.objectContaining({
        id: ids.group,
        number: 1,
        properties: { plan: "pro" },
        emails: [],
      }),
    });
    const grace = await reports.findOne(
      "user",
      { id: ids.grace },
      { populate: ["customerRecord.parentRecord"] },
    );
    expect(grace?.customerRecord?.parentRecord?.name).toBe("Meridian Foods");
    expect(await reports.findOne("user", { id: ids.site })).toBeNull();
    expect(await reports.findOne("customer", { name: "Lyon" })).not.toHaveProperty("parentRecord");
  });

  it.each([
    [{}, ["Meridian Foods", "Lyon"]],
    [{ number: { $gte: 2 } }, ["Lyon"]],
    [{ number: { $in: [1, 7] } }, ["Meridian Foods"]],
    [{ name: { $nin: ["Lyon"] } }, ["Meridian Foods"]],
    [{ name: { $gte: "Ly", $lt: "Lz" } }, ["Lyon"]],
    [{ isDemo: false, parent: { $ne: null } }, ["Lyon"]],
    [{ createdAt: { $lt: "2020-01-01T00:00:00+02:00" } }, []],
    [{ $or: [{ name: "Lyon" }, { email: "office@meridian.example" }] }, ["Meridian Foods", "Lyon"]],
    [{ $not: { name: "Lyon" } }, ["Meridian Foods"]],
    [{ $and: [{ name: "Lyon" }, { number: 1 }] }, []],
    [{ parentRecord: { name: "Meridian Foods" } }, ["Lyon"]],
    [{ parentRecord: { phone: null } }, ["Lyon"]],
    [{ parentRecord: {} }, ["Lyon"]],
    [{ $not: { parentRecord: { name: "Meridian Foods" } } }, ["Meridian Foods"]],
    [{ name: "'; drop table customers; --\\" }, []],
  ] as const)("answers %j", async (where, expected) => {
    expect(names(await reports.find("customer", where))).toEqual(expected);
    expect(await reports.count("customer", where)).toBe(expected.length);
  });

  it("compares ids without regard to case, also in references", async () => {
    const [id, parent] = [ids.site.toUpperCase(), ids.group.toUpperCase()];
    expect(names(await reports.find("customer", { id, parent }))).toEqual(["Lyon"]);
    expect(names(await reports.find("customer", { parent: { $in: [parent] } }))).toEqual(["Lyon"]);
    expect(await reports.count("user", { customer: id })).toBe(1);
  });

  it("sorts alike on each database, values that are missing among the lowest", async () => {
    const by = async (direction: "asc" | "desc") =>
      names(await reports.find("customer", {}, { orderBy: { addressCountry: direction } }));
    expect(await by("asc")).toEqual(["Meridian Foods", "Lyon"]);
    expect(await by("desc")).toEqual(["Lyon", "Meridian Foods"]);
    expect(names(await reports.find("customer", {}, { limit: 1, offset: 1 }))).toEqual(["Lyon"]);
  });

  it("gives 50 rows unless it is asked for more, and 200 at most", async () => {
    const tenant = await client.tenant.create.mutate({ name: "Many" });
    const many = clientOf(tenant.token);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => many.groupTag.create.mutate({ name: `tag ${i}` })),
    );
    const own = api.reports(tenant.token);
    expect(await own.find("groupTag", {})).toHaveLength(50);
    expect(await own.find("groupTag", {}, { limit: 200 })).toHaveLength(60);
    expect(await refused(own.find("groupTag", {}, { limit: 201 }))).toEqual({
      code: "INVALID",
      at: ["/options/limit"],
    });
  });

  it("leaves out deleted records unless it is asked for them, and has nothing that was erased", async () => {
    expect(names(await reports.find("customer", {}, { deleted: true }))).toEqual(["Gone", null]);
    expect(await reports.count("customer", {}, { deleted: "any" })).toBe(4);
    expect(await reports.count("customer", { name: "Erased" }, { deleted: "any" })).toBe(0);
    const all = [
      await reports.find("customer", {}, { deleted: "any", limit: 200 }),
      await reports.find("changeLog", {}, { limit: 200 }),
    ];
    expect(JSON.stringify(all)).toContain("office@meridian.example");
    expect(JSON.stringify(all)).not.toContain("private@person.example");
  });

  it("of the log has the same entries as the feed, without the names of actors", async () => {
    const entries = await reports.find("changeLog", { recordId: ids.site });
    const { items } = await client.change.list.query({ ids: [ids.site] });
    const unnamed = items.map(({ by: _, ...entry }) => entry);
    expect(entries).toEqual(JSON.parse(JSON.stringify(unnamed)));
  });

  it("does not wait in vain for others: many at a time are answered in turn", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => reports.count("customer")));
    expect(new Set(answers)).toEqual(new Set([2]));
  });
});

describe("a report stays inside", () => {
  it("its tenant", async () => {
    const other = await otherTenant.reports.find(
      "customer",
      {},
      { populate: ["parentRecord"], deleted: "any" },
    );
    expect(other).toHaveLength(4);
    const own = await reports.find("customer", {}, { populate: ["parentRecord"], deleted: "any" });
    expect(own.map(({ id }) => id)).toEqual([ids.group, ids.site, ids.gone, ids.erased]);
    expect(other.find(({ name }) => name === "Lyon")?.parentRecord?.id).not.toBe(ids.group);
    for (const type of ["customer", "user"] as const) {
      const id = type === "user" ? ids.grace : ids.site;
      expect(await otherTenant.reports.count(type, { id }, { deleted: "any" })).toBe(0);
      expect(await otherTenant.reports.count(type, { $or: [{ id }, { id }] })).toBe(0);
    }
    expect(await otherTenant.reports.count("customer", { $not: { id: ids.site } })).toBe(2);
    expect(await otherTenant.reports.count("changeLog", { recordId: ids.site })).toBe(0);
  });

  it("the scopes of its token, in conditions and relations too", async () => {
    const [customers, users, none] = [
      await reportsWith("customers:read"),
      await reportsWith("users:read"),
      await reportsWith("customers:write", "users:write"),
    ];
    expect(await customers.count("customer")).toBe(2);
    expect(await customers.count("hierarchyLevel")).toBe(2);
    expect(await users.count("user")).toBe(1);
    const forbidden = [
      customers.find("user", {}),
      users.count("customer"),
      users.findOne("channel", {}),
      users.find("user", {}, { populate: ["customerRecord"] }),
      users.find("user", {}, { populate: ["customerRecord.parentRecord"] }),
      users.count("user", { customerRecord: { name: "Lyon" } }),
      users.count("user", { $not: { $or: [{ customerRecord: { name: { $gt: "L" } } }] } }),
      none.count("customer"),
      none.count("changeLog"),
    ];
    for (const { code } of await Promise.all(forbidden.map(refused))) expect(code).toBe("FORBIDDEN");
    const typesOf = async (of: Reports) =>
      new Set((await of.find("changeLog", {}, { limit: 200 })).map(({ recordType }) => recordType));
    expect(await typesOf(customers)).toEqual(new Set(["hierarchyLevel", "customer"]));
    expect(await typesOf(users)).toEqual(new Set(["user"]));
    expect(await users.count("changeLog", { recordType: "customer" })).toBe(0);
    // An admin's, too: tenants, tokens and webhooks are nothing for reports.
    expect(await typesOf(reports)).toEqual(new Set(["hierarchyLevel", "customer", "user"]));
  });

  it("the life of the program that it is in", async () => {
    const other = await createApi({ databaseUrl: database.url });
    const { token } = await client.token.create.mutate({ scopes: ["customers:read"] });
    const [asked, never] = [other.reports(adminToken), other.reports(token)];
    expect(await asked.count("customer")).toBe(2);
    await other.close();
    for (const held of [asked, never])
      expect((await refused(held.count("customer"))).code).toBe("UNAVAILABLE");
  });

  it("the life of its token", async () => {
    const { id, token } = await client.token.create.mutate({ scopes: ["customers:read"] });
    const held = api.reports(token);
    expect(await held.count("customer")).toBe(2);
    await client.token.revoke.mutate({ where: { id } });
    expect((await refused(held.count("customer"))).code).toBe("UNAUTHENTICATED");
    const soon = new Date(Date.now() + 5_000);
    const short = await client.token.create.mutate({ scopes: ["customers:read"], expiresAt: soon });
    const briefly = api.reports(short.token);
    expect(await briefly.count("customer")).toBe(2);
    await expect
      .poll(() => refused(briefly.count("customer")).catch(() => undefined))
      .toEqual({
        code: "UNAUTHENTICATED",
        at: undefined,
      });
    expect((await refused(api.reports("no such token").count("customer"))).code).toBe("UNAUTHENTICATED");
  });
});

/** MikroORM's own `raw` and `sql`, as a program would have them. */
const { raw, sql } = (await import("@mikro-orm/core")) as unknown as {
  raw(text: string): { toString(): string };
  sql(text: TemplateStringsArray): object;
};

describe("a program that casts", () => {
  const loose = (of: Reports) =>
    of as unknown as Record<"find" | "count", (...given: unknown[]) => Promise<unknown>>;

  it.each([
    "tenant",
    "token",
    "webhook",
    "idempotencyKeys",
    "searchTerms",
    "tenantCounters",
    "customers",
    "__proto__",
    "toString",
  ])("reads nothing of %s", async (type) => {
    expect(await refused(loose(reports).find(type, {}))).toEqual({ code: "INVALID", at: ["/type"] });
  });

  it.each([
    [{ tenant: 2 }, "/where/tenant"],
    [{ $or: [{ name: "Lyon" }, { tenant: 2 }] }, "/where/$or/1/tenant"],
    [{ parentRecord: { tenant: 2 } }, "/where/parentRecord/tenant"],
    [{ parentRecord: [2, "id"] }, "/where/parentRecord"],
    [{ seq: 1 }, "/where/seq"],
    [{ parentRecord: { $some: {} } }, "/where/parentRecord/$some"],
    [{ name: { $like: "%" } }, "/where/name/$like"],
    [{ name: { $re: "(a+)+$" } }, "/where/name/$re"],
    [{ name: { $raw: "1" } }, "/where/name/$raw"],
    [{ name: raw("name") }, "/where/name"],
    [{ name: sql`(select hash from tokens)` }, "/where/name"],
    [{ name: { $in: sql`(select hash from tokens)` } }, "/where/name/$in"],
    [{ name: { $in: [raw("hash")] } }, "/where/name/$in/0"],
    [{ name: { $eq: { sql: "1", params: [] } } }, "/where/name/$eq"],
    [{ [raw("1 = 1").toString()]: [] }, undefined],
    [{ [raw("1 = 1") as never]: [] }, undefined],
    [{ [Symbol("name")]: "Lyon" }, "/where"],
    [raw("1 = 1"), "/where"],
    ["1 = 1", "/where"],
    [[{ name: "Lyon" }], "/where"],
    [{ properties: { plan: "pro" } }, "/where/properties"],
    [{ "properties.plan": "pro" }, "/where/properties.plan"],
    [{ "name = '' or 1=1 --": 1 }, "/where/name = '' or 1=1 --"],
    [{ name: undefined }, "/where"],
    [{ name: {} }, "/where/name"],
    [{ $or: [] }, "/where/$or"],
    [{ $not: {} }, "/where/$not"],
    [{ number: "1 or 1=1" }, "/where/number"],
    [{ number: { valueOf: () => 1 } }, "/where/number/valueOf"],
    [{ name: "a\0b" }, "/where/name"],
    [{ name: { $gt: null } }, "/where/name/$gt"],
    [{ name: { $in: Array.from({ length: 1_001 }, () => "x") } }, "/where"],
    [Array.from({ length: 40 }).reduce((inner) => ({ $not: inner }), { name: "x" }), "/where"],
  ])("is refused %o", async (where, at) => {
    const { code, at: [first] = [] } = await refused(loose(reports).find("customer", where));
    expect(code).toBe("INVALID");
    expect(first).toContain(at ?? "/where");
    expect((await refused(loose(reports).count("customer", where))).code).toBe("INVALID");
  });

  it.each([
    [{ filters: false }, "/options/filters"],
    [{ schema: "pg_catalog" }, "/options/schema"],
    [{ populateWhere: { tenant: 2 } }, "/options/populateWhere"],
    [{ populateFilter: {} }, "/options/populateFilter"],
    [{ having: { name: "x" } }, "/options/having"],
    [{ groupBy: "name" }, "/options/groupBy"],
    [{ ctx: {} }, "/options/ctx"],
    [{ em: {} }, "/options/em"],
    [{ comments: "*/ drop table customers; /*" }, "/options/comments"],
    [{ indexHint: "x" }, "/options/indexHint"],
    [{ unionWhere: [{}] }, "/options/unionWhere"],
    [{ fields: ["tenant"] }, "/options/fields"],
    [{ lockMode: 4 }, "/options/lockMode"],
    [{ connectionType: "write" }, "/options/connectionType"],
    [{ orderBy: { tenant: "asc" } }, "/options/orderBy/tenant"],
    [{ orderBy: { name: "asc; drop table customers" } }, "/options/orderBy/name"],
    [{ orderBy: { [raw("random()").toString()]: "asc" } }, undefined],
    [{ orderBy: { properties: "asc" } }, "/options/orderBy/properties"],
    [{ orderBy: { parentRecord: { name: "asc" } } }, "/options/orderBy/parentRecord"],
    [{ populate: ["*"] }, "/options/populate/0"],
    [{ populate: ["parentRecord:ref"] }, "/options/populate/0"],
    [{ populate: true }, "/options/populate"],
    [
      { populate: ["parentRecord.parentRecord.parentRecord.parentRecord.parentRecord"] },
      "/options/populate/0",
    ],
    [{ limit: Infinity }, "/options/limit"],
    [{ offset: -1 }, "/options/offset"],
    [{ deleted: "yes" }, "/options/deleted"],
  ])("is refused the options %o", async (options, at) => {
    const { code, at: [first] = [] } = await refused(loose(reports).find("customer", {}, options));
    expect({ code, first }).toEqual({
      code: "INVALID",
      first: at ?? (expect.stringMatching(/^\/options\/orderBy/) as string),
    });
  });

  it("finds three functions and no way to MikroORM's manager, on reports or on rows", async () => {
    expect(Object.getOwnPropertyNames(reports).toSorted()).toEqual(["count", "find", "findOne"]);
    expect(Object.getOwnPropertySymbols(reports)).toEqual([]);
    expect(Object.isFrozen(reports)).toBe(true);
    for (const name of [
      "em",
      "fork",
      "execute",
      "createQueryBuilder",
      "getKysely",
      "getConnection",
      "persist",
      "flush",
      "nativeDelete",
    ])
      expect(reports).not.toHaveProperty(name);
    const rows = [
      ...(await reports.find("user", {}, { populate: ["customerRecord.parentRecord"] })),
      ...(await reports.find("changeLog", {}, { limit: 5 })),
    ];
    const { EntityManager } = await import("@mikro-orm/core");
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      expect(value).not.toBeInstanceOf(EntityManager);
      if (!Array.isArray(value)) expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      for (const key of Reflect.ownKeys(value)) {
        expect(typeof key).toBe("string");
        expect(String(key)).not.toMatch(/^__|^em$/);
        walk((value as Record<PropertyKey, unknown>)[key]);
      }
    };
    walk(rows);
    expect(rows.length).toBeGreaterThan(5);
  });

  it("gets the values that were checked, not those that a getter gives the second time", async () => {
    let read = 0;
    const where = {
      get name() {
        return read++ === 0 ? "Lyon" : raw("name");
      },
    };
    expect(names((await loose(reports).find("customer", where)) as { name: string }[])).toEqual(["Lyon"]);
  });
});

describe("types", () => {
  /** Checked by the compiler; never run. */
  const typed = async () => {
    const [user] = await reports.find(
      "user",
      { username: "grace" },
      { populate: ["customerRecord.parentRecord"] },
    );
    const name: string | null | undefined = user?.customerRecord?.parentRecord?.name;
    const [entry] = await reports.find("changeLog", { action: "merge" });
    const seq: number | undefined = entry?.seq;
    // @ts-expect-error There is no such type for reports.
    await reports.find("token", {});
    // @ts-expect-error A user has no such field.
    await reports.find("user", { usernme: "grace" });
    // @ts-expect-error A name is no number.
    await reports.count("user", { username: 1 });
    // @ts-expect-error The tenant is not the caller's to choose.
    await reports.count("user", { tenant: 2 });
    // @ts-expect-error Nor is there an operator of MikroORM's that the databases take differently.
    await reports.count("user", { username: { $like: "g%" } });
    // @ts-expect-error JSON is not searched.
    await reports.count("customer", { properties: { plan: "pro" } });
    // @ts-expect-error A customer's parent has no such field.
    await reports.count("customer", { parentRecord: { username: "grace" } });
    // @ts-expect-error A user has no parent.
    await reports.find("user", {}, { populate: ["parentRecord"] });
    // @ts-expect-error What was not loaded is not there.
    const missing: unknown = user?.customerRecord?.parentRecord?.parentRecord;
    // @ts-expect-error There is no such direction.
    await reports.find("user", {}, { orderBy: { username: "up" } });
    // @ts-expect-error Of one row there is no limit.
    await reports.findOne("user", {}, { limit: 2 });
    return [name, seq, missing];
  };
  it("name what can be asked", () => expect(typed).toBeTypeOf("function"));
});

describe("docs/reports.md", () => {
  it("has an example that runs", async () => {
    const page = readFileSync(new URL("../../../../docs/reports.md", import.meta.url), "utf8");
    const [, source = ""] = /^```ts\n(.*?)^```/ms.exec(page) ?? [];
    const body = source.replaceAll(/^import .*;$/gm, "");
    const { code } = await transform(`async () => {${body}}`, { loader: "ts" });
    const printed: unknown[][] = [];
    const given = {
      createApi: () => ({ ...api, close: async () => undefined }),
      process: { env: { ROSTER_TOKEN: adminToken } },
      console: { log: (...line: unknown[]) => printed.push(line) },
    };
    const program = runInThisContext(`({ ${Object.keys(given).join(", ")} }) => ${code}`) as (
      given: object,
    ) => () => Promise<void>;
    await program(given)();
    expect(printed).toEqual([["Lyon", "of", "Meridian Foods"], [1], ["user", 1]]);
  });
});
