import { beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer } from "../server.ts";
import { useServer } from "../use-server.ts";

/** Browser sessions: a cookie stands for a token, on every surface, until one of several ends. */

const { server } = useServer({}, { mayLogErrors: false });
let admin: Rpc;
beforeAll(() => {
  admin = rpcOf(server.url, server.token);
});

const own = { "Roster-Console": "1" };
const json = { "Content-Type": "application/json" };

const send = (path: string, init: RequestInit = {}) =>
  fetch(server.url + path, { redirect: "manual", ...init });

const signIn = (token: string, headers: Record<string, string> = own) =>
  send("/console/session", {
    method: "POST",
    headers: { ...json, ...headers },
    body: JSON.stringify({ token }),
  });

/** Signs in. @returns the cookie, as a browser sends it back */
async function cookieOf(token: string): Promise<string> {
  const answer = await signIn(token);
  expect(answer.status).toBe(200);
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] as string;
}

const newToken = async (more: object = {}) => {
  const input = { name: "Ada's", scopes: ["customers:read", "customers:write"], ...more };
  return (await admin("token.create", input)).data as { id: string; token: string };
};

const status = async (path: string, init: RequestInit) => (await send(path, init)).status;
const me = (cookie: string) => status("/trpc/me.get", { headers: { ...own, cookie } });

describe("signing in with a token", () => {
  it("gives a cookie that no script can read and no other site can send, and names the actor", async () => {
    const { id, token } = await newToken();
    const answer = await signIn(token);
    expect(answer.headers.get("set-cookie")).toMatch(
      /^roster_session=1\.[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const session = await answer.json();
    expect(session).toEqual({
      actor: { kind: "token", id: `token:${id}`, name: "Ada's" },
      tenant: { id: expect.any(String) as string, number: 1, name: "First tenant" },
      scopes: ["customers:read", "customers:write"],
      expiresAt: expect.any(String) as string,
    });
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] as string;
    expect(cookie).not.toContain(token);
    const asked = await send("/console/session", { headers: { cookie: `theme=dark; ${cookie}` } });
    expect(await asked.json()).toEqual({ session, signIn: { openIdConnect: null } });
  });

  it("gives a Secure cookie behind https", async () => {
    const answer = await signIn(server.token, { ...own, "X-Forwarded-Proto": "https" });
    expect(answer.headers.get("set-cookie")).toContain("; Secure");
  });

  it("ends the session that the browser had before", async () => {
    const before = await cookieOf(server.token);
    await signIn(server.token, { ...own, cookie: before });
    expect(await me(before)).toBe(401);
  });

  it.each<[string, unknown, number]>([
    ["an unknown token", { token: "roster_no-such-token" }, 401],
    ["an empty token", { token: "" }, 401],
    ["no token", {}, 400],
    ["a body that is no object", null, 400],
  ])("is refused with %s", async (_, body, expected) => {
    const answer = await send("/console/session", {
      method: "POST",
      headers: { ...json, ...own },
      body: JSON.stringify(body),
    });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([expected, null]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it("is refused with a form, which any site could send", async () => {
    const answer = await send("/console/session", {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      body: JSON.stringify({ token: server.token }),
    });
    expect(answer.status).toBe(415);
  });

  it("is not needed to read whether there is a session", async () => {
    for (const cookie of [
      "",
      "roster_session=",
      "roster_session=1.x",
      "roster_session=99." + "a".repeat(43),
    ]) {
      const answer = await send("/console/session", { headers: { cookie } });
      expect(await answer.json()).toEqual({ session: null, signIn: { openIdConnect: null } });
    }
  });
});

describe("a session", () => {
  it("has the scopes of its token on every surface, and the history says it came from the console", async () => {
    const { id: tokenId, token } = await newToken();
    const headers = { ...own, ...json, cookie: await cookieOf(token) };
    const made = await send("/trpc/customer.create", { method: "POST", headers, body: '{"name":"Acme"}' });
    const { id } = ((await made.json()) as { result: { data: { id: string } } }).result.data;
    const patched = await send(`/api/customers/${id}`, {
      method: "PATCH",
      headers: { ...headers, "Content-Type": "application/merge-patch+json" },
      body: '{"name":"Acme Inc."}',
    });
    expect(patched.status).toBe(200);
    const { items } = (await admin("customer.history", { where: { id } })).data as { items: object[] };
    const by = { actor: `token:${tokenId}`, source: "console" };
    expect(items).toMatchObject([by, by]);
    expect(await status("/trpc/user.list", { headers })).toBe(403);
    const feed = await send("/api/changes", { headers: { ...headers, accept: "text/event-stream" } });
    expect(feed.headers.get("content-type")).toMatch("text/event-stream");
    await feed.body?.cancel();
  });

  it("does not come before a token that is sent with it", async () => {
    const { token } = await newToken();
    const headers = { cookie: await cookieOf(token), authorization: `Bearer ${server.token}` };
    const { result } = (await (await send("/trpc/me.get", { headers })).json()) as {
      result: { data: { scopes: string[] } };
    };
    expect(result.data.scopes).toEqual(["admin"]);
  });

  it("changes nothing for a request that another site may have sent", async () => {
    const cookie = await cookieOf(server.token);
    const requests: [string, RequestInit][] = [
      ["/trpc/customer.create", { method: "POST", headers: { ...json, cookie }, body: "{}" }],
      ["/trpc/me.get", { headers: { cookie } }],
      ["/trpc/me.get,me.get?batch=1", { headers: { cookie, "Roster-Console": "0" } }],
      ["/api/customers", { method: "POST", headers: { ...json, cookie }, body: "{}" }],
      ["/scim/v2/Users", { headers: { cookie } }],
      ["/console/session", { method: "DELETE", headers: { cookie } }],
      ["/console/session", { method: "POST", headers: { ...json, cookie }, body: JSON.stringify(server) }],
    ];
    for (const [path, init] of requests) expect([path, await status(path, init)]).toEqual([path, 403]);
    expect(await status("/api/customers", { headers: { cookie } })).toBe(200);
    expect(await me(cookie)).toBe(200);
  });

  it("is none for the formats whose pages document tokens alone", async () => {
    const headers = { ...own, ...json, cookie: await cookieOf(server.token) };
    expect(await status("/api/v1/customers/1", { method: "PUT", headers, body: "{}" })).toBe(401);
  });

  it("ends when its person signs out, and the cookie goes", async () => {
    const cookie = await cookieOf(server.token);
    const out = await send("/console/session", { method: "DELETE", headers: { ...own, cookie } });
    expect(out.status).toBe(204);
    expect(out.headers.get("set-cookie")).toMatch(/^roster_session=; .*Max-Age=0/);
    expect(await me(cookie)).toBe(401);
    expect(await status("/console/session", { method: "DELETE", headers: own })).toBe(204);
  });

  it("ends when its token is revoked, with the usual refusal", async () => {
    const { id, token } = await newToken();
    const cookie = await cookieOf(token);
    expect(await me(cookie)).toBe(200);
    await admin("token.revoke", { where: { id } });
    const answer = await send("/trpc/me.get", { headers: { ...own, cookie } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { data: { error: { code: "UNAUTHENTICATED" } } } });
    expect((await signIn(token)).status).toBe(401);
  });

  it("lasts no longer than its token", async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const { token } = await newToken({ expiresAt });
    expect(await (await signIn(token)).json()).toMatchObject({ expiresAt });
  });

  it("outlives a restart of the server", async () => {
    const cookie = await cookieOf(server.token);
    const other = await startServer({ DATABASE_URL: server.database });
    try {
      const headers = { ...own, cookie };
      expect((await fetch(`${other.url}/trpc/me.get`, { headers })).status).toBe(200);
    } finally {
      await other.dispose();
    }
  });
});
