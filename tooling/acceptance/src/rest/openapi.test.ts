import {
  customerFields,
  fieldsWhere,
  isJsonObject,
  userFields,
  type Field,
  type Fields,
  type JsonObject,
} from "@roster/domain";
import { beforeAll, describe, expect, it } from "vitest";
import { schemaFaults } from "./json-schema.ts";
import { at, fresh, nouns, useRest, type Call, type Noun } from "./rest.ts";

/** Compares `/openapi.json` with the behaviour of the canonical REST API. */

const world = useRest();
let document: JsonObject;
beforeAll(async () => {
  document = (await world.rest("GET", "/openapi.json", { token: "" })).json;
});

const part = (...path: string[]): JsonObject => {
  const found = path.reduce<unknown>(
    (value, key) => (isJsonObject(value) ? value[key] : undefined),
    document,
  );
  if (!isJsonObject(found)) throw new Error(`there is no ${path.join(" ")}`);
  return found;
};
const operation = (method: string, path: string): JsonObject => part("paths", path, method.toLowerCase());
const schema = (name: string): JsonObject => part("components", "schemas", name);
const parametersOf = (one: JsonObject, where: string): JsonObject[] =>
  (one["parameters"] as JsonObject[]).filter((parameter) => parameter["in"] === where);
const titles = { customer: "Customer", user: "User" };
const fieldsOf: Record<Noun["name"], Fields> = { customer: customerFields, user: userFields };

describe.each(nouns)("the document about a $name", (noun) => {
  const { name, path, key, text } = noun;
  const fields = fieldsOf[name];
  const title = titles[name];
  const paths = [path, `${path}/{id}`, `${path}/{id}/history`];

  it("has each path with its methods", async () => {
    const { paths: all } = document;
    expect(Object.keys(all as JsonObject).filter((one) => one.startsWith(path))).toEqual(paths);
    for (const one of paths) {
      const { headers } = await world.rest("OPTIONS", one.replace("{id}", "x"));
      const served = String(headers["allow"])
        .split(", ")
        .filter((method) => !["HEAD", "OPTIONS"].includes(method));
      expect(Object.keys(part("paths", one)).toSorted()).toEqual(
        served.map((method) => method.toLowerCase()).toSorted(),
      );
    }
  });

  it("has exactly the accepted parameters, each with a description", async () => {
    const record = await world.create(noun);
    for (const one of paths) {
      for (const [method, described] of Object.entries(part("paths", one)) as [string, JsonObject][]) {
        const parameters = described["parameters"] as JsonObject[];
        for (const parameter of parameters) expect(parameter["description"]).toMatch(/\w{3}/);
        const query = parametersOf(described, "query").map((parameter) => parameter["name"] as string);
        const there = `${one.replace("{id}", record["id"] as string)}?no=1&${query.map((each) => `${each}=%00`).join("&")}`;
        const verb = method.toUpperCase();
        const answer = await world.rest(verb, there, verb === "PATCH" || verb === "POST" ? { body: {} } : {});
        const unknown = (answer.json["errors"] as JsonObject[]).filter(
          ({ code }) => code === "unknown_field",
        );
        expect([method, one, unknown.map(({ parameter }) => parameter)]).toEqual([method, one, ["no"]]);
      }
    }
    const filters = parametersOf(operation("GET", path), "query");
    const limit = filters.find((parameter) => parameter["name"] === "limit");
    expect(limit?.["schema"]).toMatchObject({ type: "integer", minimum: 1, maximum: 200, default: 50 });
    const by = parametersOf(operation("PATCH", `${path}/{id}`), "query").find((one) => one["name"] === "by");
    expect(by?.["schema"]).toMatchObject({ enum: fieldsWhere(fields, ({ unique }) => unique) });
  });

  it("has every field with its type, its limits and a description", () => {
    const readable = fieldsWhere(fields, ({ secret }) => !secret);
    const writable = fieldsWhere(fields, ({ access }) => access === "write");
    expect(Object.keys(schema(title)["properties"] as JsonObject)).toEqual(readable);
    expect(schema(title)["required"]).toEqual(readable);
    for (const written of [schema(`${title}Create`), schema(`${title}Patch`)]) {
      expect(Object.keys(written["properties"] as JsonObject)).toEqual(writable);
      expect(written["additionalProperties"]).toBe(false);
      expect(written).not.toHaveProperty("required");
    }
    for (const each of [title, `${title}Create`, `${title}Patch`]) {
      for (const [field, described] of Object.entries(schema(each)["properties"] as JsonObject)) {
        const { description, nullable, max, kind, options } = fields[field] as Field;
        const { description: words, ...own } = described as JsonObject;
        expect(words).toContain(description);
        const value = nullable ? ((own["anyOf"] as JsonObject[])[0] as JsonObject) : own;
        if (nullable) expect(own["anyOf"]).toEqual([value, { type: "null" }]);
        if (["text", "email", "phone"].includes(kind)) expect(value["maxLength"]).toBe(max);
        if (kind === "integer") expect(value["maximum"]).toBe(max);
        if (kind === "set") expect(value["maxItems"]).toBe(max);
        if (options) expect(value["enum"]).toEqual(options);
        if (kind === "instant") expect(value["format"]).toBe("date-time");
      }
    }
  });

  it("matches the status, headers and body of every answer", async () => {
    const record = await world.create(noun, { [text]: "x", email: "ada@example.com" });
    const there = at(noun, record);
    const one = `${path}/{id}`;
    const calls: [status: number, method: string, documented: string, path: string, call?: Call][] = [
      [201, "POST", path, path, { body: { [key]: fresh() } }],
      [200, "GET", path, `${path}?limit=3&sort=createdAt&order=desc`],
      [200, "GET", one, there],
      [304, "GET", one, there, { headers: { "If-None-Match": '"1"' } }],
      [200, "PATCH", one, `${there}?reason=why`, { body: { [text]: "y" }, headers: { "If-Match": '"1"' } }],
      [200, "GET", `${one}/history`, `${there}/history`],
      [412, "PATCH", one, there, { body: {}, headers: { "If-Match": '"1"' } }],
      [412, "DELETE", one, there, { headers: { "If-Match": '"1"' } }],
      [400, "PATCH", one, there, { body: {}, headers: { "If-Match": "1" } }],
      [400, "POST", path, path, { body: "{" }],
      [422, "PATCH", one, there, { body: { [text]: 1, nothing: 1 } }],
      [422, "POST", path, path, { body: { [text]: 1, nothing: 1 } }],
      [422, "GET", path, `${path}?limit=0&no=1`],
      [409, "POST", path, path, { body: { [key]: record[key] } }],
      [415, "PATCH", one, there, { body: {}, headers: { "Content-Type": "text/plain" } }],
      [413, "POST", path, path, { body: `"${"x".repeat(1024 * 1024)}"` }],
      [401, "GET", path, path, { token: "wrong" }],
      [403, "DELETE", one, there, { token: await world.tokenWith(`${name}s:read`) }],
      [404, "GET", `${one}/history`, `${path}/nobody/history`],
      [200, "DELETE", one, there],
    ];
    for (const [status, method, documented, target, call] of calls) {
      const answer = await world.rest(method, target, call);
      expect([method, target, answer.status]).toEqual([method, target, status]);
      const response = (operation(method, documented)["responses"] as JsonObject)[
        String(status)
      ] as JsonObject;
      expect([method, documented, status, isJsonObject(response)]).toEqual([
        method,
        documented,
        status,
        true,
      ]);
      for (const [header, described] of Object.entries((response["headers"] ?? {}) as JsonObject)) {
        if (header === "Idempotent-Replayed") continue;
        const value = answer.headers[header.toLowerCase()];
        expect([
          header,
          schemaFaults((described as JsonObject)["schema"] as JsonObject, value, document),
        ]).toEqual([header, []]);
      }
      const content = response["content"] as JsonObject | undefined;
      if (content === undefined) {
        expect(answer.text).toBe("");
        continue;
      }
      const [[type, media]] = Object.entries(content) as [[string, JsonObject]];
      expect(answer.headers["content-type"]).toBe(type);
      expect(schemaFaults(media["schema"] as JsonObject, answer.json, document)).toEqual([]);
    }
  });

  it("describes bodies exactly: a matching one is accepted, any other refused", async () => {
    const record = await world.create(noun);
    const bodies: [fits: boolean, body: JsonObject][] = [
      [true, { [text]: "x", email: null }],
      [true, {}],
      [false, { [text]: 5 }],
      [false, { [text]: "x".repeat(256) }],
      [false, { unknown: 1 }],
      [false, { version: 1 }],
      [false, { email: "x".repeat(250) + "@example.com" }],
    ];
    for (const [fits, body] of bodies) {
      expect([body, schemaFaults(schema(`${title}Patch`), body, document).length === 0]).toEqual([
        body,
        fits,
      ]);
      expect((await world.rest("PATCH", at(noun, record), { body })).status).toBe(fits ? 200 : 422);
    }
    const { requestBody } = operation("PATCH", `${path}/{id}`) as { requestBody: JsonObject };
    expect(requestBody).toEqual({
      required: true,
      content: {
        "application/merge-patch+json": {
          schema: { $ref: `#/components/schemas/${title}Patch` },
          example: expect.anything() as JsonObject,
        },
      },
    });
  });

  it("has the headers for conditional changes", () => {
    const headers = (method: string, where: string) =>
      parametersOf(operation(method, where), "header").map((parameter) => parameter["name"]);
    expect(headers("POST", path)).toEqual(["Idempotency-Key"]);
    expect(headers("GET", `${path}/{id}`)).toEqual(["If-Match", "If-None-Match"]);
    for (const method of ["PATCH", "DELETE"]) {
      expect(headers(method, `${path}/{id}`)).toEqual(["If-Match", "Idempotency-Key"]);
      const { responses } = operation(method, `${path}/{id}`);
      expect(Object.keys(responses as JsonObject)).toEqual(expect.arrayContaining(["412", "428"]));
    }
  });
});
