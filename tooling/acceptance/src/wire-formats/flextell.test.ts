import { describe, expect, it } from "vitest";
import { behavesAsDocumented, notText, type DocumentedField } from "./documented-api.ts";
import { faultsOf, problem } from "./refusals.ts";
import { next, useWorld } from "./world.ts";

/** Flextell's "Update a customer". */

const world = useWorld();

/** Characters of one, two and four bytes in UTF-8: limits count characters. */
const letters = (length: number): string => Array.from("aé😀".repeat(length)).slice(0, length).join("");

const text = (
  typed: string,
  nulls: "clears" | "refused",
  max: number | undefined,
  first: string,
  second: string,
): DocumentedField => ({
  typed,
  first: { send: first },
  second: { send: second },
  null: nulls,
  ...(max !== undefined && { limit: { max, text: letters } }),
  wrong: notText,
});

behavesAsDocumented(
  {
    source: "flextell",
    record: "customer",
    scope: "customers:write",
    method: "PUT",
    openApi: { path: "/api/v1/customers/{id}", contentTypes: ["application/json"], securityHeader: "Bearer" },
    authorization: (token) => ({ Authorization: `Bearer ${token}` }),
    otherAuthorizations: (token) => [
      ["Authorization", `Token ${token}`],
      ["Authorization", token],
      ["X-Authorization", `Bearer ${token}`],
    ],
    unauthenticated: 401,
    foundBy: { number: ({ number }) => ({ path: `/api/v1/customers/${number}` }) },
    fields: {
      first_name: text("firstName", "refused", 255, "Ada", "Augusta"),
      last_name: text("lastName", "refused", 255, "Lovelace", "King"),
      phone_number: {
        typed: "phone",
        first: { send: "+1 (415) 555-2671", stored: "+14155552671" },
        second: { send: "+442079460018" },
        null: "refused",
        limit: { max: 20, text: (length) => `+1 (415) ${" ".repeat(length - 17)}555-2671` },
        wrong: [14155552671, "", "555", "none"],
      },
      email: {
        typed: "email",
        first: { send: "jsmith@example.com" },
        second: { send: "j.smith@example.com" },
        null: "clears",
        limit: {
          max: 255,
          text: (length) =>
            `${"j".repeat(64)}@${"k".repeat(length - 195)}.${"l".repeat(62)}.${"m".repeat(62)}.com`,
        },
        wrong: [7, "", "jsmith", "jsmith@example"],
      },
      date_of_birth: {
        typed: "dateOfBirth",
        first: { send: "2023-11-07T05:31:56Z", reads: "2023-11-07T00:00:00Z", stored: "2023-11-07" },
        second: { send: "1999-12-31", reads: "1999-12-31T00:00:00Z", stored: "1999-12-31" },
        null: "clears",
        wrong: [
          20231107,
          "",
          "2023-02-29T05:31:56Z",
          "2023-02-29",
          "2023-13-07",
          "2023-11-07T25:00:00Z",
          "2023-11-07T05:31:56+25:00",
          "2023-11-07Tnoon",
          "07.11.2023",
        ],
      },
      gender: {
        typed: "gender",
        first: { send: "male" },
        second: { send: "other" },
        null: "clears",
        wrong: ["", "Male", "unknown", 1, true],
      },
      country_id: {
        typed: "addressCountry",
        readAs: "country_name",
        first: { send: 704, reads: "Viet Nam", stored: "VN" },
        second: { send: 4, reads: "Afghanistan", stored: "AF" },
        null: "clears",
        wrong: [0, -4, 999, 4.5, 1e21, "704", "VN", true],
      },
      identity_number: text("identityNumber", "clears", undefined, "0123456789", "X-1"),
      job: text("job", "clears", 255, "Engineer", "Analyst"),
      address: text("address", "clears", 1000, "1 Main Street\nSpringfield", "2 Main Street"),
      default_channel_id: {
        typed: "defaultChannelId",
        first: { send: 1 },
        second: { send: 2 },
        null: "clears",
        wrong: [99, 0, -1, 1.5, "1", true],
      },
      user_id: {
        typed: "userId",
        readAs: "related_user",
        first: { send: 1, reads: { id: 1, name: "Grace Hopper" }, stored: 1 },
        second: { send: 2, reads: { id: 2, name: "joan" }, stored: 2 },
        null: "clears",
        wrong: [99, 0, -1, 1.5, "1", "grace"],
      },
    },
    otherFields: [],
    recordIn: "data",
    reply: {
      success: "string",
      data: {
        id: "number",
        first_name: "string?",
        last_name: "string?",
        phone_number: "string?",
        email: "string?",
        date_of_birth: "instant?",
        gender: "string?",
        country_name: "string?",
        identity_number: "string?",
        job: "string?",
        address: "string?",
        default_channel_id: "number?",
        avatar_url: "string?",
        related_user: "object?",
        created_at: "instant",
        updated_at: "instant",
        deleted_at: "instant?",
      },
    },
    refusal: problem,
  },
  world,
);

const put = (number: number | string, body: object, headers: Record<string, string> = {}) =>
  world.send({
    method: "PUT",
    path: `/api/v1/customers/${number}`,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${world.token}`, ...headers },
    body: JSON.stringify(body),
  });

describe("the request of the page", () => {
  it("gets the answer that the page shows", async () => {
    const { number, createdAt } = await world.make("customer", { avatarUrl: "https://example.com/ada.png" });
    const answer = await world.send({
      method: "PUT",
      path: `/api/v1/customers/${number}`,
      headers: { Authorization: `Bearer ${world.token}`, "Content-Type": "application/json" },
      body: `
{
  "first_name": "Ada",
  "last_name": "Lovelace",
  "phone_number": "+14155552671",
  "email": "jsmith@example.com",
  "date_of_birth": "2023-11-07T05:31:56Z",
  "gender": "male",
  "country_id": 840,
  "identity_number": "0123456789",
  "job": "Engineer",
  "address": "1 Main Street",
  "default_channel_id": 1,
  "user_id": 1
}
`,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      success: "true",
      data: {
        id: number,
        first_name: "Ada",
        last_name: "Lovelace",
        phone_number: "+14155552671",
        email: "jsmith@example.com",
        date_of_birth: "2023-11-07T00:00:00Z",
        gender: "male",
        country_name: "United States of America",
        identity_number: "0123456789",
        job: "Engineer",
        address: "1 Main Street",
        default_channel_id: 1,
        avatar_url: "https://example.com/ada.png",
        related_user: { id: 1, name: "Grace Hopper" },
        created_at: createdAt,
        updated_at: expect.stringMatching(/Z$/) as string,
        deleted_at: null,
      },
    });
  });
});

describe("a date of birth", () => {
  it.each([
    ["2023-11-07T00:00:00Z", "2023-11-07"],
    ["2023-11-07T23:59:59.999Z", "2023-11-07"],
    ["2023-11-07T00:00:00+14:00", "2023-11-07"],
    ["2023-11-07T23:59:59-12:00", "2023-11-07"],
    ["2024-02-29T12:00:00+05:30", "2024-02-29"],
    ["1900-01-01T00:00:00Z", "1900-01-01"],
    ["0099-03-04", "0099-03-04"],
  ])("of %s is %s, whatever the time zone", async (sent, date) => {
    const record = await world.make("customer");
    const { json } = await put(record.number, { date_of_birth: sent });
    expect(json["data"]).toMatchObject({ date_of_birth: `${date}T00:00:00Z` });
    expect((await world.now(record)).dateOfBirth).toBe(date);
  });

  it("stays the same when a reply is sent back", async () => {
    const record = await world.make("customer", { dateOfBirth: "2001-07-09" });
    const { json } = await put(record.number, {});
    const { date_of_birth } = json["data"] as { date_of_birth: string };
    await put(record.number, { date_of_birth });
    expect((await world.now(record)).version).toBe(1);
  });
});

describe("a phone number without a country code", () => {
  it("is read by the tenant's default country", async () => {
    const record = await world.make("customer", {}, world.neighbour.rpc);
    const headers = { Authorization: `Bearer ${world.neighbour.token}` };
    problem(await put(record.number, { phone_number: "091 234 56 78" }, headers), 422);
    await world.neighbour.rpc("tenant.update", { patch: { defaultCountry: "VN" } });
    const { json } = await put(record.number, { phone_number: "091 234 56 78" }, headers);
    expect(json["data"]).toMatchObject({ phone_number: "091 234 56 78" });
    const { data } = await world.neighbour.rpc("customer.get", { where: { id: record.id } });
    expect(data).toMatchObject({ phone: "+84912345678" });
  });
});

describe("the country", () => {
  it("is returned by its name for every numeric code of ISO 3166-1", async () => {
    const { data } = await world.rpc("country.list");
    const countries = data["items"] as { alpha2: string; numeric: number; name: string }[];
    expect(countries.length).toBeGreaterThanOrEqual(249);
    // Several customers at a time, so that they share commits.
    await Promise.all(
      Array.from({ length: 16 }, async (_, share) => {
        const record = await world.make("customer");
        for (const { alpha2, numeric, name } of countries.filter((__, i) => i % 16 === share)) {
          const { json } = await put(record.number, { country_id: numeric });
          expect(json["data"]).toMatchObject({ country_name: name });
          expect((await world.now(record)).addressCountry).toBe(alpha2);
        }
      }),
    );
  });
});

describe("the related user", () => {
  it("disappears from the reply when the user is deleted", async () => {
    const user = await world.make("user", { firstName: "Short", lastName: "Lived" });
    const record = await world.make("customer", { userId: user.number });
    expect((await put(record.number, {})).json["data"]).toMatchObject({
      related_user: { id: user.number, name: "Short Lived" },
    });
    await world.rpc("user.delete", { where: { id: user.id } });
    expect((await put(record.number, {})).json["data"]).toMatchObject({ related_user: null });
    // The record's current id is not a change; for another record, the user does not exist.
    expect((await put(record.number, { user_id: user.number })).json["data"]).toMatchObject({
      related_user: null,
    });
    const other = await world.make("customer", {});
    expect(faultsOf(await put(other.number, { user_id: user.number }))).toEqual({ "/user_id": "not_found" });
  });

  it("is shown with its names or, without them, its username", async () => {
    for (const [fields, name] of [
      [{ firstName: "Ada" }, "Ada"],
      [{ lastName: "King" }, "King"],
      [{ username: `only-${next()}` }, expect.stringMatching(/^only-/)],
    ] as const) {
      const user = await world.make("user", fields);
      const record = await world.make("customer", { userId: user.number });
      expect((await put(record.number, {})).json["data"]).toMatchObject({
        related_user: { id: user.number, name },
      });
    }
  });
});

describe("the related user", () => {
  const asToken = async (...scopes: Parameters<typeof world.tokenWith>) => ({
    Authorization: `Bearer ${await world.tokenWith(...scopes)}`,
  });

  it("has an empty text as its name if it has none", async () => {
    const user = await world.make("user", { username: null });
    const record = await world.make("customer", { userId: user.number });
    expect((await put(record.number, {})).json["data"]).toMatchObject({
      related_user: { id: user.number, name: "" },
    });
  });

  it("is null for a token that may not read users", async () => {
    const user = await world.make("user", { firstName: "Secret", lastName: "Agent" });
    const record = await world.make("customer", { userId: user.number });
    const { text: answer, json } = await put(record.number, { job: "x" }, await asToken("customers:write"));
    expect(answer).not.toMatch(/Secret|Agent|user-/);
    expect(json["data"]).toMatchObject({ related_user: null });
    const reader = await asToken("customers:write", "users:read");
    expect((await put(record.number, {}, reader)).json["data"]).toMatchObject({
      related_user: { id: user.number, name: "Secret Agent" },
    });
  });
});

it("a slash at the end of the path makes no difference", async () => {
  const record = await world.make("customer");
  expect((await put(`${record.number}/`, {})).json["data"]).toMatchObject({ id: record.number });
});

describe("the header X-Tenant", () => {
  it("may name the token's tenant", async () => {
    const own = await world.make("customer");
    expect((await put(own.number, { job: "Engineer" }, { "X-Tenant": "1" })).status).toBe(200);
    const theirs = await world.make("customer", {}, world.neighbour.rpc);
    const headers = {
      Authorization: `Bearer ${world.neighbour.token}`,
      "X-Tenant": String(world.neighbour.number),
    };
    expect((await put(theirs.number, {}, headers)).status).toBe(200);
  });

  it.each([
    "0x1",
    "1e0",
    "+1",
    "01",
    "1.0",
    "1,1",
    "2",
    "0",
    "-1",
    "99999999999999999999",
    "one",
    "1, 2",
    "",
    "1.5",
  ])("is refused as %j", async (tenant) => {
    const record = await world.make("customer");
    problem(await put(record.number, { job: "Engineer" }, { "X-Tenant": tenant }), 403);
    expect(await world.now(record)).toEqual(record);
  });
});

describe("the id of the path", () => {
  it.each(["abc", "1.5", "-1", "1e0", "0x1", "99999999999999999999999", "%00", "1%20"])(
    "%s is not found",
    async (id) => {
      problem(await put(id, {}), 404);
    },
  );

  it("cannot be the record's own id, which is not documented", async () => {
    const record = await world.make("customer");
    problem(await put(record.id, {}), 404);
  });
});
