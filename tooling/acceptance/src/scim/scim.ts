import type { JsonObject, JsonValue } from "@roster/domain";
import { beforeAll } from "vitest";
import type { Rpc } from "../rpc.ts";
import type { Server } from "../server.ts";
import { useServer } from "../use-server.ts";

/** Sends requests as an identity provider does. */

export interface ScimAnswer {
  status: number;
  body: JsonObject;
  text: string;
  headers: Headers;
}

export interface ScimClient {
  /** @param body sent as JSON unless it is text */
  scim(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ScimAnswer>;
  /** Lists resources with a filter and further parameters. */
  list(path: string, filter?: string, more?: Record<string, string>): Promise<ScimAnswer>;
}

/** A client with a token. Like most providers, it sends and accepts SCIM's JSON. */
export function clientOf(url: string, token: () => string): ScimClient {
  const scim: ScimClient["scim"] = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/scim/v2${path}`, {
      method,
      headers: {
        accept: "application/scim+json",
        ...(token() !== "" && { authorization: `Bearer ${token()}` }),
        ...(body !== undefined && { "content-type": "application/scim+json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: (text === "" ? {} : JSON.parse(text)) as JsonObject,
      text,
      headers: response.headers,
    };
  };
  return {
    scim,
    list: (path, filter, more = {}) =>
      scim(
        "GET",
        `${path}?${new URLSearchParams({ ...(filter !== undefined && { filter }), ...more }).toString()}`,
      ),
  };
}

export interface ScimWorld extends ScimClient {
  server: Server;
  /** Roster's own calls, as an administrator. */
  rpc: Rpc;
  token: string;
}

/** A server with a token of the scope `scim` for the tests of one file. */
export function useScim(env: Record<string, string> = {}): ScimWorld {
  const { server, rpc } = useServer(env, { mayLogErrors: false });
  const world = { server, rpc } as ScimWorld;
  beforeAll(async () => {
    const { data } = await rpc("token.create", { name: "identity provider", scopes: ["scim"] });
    world.token = data["token"] as string;
    Object.assign(
      world,
      clientOf(server.url, () => world.token),
    );
  });
  return world;
}

export const core = "urn:ietf:params:scim:schemas:core:2.0";
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
export const messages = "urn:ietf:params:scim:api:messages:2.0";
export const patchOf = (...Operations: object[]) => ({ schemas: [`${messages}:PatchOp`], Operations });

export const upper = (text: JsonValue | undefined): string => (text as string).toUpperCase();
/** Texts in the order of their code points. */
export const sorted = (texts: readonly (JsonValue | undefined)[]): string[] =>
  (texts as string[]).toSorted((a, b) => (a < b ? -1 : 1));

let serial = 0;
/** A text that nothing else in this test file uses. */
export const fresh = (): string => `fresh-${++serial}`;

export const resources = ({ body }: ScimAnswer): JsonObject[] => body["Resources"] as unknown as JsonObject[];
