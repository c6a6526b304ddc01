import type { Page } from "playwright-core";
import { rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";
import { startBrowser } from "./chromium.ts";
import { shows } from "./use-console.ts";

/**
 * Measures what a frame costs in a list with 10,000 loaded rows: `npm run bench:console`. It counts the time
 * that the page's own work takes (scripts, styles, layout), because a busy machine delays frames for reasons
 * that are not the page's.
 */

const rows = 10_000;
/** The height of a row of the list, in pixels. */
const rowHeight = 40;
/** What a page has and this program has not. */
interface Scrolled {
  scrollHeight: number;
  scrollTo(x: number, y: number): void;
}
interface Frames {
  requestAnimationFrame(callback: (at: number) => void): void;
}

const server = await startServer();
const browser = await startBrowser();

/** Milliseconds of the page's work so far. */
async function workOf(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return 1_000 * (of("ScriptDuration") + of("LayoutDuration") + of("RecalcStyleDuration"));
  };
}

try {
  const rpc = rpcOf(server.url, server.token);
  for (let first = 0; first < rows; first += 1_000) {
    const items = Array.from({ length: 1_000 }, (_, index) => ({
      name: `Customer ${first + index}`,
      email: `customer-${first + index}@bench.example`,
    }));
    await rpc("customer.createMany", { items });
  }
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await page.context().request.post(`${server.url}/console/session`, { data: { token: server.token } });
  await page.goto(`${server.url}/console/customers`);
  const table = page.getByRole("table", { name: "Customers" });
  await shows(table.getByRole("link").first());

  // Each look at the end reads a page further.
  const toEnd = () =>
    table.evaluate((element) => {
      const one = element as unknown as Scrolled;
      one.scrollTo(0, one.scrollHeight);
      return one.scrollHeight;
    });
  while ((await toEnd()) < rows * rowHeight) await page.evaluate("new Promise(requestAnimationFrame)");

  const work = await workOf(page);
  const frames = 300;
  const before = await work();
  // Two rows and a bit in each frame: a fast hand.
  await table.evaluate(async (element, count) => {
    const one = element as unknown as Scrolled;
    const { requestAnimationFrame } = globalThis as unknown as Frames;
    for (let frame = 0; frame < count; frame++) {
      one.scrollTo(0, frame * 90);
      await new Promise<unknown>((resolve) => requestAnimationFrame(resolve));
    }
  }, frames);
  const scrolled = await work();
  const letters = `Customer ${rows - 1}`;
  await page.getByRole("searchbox", { name: "Search" }).pressSequentially(letters);
  await shows(table.getByRole("link", { name: letters }));
  const typed = await work();
  const perFrame = (milliseconds: number, count: number) => `${(milliseconds / count).toFixed(1)} ms`;
  console.log(`scrolling through ${rows} rows: ${perFrame(scrolled - before, frames)} of work a frame`);
  console.log(
    `typing ${letters.length} letters, with the search: ${perFrame(typed - scrolled, letters.length)} a letter`,
  );
} finally {
  await browser.close();
  await server.dispose();
}
