import type { CustomerJson, Scope, UserJson } from "@roster/domain";
import { afterAll, beforeAll, expect } from "vitest";
import { defectsIn } from "../defects.ts";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { contractOf } from "./contract.ts";
import { send, type Answer, type RawRequest } from "./raw-request.ts";

/** A customer or a user as the typed calls show it. */
type Known = CustomerJson | UserJson;
export interface Records {
  customer: CustomerJson;
  user: UserJson;
}

/** A running server with two tenants and everything that the documented requests refer to. */
export interface World {
  server: Server;
  /** The first tenant's admin token. */
  token: string;
  rpc: Rpc;
  /** The second tenant. */
  neighbour: { token: string; number: number; rpc: Rpc };
  /** Two customers at the highest level, `top-1` and `top-2`. */
  tops: CustomerJson[];
  /** The customer `example_1`. */
  example: CustomerJson;
  /** Two users, with the numbers 1 and 2. */
  users: UserJson[];
  /** Every exchange must match the OpenAPI document. */
  send(request: RawRequest): Promise<Answer>;
  tokenWith(...scopes: Scope[]): Promise<string>;
  /** Creates a record with unused keys. */
  make<T extends keyof Records>(type: T, fields?: object, rpc?: Rpc): Promise<Records[T]>;
  /** The record as the typed calls show it now. */
  now<R extends Known>(record: R): Promise<R>;
  /** The record's log, newest first. */
  log(record: Known): Promise<LogEntry[]>;
}

interface LogEntry {
  seq: number;
  version: number;
  action: string;
  source: string;
  changes: { path: string; from?: unknown; to?: unknown }[];
}

let count = 0;
/** @returns a number that nothing else in this test file uses */
export const next = (): number => ++count;

const typeOf = (record: Known): keyof Records => ("username" in record ? "user" : "customer");

async function open(): Promise<World> {
  const server = await startServer();
  const { token, url } = server;
  const rpc = rpcOf(url, token);
  const contract = contractOf((await send(url, { method: "GET", path: "/openapi.json" })).text);
  const answer = async <T>(path: string, input: unknown, as: Rpc = rpc): Promise<T> => {
    const { data, error } = await as(path, input);
    if (error) throw new Error(`${path}: ${error.message}`);
    return data as T;
  };

  await answer("hierarchyLevel.replaceAll", { levels: ["Level 0", "Level 1", "Level 2"] });
  for (const name of ["engineers", "sales", "support"]) await answer("groupTag.create", { name });
  for (const name of ["web", "shop"]) await answer("channel.create", { name });
  await answer("accessGroup.create", { name: "Production" });
  const { token: secret, number } = await answer<{ token: string; number: number }>("tenant.create", {
    name: "Neighbour",
  });
  const make: World["make"] = (type, fields = {}, as = rpc) => {
    const n = next();
    const keys =
      type === "customer"
        ? { providedId: `own-${n}`, referenceId: `own-ref-${n}` }
        : { username: `user-${n}` };
    return answer(`${type}.create`, { ...keys, ...fields }, as);
  };
  return {
    server,
    token,
    rpc,
    neighbour: { token: secret, number, rpc: rpcOf(url, secret) },
    tops: [
      await make("customer", { providedId: "top-1", hierarchyLevel: "Level 0" }),
      await make("customer", { providedId: "top-2", hierarchyLevel: "Level 0" }),
    ],
    example: await make("customer", { providedId: "example_1" }),
    users: [
      await make("user", { username: "grace", firstName: "Grace", lastName: "Hopper" }),
      await make("user", { username: "joan" }),
    ],
    async send(request) {
      const answer = await send(url, request);
      const faults = contract.faults(request, answer);
      if (faults.length > 0)
        throw new Error(`not as documented:\n${faults.join("\n")}\n${answer.text.slice(0, 2_000)}`);
      return answer;
    },
    tokenWith: async (...scopes) =>
      (await answer<{ token: string }>("token.create", { name: scopes.join(" "), scopes })).token,
    make,
    now: (record) => answer(`${typeOf(record)}.get`, { where: { id: record.id }, deleted: true }),
    log: async (record) =>
      (await answer<{ items: LogEntry[] }>(`${typeOf(record)}.history`, { where: { id: record.id } })).items,
  };
}

/** Creates a world for the tests of one file. Whatever they send, the server must log no unexpected error. */
export function useWorld(): World {
  const world = {} as World;
  beforeAll(async () => {
    Object.assign(world, await open());
  });
  afterAll(async () => {
    const output = world.server.output();
    await world.server.dispose();
    expect(defectsIn(output)).toEqual([]);
  });
  return world;
}
