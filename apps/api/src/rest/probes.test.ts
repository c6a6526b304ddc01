import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { mountProbes } from "./probes.ts";

const never = () => new Promise<void>(() => undefined);
const fine = async () => undefined;

/** Requests `/readyz` of a server with the given database checks. */
async function readyz(read: () => Promise<void>, write: () => Promise<void>): Promise<Response> {
  const app = new Hono();
  const health = { failed: () => undefined, works: () => undefined };
  mountProbes(app, { readiness: { read, write }, health, draining: () => false });
  return app.request("/readyz");
}

describe("/readyz", () => {
  it.concurrent.each([
    ["reads", never, fine, "the database cannot be read"],
    ["writes", fine, never, "the database cannot store changes"],
  ])("does not wait for a database that does not answer %s", async (_, read, write, detail) => {
    const response = await readyz(read, write);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: "UNAVAILABLE", detail });
  });

  it("reports readiness if the database can be read and written", async () => {
    expect((await readyz(fine, fine)).status).toBe(200);
  });
});
