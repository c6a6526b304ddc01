import { createApi, type Api } from "./compose.ts";
import { printable, readEnv } from "./env.ts";
import { createLogger } from "./observe/logger.ts";
import { httpServer } from "./rest/http-server.ts";
import { welcome } from "./welcome.ts";

/** How long requests in progress may take when the server stops, in milliseconds. */
const patience = 10_000;

/**
 * How long a connection may be idle during a request before it is closed, in milliseconds. By then its client
 * has gone or stopped reading: requests are answered sooner, and change streams have heartbeats.
 */
const stillness = 60_000;

/**
 * How long a connection may be idle between requests, in milliseconds. Proxies keep theirs for a minute (nginx)
 * or two (Caddy). If the server closed them first, it would drop requests that are already on their way.
 */
const idleness = 125_000;

/**
 * Starts the server. On Ctrl-C or SIGTERM, it stops once all accepted requests are answered.
 *
 * The port is opened before the database: if the port is taken, no new database is created, with a token that
 * nobody has seen.
 */
async function start(): Promise<void> {
  const env = readEnv(process.env);
  const logger = createLogger(env.logLevel);

  const opened = Promise.withResolvers<Api>();
  const server = httpServer(async (request) => (await opened.promise).fetch(request), logger);
  server.setTimeout(stillness);
  server.keepAliveTimeout = idleness;
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `PORT ${env.port} on HOST ${env.host} is taken by another program`;
      reject(
        error.code === "EADDRINUSE" ? new Error(taken) : new Error(`HOST ${env.host}: ${error.message}`),
      );
    });
    server.listen(env.port, env.host);
  });

  const {
    databaseUrl,
    otherDatabaseUrls,
    databaseWriters,
    databaseSharded,
    token,
    metricsToken,
    traces,
    webhooks,
    corsOrigins,
    scimRate,
    openId,
  } = env;
  const api = await createApi({
    databaseUrl,
    otherDatabaseUrls,
    databaseWriters,
    databaseSharded,
    token,
    metricsToken,
    traces,
    webhooks,
    corsOrigins,
    scimRate,
    openId,
    logger,
  }).catch((error: unknown) => {
    throw new Error(`DATABASE_URL ${printable(databaseUrl)} cannot be used: ${messageOf(error)}`);
  });
  opened.resolve(api);

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    api.drain();
    api.hangUp();
    const impatience = setTimeout(() => server.closeAllConnections(), patience);
    // Closes each keep-alive connection once its request is answered.
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearTimeout(impatience);
      clearInterval(sweep);
      void api.close().then(() => process.exit(0));
    });
  };
  let draining = env.drainSeconds === 0;
  // Load balancers stop sending requests when `/readyz` fails. A second signal stops the server at once.
  const drain = () => {
    if (draining) return stop();
    draining = true;
    api.drain();
    setTimeout(stop, env.drainSeconds * 1_000);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", drain);

  const address = server.address();
  const port = typeof address === "object" && address ? address.port : env.port;
  const host = env.host.includes(":") ? `[${env.host}]` : env.host;
  const { firstToken, tokenKnown } = api;
  process.stdout.write(
    welcome({ url: `http://${host}:${port}`, database: printable(databaseUrl), firstToken, tokenKnown }),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Stops the server when its parent process ends. A SIGTERM to `npm start` or `npx roster-server` ends the shell
 * that runs the program, and many shells do not forward the signal.
 */
function stopWithoutParent(): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 250).unref();
}

if (["start", "npx"].includes(process.env["npm_lifecycle_event"] ?? "")) stopWithoutParent();
await start().catch((error: unknown) => {
  process.stderr.write(`roster: ${messageOf(error)}\n`);
  process.exit(1);
});
