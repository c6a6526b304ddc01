import { createClient, type RosterClient } from "@roster/client";
import type { Customer, CustomerFilter, CustomerListInput, JsonObject } from "@roster/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { faultCodes as codesByPlace, rpcOf } from "../rpc.ts";
import { useServer } from "../use-server.ts";

/** Filters, search, order and counts, through the typed client and REST. */

const { server } = useServer({}, { mayLogErrors: false });
let client: RosterClient;

const faultCodes = (error: Parameters<typeof codesByPlace>[0]): string[] =>
  Object.entries(codesByPlace(error)).map(([place, code]) => `${place} ${code}`);

/** A tenant of its own for a group of tests. */
async function tenant(): Promise<{ client: RosterClient; token: string }> {
  const made = await createClient({ url: server.url, token: server.token }).tenant.create.mutate({
    name: "Finding",
  });
  return { client: createClient({ url: server.url, token: made.token }), token: made.token };
}

let token: string;
const providedIds = async (input: CustomerListInput): Promise<(string | null)[]> => {
  const found: (string | null)[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: { items: Customer[]; nextCursor: string | null } = await client.customer.list.query({
      limit: 2,
      ...input,
      ...(cursor !== undefined && { cursor }),
    });
    found.push(...page.items.map(({ providedId }) => providedId));
    cursor = page.nextCursor;
  }
  return found;
};
const rest = async (path: string): Promise<{ status: number; json: JsonObject }> => {
  const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, json: (await answer.json()) as JsonObject };
};

beforeAll(async () => {
  ({ client, token } = await tenant());
  await Promise.all(["vip", "trial", "Zürich"].map((name) => client.groupTag.create.mutate({ name })));
  const people = [
    { providedId: "1", name: "Anna Ärmel", email: "Anna@x.example", phone: "+442079460182", job: "Engineer" },
    { providedId: "2", name: "annabel", emails: ["anna@x.example", "b@x.example"], addressCity: "Lyon" },
    { providedId: "3", firstName: "Joanna", lastName: "Smith", dateOfBirth: "1980-02-29", gender: "female" },
    { providedId: "4", name: "Bob", dateOfBirth: "1979-12-31", groupTags: ["vip"], addressCity: "LYON" },
    { providedId: "5", name: "Zoë", dateOfBirth: "1990-01-01", groupTags: ["trial", "vip"], userId: null },
    {
      providedId: "6",
      timestamp: new Date("2024-05-01T10:00:00Z"),
      groupTags: ["Zürich"],
      addressCountry: "FR",
    },
    { providedId: "7", name: "Anna", job: "chief engineer", addressStreet: "1 Main Street" },
  ] as const;
  for (const person of people)
    await client.customer.create.mutate({
      ...person,
      groupTags: [...("groupTags" in person ? person.groupTags : [])],
      emails: [...("emails" in person ? person.emails : [])],
    });
});

describe("a filter of customers", () => {
  it.each<[filter: CustomerFilter, found: string[]]>([
    [{ providedId: "4" }, ["4"]],
    [{ providedId: { in: ["7", "1", "9"] } }, ["1", "7"]],
    [{ providedId: { startsWith: "5" } }, ["5"]],
    [{ number: { gte: 3, lt: 5 } }, ["3", "4"]],
    [{ number: { gt: 5 } }, ["6", "7"]],
    [{ number: 2 }, ["2"]],
    [{ name: "ANNA" }, ["7"]],
    [{ name: { startsWith: "anna" } }, ["7", "1", "2"]],
    [{ name: "joanna smith" }, ["3"]],
    [{ name: null }, ["6"]],
    [{ lastName: { present: true } }, ["3"]],
    [{ email: "ANNA@X.EXAMPLE" }, ["1", "2"]],
    [{ email: { startsWith: "anna@" } }, ["1", "2"]],
    [{ emails: "anna@x.example" }, ["2"]],
    [{ emails: { contains: ["b@x.example", "anna@x.example"] } }, ["2"]],
    [{ email: null, addressCity: "lyon" }, ["4"]],
    [{ email: null }, ["3", "4", "5", "6", "7"]],
    [{ phone: "+44 20 7946 0182" }, ["1"]],
    [{ phone: { startsWith: "+4420" } }, ["1"]],
    [{ phone: { startsWith: "00 44 (0)20-79" } }, ["1"]],
    // A number of an earlier numbering plan may be stored.
    [{ phone: "+99912" }, []],
    [{ addressCity: "lyon" }, ["2", "4"]],
    [{ addressCountry: "France" }, ["6"]],
    [{ dateOfBirth: "1980-02-29" }, ["3"]],
    [{ dateOfBirth: { gte: "1980-02-29" } }, ["3", "5"]],
    [{ dateOfBirth: { gt: "1980-02-29" } }, ["5"]],
    [{ dateOfBirth: { lte: "1980-02-29", gt: "1979-12-31" } }, ["3"]],
    [{ dateOfBirth: { lt: "1980-01-01" } }, ["4"]],
    [{ dateOfBirth: { gte: "1990-01-01", lt: "1980-01-01" } }, []],
    [{ dateOfBirth: { present: true }, gender: "female" }, ["3"]],
    [{ dateOfBirth: { present: true }, gender: null }, ["4", "5"]],
    [{ timestamp: new Date("2024-05-01T10:00:00Z") }, ["6"]],
    [{ timestamp: { lt: "2024-05-01T12:00:00+02:00" } }, []],
    [{ groupTags: "vip" }, ["4", "5"]],
    [{ groupTag: "vip" }, ["4", "5"]],
    [{ groupTags: { contains: ["vip", "trial"] } }, ["5"]],
    [{ groupTags: { in: ["trial", "Zürich".normalize("NFD")] } }, ["5", "6"]],
    [{ groupTags: { present: true } }, ["4", "5", "6"]],
    [{ job: { in: ["engineer", "CHIEF ENGINEER"] } }, ["1", "7"]],
    [{ job: "engineer", addressCity: { present: false } }, ["1"]],
    [{ parent: null, version: 1, name: { startsWith: "z" } }, ["5"]],
    [{ createdAt: { gte: new Date(0) }, isDemo: true }, []],
    [{ deleted: true }, []],
    [{}, ["1", "2", "3", "4", "5", "6", "7"]],
  ])("%j finds %j, page by page, and counts them", async (filter, found) => {
    expect(await providedIds({ filter })).toEqual(found);
    expect(await client.customer.count.query({ filter })).toEqual({ count: found.length, exact: true });
  });

  it.each<[sort: NonNullable<CustomerListInput["sort"]>, up: string[], down: string[]]>([
    ["name", ["6", "7", "1", "2", "4", "3", "5"], ["5", "3", "4", "2", "1", "7", "6"]],
    ["dateOfBirth", ["4", "3", "5", "1", "2", "6", "7"], ["5", "3", "4", "7", "6", "2", "1"]],
    ["email", ["1", "2", "3", "4", "5", "6", "7"], ["1", "7", "6", "5", "4", "3", "2"]],
    ["job", ["7", "1", "2", "3", "4", "5", "6"], ["1", "7", "6", "5", "4", "3", "2"]],
    ["providedId", ["1", "2", "3", "4", "5", "6", "7"], ["7", "6", "5", "4", "3", "2", "1"]],
    ["number", ["1", "2", "3", "4", "5", "6", "7"], ["7", "6", "5", "4", "3", "2", "1"]],
    ["createdAt", ["1", "2", "3", "4", "5", "6", "7"], ["7", "6", "5", "4", "3", "2", "1"]],
    ["updatedAt", ["1", "2", "3", "4", "5", "6", "7"], ["7", "6", "5", "4", "3", "2", "1"]],
  ])("sorts by %s, records without a value last", async (sort, up, down) => {
    expect(await providedIds({ sort })).toEqual(up);
    expect(await providedIds({ sort, order: "desc" })).toEqual(down);
    const filter = { number: { gte: 1 } };
    expect(await providedIds({ sort, filter })).toEqual(up);
    expect(await providedIds({ sort, order: "desc", filter })).toEqual(down);
  });

  it("finds and sorts texts of the last code points like others", async () => {
    const own = (await tenant()).client;
    const [last, within] = ["\u{10FFFF}", "a\u{10FFFF}z"];
    for (const job of [last, "\uFFFF", within, "ab", ""])
      await own.customer.create.mutate({ name: job, job });
    const numbers = async (input: CustomerListInput) =>
      (await own.customer.list.query(input)).items.map(({ number }) => number);
    for (const sort of ["name", "job"] as const)
      expect(await numbers({ sort, filter: { deleted: false } })).toEqual([5, 4, 3, 2, 1]);
    expect(await numbers({ filter: { job: { present: true }, name: { present: true } } })).toEqual([
      4, 3, 2, 1,
    ]);
    expect(await numbers({ filter: { job: { startsWith: "a" } } })).toEqual([4, 3]);
    for (const job of [last, within]) expect(await numbers({ filter: { job } })).toHaveLength(1);
  });

  it("gives the number of matches on a page, if requested", async () => {
    const page = await client.customer.list.query({ filter: { groupTags: "vip" }, limit: 1, count: true });
    expect([page.items.length, page.total]).toEqual([1, { count: 2, exact: true }]);
    expect(await client.customer.list.query({ limit: 1 })).not.toHaveProperty("total");
  });

  it.each([
    [{ gender: "female" }, ["/filter/gender no_index"], /name, firstName/],
    [{ job: null }, ["/filter/job no_index"], /without a value/],
    [{ properties: { plan: "pro" } }, ["/filter/properties/plan no_index"], /x-roster-index/],
    [{ providedId: "1", deleted: "any" }, ["/filter/providedId no_index"], /live records/],
    [{ isDemo: true, version: 3 }, ["/filter/isDemo no_index", "/filter/version no_index"], /has no index/],
  ])("%j is refused, with what would serve it", async (filter, faults, message) => {
    const { error } = await rpcOf(server.url, token)("customer.list", { filter });
    expect([error.code, faultCodes(error)]).toEqual(["INVALID", faults]);
    expect(error.message).toMatch(message);
    const counted = await rpcOf(server.url, token)("customer.count", { filter });
    expect(faultCodes(counted.error)).toEqual(faults);
  });

  it.each([
    [{ name: { contains: "x" } }, "/filter/name/contains unknown_field"],
    [{ dateOfBirth: { gte: "1980-13-01" } }, "/filter/dateOfBirth/gte invalid_format"],
    [{ number: { in: [] } }, "/filter/number/in invalid_type"],
    [{ number: { in: [1, "2"] } }, "/filter/number/in/1 invalid_type"],
    [{ number: null }, "/filter/number not_nullable"],
    [{ groupTags: { present: 1 } }, "/filter/groupTags/present invalid_type"],
    [{ gender: "f" }, "/filter/gender invalid_choice"],
    [{ naem: "x" }, "/filter/naem unknown_field"],
    [{ token: { startWith: "x" } }, "/filter/token/startWith unknown_field"],
    [{ properties: { plan: [] } }, "/filter/properties/plan invalid_type"],
    [{ properties: { "/~": 1 } }, "/filter/properties/~1~0 invalid_format"],
    [{ properties: { plan: { gte: true } } }, "/filter/properties/plan/gte invalid_type"],
  ])("%j is refused at its place", async (filter, fault) => {
    const { error } = await rpcOf(server.url, token)("customer.list", { filter });
    expect(faultCodes(error)).toEqual([fault]);
  });
});

describe("a search", () => {
  it.each<[letters: string, found: string[]]>([
    ["anna", ["1", "2", "7", "3"]],
    ["ARMEL anna", ["1"]],
    ["arm", ["1"]],
    ["rmel", ["1"]],
    ["zoe", ["5"]],
    ["z", ["5", "6"]],
    ["zu", ["6"]],
    ["0182", ["1"]],
    ["020 7946 0182", ["1"]],
    ["+44 (20) 7946", ["1"]],
    ["lyon bel", ["2"]],
    ["engineer", ["1", "7"]],
    ["main street 1", ["7"]],
    ["x.example", ["1", "2"]],
    ["nobody", []],
  ])("for %j finds %j, the best matches first", async (search, found) => {
    expect(await providedIds({ search })).toEqual(found);
    expect(await client.customer.count.query({ search })).toEqual({ count: found.length, exact: true });
  });

  it("can be sorted and filtered", async () => {
    expect(await providedIds({ search: "anna", sort: "name" })).toEqual(["7", "1", "2", "3"]);
    expect(await providedIds({ search: "anna", sort: "name", order: "desc" })).toEqual(["3", "2", "1", "7"]);
    expect(await providedIds({ search: "anna", filter: { job: "engineer" } })).toEqual(["1"]);
    expect(await providedIds({ search: "anna", filter: { gender: "female" } })).toEqual(["3"]);
  });

  it("finds all records that one request has changed, by letters that their old and new words share", async () => {
    const own = (await tenant()).client;
    const search = async (letters: string) => {
      const { items } = await own.customer.list.query({ search: letters });
      return items.map(({ number }) => number);
    };
    const items = [1, 2, 3, 4].map((i) => ({ providedId: `p${i}`, job: `shared${i}` }));
    await own.customer.createMany.mutate({ items });
    // Those of earlier rounds have the letters already.
    for (const round of [1, 2, 3]) {
      const patch = { job: `shared again ${round}` };
      const { items: some } = await own.customer.list.query({ limit: 1 + round });
      await own.customer.updateMany.mutate({ items: some.map(({ id }) => ({ where: { id }, patch })) });
      expect(await search("hared")).toEqual([1, 2, 3, 4]);
      expect(await search("gain")).toEqual([1, 2, 3, 4].slice(0, 1 + round));
    }
  });

  it("needs a letter or a digit", async () => {
    const { error } = await rpcOf(server.url, token)("customer.list", { search: "+-" });
    expect(faultCodes(error)).toEqual(["/search invalid_format"]);
  });
});

describe("a condition that no record can meet", () => {
  it("is refused, with all others", async () => {
    const { error } = await rpcOf(server.url, token)("customer.list", {
      filter: {
        phone: { in: ["+442079460182", "12"] },
        addressCountry: "Wakanda",
        email: { startsWith: "ada news" },
      },
    });
    expect(faultCodes(error)).toEqual(["/filter/email/startsWith invalid_format"]);
    const { error: next } = await rpcOf(server.url, token)("customer.list", {
      filter: { phone: { in: ["+442079460182", "12"] }, addressCountry: "Wakanda", gender: "male" },
    });
    expect(faultCodes(next)).toEqual([
      "/filter/phone invalid_format",
      "/filter/addressCountry invalid_format",
    ]);
  });

  it.each([
    { phone: { startsWith: "020 7946" } },
    { phone: { startsWith: "+44x" } },
    { email: { startsWith: "ada@mün" } },
  ])("is the start of a value that is stored in another form: %j", async (filter) => {
    const { error } = await rpcOf(server.url, token)("customer.count", { filter });
    expect(error?.["code"]).toBe("INVALID");
  });

  it.each(["phone=+442079460182", "phone.startsWith=+44", "email.startsWith=ada+news"])(
    "is told from a plus that a query makes a space: %s",
    async (query) => {
      const { json } = await rest(`/api/customers?${query}`);
      expect(json["detail"]).toContain("%2B");
    },
  );
});

describe("on REST", () => {
  const ids = ({ json }: { json: JsonObject }) =>
    (json["items"] as JsonObject[]).map(({ providedId }) => providedId);

  it.each([
    ["addressCity=lyon", ["2", "4"]],
    ["dateOfBirth.gte=1980-01-01&dateOfBirth.lt=1990-01-01", ["3"]],
    ["groupTags=vip&groupTags.contains=trial,vip", ["5"]],
    ["groupTags.in=trial,vip", ["4", "5"]],
    ["number.in=1,2", ["1", "2"]],
    ["phone.present=true", ["1"]],
    ["name.startsWith=ann&sort=number&order=desc", ["7", "2", "1"]],
    ["search=anna", ["1", "2", "7", "3"]],
  ])("%s finds %j", async (query, found) => {
    expect(ids(await rest(`/api/customers?${query}`))).toEqual(found);
    const counted = query.replace(/&sort=.*/, "");
    expect((await rest(`/api/counts/customers?${counted}`)).json).toEqual({
      count: found.length,
      exact: true,
    });
  });

  it("names the parameter that is wrong or has no index", async () => {
    const answer = await rest(
      "/api/customers?dateOfBirth.gte=x&number.in=1,b&phone.present=maybe&name.startsWith=&properties={",
    );
    const faults = (answer.json["errors"] as JsonObject[]).map(
      ({ parameter, code }) => `${parameter as string} ${code as string}`,
    );
    expect(faults.toSorted()).toEqual([
      "dateOfBirth.gte invalid_format",
      "name.startsWith too_short",
      "number.in invalid_type",
      "phone.present invalid_type",
      "properties invalid_format",
    ]);
    expect((await rest("/api/customers?gender=male")).json["errors"]).toMatchObject([
      { parameter: "gender", code: "no_index" },
    ]);
  });
});

describe("an indexed property", () => {
  const schema = (indexed: boolean) => ({
    properties: {
      plan: { type: "string", "x-roster-index": indexed },
      seats: { type: "number", "x-roster-index": indexed },
      address: { properties: { city: { "x-roster-index": indexed } } },
      labels: { type: "array", "x-roster-index": indexed },
    },
  });
  const ready = async (own: RosterClient): Promise<void> => {
    while ((await own.customer.indexes.query()).some(({ state }) => state !== "ready"));
  };

  it("is found once its index is built, and updates go on meanwhile", async () => {
    const { client: own } = await tenant();
    const find = async (properties: CustomerFilter["properties"]) =>
      (await own.customer.list.query({ filter: { properties } })).items.map(({ providedId }) => providedId);
    const made = [
      { plan: "pro", seats: 5, address: { city: "Lyon" }, labels: ["a", "b"] },
      { plan: "free", seats: -1.5, labels: [] },
      { plan: "Pro", seats: 10 },
      {},
    ];
    for (const [i, properties] of made.entries())
      await own.customer.create.mutate({ providedId: String(i), properties });
    await own.tenant.setPropertiesSchema.mutate({ schema: schema(true) });
    await own.customer.update.mutate({
      where: { providedId: "3" },
      patch: { properties: { plan: "late", seats: 7 } },
    });
    await ready(own);
    expect(await own.customer.indexes.query()).toEqual(
      ["/address/city", "/labels", "/plan", "/seats"].map((name) => ({
        name: `properties${name}`,
        state: "ready",
      })),
    );
    expect(await find({ plan: "pro" })).toEqual(["0"]);
    expect(await find({ plan: { startsWith: "l" } })).toEqual(["3"]);
    expect(await find({ plan: { in: ["free", "Pro"] } })).toEqual(["1", "2"]);
    expect(await find({ seats: { gte: 5 } })).toEqual(["0", "2", "3"]);
    expect(await find({ seats: { lt: 0 } })).toEqual(["1"]);
    expect(await find({ "address.city": "Lyon" })).toEqual(["0"]);
    expect(await find({ "/address/city": null })).toEqual(["1", "2", "3"]);
    expect(await find({ labels: "b" })).toEqual(["0"]);
    await own.customer.update.mutate({
      where: { providedId: "0" },
      patch: { properties: { plan: "max", address: null } },
    });
    expect(await find({ plan: "pro" })).toEqual([]);
    expect(await find({ plan: "max", "address.city": null })).toEqual(["0"]);
    await own.tenant.setPropertiesSchema.mutate({ schema: schema(false) });
    await ready(own);
    await expect(find({ plan: "max" })).rejects.toThrow("x-roster-index");
    await own.customer.update.mutate({
      where: { providedId: "0" },
      patch: { properties: { plan: "other" } },
    });
    await own.tenant.setPropertiesSchema.mutate({ schema: schema(true) });
    await ready(own);
    expect(await find({ plan: { present: true } })).toEqual(["0", "1", "2", "3"]);
    expect(await find({ plan: "max" })).toEqual([]);
  });

  it("gives an order: truth values, numbers, texts, and last the customers without one", async () => {
    const { client: own, token: ownToken } = await tenant();
    const list = rpcOf(server.url, ownToken);
    const sorted = async (input: CustomerListInput) => {
      const found: (string | null)[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page: { items: Customer[]; nextCursor: string | null } = await own.customer.list.query({
          limit: 2,
          ...input,
          ...(cursor !== undefined && { cursor }),
        });
        found.push(...page.items.map(({ providedId }) => providedId));
        cursor = page.nextCursor;
      }
      return found.join("");
    };
    const values = { a: "pro", b: 10, c: ["Max", "alpha", 3], d: -2, e: true, f: null, g: "Max", h: [] };
    for (const [providedId, rank] of Object.entries(values))
      await own.customer.create.mutate({ providedId, properties: { rank } });
    const by = { sort: "properties.rank" } as const;
    expect(faultCodes((await list("customer.list", by)).error)).toEqual(["/sort no_index"]);
    await own.tenant.setPropertiesSchema.mutate({
      schema: { properties: { rank: { "x-roster-index": true } } },
    });
    await ready(own);
    const all = { number: { gte: 1 } };
    for (const filter of [{}, all]) {
      expect(await sorted({ ...by, filter })).toBe("edbcgafh");
      expect(await sorted({ ...by, filter, order: "desc" })).toBe("agcbdehf");
    }
    expect(await sorted({ sort: "/properties/rank", filter: { properties: { rank: { gte: "N" } } } })).toBe(
      "ca",
    );
    expect(await sorted({ ...by, filter: { properties: { rank: { startsWith: "a" } } } })).toBe("c");
    expect(await sorted({ ...by, filter: { properties: { rank: null } }, order: "desc" })).toBe("hf");
    const answer = await fetch(`${server.url}/api/customers?sort=properties.rank&limit=2`, {
      headers: { authorization: `Bearer ${ownToken}` },
    });
    expect(((await answer.json()) as JsonObject)["items"]).toMatchObject([
      { providedId: "e" },
      { providedId: "d" },
    ]);
    for (const sort of ["properties", "properties.", "propertes.rank"])
      expect(faultCodes((await list("customer.list", { sort })).error)).toEqual(["/sort invalid_choice"]);
  });

  it.each([
    [
      { properties: { plan: { "x-roster-index": 1 } } },
      "/schema/properties/plan/x-roster-index invalid_type",
    ],
    [
      { properties: { plan: { "x-roster-idx": true } } },
      "/schema/properties/plan/x-roster-idx unknown_field",
    ],
    [{ items: { "x-roster-index": true } }, "/schema/items/x-roster-index schema"],
  ])("cannot be marked by %j", async (wrong, fault) => {
    const { error } = await rpcOf(server.url, token)("tenant.setPropertiesSchema", { schema: wrong });
    expect(faultCodes(error)).toEqual([fault]);
  });
});

describe("users", () => {
  it("are found, sorted and counted", async () => {
    const { client: own } = await tenant();
    const { id } = await own.customer.create.mutate({ name: "x" });
    await own.user.create.mutate({ username: "grace", firstName: "Grace", lastName: "Hopper", customer: id });
    await own.user.create.mutate({ username: "ada", birthday: "1815-12-10", title: "Countess" });
    const names = async (input: Parameters<typeof own.user.list.query>[0]) =>
      (await own.user.list.query(input)).items.map(({ username }) => username);
    expect(await names({ filter: { customer: id } })).toEqual(["grace"]);
    expect(await names({ filter: { customer: null } })).toEqual(["ada"]);
    expect(await names({ filter: { username: "ada" } })).toEqual(["ada"]);
    expect(await names({ filter: { birthday: { lt: "1900-01-01" } } })).toEqual(["ada"]);
    expect(await names({ filter: { name: { startsWith: "grace h" } } })).toEqual(["grace"]);
    expect(await names({ sort: "username" })).toEqual(["ada", "grace"]);
    expect(await names({ sort: "name", order: "desc" })).toEqual(["grace", "ada"]);
    expect(await names({ search: "count" })).toEqual(["ada"]);
    expect(await own.user.count.query({ search: "grace" })).toEqual({ count: 1, exact: true });
  });
});

describe("pages of a list", () => {
  it.each<[name: string, input: CustomerListInput]>([
    ["in an order", { sort: "job" }],
    ["backwards", { sort: "job", order: "desc" }],
    ["of a filter", { filter: { addressCity: "Lyon" }, sort: "lastName" }],
    ["of a search", { search: "lyon" }],
  ])("%s skip and repeat no record that did not change, while others come, go and move", async (_, input) => {
    const { client: own } = await tenant();
    const fields = (i: number) => ({ job: `job ${i % 5}`, lastName: `name ${i % 7}`, addressCity: "Lyon" });
    const still: string[] = [];
    const moving: string[] = [];
    for (let i = 0; i < 24; i++)
      (i % 2 ? moving : still).push((await own.customer.create.mutate(fields(i))).id);
    const seen: string[] = [];
    let round = 0;
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: { items: Customer[]; nextCursor: string | null } = await own.customer.list.query({
        ...input,
        limit: 3,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      round++;
      const id = moving[(round * 7) % moving.length] ?? "";
      const other = moving[(round * 7 + 3) % moving.length] ?? "";
      const patch = {
        job: `job ${round % 11}`,
        lastName: `x ${round}`,
        addressCity: round % 2 ? "Lyon" : "Graz",
      };
      // It may be deleted already.
      await own.customer.update.mutate({ where: { id }, patch }).catch(() => undefined);
      if (round % 3 === 0) await own.customer.create.mutate(fields(round));
      if (round % 4 === 0) await own.customer.delete.mutate({ where: { id: other } }).catch(() => undefined);
    }
    const unchanged = seen.filter((id) => still.includes(id));
    expect(unchanged.toSorted()).toEqual(still.toSorted());
  });
});

it("misspelt fields, wrong values and unknown orders are compile errors", () => {
  const inputs: CustomerListInput[] = [
    { filter: { name: { startsWith: "a" }, dateOfBirth: { gte: "1980-01-01" }, gender: "male" } },
    // @ts-expect-error misspelt
    { filter: { nmae: "x" } },
    // @ts-expect-error not one of the choices
    { filter: { gender: "man" } },
    // @ts-expect-error a text has no range
    { filter: { name: { gte: "a" } } },
    // @ts-expect-error always has a value
    { filter: { number: null } },
    // @ts-expect-error has no index
    { sort: "gender" },
    { sort: "properties.plan" },
  ];
  expect(inputs).toHaveLength(7);
});
