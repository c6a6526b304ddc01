import { RosterError } from "@roster/domain";
import { pino, type Logger } from "pino";
import { Authenticator, hashToken, newToken } from "./auth/authenticator.ts";
import type { OpenIdSettings } from "./auth/openid.ts";
import { Sessions } from "./auth/sessions.ts";
import { TokenUses } from "./auth/token-uses.ts";
import { Hub } from "./change/hub.ts";
import type { ObserveConfig } from "./observe/observe-config.ts";
import { observe } from "./observe/observe.ts";
import { observeCalls } from "./observe/requests.ts";
import { clock } from "./record/decision-context.ts";
import type { Store } from "./record/command.ts";
import { IndexBuilder } from "./record/index-builder.ts";
import { createReports } from "./report/reports.ts";
import type { Reports } from "./report/report-types.ts";
import { createApp } from "./rest/app.ts";
import { createRoster } from "./roster.ts";
import { GroupCommit, type GroupCommitOptions } from "./store/commit/group-commit.ts";
import { openDatabase } from "./store/open-database.ts";
import { Outage } from "./store/outage.ts";
import type { OtherAddresses } from "./store/postgres/address.ts";
import { createFirstTenant } from "./tenant/tenants.ts";
import { appRouter, type AppRouter } from "./trpc/router.ts";
import type { TrpcContext } from "./trpc/trpc.ts";
import { deliverWebhooks } from "./webhook/deliver.ts";
import { webhookSettings, type WebhookOptions } from "./webhook/settings.ts";

export interface ApiConfig extends GroupCommitOptions, ObserveConfig {
  /** `sqlite:` and a path, or the `postgres://` address of a database. */
  databaseUrl: string;
  /** Further addresses of a PostgreSQL database: without a pooler, and of a replica. */
  otherDatabaseUrls?: OtherAddresses | undefined;
  /** The number of write connections to a PostgreSQL database. */
  databaseWriters?: number | undefined;
  /** Whether the PostgreSQL database is sharded by tenant. */
  databaseSharded?: boolean | undefined;
  /**
   * The admin token of the first tenant of an empty database, which nobody can guess; a random one when
   * missing.
   */
  token?: string | undefined;
  logger?: Logger | undefined;
  webhooks?: WebhookOptions | undefined;
  /** The origins whose pages may call the server from a browser, such as `https://app.example`. */
  corsOrigins?: readonly string[] | undefined;
  /** Requests that one token may send to SCIM in a second; default 1,000. Ten times as many may come at once. */
  scimRate?: number | undefined;
  /** The OpenID provider with which people sign in to the console. */
  openId?: OpenIdSettings | undefined;
  /** The folder of the console's build, for tests; by default where the workspace builds it. */
  consoleFolder?: string | undefined;
}

export interface Api {
  /** Answers a web-standard request: REST, tRPC, OpenAPI and the rest. */
  fetch(request: Request): Promise<Response>;
  /** The router for calls in process, and the context of a caller with this token. */
  router: AppRouter;
  context(token: string): object;
  /**
   * A read-only manager with MikroORM's `find`, `findOne` and `count`, for reports by the holder of this
   * token: within its tenant and its scopes. Each call looks the token up anew.
   */
  reports(token: string): Reports;
  /** The admin token of the first tenant, if this start created that tenant. */
  firstToken: string | undefined;
  /** Whether the database knows the configured token; undefined if none is configured. */
  tokenKnown: boolean | undefined;
  /** Makes `/readyz` report that the server is stopping; everything else continues. */
  drain(): void;
  /** Closes open change streams; clients reconnect elsewhere. */
  hangUp(): void;
  /**
   * Answers the requests that were accepted, then closes the database: later calls are refused as UNAVAILABLE.
   * Closing again waits for the same end.
   */
  close(): Promise<void>;
}

/** How long a start waits for indexes that are being built, in milliseconds. */
const longestBuild = 5_000;

/**
 * Opens the database, brings its schema up to date, and connects all parts.
 * @throws Error if an option is invalid or the database cannot be opened
 */
export async function createApi({
  databaseUrl,
  otherDatabaseUrls,
  databaseWriters: writers,
  databaseSharded: sharded,
  token,
  logger = pino({ level: "silent" }),
  metricsToken,
  traces,
  webhooks,
  corsOrigins,
  scimRate,
  openId,
  consoleFolder,
  ...options
}: ApiConfig): Promise<Api> {
  // Nobody could send it.
  if (token?.trim() === "") throw new Error("token: must not be empty");
  const settings = webhookSettings(webhooks);
  const outage = new Outage(logger);
  const database = await openDatabase(databaseUrl, otherDatabaseUrls, { writers, sharded, outage });
  const commits = new GroupCommit(database, logger, { outage, ...options });
  const uses = new TokenUses(commits);
  const authenticator = new Authenticator(database, uses);
  authenticator.follow(commits);
  const reports = createReports(database, authenticator);
  const hub = new Hub(database, { logger });
  hub.follow(commits);
  const store: Store = { database, commits, now: clock(), lastUse: (token) => uses.latest(token) };
  const roster = createRoster(store, settings, hub);
  const observers = await observe({ database, commits, logger }, { metricsToken, traces });

  let firstToken: string | undefined;
  if (await database.isEmpty()) {
    const secret = token ?? newToken();
    try {
      await createFirstTenant(store, "First tenant", secret);
      firstToken = secret;
    } catch (error) {
      // Another node started at the same time and created the tenant.
      if (!(error instanceof RosterError && error.code === "CONFLICT")) throw error;
    }
  }

  const tokenKnown =
    token === undefined ? undefined : (await database.tokenByHash(hashToken(token))) !== undefined;

  const builder = new IndexBuilder(store, logger);
  store.buildBegun = () => void builder.wake();
  // After an upgrade, the lists of a small database have all their indexes from the start.
  await builder.settle(longestBuild);
  const deliverer = await deliverWebhooks(store, roster.webhook, settings, observers);

  if (observers.metrics) (await import("./change/metrics.ts")).feedMetrics(observers.metrics.registry, hub);
  database.signals?.listen(() => {
    hub.wake();
    deliverer?.wake();
  });

  const called = observeCalls(observers.metrics);
  let draining = false;
  const fetch = createApp({
    ...observers,
    roster,
    readiness: { read: () => database.ping(), write: () => commits.check() },
    authenticator,
    sessions: new Sessions(database, commits, authenticator),
    openId: openId && new (await import("./auth/openid.ts")).OpenId(openId, logger),
    consoleFolder,
    metricsToken,
    corsOrigins,
    scimRate,
    health: outage,
    draining: () => draining,
    called,
  });
  let closing: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    hub.close();
    await builder.close();
    await deliverer?.close();
    await reports.close();
    await uses.close();
    await commits.close();
    await database.close();
    await observers.tracing?.close();
  };
  return {
    fetch,
    router: appRouter,
    context: (token): TrpcContext => ({
      roster,
      actor: () => authenticator.authenticate({ token }, "local"),
      called,
    }),
    reports: reports.of,
    firstToken,
    tokenKnown,
    drain: () => void (draining = true),
    hangUp: () => hub.close(),
    close: () => (closing ??= end()),
  };
}
