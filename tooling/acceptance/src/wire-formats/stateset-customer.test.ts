import { describe, expect, it } from "vitest";
import { behavesAsDocumented, instantField, notText, textField } from "./documented-api.ts";
import { faultsOf, problemWithoutSuccess } from "./refusals.ts";
import { useWorld } from "./world.ts";

/** StateSet's "Update Customer". */

const world = useWorld();

behavesAsDocumented(
  {
    source: "stateset",
    record: "customer",
    scope: "customers:write",
    method: "PUT",
    openApi: {
      path: "/v1/customers/{id}",
      contentTypes: ["application/json"],
      securityHeader: "Authorization",
    },
    authorization: (token) => ({ Authorization: `Token ${token}` }),
    otherAuthorizations: (token) => [
      ["Authorization", `Bearer ${token}`],
      ["Authorization", token],
      ["Explo-Authorization", `Token ${token}`],
    ],
    unauthenticated: 401,
    foundBy: {
      id: ({ id }) => ({ path: `/v1/customers/${id}` }),
      providedId: ({ providedId }) => ({ path: `/v1/customers/${encodeURIComponent(providedId ?? "")}` }),
    },
    ownKey: { typed: "providedId", foundBy: "providedId" },
    fields: {
      email: {
        typed: "email",
        first: { send: "ada@example.com" },
        second: { send: "Ada.Lovelace@Example.com" },
        null: "clears",
        wrong: [
          ...notText,
          "",
          "ada",
          "ada@",
          "@example.com",
          "ada@example.com, bob@example.com",
          `${"x".repeat(251)}@a.io`,
        ],
      },
      firstName: textField("firstName", "Ada", "Augusta"),
      lastName: textField("lastName", "Lovelace", "King"),
      phone: {
        typed: "phone",
        first: { send: "+1 (415) 555-2671", stored: "+14155552671" },
        second: { send: "+442079460018" },
        null: "clears",
        wrong: [14155552671, "", "555", "4155552671", "not a number", "+14155552671 ext. 9"],
      },
      stripe_customer_id: textField("stripeCustomerId", "cus_NffrFeUfNV2Hib", "cus_2"),
      timestamp: { ...instantField("timestamp", "2026-12-31"), cleared: ({ updatedAt }) => updatedAt },
      activationDate: instantField("activationDate", "2026-12-31"),
      sso_id: textField("ssoId", "sso|1", "sso|2"),
    },
    otherFields: ["id", "customer"],
    reply: {
      success: "number",
      id: "string",
      email: "string?",
      firstName: "string?",
      lastName: "string?",
      phone: "string?",
      stripe_customer_id: "string?",
      timestamp: "instant",
      activationDate: "instant?",
      user_group: {
        team_id: "number",
        token: "string",
        name: "string?",
        provided_id: "string?",
        properties: "object?",
        api_environment_tag: "string",
      },
    },
    refusal: problemWithoutSuccess,
  },
  world,
);

const put = (path: string, body: unknown) =>
  world.send({
    method: "PUT",
    path,
    headers: { "Content-Type": "application/json", Authorization: `Token ${world.token}` },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

describe("the request of the page", () => {
  it("gets the answer that the page shows", async () => {
    const { id, number, token, providedId } = await world.make("customer", { name: "Example 1" });
    const answer = await world.send({
      method: "PUT",
      path: `/v1/customers/${id}`,
      headers: { "Content-Type": "application/json", Authorization: `Token ${world.token}` },
      body: `{
      "id": "${id}",
      "email": "ada@example.com",
      "firstName": "Ada",
      "lastName": "Lovelace",
      "phone": "+14155552671",
      "stripe_customer_id": "cus_NffrFeUfNV2Hib",
      "timestamp": "2026-03-01T09:30:00.000Z",
      "activationDate": "2026-03-02T00:00:00.000Z"
  }`,
    });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      success: 1,
      id,
      email: "ada@example.com",
      firstName: "Ada",
      lastName: "Lovelace",
      phone: "+14155552671",
      stripe_customer_id: "cus_NffrFeUfNV2Hib",
      timestamp: "2026-03-01T09:30:00.000Z",
      activationDate: "2026-03-02T00:00:00.000Z",
      sso_id: null,
      user_group: {
        team_id: 1,
        token,
        name: "Example 1",
        provided_id: providedId,
        properties: null,
        api_environment_tag: "Customer",
      },
    });
    expect(number).toBeGreaterThan(0);
  });
});

describe("the fields of the request", () => {
  it("may be inside customer", async () => {
    const record = await world.make("customer");
    const answer = await put(`/v1/customers/${record.id}`, {
      sso_id: "sso|9",
      customer: { id: record.id, firstName: "Ada", phone: null },
    });
    expect(answer.json).toMatchObject({ success: 1, sso_id: "sso|9", firstName: "Ada", phone: null });
    expect(await world.now(record)).toMatchObject({ firstName: "Ada", ssoId: "sso|9", version: 2 });
  });

  it("may be in both places with the same value", async () => {
    const record = await world.make("customer");
    const answer = await put(`/v1/customers/${record.id}`, {
      lastName: "King",
      customer: { lastName: "King" },
    });
    expect(answer.json).toMatchObject({ lastName: "King" });
  });

  it("are refused in both places with different values, together with every other fault", async () => {
    const record = await world.make("customer");
    const answer = await put(`/v1/customers/${record.id}`, {
      email: "a@example.com",
      firstName: "Ada",
      activationDate: "never",
      customer: { email: "b@example.com", firstName: null, lastName: 7, customer: {}, secret: 1 },
    });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({
      "/customer/email": "ambiguous",
      "/customer/firstName": "ambiguous",
      "/activationDate": "invalid_format",
      "/customer/lastName": "invalid_type",
      "/customer/customer": "unknown_field",
      "/customer/secret": "unknown_field",
    });
    expect(await world.now(record)).toEqual(record);
  });

  it.each([null, "text", 7, ["list"]])("are refused in a customer that is %j", async (customer) => {
    const record = await world.make("customer");
    const answer = await put(`/v1/customers/${record.id}`, { customer, firstName: 7 });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ "/customer": "invalid_type", "/firstName": "invalid_type" });
  });

  it("that are extremely nested in both places are refused", async () => {
    const record = await world.make("customer");
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    const answer = await put(`/v1/customers/${record.id}`, `{"email":${deep},"customer":{"email":${deep}}}`);
    problemWithoutSuccess(answer, 422);
  });

  it("are only customer's own keys", async () => {
    const record = await world.make("customer");
    const answer = await put(
      `/v1/customers/${record.id}`,
      '{"customer":{"__proto__":{"email":"a@example.com"}}}',
    );
    expect(faultsOf(answer)).toEqual({ "/customer/__proto__": "unknown_field" });
    expect(await world.now(record)).toEqual(record);
  });
});

describe("the id of the body", () => {
  it("may be the record's id or its providedId", async () => {
    const record = await world.make("customer");
    for (const id of [record.id, record.providedId]) {
      expect((await put(`/v1/customers/${record.providedId}`, { id })).status).toBe(200);
    }
  });

  it.each([
    [{ id: "another" }, { "/id": "ambiguous" }],
    [{ id: 7 }, { "/id": "invalid_type" }],
    [{ id: null }, { "/id": "invalid_type" }],
    [{ customer: { id: "another" } }, { "/customer/id": "ambiguous" }],
  ])("of %j is refused, with every other fault", async (body, faults) => {
    const record = await world.make("customer", { providedId: null });
    const answer = await put(`/v1/customers/${record.id}`, { ...body, lastName: 7, phone: "1" });
    problemWithoutSuccess(answer, 422);
    expect(faultsOf(answer)).toEqual({ ...faults, "/lastName": "invalid_type", "/phone": "invalid_format" });
    expect(await world.now(record)).toEqual(record);
  });

  it.each(["1", "+1\u0000", "\ud800", "1".repeat(300), 1])(
    "%j as a phone number is one fault, and not another of the text",
    async (phone) => {
      const record = await world.make("customer");
      const { json } = await put(`/v1/customers/${record.id}`, { phone });
      expect(json["errors"]).toMatchObject([{ pointer: "/phone" }]);
    },
  );
});

describe("the reply", () => {
  it("has updatedAt for a timestamp that was never set", async () => {
    const record = await world.make("customer");
    const { json } = await put(`/v1/customers/${record.id}`, { firstName: "Ada" });
    const { updatedAt, timestamp } = await world.now(record);
    expect(json["timestamp"]).toBe(updatedAt);
    expect(timestamp).toBeNull();
  });

  it("sets no timestamp when its updatedAt is sent back in another spelling", async () => {
    const record = await world.make("customer");
    const { json } = await put(`/v1/customers/${record.id}`, {});
    const timestamp = (json["timestamp"] as string).replace("Z", "+00:00");
    expect((await put(`/v1/customers/${record.id}`, { timestamp, firstName: null })).status).toBe(200);
    expect(await world.now(record)).toEqual(record);
  });

  it("has the id in the request", async () => {
    const record = await world.make("customer", { providedId: "cus-1" });
    for (const id of ["cus-1", record.id]) {
      const { json } = await put(`/v1/customers/${id}`, {});
      expect(json["id"]).toBe(id);
      expect((await put(`/v1/customers/${id}`, { id: json["id"], customer: { id } })).status).toBe(200);
    }
  });

  it("marks a demo customer by its environment tag, and has the properties", async () => {
    const record = await world.make("customer", { isDemo: true, properties: { plan: "pro", seats: 3 } });
    const { json } = await put(`/v1/customers/${record.id}`, {});
    expect(json["user_group"]).toMatchObject({
      api_environment_tag: "Testing",
      properties: { plan: "pro", seats: 3 },
    });
  });

  it("has the number of the token's tenant as team_id", async () => {
    const record = await world.make("customer", {}, world.neighbour.rpc);
    const { json } = await world.send({
      method: "PUT",
      path: `/v1/customers/${record.providedId}`,
      headers: { "Content-Type": "application/json", Authorization: `Token ${world.neighbour.token}` },
      body: "{}",
    });
    expect(json["user_group"]).toMatchObject({ team_id: world.neighbour.number, token: record.token });
  });
});

it("a slash at the end of the path makes no difference", async () => {
  const record = await world.make("customer");
  expect((await put(`/v1/customers/${record.providedId}/`, { firstName: "Ada" })).json).toMatchObject({
    id: record.providedId,
    firstName: "Ada",
  });
  problemWithoutSuccess(await put("/v1/customers/nobody/", {}), 404);
});

it("an id is looked up among the ids before the providedIds", async () => {
  const record = await world.make("customer");
  const impostor = await world.make("customer", { providedId: record.id });
  await put(`/v1/customers/${record.id}`, { firstName: "Ada" });
  expect((await world.now(record)).firstName).toBe("Ada");
  expect((await world.now(impostor)).firstName).toBeNull();
});
