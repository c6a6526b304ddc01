import { serve } from "@hono/node-server";
import { pino } from "pino";
import { createApi } from "./compose.ts";
import { readEnv } from "./env.ts";
import { welcome } from "./welcome.ts";

/** Starts the server, and stops it on Ctrl-C and SIGTERM when what was accepted is answered. */
async function start(): Promise<void> {
  const env = readEnv(process.env);
  const logger = pino({ level: env.logLevel }, pino.destination(2));
  const api = await createApi({ databaseUrl: env.databaseUrl, token: env.token, logger }).catch(
    (error: unknown) => {
      throw new Error(`DATABASE_URL ${env.databaseUrl} cannot be used: ${messageOf(error)}`, {
        cause: error,
      });
    },
  );
  const server = serve({ fetch: api.fetch, hostname: env.host, port: env.port });
  server.once("error", (error: NodeJS.ErrnoException) => {
    const reason =
      error.code === "EADDRINUSE"
        ? `PORT ${env.port} on HOST ${env.host} is taken by another program`
        : messageOf(error);
    void api.close().then(() => fail(reason));
  });
  server.once("listening", () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : env.port;
    process.stdout.write(
      welcome(`http://${env.host.includes(":") ? `[${env.host}]` : env.host}:${port}`, api.firstToken),
    );
  });

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Requests that are being answered are; connections that are idle close at once.
    server.close(() => void api.close().then(() => process.exit(0)));
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function fail(reason: string): never {
  process.stderr.write(`roster: ${reason}\n`);
  process.exit(1);
}

await start().catch((error: unknown) => fail(messageOf(error)));
