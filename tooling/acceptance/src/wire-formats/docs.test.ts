import { isJsonObject, type JsonObject } from "@roster/domain";
import { describe, expect, it } from "vitest";
import { at } from "./documented-api.ts";
import { openApiFaults } from "./openapi-faults.ts";
import { problem } from "./refusals.ts";
import { useWorld } from "./world.ts";

/** The documents about the APIs, the page that shows them, and the probes. None requires a token. */

const world = useWorld();
const get = (path: string, headers: Record<string, string> = {}) =>
  world.send({ method: "GET", path, headers });

describe("/openapi.json", () => {
  const put = (document: JsonObject, path: string[], value: unknown): JsonObject => {
    const copy = structuredClone(document);
    const last = path.pop() as string;
    Object.assign(at(copy, ...path) as JsonObject, { [last]: value });
    return copy;
  };

  it("is a document of OpenAPI 3.1", async () => {
    const answer = await get("/openapi.json");
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(openApiFaults(answer.json)).toEqual([]);
  });

  it.each<[string, string[], unknown]>([
    ["another version", ["openapi"], "3.0.0"],
    ["a path without its slash", ["paths", "v1"], {}],
    ["a parameter that is not declared", ["paths", "/customers/{id}", "put", "parameters"], []],
    ["a response without a description", ["paths", "/customers/{id}", "put", "responses", "200"], {}],
    ["an operationId twice", ["paths", "/customers/{id}", "put", "operationId"], "Explo_Update_Customer"],
    ["an unknown security scheme", ["paths", "/customers/{id}", "put", "security"], [{ other: [] }]],
    ["a reference to nothing", ["components", "schemas", "Other"], { $ref: "#/components/schemas/Nothing" }],
    ["an unknown type", ["components", "schemas", "Other"], { type: "text" }],
    ["a keyword of OpenAPI 3.0", ["components", "schemas", "Other"], { type: "string", nullable: true }],
    [
      "a required property that is not defined",
      ["components", "schemas", "Other"],
      { required: ["a"], properties: {} },
    ],
  ])("is invalid with %s", async (_, path, value) => {
    const { json } = await get("/openapi.json");
    expect(openApiFaults(put(json, path, value))).not.toEqual([]);
  });

  it("has the five documented calls, and names no host", async () => {
    const { json, text } = await get("/openapi.json");
    const calls = Object.entries(json["paths"] as JsonObject).flatMap(([path, item]) =>
      Object.keys(item as JsonObject).map((method) => `${method} ${path}`),
    );
    expect(calls).toEqual(
      expect.arrayContaining([
        "post /api/update_customer/",
        "put /api/v1/customers/{id}",
        "put /customers/{id}",
        "put /v1/customers/{id}",
        "put /v1/users/{id}",
      ]),
    );
    expect(text).not.toMatch(/\w+:\/\//);
  });

  it("has the limits and choices of the published pages", async () => {
    const { json } = await get("/openapi.json");
    const schema = (path: string, method: string, field: string): unknown =>
      at(
        json,
        "paths",
        path,
        method,
        "requestBody",
        "content",
        "application/json",
        "schema",
        "properties",
        field,
      );
    const flextell = (field: string) => schema("/api/v1/customers/{id}", "put", field);
    expect(flextell("first_name")).toMatchObject({ type: "string", maxLength: 255 });
    expect(flextell("phone_number")).toMatchObject({ type: "string", maxLength: 20 });
    expect(flextell("job")).toMatchObject({ anyOf: [{ type: "string", maxLength: 255 }, { type: "null" }] });
    expect(flextell("address")).toMatchObject({
      anyOf: [{ type: "string", maxLength: 1000 }, { type: "null" }],
    });
    expect(flextell("gender")).toMatchObject({
      anyOf: [{ enum: ["male", "female", "other"] }, { type: "null" }],
    });
    expect(flextell("country_id")).toMatchObject({ anyOf: [{ type: "integer" }, { type: "null" }] });
    expect(schema("/api/update_customer/", "post", "emails")).toMatchObject({
      type: "array",
      items: { format: "email" },
    });
    expect(
      at(
        json,
        "paths",
        "/api/update_customer/",
        "post",
        "requestBody",
        "content",
        "application/json",
        "schema",
        "required",
      ),
    ).toEqual(["provided_id"]);
  });
});

it("requires a bearer token, and explains how to get one", async () => {
  const document = (await get("/openapi.json")).json as { components: { securitySchemes: JsonObject } };
  const schemes = Object.values(document.components.securitySchemes) as JsonObject[];
  expect(schemes[0]).toMatchObject({ type: "http", scheme: "bearer" });
  for (const { description } of schemes) expect(description).toContain("npm run db:token");
});

describe("/docs", () => {
  it("is a page whose parts all come from this server", async () => {
    const page = await get("/docs", { Accept: "text/html" });
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toMatch(/^text\/html/);
    expect(page.text).not.toMatch(/\/\//);
    const parts = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, part]) => part as string);
    expect(parts.length).toBeGreaterThan(1);
    for (const part of parts) {
      const answer = await get(part);
      expect([part, answer.status]).toEqual([part, 200]);
      expect(answer.text.length).toBeGreaterThan(50);
      expect(answer.headers["content-type"]).toMatch(
        part.endsWith(".css") ? /^text\/css/ : /^text\/javascript/,
      );
      // A style sheet loads the files it names.
      if (part.endsWith(".css")) expect(answer.text).not.toMatch(/@import|url\((?!["']?data:)/);
    }
    expect((await get("/docs/start.js")).text).toContain('"/openapi.json"');
  });

  it("may load nothing from another host, and run no inline script", async () => {
    const { headers } = await get("/docs");
    const policy = String(headers["content-security-policy"]);
    const directives = new Map(
      policy.split(";").map((one) => {
        const [name = "", ...sources] = one.trim().split(/ +/);
        return [name, sources];
      }),
    );
    expect(directives.get("default-src")).toEqual(["'none'"]);
    for (const [name, sources] of directives) {
      const allowed = ["'none'", "'self'", "data:", ...(name === "style-src" ? ["'unsafe-inline'"] : [])];
      expect(sources.filter((source) => !allowed.includes(source))).toEqual([]);
    }
  });

  it.each(["/", "/docs/"])("is the redirect target of %s", async (path) => {
    expect(await get(path)).toMatchObject({ status: 302, headers: { location: "/docs" } });
  });

  it.each([
    "/docs/package.json",
    "/docs/../package.json",
    "/docs/%2e%2e/package.json",
    "/docs/swagger-ui.css/..%2f..%2fpackage.json",
  ])("serves no other file: %s", async (path) => {
    problem(await get(path), 404);
  });
});

describe("the probes", () => {
  it("report that the server is alive and ready", async () => {
    expect(await get("/healthz")).toMatchObject({ status: 200, json: { status: "ok" } });
    expect(await get("/readyz")).toMatchObject({ status: 200, json: { status: "ready" } });
  });
});

describe("any other path", () => {
  it.each([
    ["GET", "/nothing"],
    ["PUT", "/customers"],
    ["PUT", "/customers/"],
    ["PUT", "/customers/a/b"],
    ["PUT", "/v1/orders/1"],
    ["POST", "/api/update_customers/"],
    ["PUT", "/API/V1/customers/1"],
    ["GET", "/%"],
    ["GET", "/%00"],
  ])("%s %s is a problem document with status 404", async (method, path) => {
    const answer = await world.send({ method, path });
    problem(answer, 404);
    expect(isJsonObject(answer.json)).toBe(true);
  });
});
