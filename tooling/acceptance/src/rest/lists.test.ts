import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { customer, fresh, nouns, user, useRest, type Noun } from "./rest.ts";

/** Lists over the canonical REST API, with the filters of the typed calls as query parameters. */

const world = useRest();
const list = ({ path }: Noun, query: Record<string, string> = {}) =>
  world.rest("GET", `${path}?${new URLSearchParams(query).toString()}`);
const ids = (answer: { json: JsonObject }): unknown[] =>
  (answer.json["items"] as JsonObject[]).map(({ id }) => id);

async function all(noun: Noun, query: Record<string, string>): Promise<unknown[]> {
  const found: unknown[] = [];
  let cursor: Record<string, string> = {};
  for (;;) {
    const page = await list(noun, { ...query, ...cursor });
    expect([page.status, page.text]).toEqual([200, expect.anything()]);
    found.push(...ids(page));
    if (page.json["nextCursor"] === null) return found;
    cursor = { cursor: page.json["nextCursor"] as string };
  }
}

describe.each(nouns)("a list of $name records", (noun) => {
  it("continues by cursor, in both orders, to the end", async () => {
    const email = `${fresh()}@example.com`;
    const made: unknown[] = [];
    for (let i = 0; i < 5; i++) made.push((await world.create(noun, { email }))["id"]);
    expect(await all(noun, { email, limit: "2" })).toEqual(made);
    expect(await all(noun, { email, limit: "2", order: "desc" })).toEqual(made.toReversed());
    expect(await all(noun, { email, limit: "200", sort: "updatedAt" })).toEqual(made);
  });

  it("is filtered by an email in any case, even with a plus", async () => {
    const address = `${fresh()}+list@example.com`;
    const { id } = await world.create(noun, { email: address });
    expect(ids(await list(noun, { email: address.toUpperCase() }))).toEqual([id]);
  });

  it("shows live records, deleted ones or both", async () => {
    const email = `${fresh()}@example.com`;
    const [live, gone] = [await world.create(noun, { email }), await world.create(noun, { email })];
    await world.rest("DELETE", `${noun.path}/${gone["id"] as string}`);
    expect(ids(await list(noun, { email }))).toEqual([live["id"]]);
    expect(ids(await list(noun, { email, deleted: "false" }))).toEqual([live["id"]]);
    expect(ids(await list(noun, { email, deleted: "true" }))).toEqual([gone["id"]]);
    expect(ids(await list(noun, { email, deleted: "any" }))).toEqual([live["id"], gone["id"]]);
  });

  it("finds records changed since an instant, in any time zone", async () => {
    const record = await world.create(noun);
    const since = new Date(Date.parse(record["updatedAt"] as string));
    const zoned = new Date(since.getTime() + 2 * 3_600_000).toISOString().replace("Z", "+02:00");
    for (const changedSince of [since.toISOString(), zoned]) {
      expect(await all(noun, { changedSince })).toContain(record["id"]);
    }
    expect(await all(noun, { changedSince: new Date(since.getTime() + 60_000).toISOString() })).toEqual([]);
  });

  it("names every wrong parameter and its fault", async () => {
    const query =
      "limit=0&order=up&sort=age&deleted=maybe&email=&changedSince=today&colour=red&filter=x&limit=3";
    const answer = await world.rest("GET", `${noun.path}?${query}`);
    expect(answer.status).toBe(422);
    const faults = answer.json["errors"] as JsonObject[];
    expect(
      faults.map(({ parameter, code }) => `${parameter as string} ${code as string}`).toSorted(),
    ).toEqual([
      "changedSince invalid_format",
      "colour unknown_field",
      "deleted invalid_choice",
      "email too_short",
      "filter unknown_field",
      "limit ambiguous",
      "limit out_of_range",
      "order invalid_choice",
      "sort invalid_choice",
    ]);
    for (const fault of faults) expect(fault).not.toHaveProperty("pointer");
  });

  it.each([
    ["limit", "five", "invalid_type"],
    ["limit", "", "invalid_type"],
    ["limit", "1.5", "invalid_type"],
    ["limit", "201", "out_of_range"],
    ["limit", "99999999999999999999", "invalid_type"],
    ["limit", "-1", "out_of_range"],
    ["cursor", "x", "invalid_format"],
    ["email", "%00", "invalid_format"],
    ["deleted", "TRUE", "invalid_choice"],
    ["__proto__", "x", "unknown_field"],
    ["constructor", "x", "unknown_field"],
  ])("refuses %s=%s", async (name, value, code) => {
    const answer = await world.rest("GET", `${noun.path}?${name}=${value}`);
    expect(answer.status).toBe(422);
    expect(answer.json["errors"]).toMatchObject([{ parameter: name, code }]);
  });

  it("refuses a cursor of another list", async () => {
    await world.create(noun);
    await world.create(noun);
    const { json } = await list(noun, { limit: "1" });
    const answer = await list(noun, { limit: "1", order: "desc", cursor: json["nextCursor"] as string });
    expect(answer.status).toBe(422);
    expect(answer.json["errors"]).toMatchObject([{ parameter: "cursor", code: "invalid_format" }]);
  });

  it.each(["?limit=%", "?%ff=1", "?email=%c3%28"])("cannot read %s", async (query) => {
    expect((await world.rest("GET", noun.path + query)).json).toMatchObject({
      status: 400,
      code: "MALFORMED",
    });
  });
});

describe("a list of customers", () => {
  it.each([
    ["groupTag", "engineers", { groupTags: ["engineers"] }],
    ["hierarchyLevel", "Level 2", { hierarchyLevel: "Level 2" }],
    ["stripeCustomerId", "cus_1", { stripeCustomerId: "cus_1" }],
    ["ssoId", "sso=&1", { ssoId: "sso=&1" }],
    ["uuid", "ü", { uuid: "ü" }],
  ])("is filtered by %s", async (name, value, fields) => {
    const { id } = await world.create(customer, fields);
    await world.create(customer);
    expect(ids(await list(customer, { [name]: value }))).toEqual([id]);
  });

  it("can be filtered by parent and by the start of the name, which also sorts it", async () => {
    const parent = world.tops[0]?.id as string;
    for (const name of ["Zoë One", "zoë two", "Other"]) {
      await world.create(customer, { parent, hierarchyLevel: "Level 1", name });
    }
    const { json } = await list(customer, { parent, namePrefix: "ZOË", order: "desc" });
    expect((json["items"] as JsonObject[]).map(({ name }) => name)).toEqual(["zoë two", "Zoë One"]);
    const answer = await list(customer, { namePrefix: "z", sort: "createdAt" });
    expect(answer.json["errors"]).toMatchObject([{ parameter: "sort" }]);
  });

  it("shows inherited values", async () => {
    const top = await world.create(customer, { hierarchyLevel: "Level 0", properties: { region: "eu" } });
    await world.create(customer, { hierarchyLevel: "Level 1", parent: top["id"] });
    const { json } = await list(customer, { parent: top["id"] as string });
    expect(json["items"]).toMatchObject([{ computedProperties: { region: "eu" } }]);
  });
});

describe("a list of users", () => {
  it("is filtered by their customer, and by no filter of customers", async () => {
    const { id } = await world.create(user, { customer: world.example.id });
    expect(ids(await list(user, { customer: world.example.id }))).toEqual([id]);
    expect((await list(user, { groupTag: "sales" })).json["errors"]).toMatchObject([
      { parameter: "groupTag", code: "unknown_field" },
    ]);
  });
});
