import { afterAll, beforeAll, expect } from "vitest";
import { defectsIn } from "./defects.ts";
import { rpcOf, type Rpc } from "./rpc.ts";
import { startServer, type Server } from "./server.ts";

/**
 * Starts one server for all tests of the file or `describe` block that calls this. It can be used from
 * `beforeAll` on.
 * @param mayLogErrors whether the server may log errors other than outages; otherwise they fail the tests
 */
export function useServer(
  env: Record<string, string> = {},
  { mayLogErrors = true }: { mayLogErrors?: boolean } = {},
): { server: Server; rpc: Rpc } {
  const server = {} as Server;
  beforeAll(async () => void Object.assign(server, await startServer(env)));
  afterAll(async () => {
    const output = server.output();
    await server.dispose();
    if (!mayLogErrors) expect(defectsIn(output)).toEqual([]);
  });
  return { server, rpc: (path, input) => rpcOf(server.url, server.token)(path, input) };
}
