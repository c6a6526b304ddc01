import type { ErrorBody, JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { fresh, useRest } from "../rest/rest.ts";
import type { Answer } from "../wire-formats/raw-request.ts";

/** JSON texts that parsed values cannot represent, on every surface that reads JSON. */

const world = useRest();

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  world.send({
    method: "POST",
    path: `/trpc/${path}`,
    headers: { authorization: `Bearer ${world.token}`, "content-type": "application/json", ...headers },
    body,
  });
interface Part {
  result?: { data: JsonObject };
  error?: { data: { httpStatus: number; error: ErrorBody } };
}
const faultsOf = (part: unknown): string[] =>
  ((part as Part).error?.data.error.faults ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
const errorsOf = ({ json }: Answer): string[] =>
  (json["errors"] as { pointer: string; code: string }[]).map(({ pointer, code }) => `${pointer} ${code}`);

/** Texts of an object, with the faults of what would be lost. */
const lossy: [text: string, fault: string][] = [
  ['{"134":9007199254740993}', "/134 out_of_range"],
  ['{"134":-9007199254740993}', "/134 out_of_range"],
  ['{"a":[{"b":12345678901234567890}]}', "/a/0/b out_of_range"],
  ['{"a":1e400}', "/a out_of_range"],
  ['{"a":1,"a":2}', "/a ambiguous"],
  ['{"a":1,"\\u0061":1}', "/a ambiguous"],
  ['{ "deep" : [ { "x" : { "y" : 1 , "y" : 1 } } ] }', "/deep/0/x/y ambiguous"],
];

describe("an update by tRPC", () => {
  it.each(lossy)("of %s is refused with a pointer to it", async (text, fault) => {
    const record = await world.make("customer");
    const answer = await post(
      "customer.update",
      `{"where":{"id":"${record.id}"},"replace":{"mapping":${text}}}`,
    );
    expect(answer.status).toBe(400);
    expect(faultsOf(answer.json)).toEqual([`/replace/mapping${fault}`]);
    expect(await world.now(record)).toEqual(record);
  });

  it("is refused alone in its batch", async () => {
    const records = [
      await world.make("customer"),
      await world.make("customer"),
      await world.make("customer"),
    ];
    const names = records.map(() => fresh());
    const inputs = records.map(({ id }, i) => `{"where":{"id":"${id}"},"patch":{"name":"${names[i]}"}}`);
    inputs[1] = `{"where":{"id":"${records[1]?.id}"},"patch":{"name":"a","name":"b","properties":{"n":1e999}}}`;
    const path = "customer.update,customer.update,customer.update?batch=1";
    const { text } = await post(path, `{${inputs.map((input, i) => `"${i}":${input}`).join(",")}}`);
    const parts = JSON.parse(text) as Part[];
    expect(faultsOf(parts[1])).toEqual(["/patch/name ambiguous", "/patch/properties/n out_of_range"]);
    const after = await Promise.all(records.map((record) => world.now(record)));
    expect(after.map(({ version }) => version)).toEqual([2, 1, 2]);
  });

  it("is refused if the search for lost values ends early", async () => {
    const record = await world.make("customer");
    const many = `{"where":{"number":1},"replace":{"mapping":{"a":[${"9007199254740993,".repeat(200)}1]}}}`;
    const deep = `{"where":{"number":1},"patch":{"properties":{"a":${"[".repeat(2_000)}${"]".repeat(2_000)}}}}`;
    const lossyUpdate = `{"where":{"id":"${record.id}"},"replace":{"mapping":{"a":9007199254740993}}}`;
    for (const first of [many, deep]) {
      const { text } = await post(
        "customer.update,customer.update?batch=1",
        `{"0":${first},"1":${lossyUpdate}}`,
      );
      expect((JSON.parse(text) as Part[]).map((part) => faultsOf(part).length > 0)).toEqual([true, true]);
    }
    expect(await world.now(record)).toEqual(record);
  });

  it("keeps numbers that a double can hold, and returns them unchanged", async () => {
    const record = await world.make("customer");
    const mapping =
      '{"a":9007199254740991,"b":0.1,"c":9007199254740992,"d":1.5e-7,"e":100000000000000000000}';
    await post("customer.update", `{"where":{"id":"${record.id}"},"replace":{"mapping":${mapping}}}`);
    expect(JSON.stringify((await world.now(record)).mapping)).toBe(mapping);
    const again = await world.rpc("customer.update", {
      where: { id: record.id },
      replace: { mapping: (await world.now(record)).mapping },
    });
    expect(again.data).toMatchObject({ applied: false });
  });

  it("never gets a replay of another body: the second is refused under the same key", async () => {
    const record = await world.make("customer");
    const body = (n: string) =>
      `{"where":{"id":"${record.id}"},"replace":{"mapping":{"n":${n}}},"idempotencyKey":"${record.id}"}`;
    expect((await post("customer.update", body("9007199254740992"))).status).toBe(200);
    const second = await post("customer.update", body("9007199254740993"));
    expect(faultsOf(second.json)).toEqual(["/replace/mapping/n out_of_range"]);
    const third = await post("customer.update", body("9007199254740992"));
    expect(third.json).toMatchObject({ result: { data: { replayed: true } } });
  });
});

describe("other inputs by tRPC", () => {
  const get = (path: string, input: string) =>
    world.send({
      method: "GET",
      path: `/trpc/${path}${path.includes("?") ? "&" : "?"}input=${encodeURIComponent(input)}`,
      headers: { authorization: `Bearer ${world.token}` },
    });

  it("in a query are refused, too, alone in their batch", async () => {
    const one = await get("customer.get", '{"where":{"number":9007199254740993}}');
    expect(faultsOf(one.json)).toEqual(["/where/number out_of_range"]);
    const twice = await get("customer.list", '{"filter":{"email":"a@x.example","email":"b@x.example"}}');
    expect(faultsOf(twice.json)).toEqual(["/filter/email ambiguous"]);
    const { text } = await get(
      "customer.list,customer.list?batch=1",
      '{"0":{"limit":1},"1":{"limit":1,"limit":2}}',
    );
    const [first, second] = JSON.parse(text) as Part[];
    expect(first).toHaveProperty("result");
    expect(faultsOf(second)).toEqual(["/limit ambiguous"]);
  });

  it.each([
    ["customer.create", '{"providedId":"a","providedId":"b"}', "/providedId ambiguous"],
    [
      "customer.updateMany",
      '{"items":[{"where":{"number":1},"patch":{"name":"a","name":"b"}}]}',
      "/items/0/patch/name ambiguous",
    ],
    ["user.upsert", '{"where":{"username":"a"},"patch":{"title":"a","title":"a"}}', "/patch/title ambiguous"],
    ["tenant.setPropertiesSchema", '{"schema":{"minimum":9007199254740993}}', "/schema/minimum out_of_range"],
    ["hierarchyLevel.replaceAll", '{"levels":["a"],"levels":["b"]}', "/levels ambiguous"],
    ["token.create", '{"scopes":["admin"],"expiresAt":null,"expiresAt":null}', "/expiresAt ambiguous"],
    [
      "webhook.create",
      '{"url":"https://x.example","url":"https://y.example","events":["*"]}',
      "/url ambiguous",
    ],
  ])("%s %s", async (path, body, fault) => {
    expect(faultsOf((await post(path, body)).json)).toEqual([fault]);
  });

  it("that are malformed are refused after authentication", async () => {
    const answer = await post("customer.update", '{"a":1,"a":2}', { authorization: "Bearer wrong" });
    expect(answer.status).toBe(401);
  });
});

describe("plain REST", () => {
  it.each(lossy)("refuses %s in a patch and in a new record", async (text, fault) => {
    const record = await world.make("customer");
    const patched = await world.rest("PATCH", `/api/customers/${record.id}`, {
      body: `{"properties":${text}}`,
    });
    expect(patched.status).toBe(422);
    expect(errorsOf(patched)).toEqual([`/properties${fault}`]);
    const made = await world.rest("POST", "/api/customers", { body: `{"properties":${text}}` });
    expect(errorsOf(made)).toEqual([`/properties${fault}`]);
    expect(await world.now(record)).toEqual(record);
  });

  it("never returns a replay for another body", async () => {
    const record = await world.make("customer");
    const send = (n: string) =>
      world.rest("PATCH", `/api/customers/${record.id}`, {
        body: `{"mapping":{"n":${n}}}`,
        headers: { "Idempotency-Key": record.id },
      });
    expect((await send("9007199254740992")).status).toBe(200);
    expect(errorsOf(await send("9007199254740993"))).toEqual(["/mapping/n out_of_range"]);
  });
});

describe("the documented formats", () => {
  it.each<
    [
      format: string,
      method: string,
      path: (id: string, number: number) => string,
      auth: string,
      body: string,
      fault: string,
    ]
  >([
    [
      "stateset",
      "PUT",
      (id) => `/v1/customers/${id}`,
      "Authorization: Token",
      '{"email":"a@x.example","email":"b@x.example"}',
      "/email ambiguous",
    ],
    [
      "stateset",
      "PUT",
      (id) => `/v1/customers/${id}`,
      "Authorization: Token",
      '{"customer":{"email":null,"email":null}}',
      "/customer/email ambiguous",
    ],
    [
      "explo",
      "POST",
      () => "/api/update_customer/",
      "Explo-Authorization: Token",
      '{"provided_id":"example_1","mapping":{"134":9007199254740993}}',
      "/mapping/134 out_of_range",
    ],
    [
      "explo",
      "POST",
      () => "/api/update_customer/",
      "Explo-Authorization: Token",
      '{"provided_id":"example_1","provided_id":"other"}',
      "/provided_id ambiguous",
    ],
    [
      "maiascore",
      "PUT",
      (id) => `/customers/${id}`,
      "Authorization: Bearer",
      '{"uuid":"a","uuid":"b"}',
      "/uuid ambiguous",
    ],
    [
      "flextell",
      "PUT",
      (_, number) => `/api/v1/customers/${number}`,
      "Authorization: Bearer",
      '{"user_id":9007199254740993}',
      "/user_id out_of_range",
    ],
  ])("%s: %s", async (_format, method, path, auth, body, fault) => {
    const record = await world.make("customer");
    const [header = "", scheme = ""] = auth.split(": ");
    const answer = await world.send({
      method,
      path: path(record.id, record.number),
      headers: { [header]: `${scheme} ${world.token}`, "content-type": "application/json" },
      body,
    });
    expect(answer.status).toBe(422);
    expect(errorsOf(answer)).toEqual([fault]);
    expect(await world.now(record)).toEqual(record);
  });
});
