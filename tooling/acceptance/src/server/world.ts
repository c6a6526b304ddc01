import { afterAll, beforeAll } from "vitest";
import { rpcOf, type Rpc, type RpcReply } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";

type Record_ = Record<string, unknown>;

/** A server for the tests of one file, and the calls that they share. */
export interface World {
  server: Server;
  rpc: Rpc;
  create(input?: object): Promise<Record_>;
  update(record: Record_, change: object): Promise<RpcReply>;
  get(record: Record_, more?: object): Promise<Record_>;
  history(record: Record_, noun?: string): Promise<Record_[]>;
  /** @returns a text that no other call returns */
  fresh(): string;
}

/** @param prepare creates the data that the tests of the file refer to */
export function useWorld(prepare: (world: World) => Promise<void> = async () => {}): World {
  const world = {} as World;
  let serial = 0;
  beforeAll(async () => {
    const server = await startServer();
    const rpc = rpcOf(server.url, server.token);
    const where = (record: Record_) => ({ id: record["id"] });
    Object.assign(world, {
      server,
      rpc,
      create: async (input: object = {}) => (await rpc("customer.create", input)).data,
      update: (record: Record_, change: object) =>
        rpc("customer.update", { where: where(record), ...change }),
      get: async (record: Record_, more: object = {}) =>
        (await rpc("customer.get", { where: where(record), ...more })).data,
      history: async (record: Record_, noun = "customer") =>
        (await rpc(`${noun}.history`, { where: where(record), limit: 200 })).data["items"] as Record_[],
      fresh: () => `t${++serial}`,
    } satisfies World);
    await prepare(world);
  });
  afterAll(() => world.server.dispose());
  return world;
}
