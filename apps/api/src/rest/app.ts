import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Roster } from "../roster.ts";
import { appRouter } from "../trpc/router.ts";
import type { TrpcContext } from "../trpc/trpc.ts";
import { bearerOf } from "./bearer.ts";
import { mountCanonical } from "./canonical/mount.ts";
import { operations } from "./canonical/operations.ts";
import { docs } from "./docs.ts";
import { limitBody, maxBatch } from "./limits.ts";
import { problemResponse, toErrorBody } from "./problem.ts";
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

  app.use(
    "/trpc/*",
    limitBody((error) => problemResponse(error.toBody())),
  );
  app.all("/trpc/*", async (c) => {
    const response = await fetchRequestHandler({
      endpoint: "/trpc",
      maxBatchSize: maxBatch,
      req: c.req.raw,
      router: appRouter,
      createContext: () => context(bearerOf(c.req.raw)),
      onError({ error, path }) {
        if (error.code === "INTERNAL_SERVER_ERROR")
          logger.error({ err: error.cause ?? error, path }, "an unexpected error");
      },
    });
    // What tRPC refuses before it looks at any procedure is JSON, too, and it forgets to say so.
    const type = response.headers.get("content-type") ?? "text/plain";
    if (response.body && type.startsWith("text/plain"))
      response.headers.set("content-type", "application/json");
    return response;
  });
  const parts = { roster, authenticator, logger };
  mountCanonical(app, operations, parts);
  for (const format of wireFormats) mount(app, format, parts);
  return app;
}
