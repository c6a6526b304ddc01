import type { JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { problem } from "../wire-formats/refusals.ts";
import { at, customer, fresh, nouns, useRest, type Noun } from "./rest.ts";

/** Refusals of the canonical REST API: problem documents that locate each fault. */

const world = useRest();

/** Every method of every path of a noun, with the scope it needs. */
const calls = ({ name, path }: Noun): [method: string, path: string, scope: string][] => [
  ["GET", path, `${name}s:read`],
  ["POST", path, `${name}s:write`],
  ["GET", `${path}/x`, `${name}s:read`],
  ["PATCH", `${path}/x`, `${name}s:write`],
  ["DELETE", `${path}/x`, `${name}s:write`],
  ["GET", `${path}/x/history`, `${name}s:read`],
];
const scopes = ["customers:read", "customers:write", "users:read", "users:write"] as const;
const bodyFor = (method: string) => (method === "POST" || method === "PATCH" ? { body: {} } : {});

describe.each(nouns.flatMap(calls))("%s %s", (method, path, scope) => {
  it("is refused without a known token", async () => {
    for (const authorization of [
      undefined,
      "Bearer",
      "Bearer wrong",
      `Token ${world.token}`,
      `Bearer ${"x".repeat(5000)}`,
      `Bearer ${world.token} x`,
    ]) {
      const headers: Record<string, string> =
        authorization === undefined ? {} : { Authorization: authorization };
      const answer = await world.rest(method, path, { ...bodyFor(method), token: "", headers });
      problem(answer, 401);
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  it("is refused to a token with every scope but the required one", async () => {
    const token = await world.tokenWith(...scopes.filter((one) => one !== scope));
    // The scope is checked before everything else in the request.
    for (const query of ["", "?colour=red"]) {
      const answer = await world.rest(method, path + query, { body: "{", token });
      problem(answer, 403);
      expect(answer.json["detail"]).toContain(scope);
    }
    const own = await world.tokenWith(scopes.find((one) => one === scope) as (typeof scopes)[number]);
    expect((await world.rest(method, path, { ...bodyFor(method), token: own })).status).not.toBe(403);
  });

  it("names an unknown parameter", async () => {
    const answer = await world.rest(method, `${path}?colour=red`, bodyFor(method));
    // The faults of a patch are reported only once its record is found.
    if (method === "PATCH") return problem(answer, 404);
    problem(answer, 422);
    expect(answer.json["errors"]).toMatchObject([{ parameter: "colour", code: "unknown_field" }]);
  });
});

describe.each(nouns)("a request about a $name", (noun) => {
  const { path, key, text } = noun;
  const wrong = {
    [text]: 5,
    first_name: "Ada",
    email: "ada@",
    version: 7,
    "a/b~c": 1,
    [key]: "x".repeat(256),
  };
  const faults = (answer: { json: JsonObject }) =>
    (answer.json["errors"] as JsonObject[])
      .map(
        ({ pointer, parameter, code }) =>
          `${(pointer ?? `?${parameter as string}`) as string} ${code as string}`,
      )
      .toSorted();

  it("gets all its faults at once, each with a pointer into the body", async () => {
    const record = await world.create(noun);
    const expected = [
      `/${text} invalid_type`,
      "/first_name unknown_field",
      "/email invalid_format",
      "/version read_only",
      "/a~1b~0c unknown_field",
      `/${key} too_long`,
    ].toSorted();
    for (const answer of [
      await world.rest("POST", path, { body: wrong }),
      await world.rest("PATCH", at(noun, record), { body: wrong }),
    ]) {
      problem(answer, 422);
      expect(faults(answer)).toEqual(expected);
    }
    expect((await world.rest("GET", at(noun, record))).json).toEqual(record);
  });

  it("gets the faults of its query and its body together", async () => {
    const record = await world.create(noun);
    const query = `?reason=${"x".repeat(1001)}&onConflict=force&dryRun=yes&colour=red`;
    const answer = await world.rest("PATCH", at(noun, record) + query, { body: { [text]: 5 } });
    problem(answer, 422);
    expect(faults(answer)).toEqual([
      `/${text} invalid_type`,
      "?colour unknown_field",
      "?dryRun invalid_type",
      "?onConflict invalid_choice",
      "?reason too_long",
    ]);
    const deletion = await world.rest("DELETE", `${at(noun, record)}?reason=%00&dryRun=true`);
    problem(deletion, 422);
    expect(faults(deletion)).toEqual(["?dryRun unknown_field", "?reason invalid_format"]);
  });

  it("gets the list of fields that name records if it uses another", async () => {
    const record = await world.create(noun);
    for (const [method, rest] of [
      ["GET", ""],
      ["PATCH", ""],
      ["DELETE", ""],
      ["GET", "/history"],
    ] as const) {
      for (const by of ["email", "", "constructor"]) {
        const answer = await world.rest(method, `${at(noun, record)}${rest}?by=${by}`, bodyFor(method));
        problem(answer, 422);
        expect(answer.json["errors"]).toMatchObject([{ parameter: "by", code: "invalid_choice" }]);
      }
    }
  });

  it.each([
    "x",
    "1.0",
    "01",
    "-1",
    "1e3",
    "%31%00",
    "9007199254740993",
    "99999999999999999999",
    "%00",
    "%ff",
    "%F0%9F",
    "'--",
    "__proto__",
  ])("finds nothing at %s", async (id) => {
    for (const by of ["id", "number", key]) {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        problem(await world.rest(method, `${path}/${id}?by=${by}`, bodyFor(method)), 404);
      }
    }
  });

  it("is refused with 409 for a value that another record has", async () => {
    const [one, two] = [await world.create(noun), await world.create(noun)];
    for (const answer of [
      await world.rest("POST", path, { body: { [key]: one[key] } }),
      await world.rest("PATCH", at(noun, two), { body: { [key]: one[key] } }),
    ]) {
      problem(answer, 409);
      expect(answer.json).toMatchObject({
        code: "CONFLICT",
        errors: [{ pointer: `/${key}`, code: "taken" }],
      });
    }
  });

  it.each([
    ["PATCH", "application/json"],
    ["PATCH", "application/json-patch+json"],
    ["PATCH", "text/plain"],
    ["PATCH", ""],
    ["POST", "application/merge-patch+json"],
    ["POST", "application/x-www-form-urlencoded"],
    ["POST", "application/json; charset=latin1"],
    ["POST", ""],
  ])("is not accepted by %s as %s, and the answer names the accepted types", async (method, type) => {
    const record = await world.create(noun);
    const there = method === "POST" ? path : at(noun, record);
    const headers: Record<string, string> = { "Content-Type": type };
    const answer = await world.rest(method, there, { body: { [text]: "x" }, headers });
    problem(answer, 415);
    expect(answer.headers).not.toHaveProperty("accept-encoding");
    expect(answer.headers).toMatchObject(
      method === "PATCH"
        ? { "accept-patch": "application/merge-patch+json" }
        : { accept: "application/json", "accept-post": "application/json" },
    );
  });

  it("is accepted with the charset UTF-8, and without compression", async () => {
    const record = await world.create(noun);
    const patch = (headers: Record<string, string>) =>
      world.rest("PATCH", at(noun, record), { body: { [text]: fresh() }, headers });
    for (const type of [
      "application/merge-patch+json; charset=utf-8",
      'Application/Merge-Patch+JSON;charset="UTF-8"',
    ]) {
      expect((await patch({ "Content-Type": type })).status).toBe(200);
    }
    for (const answer of [
      await patch({ "Content-Encoding": "gzip" }),
      await world.rest("POST", path, { body: {}, headers: { "Content-Encoding": "br" } }),
    ]) {
      problem(answer, 415);
      expect(answer.headers).toMatchObject({ "accept-encoding": "identity" });
      for (const name of ["accept", "accept-patch", "accept-post"])
        expect(answer.headers).not.toHaveProperty(name);
    }
  });

  it.each(["", "{", '{"a":1}}', "nul", "\ufeff{}", Buffer.from('{"email":"\xff"}', "latin1"), "{'a':1}"])(
    "cannot be read: %j",
    async (body) => {
      const record = await world.create(noun);
      const type = { "Content-Type": "application/json" };
      const patch = { "Content-Type": "application/merge-patch+json" };
      // A byte order mark is ignored, as RFC 8259 allows.
      const status = body === "\ufeff{}" ? [201, 200] : [400, 400];
      const answers = [
        await world.rest("POST", path, { body, headers: type }),
        await world.rest("PATCH", at(noun, record), { body, headers: patch }),
      ];
      expect(answers.map((answer) => answer.status)).toEqual(status);
    },
  );

  it.each([null, [], [{}], "text", 5, true])("is no record: %j", async (body) => {
    const record = await world.create(noun);
    for (const answer of [
      await world.rest("POST", path, { body: JSON.stringify(body) }),
      await world.rest("PATCH", at(noun, record), { body: JSON.stringify(body) }),
    ]) {
      problem(answer, 422);
      expect(answer.json["errors"]).toMatchObject([{ pointer: "", code: "invalid_type" }]);
    }
  });

  it("cannot pollute a prototype", async () => {
    const record = await world.create(noun);
    const body = '{"__proto__":{"isDemo":true},"constructor":{"prototype":{}}}';
    for (const answer of [
      await world.rest("POST", path, { body }),
      await world.rest("PATCH", at(noun, record), { body }),
    ]) {
      problem(answer, 422);
      expect(faults(answer)).toEqual(["/__proto__ unknown_field", "/constructor unknown_field"]);
    }
  });

  it("may have a body of up to 1 MiB, with or without a Content-Length", async () => {
    const record = await world.create(noun);
    const body = JSON.stringify({ [text]: "x".repeat(1024 * 1024) });
    for (const sent of [body, [body.slice(0, 600_000), body.slice(600_000)]]) {
      for (const [method, there, type] of [
        ["POST", path, "application/json"],
        ["PATCH", at(noun, record), "application/merge-patch+json"],
      ] as const) {
        const headers = { Authorization: `Bearer ${world.token}`, "Content-Type": type };
        problem(await world.send({ method, path: there, headers, body: sent }), 413);
      }
    }
  });
});

it("cannot delete a customer that has customers below it", async () => {
  const top = await world.create(customer, { hierarchyLevel: "Level 0" });
  await world.create(customer, { hierarchyLevel: "Level 1", parent: top["id"] });
  const answer = await world.rest("DELETE", at(customer, top));
  problem(answer, 409);
  expect(answer.json["errors"]).toMatchObject([{ pointer: "", code: "in_use" }]);
});

it.each([
  "/api/customers/",
  "/api/customers/x/",
  "/api/customers/x/y",
  "/api/customer",
  "/api/Customers",
  "/api/users/x/history/1",
])("gets 404 at %s", async (path) => {
  for (const method of ["GET", "PATCH", "DELETE"])
    problem(await world.rest(method, path, bodyFor(method)), 404);
});
