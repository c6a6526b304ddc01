import { RosterError } from "@roster/domain";
import { pino, type Logger } from "pino";
import { Authenticator } from "./auth/authenticator.ts";
import { newToken } from "./auth/token.ts";
import { createApp } from "./rest/app.ts";
import { createRoster } from "./roster.ts";
import { GroupCommit, type GroupCommitOptions } from "./store/group-commit.ts";
import { openDatabase } from "./store/open-database.ts";
import { createFirstTenant } from "./tenant/tenants.ts";
import { appRouter, type AppRouter } from "./trpc/router.ts";
import type { TrpcContext } from "./trpc/trpc.ts";

export interface ApiConfig extends GroupCommitOptions {
  /** `sqlite:` and a path, or the `postgres://` address of a database. */
  databaseUrl: string;
  /** The admin token that the first tenant of an empty database gets; made up when missing. */
  token?: string | undefined;
  logger?: Logger | undefined;
}

export interface Api {
  /** Answers a web-standard request: REST, tRPC, OpenAPI and the rest. */
  fetch(request: Request): Promise<Response>;
  /** For calls in process: the router, and the context of a caller with this token. */
  router: AppRouter;
  context(token: string): TrpcContext;
  /** The admin token of the first tenant, when this start has made it. */
  firstToken: string | undefined;
  /** Answers what was accepted, then closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the database, brings it up to date, and puts the parts together.
 * @throws Error when the database cannot be opened
 */
export async function createApi({
  databaseUrl,
  token,
  logger = pino({ level: "silent" }),
  ...options
}: ApiConfig): Promise<Api> {
  const database = await openDatabase(databaseUrl);
  const commits = new GroupCommit(database, logger, options);
  const authenticator = new Authenticator(database);
  commits.onCommitted((writes) => authenticator.forget(writes));
  const roster = createRoster({ database, commits, now: clock() });

  let firstToken: string | undefined;
  if (await database.isEmpty()) {
    const secret = token ?? newToken();
    try {
      await createFirstTenant(roster.store, "First tenant", secret);
      firstToken = secret;
    } catch (error) {
      // Another node has started at the same time, and made it.
      if (!(error instanceof RosterError && error.code === "CONFLICT")) throw error;
    }
  }

  const context =
    (source: string) =>
    (token: string | undefined): TrpcContext => ({
      roster,
      actor: () => authenticator.authenticate(token, source),
    });
  const app = createApp({ roster, authenticator, logger, context: context("trpc") });
  return {
    fetch: async (request) => app.fetch(request),
    router: appRouter,
    context: context("local"),
    firstToken,
    async close() {
      await commits.close();
      await database.close();
    },
  };
}

/** The present in UTC; never earlier than it was before, whatever happens to the machine's clock. */
function clock(): () => string {
  let last = 0;
  return () => new Date((last = Math.max(last, Date.now()))).toISOString();
}
