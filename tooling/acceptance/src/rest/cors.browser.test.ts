import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { browser, bundle, openPage, pageOfScript } from "../browser.ts";
import { startServer } from "../server.ts";

/** The page's script: it calls a server of another origin in every way, and reports the results to its own. */
const script = `
  import { createClient, isNotFound } from "@roster/client";
  const { token, api } = Object.fromEntries(new URL(location.href).searchParams);
  const told = {};
  const attempt = async (name, work) => {
    told[name] = await work().catch((error) => String(error));
  };
  const auth = { authorization: "Bearer " + token };
  const client = createClient({ url: api, token });
  await attempt("typed", async () => {
    const { id } = await client.customer.create.mutate({ name: "from a page" });
    return (await client.customer.get.query({ where: { id } })).name;
  });
  await attempt("typed refusal", () =>
    client.customer.get.query({ where: { providedId: "nobody" } }).catch(isNotFound));
  await attempt("watch", async () => {
    for await (const { changes } of client.change.watch({ after: 0, types: ["customer"] })) return changes.length > 0;
  });
  await attempt("rest", async () => {
    const made = await fetch(api + "/api/customers", {
      method: "POST",
      headers: { ...auth, "content-type": "application/json", "idempotency-key": "page-1" },
      body: "{}",
    });
    const there = api + made.headers.get("location");
    const patch = (tag) => fetch(there, {
      method: "PATCH",
      headers: { ...auth, "content-type": "application/merge-patch+json", "if-match": tag },
      body: '{"job":"changed"}',
    });
    const changed = await patch(made.headers.get("etag"));
    const refused = await patch('"1"');
    return [made.status, made.headers.get("etag"), changed.headers.get("etag"), refused.status, (await refused.json()).code];
  });
  await attempt("stream", async () => {
    const { status, body } = await fetch(api + "/api/changes?after=0", { headers: { ...auth, accept: "text/event-stream" } });
    const { value } = await body.getReader().read();
    return [status, value.length > 0];
  });
  await attempt("no token", async () => (await fetch(api + "/api/customers")).status);
  await fetch("/told", { method: "POST", body: JSON.stringify(told) });
`;

/** The origin of the page. */
async function site(): Promise<{ origin: string; told: Promise<unknown>; close(): void }> {
  const code = await bundle(script, import.meta.dirname);
  const told = Promise.withResolvers<unknown>();
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === "/told") {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => {
        outgoing.end();
        told.resolve(JSON.parse(body));
      });
      return;
    }
    const isScript = incoming.url === "/page.js";
    outgoing.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    outgoing.end(isScript ? code : pageOfScript);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told: told.promise,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The calls that a page of an origin can make to a server that allows some origins. */
async function tellOf(program: string, allow: (origin: string) => string): Promise<unknown> {
  const page = await site();
  const roster = await startServer({ CORS_ORIGINS: allow(page.origin) });
  const close = await openPage(program, `${page.origin}/?token=${roster.token}&api=${roster.url}`);
  try {
    return await page.told;
  } finally {
    await close();
    page.close();
    await roster.dispose();
  }
}

const program = browser;
if (program === undefined) {
  it("no browser is installed here, so its tests do not run", () => {
    expect(program).toBeUndefined();
  });
} else {
  it("a page of an allowed origin makes every kind of call from a real browser", async () => {
    expect(await tellOf(program, (origin) => `https://other.example,${origin}`)).toEqual({
      typed: "from a page",
      "typed refusal": true,
      watch: true,
      rest: [201, '"1"', '"2"', 412, "STALE_VERSION"],
      stream: [200, true],
      "no token": 401,
    });
  });

  it("a page of another origin gets nothing", async () => {
    const told = (await tellOf(program, () => "https://other.example")) as Record<string, unknown>;
    for (const name of ["rest", "stream", "no token"]) expect(told[name]).toBe("TypeError: Failed to fetch");
    expect(told["typed"]).toMatch(/failed|fetch|network|reach/i);
  });
}
