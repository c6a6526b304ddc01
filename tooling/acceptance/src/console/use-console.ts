import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { rpcOf } from "../rpc.ts";
import type { Server } from "../server.ts";
import { useServer } from "../use-server.ts";
import { startBrowser } from "./chromium.ts";

/** Milliseconds for anything to show. A busy machine takes long for a page. */
const patience = 30_000;

export interface Console {
  server: Server;
  /** Calls a procedure with the server's token. @returns its result */
  call<Result = { id: string; version: number }>(path: string, input?: unknown): Promise<Result>;
  /** Opens a page of the console, signed in unless `token` is null. */
  open(path: string, options?: OpenOptions): Promise<Page>;
}

/** `baseURL` opens the page at another server. */
interface OpenOptions extends BrowserContextOptions {
  /** The token that signs in; null for nobody. */
  token?: string | null;
}

/**
 * A server with the console and one browser for all tests of a file. A page ends with its test, and so does what
 * it has stored. A page that throws, or does what its policy forbids, fails the test.
 * @param env settings of the server
 */
export function useConsole(env: Record<string, string> = {}): Console {
  const { server } = useServer(env, { mayLogErrors: false });
  return { server, ...useBrowser(server) };
}

/** One browser for all tests of a file, which opens pages of a server. */
export function useBrowser(server: Server): Omit<Console, "server"> {
  let browser: Browser;
  /**
   * The pages of the server's token share a context with its cache, and the process that keeps the page that
   * stays. A new context loads and compiles all scripts anew, most of what a short test costs.
   */
  let shared: Promise<Page> | undefined;
  const own: BrowserContext[] = [];
  const defects: string[] = [];

  async function newContext(token: string | null, options: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext({
      baseURL: server.url,
      viewport: { width: 1440, height: 900 },
      // A colour that fades into another has the contrast of neither.
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(patience);
    if (token !== null) await context.request.post("/console/session", { data: { token } });
    context.on("weberror", (error) => defects.push(error.error().message));
    context.on("console", (message) => {
      // Refusals are answers that the pages show.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        defects.push(message.text());
    });
    return context;
  }
  async function stays(): Promise<Page> {
    const page = await (await newContext(server.token, {})).newPage();
    await page.goto("/console/session");
    return page;
  }

  beforeAll(async () => {
    // Few scripts of a test run often enough to repay what optimizing them costs.
    browser = await startBrowser("--js-flags=--no-opt --no-maglev --min-semi-space-size=16");
  });
  afterEach(async ({ task }) => {
    const page = await shared;
    const others =
      page
        ?.context()
        .pages()
        .filter((one) => one !== page) ?? [];
    await Promise.all([...own.splice(0), ...others].map((one) => one.close()));
    await page?.evaluate("localStorage.clear()");
    // The state that a failed test leaves behind must not affect the next one.
    if (task.result?.state === "fail") {
      await page?.context().close();
      shared = undefined;
    }
    expect(defects.splice(0)).toEqual([]);
  });
  afterAll(() => browser.close());

  return {
    async call<Result>(path: string, input?: unknown) {
      const { data, error } = await rpcOf(server.url, server.token)(path, input);
      if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
      return data as Result;
    },
    async open(path, { token = server.token, ...options } = {}) {
      let context: BrowserContext;
      if (token === server.token && Object.keys(options).length === 0)
        context = (await (shared ??= stays())).context();
      else own.push((context = await newContext(token, options)));
      const page = await context.newPage();
      await page.goto(path);
      return page;
    },
  };
}

/** Waits until something shows. */
export const shows = (what: Locator): Promise<void> => what.waitFor();

/** The History of a record. */
export const historyOf = (page: Page): Locator => page.getByRole("region", { name: "History" });

/** A field of the form of a record, by its label. */
export const field = (page: Page, label: string): Locator => page.getByLabel(label, { exact: true });

export const save = (page: Page): Promise<void> => page.getByRole("button", { name: "Save" }).click();
