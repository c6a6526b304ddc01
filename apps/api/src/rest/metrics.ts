import { createHash, timingSafeEqual } from "node:crypto";
import { RosterError } from "@roster/domain";
import type { Metrics } from "../observe/metrics/metrics.ts";
import { readOnly } from "./methods.ts";
import type { Path } from "./path.ts";
import { problemAnswer } from "./problem.ts";
import { bearerOf } from "./request.ts";

/**
 * Serves `/metrics` to callers with its own token. That is not a tenant's token: a scraper must not be able
 * to read customers, and metrics must be available when the database, which holds the tokens, is not.
 */
export function metricsPath(metrics: Metrics, token: string): Path {
  const expected = hash(token);
  return readOnly("/metrics", async (request) => {
    const given = bearerOf(request);
    if (given === undefined || !timingSafeEqual(hash(given), expected)) {
      const refusal = new RosterError("UNAUTHENTICATED", "the token of METRICS_TOKEN is required");
      return problemAnswer(refusal.toBody(), { "www-authenticate": "Bearer" });
    }
    return { status: 200, headers: { "content-type": metrics.contentType }, body: await metrics.text() };
  });
}

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
