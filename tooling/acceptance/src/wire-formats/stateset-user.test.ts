import { describe, expect, it } from "vitest";
import { behavesAsDocumented, instantField, notText, textField } from "./documented-api.ts";
import { faultsOf, problemWithoutSuccess } from "./refusals.ts";
import { next, useWorld } from "./world.ts";

/** StateSet's "Update User". */

const world = useWorld();

behavesAsDocumented(
  {
    source: "stateset",
    record: "user",
    scope: "users:write",
    method: "PUT",
    openApi: { path: "/v1/users/{id}", contentTypes: ["application/json"], securityHeader: "Authorization" },
    authorization: (token) => ({ Authorization: `Token ${token}` }),
    otherAuthorizations: (token) => [
      ["Authorization", `Bearer ${token}`],
      ["Authorization", token],
    ],
    unauthenticated: 401,
    foundBy: {
      id: ({ id }) => ({ path: `/v1/users/${id}` }),
      username: ({ username }) => ({ path: `/v1/users/${encodeURIComponent(username ?? "")}` }),
    },
    ownKey: { typed: "username", foundBy: "username" },
    fields: {
      active: {
        typed: "active",
        first: { send: false },
        second: { send: true },
        null: "refused",
        wrong: ["true", 1, "", []],
      },
      avatar: textField("avatar", "https://example.com/ada.png", "/avatars/2.png", 2048),
      bio: textField("bio", "Wrote the first program.\nAnd the notes.", "Mathematician", 10_000),
      birthday: {
        typed: "birthday",
        first: { send: "1815-12-10" },
        second: { send: "1999-12-31T23:30:00-05:00", reads: "1999-12-31" },
        null: "clears",
        wrong: [18151210, "", "1815-02-30", "1815-02-30T00:00:00Z", "10.12.1815"],
      },
      country: {
        typed: "country",
        first: { send: "United Kingdom", stored: "GB" },
        second: { send: "BRA", stored: "BR" },
        null: "clears",
        wrong: [...notText, "x".repeat(256)],
      },
      email: {
        typed: "email",
        first: { send: "ada@example.com" },
        second: { send: "Ada.Lovelace@Example.com" },
        null: "clears",
        wrong: [...notText, "", "ada", "ada@"],
      },
      firstName: textField("firstName", "Ada", "Augusta"),
      lastName: textField("lastName", "Lovelace", "King"),
      last_seen: instantField("lastSeen", "2026-03-02"),
      last_typed: instantField("lastTyped", "2026-03-02"),
      location: textField("location", "London", "12 St James's Square\nLondon", 1000),
      organization: textField("organization", "Analytical Engines", "Royal Society"),
      phone: {
        typed: "phone",
        first: { send: "+44 20 7946 0018", stored: "+442079460018" },
        second: { send: "+14155552671" },
        null: "clears",
        wrong: [442079460018, "", "555", "none"],
      },
      regions: textField("regions", "EMEA, APAC ; north", " as it was sent ", 1000),
      title: textField("title", "Countess", "Analyst"),
      twitter: textField("twitter", "@ada", "ada"),
      username: {
        typed: "username",
        first: () => ({ send: `ada-${next()}` }),
        second: () => ({ send: `augusta-${next()}` }),
        null: "clears",
        wrong: [...notText, "", "x".repeat(256)],
      },
    },
    otherFields: ["id", "user_group_id", "name", "mapping", "properties"],
    reply: {
      id: "string",
      active: "boolean",
      avatar: "string?",
      bio: "string?",
      birthday: "date?",
      country: "string?",
      email: "string?",
      firstName: "string?",
      lastName: "string?",
      last_seen: "instant?",
      last_typed: "instant?",
      location: "string?",
      organization: "string?",
      phone: "string?",
      regions: "string?",
      title: "string?",
      twitter: "string?",
      username: "string?",
      success: "number",
    },
    refusal: problemWithoutSuccess,
  },
  world,
);

const put = (id: string, body: object | string, token = world.token) =>
  world.send({
    method: "PUT",
    path: `/v1/users/${id}`,
    headers: { "Content-Type": "application/json", Authorization: `Token ${token}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

/** Creates a user and the customer that it belongs to. */
async function member() {
  const group = await world.make("customer", { name: "Before", properties: { a: 1 }, mapping: { "1": "2" } });
  return { group, user: await world.make("user", { customer: group.id }) };
}

describe("the request of the page", () => {
  it("gets the answer that the page shows", async () => {
    const user = await world.make("user");
    const answer = await world.send({
      method: "PUT",
      path: `/v1/users/${user.id}`,
      headers: { "Content-Type": "application/json", Authorization: `Token ${world.token}` },
      body: `{
      "user_group_id": "example_1",
      "name": "Example 1",
      "mapping": {"40": "213", "134": "386"},
      "properties": {"filterValue": "value"}
  }`,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      success: 1,
      id: user.id,
      username: user.username,
      user_group: {
        team_id: 1,
        token: world.example.token,
        name: "Example 1",
        provided_id: "example_1",
        properties: { filterValue: "value" },
        api_environment_tag: "Customer",
      },
    });
    expect(await world.now(user)).toMatchObject({ customer: world.example.id, version: 2 });
    expect(await world.now(world.example)).toMatchObject({
      name: "Example 1",
      mapping: { "40": "213", "134": "386" },
      properties: { filterValue: "value" },
      version: 2,
    });
  });
});

describe("the id of the body", () => {
  it("may be the user's id or its username", async () => {
    const { id, username } = await world.make("user");
    for (const same of [id, username]) expect((await put(id, { id: same })).status).toBe(200);
  });

  it.each([
    ["another", "ambiguous"],
    [7, "invalid_type"],
    [null, "invalid_type"],
  ])("of %j is refused, with every other fault of user and customer", async (id, code) => {
    const { user, group } = await member();
    const answer = await put(user.id, { id, phone: "1", mapping: 7 });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/id": code, "/phone": "invalid_format", "/mapping": "invalid_type" });
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });
});

describe("the user group", () => {
  it("is in the reply of a user that belongs to one, and only then", async () => {
    const { user, group } = await member();
    const { json } = await put(user.id, {});
    expect(json["user_group"]).toEqual({
      team_id: 1,
      token: group.token,
      name: "Before",
      provided_id: group.providedId,
      properties: { a: 1 },
      api_environment_tag: "Customer",
    });
    expect((await put((await world.make("user")).id, {})).json).not.toHaveProperty("user_group");
    expect((await put(user.id, { user_group_id: null })).json).not.toHaveProperty("user_group");
    expect((await world.now(user)).customer).toBeNull();
    expect(await world.now(group)).toEqual(group);
  });

  it("is updated without being named if the user belongs to one", async () => {
    const { user, group } = await member();
    const { json } = await put(user.id, { name: "After", title: "Countess" });
    expect(json).toMatchObject({ title: "Countess", user_group: { name: "After" } });
    expect(await world.now(group)).toMatchObject({ name: "After", properties: { a: 1 }, version: 2 });
  });

  it("gets properties and mapping as a whole, and null clears them and its name", async () => {
    const { user, group } = await member();
    await put(user.id, { properties: { b: "2" }, mapping: { "40": 213 } });
    const changed = await world.now(group);
    expect([changed.properties, changed.mapping]).toEqual([{ b: "2" }, { "40": 213 }]);
    const { json } = await put(user.id, { name: null, properties: null, mapping: null });
    expect(json["user_group"]).toMatchObject({ name: null, properties: null });
    expect(await world.now(group)).toMatchObject({ name: null, properties: null, mapping: null });
  });

  it("is found only by its providedId", async () => {
    const [mine, other] = [await world.make("customer"), await world.make("customer")];
    const impostor = await world.make("customer", { providedId: mine.id });
    const user = await world.make("user");
    expect((await put(user.id, { user_group_id: mine.id })).json["user_group"]).toMatchObject({
      token: impostor.token,
    });
    expect((await world.now(user)).customer).toBe(impostor.id);
    expect(faultsOf(await put(user.id, { user_group_id: other.id }))).toEqual({
      "/user_group_id": "not_found",
    });
  });

  it("is the one that the request names, not the previous one", async () => {
    const { user, group } = await member();
    const other = await world.make("customer", { name: "Other" });
    await put(user.id, { user_group_id: other.providedId, name: "After" });
    expect((await world.now(other)).name).toBe("After");
    expect(await world.now(group)).toEqual(group);
  });

  it.each([
    ["nobody", "not_found"],
    [7, "invalid_type"],
    [["example_1"], "invalid_type"],
  ])("named %j is refused", async (user_group_id, code) => {
    const user = await world.make("user");
    const answer = await put(user.id, { user_group_id, title: "Countess" });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/user_group_id": code });
    expect(await world.now(user)).toEqual(user);
  });

  it("of another tenant, or deleted, is refused", async () => {
    const user = await world.make("user");
    const theirs = await world.make("customer", {}, world.neighbour.rpc);
    const deleted = await world.make("customer");
    await world.rpc("customer.delete", { where: { id: deleted.id } });
    for (const { id, providedId } of [theirs, deleted]) {
      for (const user_group_id of [id, providedId]) {
        expect(faultsOf(await put(user.id, { user_group_id }))).toEqual({ "/user_group_id": "not_found" });
      }
    }
  });

  it("cannot be updated if there is none, and the user stays unchanged", async () => {
    const user = await world.make("user");
    const answer = await put(user.id, { title: "Countess", name: "After", properties: {} });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/name": "not_found", "/properties": "not_found" });
    expect(await world.now(user)).toEqual(user);
  });

  it("cannot be updated while the user leaves it", async () => {
    const { user, group } = await member();
    const answer = await put(user.id, { user_group_id: null, name: "After" });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/name": "not_found" });
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });

  it("that is deleted is not in the reply, and cannot be updated", async () => {
    const { user, group } = await member();
    await world.rpc("customer.delete", { where: { id: group.id } });
    const reply = await put(user.id, { title: "Countess" });
    expect(reply.status).toBe(200);
    expect(reply.json).not.toHaveProperty("user_group");
    const deleted = await world.now(group);
    const answer = await put(user.id, { title: "Analyst", name: "After" });
    problemWithoutSuccess(answer, 404);
    expect((await world.now(user)).title).toBe("Countess");
    expect(await world.now(group)).toEqual(deleted);
  });
});

describe("user and customer", () => {
  it("are both refused if the user's half is invalid", async () => {
    const { user, group } = await member();
    for (const wrong of [{ phone: "1" }, { email: "ada" }, { noSuchField: 1 }, { id: "another" }]) {
      problemWithoutSuccess(await put(user.id, { ...wrong, title: "Countess", name: "After" }), 422);
    }
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });

  it("are both refused if the customer's half is invalid", async () => {
    const { user, group } = await member();
    for (const wrong of [{ name: 7 }, { mapping: [] }, { properties: "text" }, { name: "x".repeat(256) }]) {
      problemWithoutSuccess(await put(user.id, { ...wrong, title: "Countess" }), 422);
    }
    const moving = await put(user.id, { user_group_id: "example_1", mapping: [] });
    problemWithoutSuccess(moving, 422);
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });

  it("have the faults of both halves in one refusal", async () => {
    const { user, group } = await member();
    const answer = await put(
      user.id,
      `{"phone":"1","email":"ada","name":7,"properties":{"__proto__":1},"mapping":[],"constructor":1}`,
    );
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({
      "/phone": "invalid_format",
      "/email": "invalid_format",
      "/name": "invalid_type",
      "/properties/__proto__": "forbidden_key",
      "/mapping": "invalid_type",
      "/constructor": "unknown_field",
    });
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });

  it("have the faults of both halves in one refusal, even if the group is not found", async () => {
    const user = await world.make("user");
    const answer = await put(user.id, { user_group_id: "nobody", phone: "1", name: 7 });
    expect(faultsOf(answer)).toEqual({
      "/user_group_id": "not_found",
      "/phone": "invalid_format",
      "/name": "invalid_type",
    });
  });

  it("get one entry each in the history, in one transaction", async () => {
    const { user, group } = await member();
    await put(user.id, { title: "Countess", name: "After" });
    const [[ofUser, ...olderOfUser], [ofGroup, ...olderOfGroup]] = [
      await world.log(user),
      await world.log(group),
    ];
    expect(ofUser).toMatchObject({
      source: "stateset",
      version: 2,
      changes: [{ path: "/title", from: null, to: "Countess" }],
    });
    expect(ofGroup).toMatchObject({
      source: "stateset",
      version: 2,
      seq: (ofUser?.seq ?? 0) + 1,
      changes: [{ path: "/name", from: "Before", to: "After" }],
    });
    expect([olderOfUser.length, olderOfGroup.length]).toEqual([1, 1]);
  });

  it("are changed separately: an unchanged half leaves no trace", async () => {
    const { user, group } = await member();
    await put(user.id, { title: "Countess", name: "Before" });
    expect(await world.now(group)).toEqual(group);
    expect((await world.now(user)).version).toBe(2);
  });

  it("stay consistent under concurrent requests", async () => {
    const { user, group } = await member();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        put(user.id, { title: `t${i}`, name: `t${i}`, ...(i % 3 === 0 && { mapping: 7 }) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map((_, i) => (i % 3 === 0 ? 422 : 200)));
    const [userNow, groupNow] = [await world.now(user), await world.now(group)];
    expect(userNow.title).toBe(groupNow.name);
    expect([userNow.version, groupNow.version]).toEqual([21, 21]);
  });
});

describe("the scopes", () => {
  it("of both records are needed to update both, and nothing is stored with one alone", async () => {
    const { user, group } = await member();
    const body = { title: "Countess", name: "After" };
    for (const scopes of [["users:write"], ["customers:write"]] as const) {
      problemWithoutSuccess(await put(user.id, body, await world.tokenWith(...scopes)), 403);
    }
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
    const both = await world.tokenWith("users:write", "customers:write");
    expect((await put(user.id, body, both)).json).toMatchObject({
      success: 1,
      user_group: { name: "After" },
    });
  });
});

describe("the id of the reply", () => {
  it("is the one in the request, or the new username if the request changes it", async () => {
    const user = await world.make("user");
    const username = user.username ?? "";
    for (const id of [username, user.id]) expect((await put(id, {})).json["id"]).toBe(id);
    expect((await put(`${username}/`, {})).json["id"]).toBe(username);
    const renamed = `renamed-${next()}`;
    expect((await put(user.id, { title: "Countess" })).json["id"]).toBe(user.id);
    const { json } = await put(username, { username: renamed });
    expect(json).toMatchObject({ id: renamed, username: renamed });
    expect((await put(renamed, { id: renamed, username: renamed })).status).toBe(200);
  });
});

describe("a username", () => {
  it("of another user is refused with 409, and nothing of user or customer is stored", async () => {
    const { user, group } = await member();
    const answer = await put(user.id, { username: "grace", title: "Admiral", name: "After" });
    problemWithoutSuccess(answer, 409);
    expect(faultsOf(answer)).toEqual({ "/username": "taken" });
    expect(await world.now(user)).toEqual(user);
    expect(await world.now(group)).toEqual(group);
  });
});
