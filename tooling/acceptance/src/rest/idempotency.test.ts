import { describe, expect, it } from "vitest";
import { at, customer, fresh, nouns, user, useRest, type Call } from "./rest.ts";

/** A request that is repeated with its Idempotency-Key takes effect once. */

const world = useRest();
const keyed = (key: string, call: Call = {}): Call => ({
  ...call,
  headers: { "Idempotency-Key": key, ...call.headers },
});
/** The part of an answer that a replay must repeat. */
const said = ({ status, text, headers }: Awaited<ReturnType<typeof world.rest>>) => ({
  status,
  text,
  etag: headers["etag"],
  location: headers["location"],
  applied: headers["roster-applied"],
});

describe.each(nouns)("a repeated request about a $name with its key", (noun) => {
  const { path, key: field, text } = noun;

  it("gets the first answer, marked, and takes effect once: POST", async () => {
    const call = keyed(fresh(), { body: { [field]: fresh(), [text]: "x" } });
    const first = await world.rest("POST", path, call);
    expect(first.status).toBe(201);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    const again = await world.rest("POST", path, call);
    expect(said(again)).toEqual(said(first));
    expect(again.headers["idempotent-replayed"]).toBe("true");
  });

  it("gets the first answer, even if the record has changed since: PATCH and DELETE", async () => {
    const record = await world.create(noun);
    const [change, deletion] = [
      keyed(fresh(), { body: { [text]: "mine" }, headers: { "If-Match": '"1"' } }),
      keyed(fresh(), { headers: { "If-Match": '"3"' } }),
    ];
    const changed = await world.rest("PATCH", `${at(noun, record)}?reason=once`, change);
    expect(changed).toMatchObject({ status: 200, json: { version: 2 } });
    await world.rest("PATCH", at(noun, record), { body: { [text]: "theirs" } });
    const changedAgain = await world.rest("PATCH", `${at(noun, record)}?reason=once`, change);
    expect(said(changedAgain)).toEqual(said(changed));
    expect(changedAgain.headers["idempotent-replayed"]).toBe("true");
    expect((await world.rest("GET", at(noun, record))).json).toMatchObject({ version: 3, [text]: "theirs" });

    const gone = await world.rest("DELETE", at(noun, record), deletion);
    expect(gone).toMatchObject({ status: 200, json: { version: 4 } });
    const goneAgain = await world.rest("DELETE", at(noun, record), deletion);
    expect(said(goneAgain)).toEqual(said(gone));
    expect(goneAgain.headers["idempotent-replayed"]).toBe("true");
    const { json } = await world.rest("GET", `${at(noun, record)}/history`);
    expect(json["items"]).toHaveLength(4);
  });

  it("still reports that nothing was changed", async () => {
    const record = await world.create(noun);
    const call = keyed(fresh(), { body: {} });
    const first = await world.rest("PATCH", at(noun, record), call);
    const again = await world.rest("PATCH", at(noun, record), call);
    expect(said(again)).toEqual({ ...said(first), applied: "false" });
  });

  it("creates one record from many concurrent requests", async () => {
    const call = keyed(fresh(), { body: { [text]: fresh() } });
    const answers = await Promise.all(Array.from({ length: 12 }, () => world.rest("POST", path, call)));
    expect(new Set(answers.map(({ status, text: body }) => `${status} ${body}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === "true")).toHaveLength(11);
  });
});

describe("a key", () => {
  it("is the same with and without quotes, and for any order of the body's members", async () => {
    const [key, name] = [fresh(), fresh()];
    const first = await world.rest(
      "POST",
      customer.path,
      keyed(`"${key}"`, { body: `{"name":"${name}","job":"x"}` }),
    );
    const again = await world.rest(
      "POST",
      customer.path,
      keyed(key, { body: `{ "job": "x", "name": "${name}" }` }),
    );
    expect(said(again)).toEqual(said(first));
    const escaped = await world.rest("POST", customer.path, keyed(`"${key}\\\\\\""`, { body: {} }));
    expect(escaped.headers).not.toHaveProperty("idempotent-replayed");
  });

  it("of another request is refused with 422, and changes nothing", async () => {
    const record = await world.create(customer);
    const other = await world.create(customer);
    const key = fresh();
    const headers = { "If-Match": '"1"' };
    const body = { name: "x" };
    expect((await world.rest("PATCH", at(customer, record), keyed(key, { body, headers }))).status).toBe(200);
    const others: [string, string, Call][] = [
      ["PATCH", at(customer, record), { body: { name: "y" }, headers }],
      ["PATCH", at(customer, record), { body }],
      ["PATCH", `${at(customer, record)}?reason=other`, { body, headers }],
      ["PATCH", at(customer, other), { body, headers }],
      ["DELETE", at(customer, record), { headers }],
      ["POST", customer.path, { body }],
      ["POST", user.path, { body: {} }],
    ];
    for (const [method, path, call] of others) {
      const answer = await world.rest(method, path, keyed(key, call));
      expect([method, path, answer.status, answer.json["code"]]).toEqual([
        method,
        path,
        422,
        "IDEMPOTENCY_MISMATCH",
      ]);
    }
    expect((await world.rest("GET", at(customer, other))).json).toEqual(other);
    expect((await world.rest("GET", at(customer, record))).json["version"]).toBe(2);
  });

  it("of a request about another type of record is refused, too", async () => {
    const call = keyed(fresh(), { body: {} });
    expect((await world.rest("POST", customer.path, call)).status).toBe(201);
    expect((await world.rest("POST", user.path, call)).json).toMatchObject({ code: "IDEMPOTENCY_MISMATCH" });
  });

  it("conflicts with the same key of a typed call, which is another request", async () => {
    const key = `${fresh()} "in quotes" \\`;
    expect((await world.rpc("customer.create", { name: "x", idempotencyKey: key })).status).toBe(200);
    const escaped = `"${key.replaceAll(/["\\]/g, "\\$&")}"`;
    const answer = await world.rest("POST", customer.path, keyed(escaped, { body: { name: "x" } }));
    expect(answer.json).toMatchObject({ status: 422, code: "IDEMPOTENCY_MISMATCH" });
  });

  it("is free again after a refusal", async () => {
    const call = (phone: string) => keyed("after-a-refusal", { body: { phone } });
    expect((await world.rest("POST", customer.path, call("12"))).status).toBe(422);
    expect((await world.rest("POST", customer.path, call("+442079460182"))).status).toBe(201);
  });

  it("belongs to its tenant", async () => {
    const call = keyed(fresh(), { body: { name: "x" } });
    const first = await world.rest("POST", customer.path, call);
    const theirs = await world.rest("POST", customer.path, { ...call, token: world.neighbour.token });
    expect(theirs.status).toBe(201);
    expect(theirs.json["id"]).not.toBe(first.json["id"]);
  });

  it.each([
    "a",
    "x".repeat(255),
    `"${"x".repeat(255)}"`,
    `"${'\\"'.repeat(255)}"`,
    '"a b, c; d"',
    "8e03978e-40d5-43dd-bc93-6894a57f9324",
    "a b",
    "~!@#$%^&*()=+/:'",
  ])("may be %s", async (key) => {
    const answer = await world.rest("POST", user.path, keyed(key, { body: {} }));
    expect(answer.status).toBe(201);
  });

  it.each([
    "",
    '""',
    "x".repeat(256),
    `"${"x".repeat(256)}"`,
    `"${'\\"'.repeat(256)}"`,
    '"open',
    'half"',
    '"a" "b"',
    "a, b",
    '"a";b=1',
    "ü",
    '"\\x"',
    "a;b",
  ])("cannot be %s", async (key) => {
    const record = await world.create(user);
    for (const answer of [
      await world.rest("POST", user.path, keyed(key, { body: {} })),
      await world.rest("PATCH", at(user, record), keyed(key, { body: {} })),
      await world.rest("DELETE", at(user, record), keyed(key)),
    ]) {
      expect(answer.json).toMatchObject({
        status: 400,
        code: "MALFORMED",
        errors: [{ header: "Idempotency-Key" }],
      });
    }
  });

  it("with a deeply nested body causes no server error", async () => {
    const deep = `{"properties":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`;
    for (const call of [{ body: deep }, keyed(fresh(), { body: deep })]) {
      const answer = await world.rest("POST", customer.path, call);
      expect(answer.json).toMatchObject({ status: 422, errors: [{ code: "too_deep" }] });
    }
    const typed = await world.rest("POST", "/trpc/customer.create", {
      body: deep.replace("{", `{"idempotencyKey":"${fresh()}",`),
    });
    expect(typed.status).toBe(400);
  });
});
