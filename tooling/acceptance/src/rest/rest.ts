import type { JsonObject } from "@roster/domain";
import { next, useWorld, type World } from "../wire-formats/world.ts";
import type { Answer } from "../wire-formats/raw-request.ts";

/** Makes calls of the canonical REST API as any HTTP client does. */

export interface Call {
  /** The body: sent as JSON, unless it is text or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
  /** A token in place of the admin's; an empty one is not sent. */
  token?: string;
}

export interface RestWorld extends World {
  /** Makes a call with a token and the content type that the method takes. */
  rest(method: string, path: string, call?: Call): Promise<Answer>;
  /** Creates a record of a noun by the REST API. */
  create(noun: Noun, fields?: object, token?: string): Promise<JsonObject>;
  /** Creates a tenant that requires versions. @returns its token */
  strictTenant(): Promise<string>;
}

/** The two resources of these tests. */
export interface Noun {
  name: "customer" | "user";
  path: string;
  /** A unique field that callers choose. */
  key: "providedId" | "username";
  /** Another field of the noun. */
  text: string;
}

export const nouns: readonly Noun[] = [
  { name: "customer", path: "/api/customers", key: "providedId", text: "name" },
  { name: "user", path: "/api/users", key: "username", text: "title" },
];
export const [customer, user] = nouns as [Noun, Noun];

const contentTypes: Record<string, string> = {
  POST: "application/json",
  PATCH: "application/merge-patch+json",
};

/** A key that no other record of this test file has. */
export const fresh = (): string => `key-${next()}`;

export function useRest(): RestWorld {
  const world = useWorld() as RestWorld;
  world.rest = (method, path, { body, headers = {}, token = world.token } = {}) => {
    const type = contentTypes[method];
    const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return world.send({
      method,
      path,
      headers: {
        ...(token !== "" && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && type !== undefined && { "Content-Type": type }),
        ...headers,
      },
      ...(body !== undefined && { body: text }),
    });
  };
  world.create = async ({ path, key }, fields = {}, token = world.token) => {
    const answer = await world.rest("POST", path, { body: { [key]: fresh(), ...fields }, token });
    if (answer.status !== 201) throw new Error(`not created: ${answer.text}`);
    return answer.json;
  };
  world.strictTenant = async () => {
    const { data } = await world.rpc("tenant.create", { name: fresh() });
    const token = data["token"] as string;
    const { rpcOf } = await import("../rpc.ts");
    await rpcOf(world.server.url, token)("tenant.update", { patch: { requireVersions: true } });
    return token;
  };
  return world;
}

/** The URL of a record. */
export const at = ({ path }: Noun, record: JsonObject): string => `${path}/${record["id"] as string}`;
