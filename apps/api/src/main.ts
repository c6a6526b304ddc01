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
 * The port is opened before the database: if the port is taken, no new database is created, whose token would
 * not be shown.
 */
async function start(): Promise<void> {
  const { host, port, logLevel, drainSeconds, ...config } = readEnv(process.env);
  const logger = createLogger(logLevel);

  const opened = Promise.withResolvers<Api>();
  const server = httpServer(async (request) => (await opened.promise).fetch(request), logger);
  server.setTimeout(stillness);
  server.keepAliveTimeout = idleness;
  await new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `PORT ${port} on HOST ${host} is taken by another program`;
      reject(error.code === "EADDRINUSE" ? new Error(taken) : new Error(`HOST ${host}: ${error.message}`));
    });
    server.listen(port, host);
  });

  const api = await createApi({ ...config, logger }).catch((error: unknown) => {
    throw new Error(`DATABASE_URL ${printable(config.databaseUrl)} cannot be used: ${messageOf(error)}`);
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
  let draining = drainSeconds === 0;
  // Load balancers stop sending requests when `/readyz` fails. A second signal stops the server at once.
  const drain = () => {
    if (draining) return stop();
    draining = true;
    api.drain();
    setTimeout(stop, drainSeconds * 1_000);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", drain);

  const address = server.address();
  const listening = typeof address === "object" && address ? address.port : port;
  const name = host.includes(":") ? `[${host}]` : host;
  const { firstToken, tokenKnown } = api;
  process.stdout.write(
    welcome({
      url: `http://${name}:${listening}`,
      database: printable(config.databaseUrl),
      firstToken,
      tokenKnown,
    }),
  );
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

await start().catch((error: unknown) => {
  process.stderr.write(`roster: ${messageOf(error)}\n`);
  process.exit(1);
});
