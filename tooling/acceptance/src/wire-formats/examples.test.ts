import { isJsonObject, type JsonObject } from "@roster/domain";
import { beforeAll, expect, it } from "vitest";
import { defectsIn } from "../defects.ts";
import { Contract } from "./contract.ts";
import { at } from "./documented-api.ts";
import { send } from "./raw-request.ts";
import { useServer } from "../use-server.ts";

/** The examples of the OpenAPI document, sent to a new database as "Try it out" in `/docs` sends them. */

const { server } = useServer();
let document: JsonObject;
beforeAll(async () => {
  document = (await send(server.url, { method: "GET", path: "/openapi.json" })).json;
});

interface Call {
  method: string;
  path: string;
  operation: JsonObject;
}

/** New records first, deletions last. */
const order = ["post", "get", "put", "patch", "delete"];

function calls(): Call[] {
  const all = Object.entries(document["paths"] as JsonObject).flatMap(([path, methods]) =>
    Object.entries(methods as JsonObject).map(([method, operation]) => ({
      method,
      path,
      operation: operation as JsonObject,
    })),
  );
  const creates = ({ path, method }: Call) => (method === "post" && /^\/api\/[\w-]+s$/.test(path) ? 0 : 1);
  // An operation that is documented never to succeed has no example that works.
  const succeeds = ({ operation }: Call) =>
    Object.keys(operation["responses"] as JsonObject).some((status) => status.startsWith("2"));
  return all
    .filter(succeeds)
    .toSorted((a, b) => creates(a) - creates(b) || order.indexOf(a.method) - order.indexOf(b.method));
}

/** The values that "Try it out" fills in for parameters of one kind. */
const filledIn = ({ operation }: Call, where: string): [name: string, value: string][] =>
  (operation["parameters"] as JsonObject[]).flatMap((parameter) => {
    const value =
      parameter["example"] ?? at(parameter, "schema", "example") ?? at(parameter, "schema", "default");
    return parameter["in"] === where && value !== undefined
      ? [[parameter["name"] as string, typeof value === "string" ? value : JSON.stringify(value)]]
      : [];
  });

function headersOf({ operation }: Call): Record<string, string> {
  const [security] = operation["security"] as JsonObject[];
  const scheme = at(
    document,
    "components",
    "securitySchemes",
    Object.keys(security ?? {})[0] ?? "",
  ) as JsonObject;
  return scheme["type"] === "http"
    ? { Authorization: `Bearer ${server.token}` }
    : { [scheme["name"] as string]: `Token ${server.token}` };
}

/** The body on the wire, in each form of its content type. */
const written = (type: string, example: unknown): string[] =>
  type === "application/x-www-form-urlencoded"
    ? [new URLSearchParams(example as Record<string, string>).toString(), JSON.stringify(example)]
    : [typeof example === "string" ? example : JSON.stringify(example)];

it("each example of the document works unchanged on a new database, and gets a documented answer", async () => {
  const contract = new Contract(document);
  const done: string[] = [];
  /** The ids of the records that the examples have created, by their collections. */
  const made = new Map<string, string>();
  for (const call of calls()) {
    const { method, operation } = call;
    const ids = Object.fromEntries(filledIn(call, "path"));
    const query = new URLSearchParams(filledIn(call, "query")).toString();
    const path =
      call.path.replace(
        /\{(\w+)\}/,
        (_, name: string) => ids[name] ?? made.get(call.path.split("/{")[0] ?? "") ?? "",
      ) + (query && `?${query}`);
    const headers = { ...headersOf(call), ...Object.fromEntries(filledIn(call, "header")) };
    const content = at(operation, "requestBody", "content");
    const bodies = isJsonObject(content)
      ? Object.entries(content).flatMap(([type, media]) =>
          written(type, at(media, "example")).map((body) => ({ type, body })),
        )
      : [undefined];
    for (const sent of bodies) {
      const request = {
        method: method.toUpperCase(),
        path,
        headers: { ...headers, ...(sent && { "Content-Type": sent.type }) },
        ...(sent && { body: sent.body }),
      };
      const answer = await send(server.url, request);
      expect([request.method, path, sent, answer.status, answer.text]).toEqual([
        request.method,
        path,
        sent,
        expect.toSatisfy((status) => status === 200 || status === 201 || status === 204),
        expect.anything(),
      ]);
      expect(contract.faults(request, answer)).toEqual([]);
      done.push(`${request.method} ${call.path}`);
      if (answer.status === 201) made.set(call.path, answer.json["id"] as string);
    }
  }
  expect(new Set(done).size).toBe(calls().length);
  expect(defectsIn(server.output())).toEqual([]);
});

it("every body of the document has an example", () => {
  for (const { operation, path } of calls()) {
    for (const [type, media] of Object.entries(
      (at(operation, "requestBody", "content") ?? {}) as JsonObject,
    )) {
      expect([path, type, at(media, "example")]).toEqual([path, type, expect.anything()]);
    }
  }
});
