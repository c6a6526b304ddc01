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

interface OpenOptions extends BrowserContextOptions {
  /** The token that signs in; null for nobody. */
  token?: string | null;
}

/**
 * A server with the console and one browser for all tests of a file. Each page has a context of its own, which
 * ends with its test. A page that throws, or does what its policy forbids, fails the test.
 */
export function useConsole(): Console {
  const { server } = useServer({}, { mayLogErrors: false });
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const defects: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(defects.splice(0)).toEqual([]);
  });
  afterAll(() => browser.close());

  return {
    server,
    async call<Result>(path: string, input?: unknown) {
      const { data, error } = await rpcOf(server.url, server.token)(path, input);
      if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
      return data as Result;
    },
    async open(path, { token = server.token, ...options } = {}) {
      const context = await browser.newContext({
        baseURL: server.url,
        viewport: { width: 1440, height: 900 },
        // A colour that fades into another has the contrast of neither.
        reducedMotion: "reduce",
        ...options,
      });
      contexts.push(context);
      context.setDefaultTimeout(patience);
      if (token !== null) await context.request.post("/console/session", { data: { token } });
      const page = await context.newPage();
      page.on("pageerror", (error) => defects.push(error.message));
      page.on("console", (message) => {
        // Refusals are answers that the pages show.
        if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
          defects.push(message.text());
      });
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
