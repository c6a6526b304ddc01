import { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../auth/authenticator.ts";
import { observeRequests, type Observers } from "../observe/requests.ts";
import type { Roster } from "../roster.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { mountCanonical } from "./canonical/mount.ts";
import { operations } from "./canonical/all-operations.ts";
import { allowOrigins } from "./cors.ts";
import { docs } from "./docs.ts";
import { closePaths } from "./methods.ts";
import { mountMetrics } from "./metrics.ts";
import { mountProbes, type Health, type Readiness } from "./probes.ts";
import { problemResponse, toErrorBody } from "./problem.ts";
import { mountRpc } from "./rpc.ts";
import { mountScim, scimPath } from "./scim/mount.ts";
import { securityHeaders } from "./security-headers.ts";
import { wireFormats } from "./wire-formats/formats.ts";
import { mount, pathsOf } from "./wire-formats/mount.ts";

export interface AppParts extends Observers {
  roster: Roster;
  readiness: Readiness;
  authenticator: Authenticator;
  logger: Logger;
  /** The token for `/metrics`. Without one the path does not exist. */
  metricsToken: string | undefined;
  /** Origins whose pages may call the server from a browser. */
  corsOrigins?: readonly string[] | undefined;
  /** Requests that one token may send to SCIM in a second. */
  scimRate?: number | undefined;
  health: Health;
  /** Whether the server is stopping. */
  draining(): boolean;
  /** The tRPC context of a request with this token. */
  context(token: string | undefined): TrpcContext;
}

/**
 * Creates the HTTP app: tRPC at `/trpc`, the canonical REST API at `/api`, the third-party formats at their
 * own paths, documentation and probes.
 */
export function createApp({
  roster,
  readiness,
  authenticator,
  logger,
  metrics,
  tracing,
  metricsToken,
  corsOrigins = [],
  scimRate,
  health,
  draining,
  context,
}: AppParts): Hono {
  const app = new Hono();
  app.use(observeRequests({ logger, metrics, tracing }, surfaces));
  app.use(securityHeaders);
  if (corsOrigins.length > 0) app.use(allowOrigins(corsOrigins));
  app.onError((error) => problemResponse(toErrorBody(error, logger)));
  app.notFound(() => problemResponse({ code: "NOT_FOUND", message: "there is nothing at this path" }));

  mountProbes(app, { readiness, health, draining });
  if (metrics && metricsToken !== undefined) mountMetrics(app, metrics, metricsToken);
  docs(app, operations, wireFormats);

  mountRpc(app, { logger, context });
  const parts = { roster, authenticator, logger };
  mountCanonical(app, operations, parts);
  for (const format of wireFormats) mount(app, format, parts);
  mountScim(app, { ...parts, scimRate });
  closePaths(app);
  return app;
}

/** The surface of each route. */
const surfaces = new Map<string, string>([
  ["/trpc/*", "trpc"],
  [scimPath, "scim"],
  [`${scimPath}/*`, "scim"],
  ...operations.map(({ path }) => [path, "rest"] as const),
  ...wireFormats.flatMap((format) => pathsOf(format).map((path) => [path, format.name] as const)),
]);
