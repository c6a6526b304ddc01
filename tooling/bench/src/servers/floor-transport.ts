import { serve } from "@hono/node-server";
import { createApi } from "@roster/api";
import { maxCalls } from "@roster/domain";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { pino } from "pino";
import { Authenticator } from "../../../../apps/api/src/auth/authenticator.ts";
import { createApp } from "../../../../apps/api/src/rest/app.ts";
import { limitBody } from "../../../../apps/api/src/rest/request.ts";
import { problemResponse } from "../../../../apps/api/src/rest/problem.ts";
import { openDatabase } from "../../../../apps/api/src/store/open-database.ts";
import { router } from "../../../../apps/api/src/trpc/trpc.ts";

/**
 * The floors of the transports: Roster's own app with an additional route and two procedures that do nothing.
 * They read their input and return a few bytes; they require no token.
 *
 * Argument: a database, which only the app's other parts would use.
 */

const [file] = process.argv.slice(2) as [string];
const logger = pino({ level: "error" });
const databaseUrl = `sqlite:${file}`;
const { context } = await createApi({ databaseUrl, logger });
const { roster } = context("nobody");
// These routes need no token.
const authenticator = new Authenticator(await openDatabase(databaseUrl));
const ready = async () => undefined;
const app = createApp({
  roster,
  readiness: { read: ready, write: ready },
  authenticator,
  logger,
  metricsToken: undefined,
  health: { failed: () => undefined, works: () => undefined },
  draining: () => false,
  context: () => context("nobody"),
});

const { procedure } = initTRPC.context<object>().create();
const anything = (input: unknown) => input as object;
const noop = router({
  query: procedure.input(anything).query(() => ({ ok: true })),
  mutation: procedure.input(anything).mutation(() => ({ ok: true })),
});
const limit = limitBody((error) => problemResponse(error.toBody()));
app.all("/bench/trpc/*", limit, (c) =>
  fetchRequestHandler({
    endpoint: "/bench/trpc",
    maxBatchSize: maxCalls,
    req: c.req.raw,
    router: noop,
    createContext: () => ({}),
  }),
);
app.get("/bench/rest/:id", limit, (c) => c.json({ ok: c.req.param("id") !== "" }));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => process.send?.({ port }));
process.once("disconnect", () => process.exit());
