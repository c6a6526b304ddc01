import type { Page } from "playwright-core";
import { startBrowser } from "../console/chromium.ts";

/** The milliseconds for anything to show. A busy machine takes long for a page. */
const patience = 30_000;

/** Does what someone does on an example's first page. @returns a few words for the report */
type Visit = (page: Page, url: string) => Promise<string>;

/** The examples whose page works with scripts in a way that their own tests, which have no browser, do not see. */
const visits: Record<string, Visit> = { next: visitNext };

/**
 * Visits the first page of an example in a browser.
 * @param url the address at which the example answers
 * @returns a few words for the report; undefined if the example has no such page
 * @throws Error if something does not show, or the page has an error
 */
export async function visit(example: string, url: string): Promise<string | undefined> {
  const its = visits[example];
  if (its === undefined) return undefined;
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // A browser requests an icon that no page names.
      if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico"))
        errors.push(message.text());
    });
    const said = await its(page, url);
    if (errors.length > 0) throw new Error(`the page has errors: ${errors.join("; ")}`);
    return said;
  } finally {
    await browser.close();
  }
}

/** Creates a customer, changes it twice and is refused once, without leaving the page. */
async function visitNext(page: Page, url: string): Promise<string> {
  // Without its scripts, a form opens the page anew.
  let opened = 0;
  page.on("domcontentloaded", () => opened++);
  await page.goto(url, { waitUntil: "networkidle" });
  const form = (button: string) => page.locator("form", { has: page.getByRole("button", { name: button }) });
  const value = (name: string) => form("Save").locator(`input[name=name][value=${JSON.stringify(name)}]`);

  await form("Create").getByLabel("name").fill("Acme");
  await form("Create").getByRole("button").click();
  await value("Acme").waitFor();
  for (const name of ["Acme Inc.", "Acme Ltd."]) {
    await form("Save").getByLabel("name").fill(name);
    await form("Save").getByRole("button").click();
    await value(name).waitFor();
  }
  await form("Save").getByLabel("email").fill("nobody");
  await form("Save").getByRole("button").click();
  await form("Save").getByRole("alert").filter({ hasText: "is not an email address" }).waitFor();
  const typed = await form("Save").getByLabel("email").inputValue();
  if (typed !== "nobody")
    throw new Error(`a refused form shows ${JSON.stringify(typed)}, not what was typed`);
  if (opened !== 1) throw new Error(`the page was opened ${opened} times, as if it had no scripts`);

  await page.reload();
  await value("Acme Ltd.").waitFor();
  const shown = await form("Save").getByLabel("name").inputValue();
  if (shown !== "Acme Ltd.") throw new Error(`the page shows ${JSON.stringify(shown)}`);
  return "a browser changes a customer";
}
