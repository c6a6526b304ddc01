import { createServer, request, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createClient } from "@roster/client";
import { expect, it } from "vitest";
import { browser, bundle, openPage, pageOfScript } from "../browser.ts";
import { startServer } from "../server.ts";

/** The page's script: it watches until it sees a change with the name "last", and reports what it saw. */
const script = `
  import { createClient } from "@roster/client";
  const { token, after } = Object.fromEntries(new URL(location.href).searchParams);
  const client = createClient({ url: location.origin, token });
  const seen = [];
  const tell = (path, body) => fetch(path, { method: "POST", body: JSON.stringify(body) });
  try {
    for await (const { seq, at, changes } of client.change.watch({ after: Number(after), types: ["customer"] })) {
      seen.push([seq, at instanceof Date]);
      if (seen.length === 1) void tell("/connected", true);
      if (changes.some(({ to }) => to === "last")) break;
    }
    await tell("/seen", seen);
  } catch (error) {
    await tell("/seen", String(error));
  }
`;

/** The page and, at the same origin, Roster. */
async function site(roster: string): Promise<{
  url: string;
  told: { connected: Promise<unknown>; seen: Promise<unknown> };
  cut(): void;
  close(): Promise<void>;
}> {
  const code = await bundle(script, import.meta.dirname);
  const told = new Map<string, (what: unknown) => void>();
  const telling = (path: string) => new Promise<unknown>((resolve) => told.set(path, resolve));
  const [connected, seen] = [telling("/connected"), telling("/seen")];
  const sockets = new Set<Socket>();
  const server: HttpServer = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    if (path.startsWith("/?")) {
      outgoing.writeHead(200, { "content-type": "text/html" });
      outgoing.end(pageOfScript);
    } else if (path === "/page.js") {
      outgoing.writeHead(200, { "content-type": "text/javascript" });
      outgoing.end(code);
    } else if (told.has(path)) {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => {
        outgoing.end();
        told.get(path)?.(JSON.parse(body));
      });
    } else {
      const { method, headers } = incoming;
      const far = request(new URL(path, roster), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      far.on("error", () => outgoing.destroy());
      outgoing.on("close", () => far.destroy());
      incoming.pipe(far);
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: { connected, seen },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

const program = browser;
if (program === undefined) {
  it("no browser is installed here, so its tests do not run", () => {
    expect(program).toBeUndefined();
  });
} else {
  it("a page in a real browser watches, and resumes by itself when its connection breaks", async () => {
    const roster = await startServer();
    const client = createClient({ url: roster.url, token: roster.token });
    const page = await site(roster.url);
    const { id } = await client.customer.create.mutate({ name: "first" });
    const { next: after } = await client.change.list.query();
    const close = await openPage(program, `${page.url}/?token=${roster.token}&after=${after}`);
    try {
      const rename = (name: string) => client.customer.update.mutate({ where: { id }, patch: { name } });
      await rename("1");
      await page.told.connected;
      await rename("2");
      page.cut();
      await rename("3");
      page.cut();
      await rename("last");
      const expected = [1, 2, 3, 4].map((i) => [after + i, true]);
      expect(await page.told.seen).toEqual(expected);
    } finally {
      await page.close();
      await roster.dispose();
      await close();
    }
  });
}
