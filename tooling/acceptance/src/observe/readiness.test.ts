import { afterEach, describe, expect, it } from "vitest";
import { rpcOf } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";

/** `/readyz` during a stop. `faults.test.ts` covers its answers about the database. */

let server: Server;
afterEach(() => server.dispose());

const ready = async () => (await fetch(`${server.url}/readyz`)).status;

describe("a server that drains before it stops", () => {
  it("is unready at once, answers everything else for the set time, and then stops", async () => {
    server = await startServer({ DRAIN_SECONDS: "1" });
    const rpc = rpcOf(server.url, server.token);
    expect(await ready()).toBe(200);
    const begun = performance.now();
    server.child.kill("SIGTERM");
    await expect.poll(ready).toBe(503);
    const { data, status } = await rpc("customer.create", { name: "at the last moment" });
    expect(status).toBe(200);
    expect((await rpc("customer.get", { where: { id: data["id"] } })).status).toBe(200);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await ready()).toBe(503);
    expect(await server.stop("SIGCONT")).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(950);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("stops at once at a second signal, by %s", async (again) => {
    server = await startServer({ DRAIN_SECONDS: "60" });
    server.child.kill("SIGTERM");
    await expect.poll(ready).toBe(503);
    expect(await server.stop(again)).toBe(0);
  });
});
