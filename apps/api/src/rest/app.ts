import { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Roster } from "../roster.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { mountCanonical } from "./canonical/mount.ts";
import { operations } from "./canonical/operations.ts";
import { docs } from "./docs.ts";
import { problemResponse, toErrorBody } from "./problem.ts";
import { mountRpc } from "./rpc.ts";
import { wireFormats } from "./wire-formats/formats.ts";
import { mount } from "./wire-formats/mount.ts";

export interface AppParts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
  /** The tRPC context of a caller with this token. */
  context(token: string | undefined): TrpcContext;
}

/**
 * The HTTP surface: tRPC at `/trpc`, the canonical REST API at `/api`, the documented third-party
 * formats at their own paths, docs and probes.
 */
export function createApp({ roster, authenticator, logger, context }: AppParts): Hono {
  const app = new Hono();
  app.onError((error) => problemResponse(toErrorBody(error, logger)));
  app.notFound(() => problemResponse({ code: "NOT_FOUND", message: "there is nothing at this path" }));

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const { database, commits } = roster.store;
    for (const [check, failure] of [
      [() => database.ping(), "the database cannot be read"],
      [() => commits.check(), "the database cannot store changes"],
    ] as const) {
      try {
        await check();
      } catch (error) {
        logger.error({ err: error }, failure);
        return problemResponse({ code: "UNAVAILABLE", message: failure });
      }
    }
    return c.json({ status: "ready" });
  });
  docs(app, operations, wireFormats);

  mountRpc(app, { logger, context });
  const parts = { roster, authenticator, logger };
  mountCanonical(app, operations, parts);
  for (const format of wireFormats) mount(app, format, parts);
  return app;
}
