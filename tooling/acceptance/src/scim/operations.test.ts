import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { core, enterprise, fresh, messages, patchOf, resources, sorted, upper, useScim } from "./scim.ts";

/** The operations of RFC 7644 and the attributes of RFC 7643, one after another. */

const world = useScim();
const scim: typeof world.scim = (...given) => world.scim(...given);
const list: typeof world.list = (...given) => world.list(...given);

const makeUser = async (more: object = {}): Promise<JsonObject> => {
  const answer = await scim("POST", "/Users", { schemas: [`${core}:User`], userName: fresh(), ...more });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
};
const makeGroup = async (members: JsonObject[] = [], more: object = {}): Promise<JsonObject> =>
  (
    await scim("POST", "/Groups", {
      displayName: fresh(),
      members: members.map(({ id }) => ({ value: id })),
      ...more,
    })
  ).body;
const at = (path: string, { id }: JsonObject): string => `${path}/${id as string}`;
const error = (status: number, scimType?: string) => ({
  status,
  body: {
    schemas: [`${messages}:Error`],
    status: String(status),
    ...(scimType && { scimType }),
    detail: expect.stringMatching(/\w/) as string,
  },
});
const idsOf = (answer: Awaited<ReturnType<typeof list>>) => resources(answer).map(({ id }) => id);
const memberIds = (group: JsonObject) => ((group["members"] ?? []) as JsonObject[]).map(({ value }) => value);

describe("a new user", () => {
  const sent = {
    schemas: [`${core}:User`, enterprise],
    externalId: "00u1",
    active: true,
    displayName: "Ann Lee",
    name: { givenName: "Ann", familyName: "Lee", formatted: "Ms. Ann Lee", honorificPrefix: "Ms." },
    nickName: "Annie",
    profileUrl: "https://example.com/ann",
    title: "Guide",
    userType: "Employee",
    preferredLanguage: "de-CH",
    locale: "en-US",
    timezone: "Europe/Zurich",
    emails: [
      { value: "Ann@Example.com", type: "work", primary: true },
      { value: "not an address", type: "other" },
    ],
    phoneNumbers: [
      { value: "555-0100 x7", type: "work" },
      { value: "tel:+1-201-555-0123", type: "mobile" },
    ],
    ims: [{ value: "ann", type: "xmpp" }],
    photos: [{ value: "https://example.com/ann.png", type: "photo" }],
    addresses: [{ streetAddress: "1 Main St", locality: "Bern", type: "work", primary: true }],
    entitlements: [{ value: "tours" }],
    roles: [{ value: "guide", primary: true }],
    x509Certificates: [{ value: "MIID" }],
    [enterprise]: {
      employeeNumber: "7",
      costCenter: "c1",
      organization: "Tours Inc.",
      division: "North",
      department: "Tours",
      manager: { value: "0197", displayName: "Bo" },
    },
    "urn:example:Own": { tag: ["x", { y: null }], Number: 1.5 },
  };

  it("comes back as it was sent, with what the server adds", async () => {
    const userName = `ünï ${fresh()}`;
    const answer = await scim("POST", "/Users", {
      ...sent,
      userName,
      id: "mine",
      meta: { version: "mine" },
      groups: [{ value: "mine" }],
      password: "secret",
      shoeSize: 9,
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("application/scim+json");
    const { id, meta, schemas, ...rest } = answer.body as { id: string; meta: JsonObject; schemas: string[] };
    expect(rest).toEqual({ ...sent, userName, schemas: undefined });
    expect(schemas).toEqual([`${core}:User`, enterprise, "urn:example:Own"]);
    expect(meta).toEqual({
      resourceType: "User",
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      lastModified: meta["created"],
      location: `${world.server.url}/scim/v2/Users/${id}`,
      version: 'W/"1"',
    });
    expect([answer.headers.get("location"), answer.headers.get("etag")]).toEqual([meta["location"], 'W/"1"']);
    expect((await scim("GET", `/Users/${id}`)).body).toEqual(answer.body);
    const { data } = await world.rpc("user.get", { where: { id } });
    expect(data).toMatchObject({
      username: userName,
      externalId: "00u1",
      displayName: "Ann Lee",
      firstName: "Ann",
      lastName: "Lee",
      nickName: "Annie",
      title: "Guide",
      userType: "Employee",
      locale: "en-US",
      timezone: "Europe/Zurich",
      organization: "Tours Inc.",
      email: "Ann@Example.com",
      active: true,
      phone: null,
      phoneAsWritten: "555-0100 x7",
    });
    expect(JSON.stringify(data)).not.toContain("secret");
    const { data: history } = await world.rpc("user.history", { where: { id } });
    expect(history["items"]).toMatchObject([{ version: 1, source: "scim" }]);
  });

  it.each([
    ["ACTIVE", "True", { active: true }],
    ["active", "False", { active: false }],
    [
      "Emails",
      [{ VALUE: "a@b.example", Primary: "true" }],
      { emails: [{ value: "a@b.example", primary: true }] },
    ],
    ["emails", { value: "a@b.example" }, { emails: [{ value: "a@b.example" }] }],
    [
      enterprise,
      { Department: "D", manager: "m" },
      { [enterprise]: { department: "D", manager: { value: "m" } } },
    ],
    [enterprise.toUpperCase(), { department: "D" }, { [enterprise]: { department: "D" } }],
    [`${enterprise}:department`, "D", { [enterprise]: { department: "D" } }],
    [`${core}:User:title`, "T", { title: "T" }],
    ["title", null, {}],
    ["emails", [], {}],
    ["name", {}, {}],
  ])("is read in any case and shape: %s %j", async (name, value, shown) => {
    const user = await makeUser({ [name]: value });
    const { schemas: _, id: _id, meta: _meta, userName: _name, ...rest } = user;
    expect(rest).toEqual({ active: true, ...shown });
  });

  it.each<[string, unknown, string]>([
    ["without a username", { displayName: "x" }, "invalidValue"],
    ["with an empty username", { userName: "" }, "invalidValue"],
    ["with an attribute in two cases", { userName: "p", username: "q" }, "invalidValue"],
    ["with a part in two cases", { userName: "p", name: { givenName: "A", GivenName: "B" } }, "invalidValue"],
    ["with a number as username", { userName: 5 }, "invalidValue"],
    [
      "with two primary values",
      {
        userName: "p",
        emails: [
          { value: "a", primary: true },
          { value: "b", primary: true },
        ],
      },
      "invalidValue",
    ],
    ["with too long a name", { userName: "p", displayName: "x".repeat(300) }, "invalidValue"],
    ["with more than is kept", { userName: "p", "urn:x:y": { z: "x".repeat(70_000) } }, "invalidValue"],
    ["with active maybe", { userName: "p", active: "maybe" }, "invalidValue"],
    ["that is a list", [], "invalidSyntax"],
    ["that is no JSON", "{", "invalidSyntax"],
  ])("%s is refused", async (_, body, scimType) => {
    expect(await scim("POST", "/Users", body)).toMatchObject(error(400, scimType));
  });

  const manyFaults = {
    userName: 5,
    active: "maybe",
    name: { givenName: 1, familyName: false },
    emails: [{ value: "a" }, { value: 2 }],
    title: "t",
    TITLE: "T",
    displayName: "x".repeat(300),
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: [] },
  };
  const toldFaults = [
    "/userName: must be a text",
    "/active: must be true or false",
    "/name/givenName: must be a text",
    "/name/familyName: must be a text",
    "/emails/1/value: must be a text",
    "/title: is given more than once",
    "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department: must be a text",
    "/displayName: has 300 characters, more than 255",
  ];

  it("is refused with all its faults", async () => {
    const user = await makeUser();
    for (const [method, path] of [
      ["POST", "/Users"],
      ["PUT", at("/Users", user)],
    ] as const) {
      const { status, body } = await scim(method, path, manyFaults);
      expect({ status, detail: body["detail"] }).toEqual({ status: 400, detail: toldFaults.join("; ") });
    }
  });

  it("has a username that is free in any case", async () => {
    const { userName } = await makeUser();
    expect(await scim("POST", "/Users", { userName: upper(userName) })).toMatchObject(
      error(409, "uniqueness"),
    );
    const { body } = await scim("POST", "/Users", { userName });
    expect(body["detail"]).toBe(`/userName: ${JSON.stringify(userName)} is taken`);
    const other = await makeUser();
    for (const [method, body] of [
      ["PUT", { userName: upper(userName) }],
      ["PATCH", patchOf({ op: "replace", path: "userName", value: userName })],
    ] as const)
      expect(await scim(method, at("/Users", other), body)).toMatchObject(error(409, "uniqueness"));
    const renamed = await scim("PUT", at("/Users", other), {
      userName: upper(other["userName"]),
    });
    expect(renamed.status).toBe(200);
  });

  it("may have the externalId of others", async () => {
    const externalId = fresh();
    const made = [await makeUser({ externalId }), await makeUser({ externalId })];
    expect(idsOf(await list("/Users", `externalId eq "${externalId}"`))).toEqual(made.map(({ id }) => id));
    expect(idsOf(await list("/Users", `externalId eq "${externalId.toUpperCase()}"`))).toEqual([]);
  });
});

describe("a user that was sent by a provider and changed in Roster", () => {
  it("shows what Roster has, and the rest as it was sent", async () => {
    const user = await makeUser({
      emails: [
        { value: "a@x.example", type: "work", primary: true },
        { value: "b@x.example", type: "home" },
      ],
      phoneNumbers: [{ value: "+1 201 555 0123", type: "work" }],
    });
    const where = { id: user["id"] };
    await world.rpc("user.update", {
      where,
      patch: { email: "new@x.example", phone: "+41446681800", firstName: "Bo" },
    });
    const { body } = await scim("GET", at("/Users", user));
    expect(body).toMatchObject({
      name: { givenName: "Bo" },
      emails: [
        { value: "new@x.example", type: "work", primary: true },
        { value: "b@x.example", type: "home" },
      ],
      phoneNumbers: [{ value: "+41446681800", type: "work" }],
    });
    await world.rpc("user.update", { where, patch: { email: null, phone: null } });
    const cleared = (await scim("GET", at("/Users", user))).body;
    expect(cleared["emails"]).toEqual([{ value: "b@x.example", type: "home" }]);
    expect(cleared).not.toHaveProperty("phoneNumbers");
  });

  it("shows a user of Roster's own, with its id for a missing username", async () => {
    const { data } = await world.rpc("user.create", { email: "own@x.example", phone: "+41446681800" });
    const { body } = await scim("GET", `/Users/${data["id"] as string}`);
    expect(body).toMatchObject({
      userName: data["id"],
      emails: [{ value: "own@x.example", type: "work", primary: true }],
      phoneNumbers: [{ value: "+41446681800", type: "work", primary: true }],
    });
    expect(idsOf(await list("/Users", `userName eq "${data["id"] as string}"`))).toEqual([data["id"]]);
    const patched = await scim(
      "PATCH",
      at("/Users", body),
      patchOf({ op: "add", path: "title", value: "T" }),
    );
    expect(patched.body).toMatchObject({ userName: data["id"], title: "T" });
    expect((await world.rpc("user.get", { where: { id: data["id"] } })).data).toMatchObject({
      username: null,
    });
  });
});

describe("PUT", () => {
  it("clears what the body leaves out, except for Roster's own fields and the state", async () => {
    const user = await makeUser({
      displayName: "A",
      active: false,
      emails: [{ value: "a@x.example" }],
      phoneNumbers: [{ value: "+41446681800" }],
      [enterprise]: { department: "D" },
    });
    const group = await makeGroup([user]);
    await world.rpc("user.update", {
      where: { id: user["id"] },
      patch: { bio: "Roster's own", properties: { own: 1 } },
    });
    const { userName } = user;
    const answer = await scim("PUT", at("/Users", user), { userName, title: "T", groups: [] });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      schemas: [`${core}:User`],
      id: user["id"],
      userName,
      title: "T",
      active: false,
      groups: [expect.objectContaining({ value: group["id"] })],
      meta: expect.objectContaining({ version: 'W/"3"' }) as object,
    });
    expect((await world.rpc("user.get", { where: { id: user["id"] } })).data).toMatchObject({
      bio: "Roster's own",
      properties: { own: 1 },
      email: null,
      phone: null,
      phoneAsWritten: null,
    });
  });

  it("of all that was read changes nothing", async () => {
    const user = await makeUser({ emails: [{ value: "a@x.example" }], "urn:x:y": { z: [] } });
    const answer = await scim("PUT", at("/Users", user), user);
    expect(answer.body).toEqual(user);
  });

  it("refuses the same bodies as POST, and unknown ids", async () => {
    const user = await makeUser();
    expect(await scim("PUT", at("/Users", user), { title: "T" })).toMatchObject(error(400, "invalidValue"));
    expect(await scim("PUT", "/Users/nobody", { userName: "x" })).toMatchObject(error(404));
  });
});

describe("PATCH", () => {
  it("makes one version of all operations, or none", async () => {
    const user = await makeUser();
    const path = at("/Users", user);
    const done = await scim(
      "PATCH",
      path,
      patchOf(
        { op: "add", path: "title", value: "T" },
        { op: "replace", value: { displayName: "A", "name.familyName": "Li" } },
        { op: "Add", path: 'emails[type eq "work"].value', value: "a@x.example" },
      ),
    );
    expect(done.status).toBe(200);
    expect(done.body).toMatchObject({
      title: "T",
      displayName: "A",
      name: { familyName: "Li" },
      emails: [{ type: "work", value: "a@x.example" }],
      meta: { version: 'W/"2"' },
    });
    const refused = await scim(
      "PATCH",
      path,
      patchOf({ op: "add", path: "title", value: "U" }, { op: "replace", path: "id", value: "x" }),
    );
    expect(refused).toMatchObject(error(400, "mutability"));
    expect((await scim("GET", path)).body).toEqual(done.body);
    const { data } = await world.rpc("user.history", { where: { id: user["id"] } });
    expect(data["items"]).toMatchObject([{ version: 2, source: "scim" }, { version: 1 }]);
  });

  it("makes no version if nothing changes", async () => {
    const user = await makeUser({ emails: [{ value: "a@x.example", type: "work" }] });
    const answer = await scim(
      "PATCH",
      at("/Users", user),
      patchOf({ op: "add", path: "emails", value: [{ value: "a@x.example", type: "work" }] }),
    );
    expect(answer.body).toEqual(user);
  });

  it("answers 204 to a client that asks for no JSON, and 200 to one that asks for attributes", async () => {
    const user = await makeUser();
    const patch = patchOf({ op: "add", path: "title", value: "T" });
    const silent = await scim("PATCH", at("/Users", user), patch, { accept: "*/*" });
    expect([silent.status, silent.text, silent.headers.get("etag")]).toEqual([204, "", 'W/"2"']);
    const asked = await scim("PATCH", `${at("/Users", user)}?attributes=title`, patch, { accept: "*/*" });
    expect(asked).toMatchObject({ status: 200, body: { id: user["id"], title: "T" } });
  });

  it("keeps a disabled user in lists", async () => {
    const user = await makeUser();
    await scim("PATCH", at("/Users", user), patchOf({ op: "Replace", path: "active", value: "False" }));
    const found = await list("/Users", `userName eq "${user["userName"] as string}"`);
    expect(resources(found)).toMatchObject([{ id: user["id"], active: false }]);
  });
});

describe("DELETE", () => {
  it("takes a user out of everything, and Roster can restore it", async () => {
    const user = await makeUser();
    const group = await makeGroup([user]);
    const path = at("/Users", user);
    const gone = await scim("DELETE", path);
    expect([gone.status, gone.text]).toEqual([204, ""]);
    for (const [method, body] of [
      ["GET", undefined],
      ["PUT", { userName: "x" }],
      ["PATCH", patchOf({ op: "add", path: "title", value: "T" })],
      ["DELETE", undefined],
    ] as const)
      expect(await scim(method, path, body)).toMatchObject(error(404));
    expect(idsOf(await list("/Users", `userName eq "${user["userName"] as string}"`))).toEqual([]);
    expect(memberIds((await scim("GET", at("/Groups", group))).body)).toEqual([]);
    const again = await scim("POST", "/Users", { userName: user["userName"] });
    expect(again.status).toBe(201);
    await scim("DELETE", at("/Users", again.body));
    expect((await world.rpc("user.restore", { where: { id: user["id"] } })).status).toBe(200);
    expect((await scim("GET", path)).status).toBe(200);
    expect(memberIds((await scim("GET", at("/Groups", group))).body)).toEqual([user["id"]]);
  });
});

describe("lists", () => {
  it("have true totals, page by page, in one order", async () => {
    const prefix = fresh();
    const made: unknown[] = [];
    for (let i = 0; i < 7; i++) made.push((await makeUser({ displayName: `${prefix} ${9 - i}` }))["id"]);
    const filter = `displayName sw "${prefix}"`;
    const page = async (startIndex: number, count: number, more = {}) => {
      const answer = await list("/Users", filter, {
        startIndex: String(startIndex),
        count: String(count),
        ...more,
      });
      const { totalResults, itemsPerPage, startIndex: begins } = answer.body;
      expect([answer.status, answer.body["schemas"]]).toEqual([200, [`${messages}:ListResponse`]]);
      return [totalResults, begins, itemsPerPage, idsOf(answer)];
    };
    expect(await page(1, 3)).toEqual([7, 1, 3, made.slice(0, 3)]);
    expect(await page(4, 3)).toEqual([7, 4, 3, made.slice(3, 6)]);
    expect(await page(7, 3)).toEqual([7, 7, 1, made.slice(6)]);
    expect(await page(8, 3)).toEqual([7, 8, 0, []]);
    expect(await page(-5, 2)).toEqual([7, 1, 2, made.slice(0, 2)]);
    expect(await page(1, 0)).toEqual([7, 1, 0, []]);
    expect(await page(1, -1)).toEqual([7, 1, 0, []]);
    expect(await page(1, 3, { sortBy: "displayName" })).toEqual([7, 1, 3, made.toReversed().slice(0, 3)]);
    expect(await page(1, 3, { sortBy: "displayName", sortOrder: "descending" })).toEqual([
      7,
      1,
      3,
      made.slice(0, 3),
    ]);
    const all = await list("/Users", undefined, { count: "0" });
    expect(all.body["totalResults"]).toBeGreaterThanOrEqual(7);
    expect(resources(all)).toEqual([]);
    const last = await list("/Users", undefined, {
      startIndex: JSON.stringify(all.body["totalResults"]),
      count: "5",
    });
    expect(idsOf(last)).toEqual(made.slice(-1));
  });

  it("count what is there after every kind of change, and reach the last page", async () => {
    const total = async () =>
      (await list("/Users", undefined, { count: "0" })).body["totalResults"] as number;
    const before = await total();
    const [one, two] = [await makeUser(), await makeUser()];
    expect(await total()).toBe(before + 2);
    await scim("DELETE", at("/Users", one));
    expect(await total()).toBe(before + 1);
    await world.rpc("user.restore", { where: { id: one["id"] } });
    await world.rpc("user.update", { where: { id: one["id"] }, patch: { title: "T" } });
    expect(await total()).toBe(before + 2);
    const last = async (count: string) =>
      idsOf(await list("/Users", undefined, { startIndex: String(before + 1), count }));
    expect(await last("9")).toEqual([one["id"], two["id"]]);
    expect(await last("1")).toEqual([one["id"]]);
    await scim("DELETE", at("/Users", one));
    await world.rpc("user.erase", { where: { id: one["id"] } });
    await world.rpc("user.erase", { where: { id: two["id"] } });
    expect(await total()).toBe(before);
  });

  it("sort resources without a value last, and first in descending order", async () => {
    const externalId = fresh();
    const [none, b, a] = [
      await makeUser({ externalId }),
      await makeUser({ externalId, title: "b" }),
      await makeUser({ externalId, title: "A" }),
    ];
    const sorted = async (sortOrder: string) =>
      idsOf(await list("/Users", `externalId eq "${externalId}"`, { sortBy: "title", sortOrder }));
    expect(await sorted("ascending")).toEqual([a["id"], b["id"], none["id"]]);
    expect(await sorted("descending")).toEqual([none["id"], b["id"], a["id"]]);
  });

  it("find by every index, and by any other filter in a small tenant", async () => {
    const user = await makeUser({
      externalId: fresh(),
      displayName: fresh(),
      emails: [
        { value: `${fresh()}@x.example`, type: "work" },
        { value: `${fresh()} no address`, type: "home" },
      ],
      title: fresh(),
    });
    const group = await makeGroup([user]);
    const [work, home] = (user["emails"] as JsonObject[]).map(({ value }) => value as string);
    const created = (user["meta"] as JsonObject)["created"] as string;
    for (const filter of [
      `id eq "${user["id"] as string}"`,
      `userName eq "${upper(user["userName"])}"`,
      `externalId eq "${user["externalId"] as string}"`,
      `displayName eq "${upper(user["displayName"])}" and active eq true`,
      `emails[type eq "work" and value eq "${work}"]`,
      `emails[type eq "work"].value eq "${work}"`,
      `emails.value eq "${upper(home)}"`,
      `emails eq "${work}"`,
      `groups[value eq "${group["id"] as string}"]`,
      `groups.value eq "${group["id"] as string}" and title pr`,
      `title eq "${user["title"] as string}"`,
      `title co "${user["title"] as string}" and not (nickName pr)`,
      `userName eq "nobody" or title eq "${user["title"] as string}"`,
      `meta.lastModified ge "${created}" and title eq "${user["title"] as string}"`,
      `meta.lastModified gt "2026-01-01T00:00:00.0000000Z" and title eq "${user["title"] as string}"`,
    ])
      expect([filter, idsOf(await list("/Users", filter))]).toEqual([filter, [user["id"]]]);
    for (const filter of [
      `id eq "nobody"`,
      `groups eq "nobody"`,
      `emails eq "nobody"`,
      `active eq false and title eq "${user["title"] as string}"`,
    ])
      expect([filter, idsOf(await list("/Users", filter))]).toEqual([filter, []]);
  });

  it.each<[string, string]>([
    ["filter=active gt true", "invalidFilter"],
    ["filter=", "invalidFilter"],
    ["filter=userName", "invalidFilter"],
    ["count=ten", "invalidValue"],
    ["sortOrder=sideways", "invalidValue"],
    ["sortBy=shoeSize", "invalidPath"],
    ["filter=%25%zz", "invalidSyntax"],
  ])("are refused for %s", async (query, scimType) => {
    expect(await scim("GET", `/Users?${query}`)).toMatchObject(error(400, scimType));
  });

  it("are asked for by POST, too, also in all resources", async () => {
    const displayName = fresh();
    const [user, group] = [await makeUser({ displayName }), await makeGroup([], { displayName })];
    const search = (path: string, more = {}) =>
      scim("POST", `${path}/.search`, {
        schemas: [`${messages}:SearchRequest`],
        filter: `displayName eq "${displayName}"`,
        attributes: ["displayName"],
        ...more,
      });
    expect((await search("/Users")).body).toMatchObject({
      totalResults: 1,
      Resources: [{ schemas: [`${core}:User`], id: user["id"], displayName }],
    });
    expect(Object.keys(resources(await search("/Users"))[0] ?? {})).toEqual(["schemas", "id", "displayName"]);
    expect(idsOf(await search("/Groups"))).toEqual([group["id"]]);
    const all = await search("");
    expect([all.body["totalResults"], idsOf(all)]).toEqual([2, [user["id"], group["id"]]]);
    expect(idsOf(await search("", { startIndex: 2 }))).toEqual([group["id"]]);
    expect(idsOf(await search("", { count: 1 }))).toEqual([user["id"]]);
    expect(await search("/Users", { filter: 5 })).toMatchObject(error(400, "invalidValue"));
    expect(await scim("POST", "/Users/.search", [])).toMatchObject(error(400, "invalidSyntax"));
  });
});

describe("the attributes of an answer", () => {
  it("are those asked for, with id and schemas, in every operation", async () => {
    const user = await makeUser({
      name: { givenName: "A", familyName: "B" },
      emails: [{ value: "a@x.example", type: "work" }],
      [enterprise]: { department: "D", division: "E" },
    });
    const path = at("/Users", user);
    const keys = async (query: string) => Object.keys((await scim("GET", `${path}?${query}`)).body);
    expect(await keys("attributes=userName")).toEqual(["schemas", "id", "userName"]);
    expect(await keys('attributes=emails[type eq "work"]')).toEqual(["schemas", "id", "emails"]);
    expect(await keys("excludedAttributes=id,schemas,emails,meta")).toEqual(
      expect.not.arrayContaining(["emails", "meta"]),
    );
    expect(await keys("excludedAttributes=id,schemas,emails,meta")).toEqual(
      expect.arrayContaining(["id", "schemas"]),
    );
    const part = await scim(
      "GET",
      `${path}?attributes=NAME.familyname,emails.value,${enterprise}:department`,
    );
    expect(part.body).toEqual({
      schemas: user["schemas"],
      id: user["id"],
      name: { familyName: "B" },
      emails: [{ value: "a@x.example" }],
      [enterprise]: { department: "D" },
    });
    const less = await scim("GET", `${path}?excludedAttributes=name.familyName,${enterprise}:division`);
    expect(less.body).toMatchObject({ name: { givenName: "A" }, [enterprise]: { department: "D" } });
    expect(less.text).not.toContain("division");
    const body = { userName: fresh() };
    const made = await scim("POST", "/Users?attributes=active", body);
    expect(Object.keys(made.body)).toEqual(["schemas", "id", "active"]);
    const put = await scim("PUT", `${at("/Users", made.body)}?attributes=userName`, body);
    expect(Object.keys(put.body)).toEqual(["schemas", "id", "userName"]);
  });
});

describe("groups", () => {
  it("show their members, and users their groups", async () => {
    const user = await makeUser({ displayName: "Ann" });
    const inner = await makeGroup([user]);
    const answer = await scim("POST", "/Groups", {
      schemas: [`${core}:Group`],
      displayName: "Staff",
      externalId: "g1",
      members: [{ value: user["id"], type: "User" }, inner["id"], { value: "nobody" }],
    });
    expect(answer.status).toBe(201);
    const { url } = world.server;
    const members = [
      {
        value: user["id"],
        $ref: `${url}/scim/v2/Users/${user["id"] as string}`,
        display: "Ann",
        type: "User",
      },
      {
        value: inner["id"],
        $ref: `${url}/scim/v2/Groups/${inner["id"] as string}`,
        display: inner["displayName"],
        type: "Group",
      },
    ].toSorted((a, b) => ((a.value as string) < (b.value as string) ? -1 : 1));
    expect(answer.body).toMatchObject({ displayName: "Staff", externalId: "g1", members });
    const shown = (await scim("GET", at("/Users", user))).body;
    expect(((shown["groups"] ?? []) as JsonObject[]).map(({ value }) => value)).toEqual(
      sorted([inner["id"], answer.body["id"]]),
    );
    const found = await list(
      "/Groups",
      `id eq "${answer.body["id"] as string}" and members eq "${user["id"] as string}"`,
      {
        excludedAttributes: "members",
      },
    );
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: answer.body["id"] }] });
    expect(found.text).not.toContain("members");
    expect(idsOf(await list("/Groups", `members[value eq "${inner["id"] as string}"]`))).toEqual([
      answer.body["id"],
    ]);
    expect(idsOf(await list("/Groups", `members[type eq "Group"] and displayName eq "staff"`))).toEqual([
      answer.body["id"],
    ]);
    expect(idsOf(await list("/Groups", 'displayName eq "staff" and not (members pr)'))).toEqual([]);
    await scim("DELETE", at("/Groups", answer.body));
    expect((await scim("GET", at("/Groups", answer.body))).status).toBe(404);
    expect(((await scim("GET", at("/Users", user))).body["groups"] as JsonObject[]).length).toBe(1);
  });

  it("are changed member by member, as a whole, and by PUT", async () => {
    const [a, b, c] = [await makeUser(), await makeUser(), await makeUser()];
    const group = await makeGroup([a]);
    const path = at("/Groups", group);
    const patch = async (...operations: object[]) =>
      memberIds((await scim("PATCH", path, patchOf(...operations))).body);
    const [one, two, three] = [a, b, c].map(({ id }) => id);
    expect(await patch({ op: "Add", path: "members", value: [{ value: two }] })).toEqual([one, two]);
    expect(await patch({ op: "add", path: "members", value: [{ value: two }, { value: "nobody" }] })).toEqual(
      [one, two],
    );
    expect(await patch({ op: "Remove", path: "members", value: [{ $ref: null, value: one }] })).toEqual([
      two,
    ]);
    expect(await patch({ op: "remove", path: `members[value eq "${two as string}"]` })).toEqual([]);
    expect(await patch({ op: "replace", path: "members", value: [{ value: three, display: "x" }] })).toEqual([
      three,
    ]);
    expect(await patch({ op: "replace", value: { id: group["id"], displayName: "Staff" } })).toEqual([three]);
    expect(await patch({ op: "remove", path: "members" })).toEqual([]);
    const put = await scim("PUT", path, { displayName: "All", members: [{ value: one }, { value: three }] });
    expect(memberIds(put.body)).toEqual([one, three]);
    expect(memberIds((await scim("PUT", path, { displayName: "All" })).body)).toEqual([]);
    const { data } = await world.rpc("userGroup.history", { where: { id: group["id"] } });
    expect((data["items"] as { source: string }[]).every(({ source }) => source === "scim")).toBe(true);
    // The second operation changed nothing.
    expect(data["items"]).toHaveLength(9);
  });

  it.each<[string, object, string]>([
    ["without a name", {}, "invalidValue"],
    ["with an empty name", { displayName: "" }, "invalidValue"],
    ["with a member without a value", { displayName: "x", members: [{ display: "y" }] }, "invalidValue"],
  ])("%s are refused", async (_, body, scimType) => {
    expect(await scim("POST", "/Groups", body)).toMatchObject(error(400, scimType));
  });

  it("are refused with all their faults", async () => {
    const { body } = await scim("POST", "/Groups", { externalId: 5, members: [{ display: "y" }] });
    expect(body["detail"]).toBe(
      "/externalId: must be a text; /members/0: must have a value: its id; /displayName: must have a value",
    );
  });

  it("keep attributes that no schema knows as they were sent, like users", async () => {
    const urn = "urn:example:params:scim:schemas:extension:crm:2.0:Group";
    const own = { costCenter: "4130", owners: [{ value: "ann", Since: 2024 }], "odd key": null };
    const group = await makeGroup([], { [urn]: own, unknown: "dropped" });
    const path = at("/Groups", group);
    const shown = async () => (await scim("GET", path)).body;
    expect(await shown()).toMatchObject({ schemas: [`${core}:Group`, urn], [urn]: own });
    expect(await shown()).not.toHaveProperty("unknown");
    const patch = async (...operations: object[]) =>
      (await scim("PATCH", path, patchOf(...operations))).body[urn];
    expect(await patch({ op: "add", path: `${urn}:costCenter`, value: "77" })).toMatchObject({
      ...own,
      costCenter: "77",
    });
    expect(await patch({ op: "replace", value: { [urn]: { region: "eu" } } })).toMatchObject({
      region: "eu",
    });
    expect(await patch({ op: "remove", path: `${urn}:owners` })).not.toHaveProperty("owners");
    expect(idsOf(await list("/Groups", `${urn}:region eq "EU"`))).toEqual([group["id"]]);
    const before = await shown();
    expect((await scim("PUT", path, before)).body["meta"]).toEqual(before["meta"]);
    const { data } = await world.rpc("userGroup.get", { where: { id: group["id"] } });
    expect(data["properties"]).toMatchObject({ scim: { [urn]: { region: "eu" } } });
    await scim("PUT", path, { displayName: "Plain" });
    expect(await shown()).toMatchObject({ schemas: [`${core}:Group`] });
    expect(await scim("PUT", path, { displayName: "x", [urn]: { text: "x".repeat(70_000) } })).toMatchObject(
      error(400, "invalidValue"),
    );
  });

  it("may share a name", async () => {
    const displayName = fresh();
    const made = [await makeGroup([], { displayName }), await makeGroup([], { displayName })];
    expect(idsOf(await list("/Groups", `displayName eq "${displayName}"`))).toEqual(made.map(({ id }) => id));
  });
});

describe("versions", () => {
  it("answer 304 to whoever has the resource, and 412 to whoever has an old one", async () => {
    const user = await makeUser();
    const path = at("/Users", user);
    const get = async (name: string, tag: string) =>
      (await scim("GET", path, undefined, { [name]: tag })).status;
    expect(await get("if-none-match", 'W/"1"')).toBe(304);
    expect(await get("if-none-match", '"1", "9"')).toBe(304);
    expect(await get("if-none-match", 'W/"2"')).toBe(200);
    expect(await get("if-match", 'W/"2"')).toBe(412);
    const patch = patchOf({ op: "add", path: "title", value: "T" });
    for (const tag of ['W/"1"', "*"])
      expect((await scim("PATCH", path, patch, { "if-match": tag })).status).toBe(200);
    for (const [method, body] of [
      ["PATCH", patch],
      ["PUT", { userName: user["userName"] }],
      ["DELETE", undefined],
    ] as const)
      expect(await scim(method, path, body, { "if-match": 'W/"1"' })).toMatchObject(error(412));
    expect((await scim("DELETE", path, undefined, { "if-match": '"2"' })).status).toBe(204);
  });

  it("need not be stated where a tenant requires them", async () => {
    await world.rpc("tenant.update", { patch: { requireVersions: true } });
    try {
      const user = await makeUser();
      const patch = patchOf({ op: "add", path: "title", value: "T" });
      expect((await scim("PATCH", at("/Users", user), patch)).status).toBe(200);
      expect((await scim("DELETE", at("/Users", user))).status).toBe(204);
    } finally {
      await world.rpc("tenant.update", { patch: { requireVersions: false } });
    }
  });
});

describe("the description of the server", () => {
  it("describes its features", async () => {
    for (const path of ["/ServiceProviderConfig", "/serviceConfiguration"])
      expect((await scim("GET", path)).body).toMatchObject({
        patch: { supported: true },
        bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 4_194_304 },
        filter: { supported: true, maxResults: 1000 },
        changePassword: { supported: false },
        sort: { supported: true },
        etag: { supported: true },
        authenticationSchemes: [{ type: "oauthbearertoken" }],
      });
  });

  it("lists types and schemas, each at an address of its own", async () => {
    const types = (await scim("GET", "/ResourceTypes")).body;
    expect(types).toMatchObject({
      totalResults: 2,
      Resources: [
        {
          id: "User",
          endpoint: "/Users",
          description: "User Account",
          schemaExtensions: [{ schema: enterprise, required: false }],
        },
        { id: "Group", endpoint: "/Groups" },
      ],
    });
    const all = await scim("GET", "/Schemas");
    expect(idsOf(all).slice(0, 3)).toEqual([`${core}:User`, `${core}:Group`, enterprise]);
    expect(idsOf(all)).toEqual(
      expect.arrayContaining([`${core}:ResourceType`, `${core}:Schema`, `${core}:ServiceProviderConfig`]),
    );
    expect(all.text).not.toContain("null");
    for (const one of resources(all))
      expect((await scim("GET", `/Schemas/${one["id"] as string}`)).body).toEqual(one);
    const attributes = Object.fromEntries(
      ((resources(all)[0] as JsonObject)["attributes"] as JsonObject[]).map((one) => [
        one["name"] as string,
        one,
      ]),
    );
    expect(attributes).toMatchObject({
      userName: { required: true, caseExact: false, uniqueness: "server" },
      id: { caseExact: true, mutability: "readOnly" },
      externalId: { caseExact: true },
      password: { mutability: "writeOnly", returned: "never" },
      groups: { mutability: "readOnly", multiValued: true },
    });
  });

  it.each(["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])(
    "%s is neither filtered nor written",
    async (path) => {
      expect(await scim("GET", `${path}?filter=id pr`)).toMatchObject(error(403));
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await scim(method, path, method === "DELETE" ? undefined : {});
        expect(answer).toMatchObject(error(405));
        expect(answer.headers.get("allow")).toBe("GET");
      }
    },
  );
});

describe("every answer", () => {
  it("is for holders of the scope scim", async () => {
    const anonymous = await scim("GET", "/Users", undefined, { authorization: "" });
    expect(anonymous).toMatchObject(error(401));
    expect(anonymous.headers.get("www-authenticate")).toBe("Bearer");
    const { data } = await world.rpc("token.create", {
      name: "reader",
      scopes: ["users:read", "users:write"],
    });
    const authorization = `Bearer ${data["token"] as string}`;
    expect(await scim("GET", "/Users", undefined, { authorization })).toMatchObject(error(403));
    const { rpcOf } = await import("../rpc.ts");
    expect((await rpcOf(world.server.url, world.token)("user.list", {})).status).toBe(403);
  });

  it("knows only its own tenant", async () => {
    const user = await makeUser();
    const { data } = await world.rpc("tenant.create", { name: fresh() });
    const authorization = `Bearer ${data["token"] as string}`;
    expect((await scim("GET", at("/Users", user), undefined, { authorization })).status).toBe(404);
    const made = await scim("POST", "/Users", { userName: user["userName"] }, { authorization });
    expect(made.status).toBe(201);
    const group = await scim(
      "POST",
      "/Groups",
      { displayName: "x", members: [{ value: user["id"] }] },
      { authorization },
    );
    expect(memberIds(group.body)).toEqual([]);
  });

  it.each<[string, string, number]>([
    ["GET", "/Nothing", 404],
    ["GET", "/Users/a/b", 404],
    ["GET", "", 404],
    ["POST", "/Users/x", 405],
    ["DELETE", "/Users", 405],
    ["GET", "/Bulk", 405],
    ["GET", "/Me", 501],
  ])("%s %s is an error of SCIM", async (method, path, status) => {
    const answer = await scim(method, path, method === "POST" ? {} : undefined);
    expect(answer).toMatchObject(error(status));
    expect(answer.headers.get("content-type")).toBe("application/scim+json");
  });

  it("takes any path, content type and charset that clients use", async () => {
    const user = await makeUser();
    expect((await scim("GET", `/users/${user["id"] as string}`)).status).toBe(200);
    expect((await scim("GET", "/Users/")).status).toBe(200);
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "application/scim+json;charset=ISO-8859-1",
    ])
      expect(
        (await scim("POST", "/Users", { userName: `ü ${fresh()}` }, { "content-type": type })).status,
      ).toBe(201);
    expect(await scim("POST", "/Users", "<x/>", { "content-type": "application/xml" })).toMatchObject(
      error(415),
    );
    expect((await scim("HEAD", at("/Users", user))).status).toBe(200);
    const forwarded = await scim("GET", at("/Users", user), undefined, { "x-forwarded-proto": "https" });
    expect((forwarded.body["meta"] as JsonObject)["location"]).toMatch(/^https:/);
  });

  it("takes four MiB and no more", async () => {
    const members = Array.from({ length: 10_000 }, (_, i) => ({
      value: `nobody-${i}`,
      display: "x".repeat(100),
    }));
    expect((await scim("POST", "/Groups", { displayName: "x", members })).status).toBe(201);
    const tooMuch = { displayName: "x".repeat(4 * 1024 * 1024) };
    expect(await scim("POST", "/Groups", tooMuch)).toMatchObject(error(413));
  });
});

describe("bulk", () => {
  const bulk = (Operations: object[], more: object = {}) =>
    scim("POST", "/Bulk", { schemas: [`${messages}:BulkRequest`], Operations, ...more });
  const results = ({ body }: { body: JsonObject }) => body["Operations"] as JsonObject[];

  it("makes resources that refer to each other, in whatever order", async () => {
    const answer = await bulk([
      {
        method: "POST",
        path: "/Groups",
        bulkId: "g",
        data: { displayName: "G", members: [{ value: "bulkId:a" }, { value: "bulkId:h" }] },
      },
      {
        method: "POST",
        path: "/Users",
        bulkId: "a",
        data: { userName: fresh(), [enterprise]: { manager: { value: "bulkId:b" } } },
      },
      { method: "POST", path: "/Users", bulkId: "b", data: { userName: fresh() } },
      {
        method: "POST",
        path: "/Groups",
        bulkId: "h",
        data: { displayName: "H", members: [{ value: "bulkId:g" }] },
      },
      {
        method: "PATCH",
        path: "/Groups/bulkId:g",
        data: patchOf({ op: "add", path: "members", value: [{ value: "bulkId:b" }] }),
      },
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body["schemas"]).toEqual([`${messages}:BulkResponse`]);
    expect(results(answer).map(({ method, bulkId, status }) => [method, bulkId, status])).toEqual([
      ["POST", "g", "201"],
      ["POST", "a", "201"],
      ["POST", "b", "201"],
      ["POST", "h", "201"],
      ["PATCH", undefined, "204"],
    ]);
    const [g, a, b, h] = results(answer).map(({ location }) => (location as string).replace(/.*\//, ""));
    expect(sorted(memberIds((await scim("GET", `/Groups/${g}`)).body))).toEqual(sorted([a, b, h]));
    expect(memberIds((await scim("GET", `/Groups/${h}`)).body)).toEqual([g]);
    expect((await scim("GET", `/Users/${a}`)).body).toMatchObject({
      [enterprise]: { manager: { value: b } },
    });
    for (const { location, version } of results(answer)) {
      expect(location).toMatch(/^http.*\/scim\/v2\/(Users|Groups)\/[\w-]+$/);
      expect(version).toMatch(/^W\/"\d+"$/);
    }
  });

  it("goes on after an error, or stops after the requested number", async () => {
    const { userName, id } = await makeUser();
    const operations = [
      { method: "POST", path: "/Users", bulkId: "x", data: { userName } },
      { method: "PUT", path: `/Users/${id as string}`, version: 'W/"9"', data: { userName } },
      { method: "DELETE", path: `/Users/${id as string}` },
      { method: "GET", path: "/Users" },
      { method: "POST", path: "/Groups", bulkId: "y", data: { displayName: "x", members: ["bulkId:x"] } },
    ];
    const stopped = await bulk(operations, { failOnErrors: 1 });
    expect(results(stopped)).toEqual([
      {
        method: "POST",
        bulkId: "x",
        status: "409",
        response: expect.objectContaining({ status: "409", scimType: "uniqueness" }) as object,
      },
    ]);
    expect(results(await bulk(operations)).map(({ status }) => status)).toEqual([
      "409",
      "412",
      "204",
      "400",
      "400",
    ]);
  });

  it("refuses too many operations, and bodies that are no bulk request", async () => {
    const one = { method: "DELETE", path: "/Users/nobody" };
    expect(await bulk(Array.from({ length: 1_001 }, () => one))).toMatchObject(error(413));
    expect(results(await bulk([]))).toEqual([]);
    expect(await scim("POST", "/Bulk", {})).toMatchObject(error(400, "invalidSyntax"));
    expect(await bulk([one], { failOnErrors: 0 })).toMatchObject(error(400, "invalidSyntax"));
  });
});
