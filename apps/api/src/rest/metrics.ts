import { createHash, timingSafeEqual } from "node:crypto";
import { RosterError } from "@roster/domain";
import type { Hono } from "hono";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { bearerOf } from "./request.ts";
import { problemResponse } from "./problem.ts";

/**
 * Serves `/metrics` to callers with its own token. That is not a tenant's token: a scraper must not be able
 * to read customers, and metrics must be available when the database, which holds the tokens, is not.
 */
export function mountMetrics(app: Hono, metrics: Metrics, token: string): void {
  const expected = hash(token);
  app.get("/metrics", async (c) => {
    const given = bearerOf(c.req.raw);
    if (given === undefined || !timingSafeEqual(hash(given), expected)) {
      const refusal = new RosterError("UNAUTHENTICATED", "the token of METRICS_TOKEN is required");
      return problemResponse(refusal.toBody(), { "www-authenticate": "Bearer" });
    }
    return c.body(await metrics.text(), 200, { "content-type": metrics.contentType });
  });
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
