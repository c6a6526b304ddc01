import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { RosterError } from "@roster/domain";
import { Users } from "./users.js";

/** Starts the service. @returns its address, and a function that stops it */
export async function start({ file = ".data/users.json", port = 3000 } = {}) {
  const users = await Users.open(file);
  const answer = async (request) => {
    const id = /^\/users\/([^/]+)$/.exec(request.url)?.[1];
    if (request.method === "POST" && request.url === "/users") return users.create(await json(request));
    if (request.method === "PATCH" && id) return users.update(id, { patch: await json(request) });
    if (request.method === "GET" && id) return users.get(id);
    return undefined;
  };
  const server = createServer(async (request, response) => {
    const send = (status, body) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    try {
      const user = await answer(request);
      send(user ? 200 : 404, user ?? { message: "there is nothing here" });
    } catch (error) {
      if (error instanceof RosterError) send(error.code === "CONFLICT" ? 409 : 422, error.toBody());
      else if (error instanceof SyntaxError) send(400, { message: "the body must be JSON" });
      else send(500, { message: "an internal error" });
    }
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const { url, stop } = await start({ port: Number(process.env.PORT ?? 3000) });
  console.log(`listening at ${url}`);
  process.once("SIGTERM", stop).once("SIGINT", stop);
}
