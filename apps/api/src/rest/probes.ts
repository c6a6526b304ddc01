import type { Hono } from "hono";
import type { Logger } from "pino";
import { problemResponse } from "./problem.ts";

/** What a server needs to be able to do. Each throws when it cannot. */
export interface Readiness {
  read(): Promise<void>;
  write(): Promise<void>;
}

interface Parts {
  readiness: Readiness;
  logger: Logger;
  /** Whether the server is about to stop. */
  draining(): boolean;
}

/** How long a database may take to show that it works, in milliseconds. */
const patience = 2_000;

/** `/healthz`: the process answers. `/readyz`: it also can do what it is there for. */
export function mountProbes(app: Hono, { readiness, logger, draining }: Parts): void {
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const refuse = (message: string) => problemResponse({ code: "UNAVAILABLE", message });
    if (draining()) return refuse("the server is stopping");
    const checks = [
      [inTime(readiness.read()), "the database cannot be read"],
      [inTime(readiness.write()), "the database cannot store changes"],
    ] as const;
    await Promise.allSettled(checks.map(([check]) => check));
    for (const [check, failure] of checks) {
      try {
        await check;
      } catch (error) {
        logger.error({ err: error }, failure);
        return refuse(failure);
      }
    }
    return c.json({ status: "ready" });
  });
}

/** @throws what the work throws, or that it takes too long: it is then left alone */
async function inTime(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patience} ms`)), patience);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
