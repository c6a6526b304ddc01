import { describe, expect, it } from "vitest";
import { pino } from "pino";
import { probes } from "./probes.ts";
import { serve } from "./serve.ts";

const never = () => new Promise<void>(() => undefined);
const fine = async () => undefined;

/** Requests `/readyz` of a server with the given database checks. */
async function readyz(read: () => Promise<void>, write: () => Promise<void>): Promise<Response> {
  const health = { failed: () => undefined, works: () => undefined };
  const paths = probes({ readiness: { read, write }, health, draining: () => false });
  return serve(paths, { logger: pino({ level: "silent" }) })(new Request("http://roster/readyz"));
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
