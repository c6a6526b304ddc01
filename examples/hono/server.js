import { serve } from "@hono/node-server";
import { createLocalClient } from "@roster/client";
import { createApi } from "@roster/server";
import { Hono } from "hono";

/** Starts the app. @returns its address, and a function that stops it */
export async function start({ databaseUrl = "sqlite:.data/roster.db", token, port = 3000 } = {}) {
  const api = await createApi({ databaseUrl, token });
  if (api.firstToken && !token) console.log("admin token, shown only this once:", api.firstToken);

  const app = new Hono();
  // Roster's own surfaces: /roster/trpc, /roster/api and so on.
  app.mount("/roster", api.fetch);

  // A page of the app calls Roster in process.
  app.get("/hello/:name", async (context) => {
    const caller = context.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
    const client = createLocalClient(api, { token: caller });
    const { customer } = await client.customer.upsert.mutate({
      where: { providedId: context.req.param("name") },
      patch: { name: context.req.param("name") },
    });
    return context.json({ hello: customer.name, number: customer.number });
  });

  const server = await new Promise((resolve) => {
    const listening = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, () => resolve(listening));
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      api.hangUp();
      await new Promise((resolve) => server.close(resolve));
      await api.close();
    },
  };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { url, stop } = await start({ port: Number(process.env.PORT ?? 3000) });
  console.log(`listening at ${url}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
}
