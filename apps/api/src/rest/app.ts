import { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../auth/authenticator.ts";
import { observeRequests, type Observers } from "../observe/requests.ts";
import type { Roster } from "../roster.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { mountCanonical } from "./canonical/mount.ts";
import { operations } from "./canonical/operations.ts";
import { docs } from "./docs.ts";
import { mountMetrics } from "./metrics.ts";
import { mountProbes } from "./probes.ts";
import { problemResponse, toErrorBody } from "./problem.ts";
import { mountRpc } from "./rpc.ts";
import { securityHeaders } from "./security-headers.ts";
import { wireFormats } from "./wire-formats/formats.ts";
import { mount } from "./wire-formats/mount.ts";

export interface AppParts extends Observers {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
  /** The token for `/metrics`; without one there is no such path. */
  metricsToken: string | undefined;
  /** Whether the server is about to stop. */
  draining(): boolean;
  /** The tRPC context of a caller with this token. */
  context(token: string | undefined): TrpcContext;
}

/**
 * The HTTP surface: tRPC at `/trpc`, the canonical REST API at `/api`, the documented third-party
 * formats at their own paths, docs and probes.
 */
export function createApp({
  roster,
  authenticator,
  logger,
  metrics,
  tracing,
  metricsToken,
  draining,
  context,
}: AppParts): Hono {
  const app = new Hono();
  app.use(observeRequests({ logger, metrics, tracing }, surfaces));
  app.use(securityHeaders);
  app.onError((error) => problemResponse(toErrorBody(error, logger)));
  app.notFound(() => problemResponse({ code: "NOT_FOUND", message: "there is nothing at this path" }));

  mountProbes(app, { store: roster.store, logger, draining });
  if (metrics && metricsToken !== undefined) mountMetrics(app, metrics, metricsToken);
  docs(app, operations, wireFormats);

  mountRpc(app, { logger, context });
  const parts = { roster, authenticator, logger };
  mountCanonical(app, operations, parts);
  for (const format of wireFormats) mount(app, format, parts);
  return app;
}

/** The surfaces, by their routes. */
const surfaces = new Map<string, string>([
  ["/trpc/*", "trpc"],
  ...operations.map(({ path }) => [path, "rest"] as const),
  ...wireFormats.flatMap(({ name, path, alsoAt = [] }) =>
    [path, ...alsoAt].map((each) => [each, name] as const),
  ),
]);
