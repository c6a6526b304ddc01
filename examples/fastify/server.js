import { getRequestListener } from "@hono/node-server";
import { createLocalClient } from "@roster/client";
import { createApi } from "@roster/server";
import Fastify from "fastify";

/** Starts the app. @returns its address, and a function that stops it */
export async function start({ databaseUrl = "sqlite:.data/roster.db", token, port = 3000 } = {}) {
  const api = await createApi({ databaseUrl, token });
  if (api.firstToken && !token) console.log("admin token, shown only this once:", api.firstToken);

  const app = Fastify({ forceCloseConnections: true });
  // Roster's own surfaces: /roster/trpc, /roster/api and so on. A plugin of its own, because it reads its bodies
  // itself.
  await app.register(async (roster) => {
    roster.removeAllContentTypeParsers();
    roster.addContentTypeParser("*", (_request, _body, done) => done(null));
    const listener = getRequestListener(api.fetch);
    roster.all("/roster/*", (request, reply) => {
      reply.hijack();
      request.raw.url = request.raw.url.slice("/roster".length);
      void listener(request.raw, reply.raw);
    });
  });

  // A page of the app calls Roster in process.
  app.get("/hello/:name", async (request) => {
    const caller = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const client = createLocalClient(api, { token: caller });
    const { customer } = await client.customer.upsert.mutate({
      where: { providedId: request.params.name },
      patch: { name: request.params.name },
    });
    return { hello: customer.name, number: customer.number };
  });

  const url = await app.listen({ port, host: "127.0.0.1" });
  return {
    url,
    async stop() {
      api.hangUp();
      await app.close();
      await api.close();
    },
  };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { url, stop } = await start({ port: Number(process.env.PORT ?? 3000) });
  console.log(`listening at ${url}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
}
