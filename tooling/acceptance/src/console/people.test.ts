import { freePort } from "@roster/api/testing/free-port";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { violations } from "./axe.ts";
import { startProvider, type OpenIdProvider } from "./openid-provider.ts";
import { field, historyOf, save, shows, useBrowser } from "./use-console.ts";

/** People who sign in with a real OpenID provider. */

const server = {} as Server;
let provider: OpenIdProvider;
let admin: Rpc;

const scopes = ["customers:read", "customers:write", "groups-of-another-program"];
const people = {
  ada: { name: "Ada Lovelace", roster_scopes: scopes, tenant: 1 },
  bea: { roster_scopes: "users:read customers:read", tenant: "1" },
  nobody: { name: "Nobody", tenant: 1, roster_scopes: ["groups-of-another-program"] },
  stray: { name: "Stray", roster_scopes: scopes },
  lost: { name: "Lost", roster_scopes: scopes, tenant: 77 },
  far: { name: "Far", roster_scopes: scopes, tenant: 999_999_999_999_999 },
  yes: { name: "Yes", roster_scopes: scopes, tenant: true },
  hex: { name: "Hex", roster_scopes: scopes, tenant: "0x1" },
  list: { name: "List", roster_scopes: scopes, tenant: [1] },
  odd: {
    name: "\u0000 \n",
    preferred_username: `Odd\u0000\n\ud800${"x".repeat(300)}`,
    tenant: 1,
    roster_scopes: scopes,
  },
};

beforeAll(async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  provider = await startProvider([url], people);
  Object.assign(server, await startServer({ PORT: String(port), ...provider.settingsFor(url) }));
  admin = rpcOf(server.url, server.token);
});
afterAll(async () => {
  await server.dispose();
  await provider.close();
});

/** A browser: it keeps cookies of each site, and follows redirects one by one. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  async open(address: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(address);
    let own = this.#cookies.get(origin);
    if (!own) this.#cookies.set(origin, (own = new Map<string, string>()));
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { ...(init.headers as Record<string, string>), cookie };
    const answer = await fetch(address, { ...init, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === "") own.delete(name);
      else own.set(name, value);
    }
    return answer;
  }

  /** Follows redirects within these sites. @returns the address and the answer at the end */
  async follow(address: string, init: RequestInit = {}): Promise<{ address: string; answer: Response }> {
    const answer = await this.open(address, init);
    const location = answer.headers.get("location");
    return location === null ? { address, answer } : this.follow(new URL(location, address).href);
  }

  /** Signs in at the provider under a name. @returns the address at the end */
  async signIn(name: string, to = "/console/customers"): Promise<string> {
    const start = `${server.url}/console/session/start?to=${encodeURIComponent(to)}`;
    const { address } = await this.follow(start);
    expect(address).toMatch(`${provider.issuer}/interaction/`);
    const form = new URLSearchParams({ prompt: "login", login: name, password: "any" });
    return (await this.follow(address, { method: "POST", body: form })).address;
  }

  async session(): Promise<unknown> {
    const answer = await this.open(`${server.url}/console/session`);
    return ((await answer.json()) as { session: unknown }).session;
  }

  call(procedure: string, input: object): Promise<Response> {
    const headers = { "Roster-Console": "1", "Content-Type": "application/json" };
    const body = JSON.stringify(input);
    return this.open(`${server.url}/trpc/${procedure}`, { method: "POST", headers, body });
  }
}

describe("a person who signs in with the provider", () => {
  it("returns to the page, with the scopes and the name from the provider", async () => {
    const browser = new Browser();
    expect(await browser.session()).toBeNull();
    expect(await browser.signIn("ada", "/console/customers?search=a#top")).toBe(
      `${server.url}/console/customers?search=a#top`,
    );
    expect(await browser.session()).toEqual({
      actor: {
        kind: "person",
        id: expect.stringMatching(/^person:[0-9a-f]{32}$/) as string,
        name: "Ada Lovelace",
      },
      tenant: expect.objectContaining({ number: 1 }) as object,
      scopes: ["customers:read", "customers:write"],
      expiresAt: expect.any(String) as string,
    });
  });

  it("is known by name in the history, the feed and the changes, and by the same id each time", async () => {
    const ids = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const browser = new Browser();
      await browser.signIn("ada");
      const made = await browser.call("customer.create", { name: `Acme ${i}` });
      const { id } = ((await made.json()) as { result: { data: { id: string } } }).result.data;
      const { items } = (await admin("customer.history", { where: { id } })).data as {
        items: { actor: string }[];
      };
      const [entry] = items;
      const by = { kind: "person", id: entry?.actor, name: "Ada Lovelace" };
      expect(entry).toMatchObject({ by, source: "console" });
      const changes = (await admin("change.list", { ids: [id] })).data as { items: object[] };
      expect(changes.items).toMatchObject([{ actor: entry?.actor, by }]);
      ids.add(entry?.actor ?? "");
    }
    expect(ids.size).toBe(1);
  });

  it("without a name is called by another claim of the provider", async () => {
    const browser = new Browser();
    await browser.signIn("bea");
    expect(await browser.session()).toMatchObject({
      actor: { name: "bea" },
      scopes: ["customers:read", "users:read"],
    });
    expect((await browser.call("customer.create", {})).status).toBe(403);
  });

  it("is known by one line, whatever the name contains", async () => {
    const browser = new Browser();
    await browser.signIn("odd");
    expect(await browser.session()).toMatchObject({ actor: { name: `Odd ${"x".repeat(251)}` } });
  });

  it("is shown how to sign in, before", async () => {
    const answer = await fetch(`${server.url}/console/session`);
    expect(await answer.json()).toEqual({
      session: null,
      signIn: { openIdConnect: { label: "Acme's login" } },
    });
  });

  it.each([
    "https://evil.example/",
    "//evil.example",
    "/docs",
    "/console/../docs",
    "/consoles",
    "/console\\@x.y",
  ])("never returns to another place: %s", async (to) => {
    expect(await new Browser().signIn("ada", to)).toBe(`${server.url}/console/`);
  });
});

describe("a person who is not let in", () => {
  it.each([
    ["nobody", "no scope of Roster"],
    ["stray", "no tenant in tenant"],
    ["lost", "no tenant 77"],
    ["far", "no tenant 999999999999999"],
    ["yes", "no tenant in tenant"],
    ["hex", "no tenant in tenant"],
    ["list", "no tenant in tenant"],
  ])("is told why: %s", async (name, why) => {
    const browser = new Browser();
    const { pathname, searchParams } = new URL(await browser.signIn(name));
    expect(pathname).toBe("/console/");
    expect(searchParams.get("signInError")).toContain(why);
    expect(await browser.session()).toBeNull();
  });

  it("is one whose sign-in did not begin in this browser, or whose code is wrong", async () => {
    const callback = `${server.url}/console/session/callback`;
    const stranger = new Browser();
    const { address } = await stranger.follow(`${callback}?code=x&state=y`);
    expect(new URL(address).searchParams.get("signInError")).toContain("another browser");
    // The `state` in the address is not that of the sign-in that this browser began.
    await stranger.open(`${server.url}/console/session/start`);
    const other = await stranger.follow(`${callback}?code=x&state=y`);
    expect(new URL(other.address).searchParams.get("signInError")).toContain("did not confirm");
    expect(await stranger.session()).toBeNull();
  });
});

describe("in a browser", () => {
  const { open } = useBrowser(server);

  /** Goes from the sign-in page to the provider, and signs in there. */
  async function signIn(page: Page, name: string): Promise<void> {
    await page.getByRole("link", { name: "Continue with Acme's login" }).click();
    await page.getByPlaceholder("Enter any login").fill(name);
    await page.getByPlaceholder("and password").fill("any");
    await page.getByRole("button", { name: "Sign-in" }).click();
  }

  it("a person returns to the page asked for, is known by name to others, and signs out", async () => {
    const { id } = (await admin("customer.create", { name: "Leeds Creamery", job: "dairy" })).data;
    const path = `/console/customers/${String(id)}?q=leeds`;
    const page = await open(path, { token: null });
    await signIn(page, "ada");
    await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
    expect(page.url()).toBe(server.url + path);
    await field(page, "Job").fill("creamery");
    await save(page);
    await shows(page.getByText("Saved as version 2"));
    await shows(historyOf(page).getByText("You changed 1 field"));
    const colleague = await open(path);
    await shows(historyOf(colleague).getByText("Ada Lovelace changed 1 field"));

    await page.getByRole("button", { name: "Account: Ada Lovelace" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await shows(page.getByRole("link", { name: "Continue with Acme's login" }));
    const answer = await page.context().request.get("/console/session");
    expect(await answer.json()).toMatchObject({ session: null });
  });

  it("a person who is not let in sees why, and can sign in otherwise", async () => {
    const page = await open("/console/customers", { token: null });
    await signIn(page, "nobody");
    await shows(page.getByRole("alert").filter({ hasText: "no scope of Roster" }));
    expect(await violations(page)).toEqual([]);
    expect(page.url()).not.toContain("signInError");
    await page.getByRole("textbox", { name: "Token" }).fill(server.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await shows(page.getByRole("table", { name: "Customers" }));
  });
});
