import { serve } from "@hono/node-server";
import { createApi } from "@roster/api";
import { contextOf } from "@roster/api/testing/context";
import { initTRPC } from "@trpc/server";
import { pino } from "pino";
import { Authenticator } from "../../../../apps/api/src/auth/authenticator.ts";
import { jsonAnswer } from "../../../../apps/api/src/rest/answer.ts";
import { closed } from "../../../../apps/api/src/rest/methods.ts";
import { rpcPath } from "../../../../apps/api/src/rest/rpc.ts";
import { serve as served } from "../../../../apps/api/src/rest/serve.ts";
import { openDatabase } from "../../../../apps/api/src/store/open-database.ts";
import { router } from "../../../../apps/api/src/trpc/trpc.ts";

/**
 * The floors of the transports: Roster's own way of serving requests, with a route and two procedures that do
 * nothing. They read their input and return a few bytes; they require no token.
 *
 * Argument: a database, which is not used.
 */

const [file] = process.argv.slice(2) as [string];
const logger = pino({ level: "error" });
const databaseUrl = `sqlite:${file}`;
const { roster } = contextOf(await createApi({ databaseUrl, logger }), "nobody");
const authenticator = new Authenticator(await openDatabase(databaseUrl));

const { procedure } = initTRPC.context<object>().create();
const anything = (input: unknown) => input as object;
const noop = router({
  query: procedure.input(anything).query(() => ({ ok: true })),
  mutation: procedure.input(anything).mutation(() => ({ ok: true })),
});
const fetch = served(
  [
    rpcPath("/bench/trpc", noop, { roster, authenticator, logger, called: () => undefined }),
    {
      path: "/bench/rest/{id}",
      routes: new Map([["GET", { answer: (_: Request, id: string) => jsonAnswer(200, { ok: id !== "" }) }]]),
      otherwise: closed(["GET"]),
    },
  ],
  { logger },
);

serve({ fetch, hostname: "127.0.0.1", port: 0 }, ({ port }) => process.send?.({ port }));
process.once("disconnect", () => process.exit());
