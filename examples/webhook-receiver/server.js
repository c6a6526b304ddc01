import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

/**
 * Starts a receiver of webhooks.
 * @param secret the signing secret, which `webhook.create` returns
 * @param processed is called once for each event, in the order of the events of a record
 */
export async function start({ secret, processed, port = 5000 }) {
  const webhook = new Webhook(secret);
  /** The latest processed version of each record. A real receiver keeps it in its database, with its results. */
  const latest = new Map();

  const server = createServer(async (request, response) => {
    let event;
    try {
      // The raw body, because the signature covers its bytes.
      event = webhook.verify(await buffer(request), request.headers);
    } catch {
      return response.writeHead(401).end();
    }
    const { recordId, version } = event.data;
    try {
      // An event can arrive twice.
      if (version > (latest.get(recordId) ?? 0)) {
        await processed(event);
        latest.set(recordId, version);
      }
      response.writeHead(204).end();
    } catch (error) {
      console.error(error);
      // Roster sends the event again, before later ones of the record.
      response.writeHead(500).end();
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { url, stop } = await start({
    secret: process.env.WEBHOOK_SECRET,
    processed: ({ type, data }) => console.log(type, data.recordId, data.version, data.paths ?? ""),
    port: Number(process.env.PORT ?? 5000),
  });
  console.log(`listening at ${url}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
}
