import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request, type Server as HttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createClient } from "@roster/client";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { startServer } from "../server.ts";

/** A real browser, where one is installed. */
const browser = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

/** What runs in the page: it watches until it has seen a change with the name "last", and tells what it saw. */
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

/** The page, and behind it Roster, as of one origin. */
async function site(roster: string): Promise<{
  url: string;
  told: { connected: Promise<unknown>; seen: Promise<unknown> };
  cut(): void;
  close(): Promise<void>;
}> {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: import.meta.dirname },
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["@roster/source"],
    write: false,
  });
  const told = new Map<string, (what: unknown) => void>();
  const telling = (path: string) => new Promise<unknown>((resolve) => told.set(path, resolve));
  const [connected, seen] = [telling("/connected"), telling("/seen")];
  const sockets = new Set<Socket>();
  const server: HttpServer = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    if (path.startsWith("/?")) {
      outgoing.writeHead(200, { "content-type": "text/html" });
      outgoing.end('<!doctype html><script type="module" src="/page.js"></script>');
    } else if (path === "/page.js") {
      outgoing.writeHead(200, { "content-type": "text/javascript" });
      outgoing.end(outputFiles[0]?.contents);
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

if (browser === undefined) {
  it("no browser is installed here, so none is tried", () => {
    expect(browser).toBeUndefined();
  });
} else {
  it("a page in a real browser watches, and goes on by itself when its connection breaks", async () => {
    const roster = await startServer();
    const client = createClient({ url: roster.url, token: roster.token });
    const page = await site(roster.url);
    const profile = await mkdtemp(join(tmpdir(), "roster-browser-"));
    const { id } = await client.customer.create.mutate({ name: "first" });
    const { next: after } = await client.change.list.query();
    const child = spawn(
      browser,
      [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        `--user-data-dir=${profile}`,
        `${page.url}/?token=${roster.token}&after=${after}`,
      ],
      { stdio: "ignore" },
    );
    const gone = new Promise((resolve) => child.once("close", resolve));
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
      child.kill("SIGKILL");
      await gone;
      await page.close();
      await roster.dispose();
      // What the browser has begun may still write there for a moment.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  }, 60_000);
}
