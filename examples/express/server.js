import { getRequestListener } from "@hono/node-server";
import { createLocalClient } from "@roster/client";
import { createApi } from "@roster/server";
import express from "express";

/** Starts the app. @returns its address, and a function that stops it */
export async function start({ databaseUrl = "sqlite:.data/roster.db", token, port = 3000 } = {}) {
  const api = await createApi({ databaseUrl, token });
  if (api.firstToken && !token) console.log("admin token, shown only this once:", api.firstToken);

  const app = express();
  // Roster's own surfaces: /roster/trpc, /roster/api and so on. Before anything that reads bodies.
  app.use("/roster", getRequestListener(api.fetch));

  // A page of the app calls Roster in process.
  app.get("/hello/:name", async (request, response) => {
    const caller = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
    const client = createLocalClient(api, { token: caller });
    const { customer } = await client.customer.upsert.mutate({
      where: { providedId: request.params.name },
      patch: { name: request.params.name },
    });
    response.json({ hello: customer.name, number: customer.number });
  });

  const server = await new Promise((resolve) => {
    const listening = app.listen(port, "127.0.0.1", () => resolve(listening));
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
