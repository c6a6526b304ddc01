import { readOptions } from "@roster/api/testing/options";
import type { Page } from "playwright-core";
import { rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";
import { startBrowser } from "./chromium.ts";
import { shows } from "./use-console.ts";

/**
 * Measures what a frame costs in a long list, and how soon a row shows what others change:
 * `npm run bench:console`. It counts the time that the page's own work takes (scripts, styles, layout), because
 * a busy machine delays frames for reasons that are not the page's.
 */

const { rows, loaded } = readOptions(
  "bench:console",
  "Measures what a frame of a long list costs, and how soon a row shows what others change.",
  {
    rows: { number: 10_000, least: 1_000, what: "how many customers there are" },
    loaded: { number: 10_000, least: 1_000, what: "how many rows are loaded before the measurement" },
  },
);
/** The most records of one request. */
const step = 1_000;
/** The members of browser globals that the measured page has and this program lacks. */
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

/** The memory that the page's objects take, in megabytes. */
async function memoryOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return `${(usedSize / 1e6).toFixed(0)} MB`;
}

try {
  const rpc = rpcOf(server.url, server.token);
  for (let first = 0; first < rows; first += step) {
    const items = Array.from({ length: step }, (_, index) => ({
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
  const say = (line: string) => console.log(line);
  const perFrame = (milliseconds: number, count: number) => `${(milliseconds / count).toFixed(1)} ms`;
  const work = await workOf(page);

  // Somebody holds the key End: each look at the end reads a page further.
  const started = Date.now();
  const begun = await work();
  const toEnd = () =>
    table.evaluate(async (element) => {
      const one = element as unknown as Scrolled & {
        querySelectorAll(selector: string): ArrayLike<{ ariaRowIndex: string }>;
      };
      const { requestAnimationFrame } = globalThis as unknown as Frames;
      one.scrollTo(0, one.scrollHeight);
      await new Promise<unknown>((resolve) => requestAnimationFrame(resolve));
      const shown = one.querySelectorAll("[aria-rowindex]");
      return Number(shown[shown.length - 1]?.ariaRowIndex);
    });
  let looks = 0;
  for (let reached = 0; reached < Math.min(rows, loaded); looks++) reached = await toEnd();
  const seconds = (Date.now() - started) / 1_000;
  say(
    `loading ${Math.min(rows, loaded)} of ${rows} rows: ${perFrame((await work()) - begun, looks)} of work a look`,
  );
  say(`  it took ${seconds.toFixed(0)} s; the page holds ${await memoryOf(page)}`);

  const frames = 300;
  const before = await work();
  // Two rows and a bit in each frame, a fast hand: up from the end, and from the top down.
  for (const by of [-90, 90])
    await table.evaluate(
      async (element, { count, way }) => {
        const one = element as unknown as Scrolled;
        const { requestAnimationFrame } = globalThis as unknown as Frames;
        const from = way < 0 ? one.scrollHeight : 0;
        for (let frame = 0; frame < count; frame++) {
          one.scrollTo(0, from + frame * way);
          await new Promise<unknown>((resolve) => requestAnimationFrame(resolve));
        }
      },
      { count: frames, way: by },
    );
  const scrolled = await work();
  say(`scrolling: ${perFrame(scrolled - before, 2 * frames)} of work a frame`);

  // The row that stands at the top is changed again and again by others.
  await table.evaluate((element) => (element as unknown as Scrolled).scrollTo(0, 0));
  const link = table.getByRole("link").first();
  await shows(link);
  const id = (await link.getAttribute("href"))?.split(/[/?]/).at(3) ?? "";
  const delays: number[] = [];
  for (let n = 0; n < 20; n++) {
    const name = `Changed ${n}`;
    const shown = page.evaluate<number>(`new Promise((resolve) => {
      const look = () =>
        [...document.querySelectorAll('[role="table"] a')].some((one) => one.textContent === "${name}")
          ? resolve(Date.now())
          : requestAnimationFrame(look);
      look();
    })`);
    await rpc("customer.update", { where: { id }, patch: { name } });
    const acknowledged = Date.now();
    delays.push((await shown) - acknowledged);
  }
  const sorted = delays.toSorted((a, b) => a - b);
  say(`a change by others is in its row after ${sorted[10]} ms (median of 20), ${sorted.at(-1)} ms (worst)`);

  const typing = await work();
  // A row that is not on the screen before.
  const letters = `Customer ${Math.floor(rows / 2)}`;
  await page.getByRole("searchbox", { name: "Search" }).pressSequentially(letters);
  await shows(table.getByRole("link", { name: letters }));
  say(`typing a search, with its answer: ${perFrame((await work()) - typing, letters.length)} a letter`);
} finally {
  await browser.close();
  await server.dispose();
}
