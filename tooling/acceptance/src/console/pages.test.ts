import { customerFields, labelOf, type Field } from "@roster/domain";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { violations, violationsIn } from "./axe.ts";
import { field, historyOf, shows, useConsole } from "./use-console.ts";

/** How the pages of the console are for all: dark, narrow, by keyboard, for screen readers, and safe. */

const { call, open } = useConsole();

let id: string;
beforeAll(async () => {
  await call("hierarchyLevel.replaceAll", { levels: ["Company"] });
  await call("groupTag.create", { name: "renewal" });
  ({ id } = await call("customer.create", {
    name: "Leeds Creamery",
    email: "office@leeds.example",
    groupTags: ["renewal"],
    hierarchyLevel: "Company",
    properties: { plan: "pro", trial: { seats: 5 } },
  }));
  await call("customer.update", {
    where: { id },
    patch: { phone: "+441134960182", job: "dairy" },
    reason: "call",
  });
  await call("customer.create", { name: "Bergen Drydock" });
  await call("user.create", { username: "ada", firstName: "Ada", customer: id });
});

const paths = [
  [
    "the list",
    () => "/console/customers",
    (page: Page) => page.getByRole("link", { name: "Leeds Creamery" }),
  ],
  [
    "a record",
    () => `/console/customers/${id}`,
    (page: Page) => historyOf(page).getByText("created the record"),
  ],
  [
    "an earlier version",
    () => `/console/customers/${id}?version=1`,
    // The heading comes with the record as it was.
    (page: Page) =>
      page.getByRole("main").filter({ hasText: "As it was" }).getByRole("heading", { level: 1 }),
  ],
  ["the users", () => "/console/users", (page: Page) => page.getByRole("link", { name: "Ada" })],
  ["an empty list", () => "/console/customers?q=nothing", (page: Page) => page.getByText("Nothing matches")],
  ["no page", () => "/console/nowhere", (page: Page) => page.getByText("There is no such page")],
] as const;

describe("for everybody", () => {
  it.each(paths)("axe finds nothing on %s, light and dark, wide and narrow", async (_name, path, sign) => {
    const page = await open(path());
    await shows(sign(page).first());
    expect(await violations(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await violations(page, "color-contrast")).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await violations(page, "target-size", "scrollable-region-focusable")).toEqual([]);
    // Nothing is cut off or scrolls sideways.
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
  });

  it("the narrow list beside an open record fits its pane", async () => {
    const page = await open(`/console/customers/${id}`, { viewport: { width: 1280, height: 800 } });
    await shows(page.getByRole("searchbox", { name: "Search" }));
    const beyond = await page.evaluate(`(() => {
      const pane = document.querySelector("section[aria-label=Customers]");
      // However long the words of an order are.
      pane.querySelector("button .truncate").textContent = "Changed, newest first. ".repeat(5);
      const edge = pane.getBoundingClientRect().right;
      return [...pane.querySelectorAll("input, button")]
        .filter((one) => one.getBoundingClientRect().right > edge)
        .map((one) => one.outerHTML);
    })()`);
    expect(beyond).toEqual([]);
  });

  it("axe finds nothing on the way in", async () => {
    const page = await open("/console/customers", { token: null });
    await shows(page.getByRole("textbox", { name: "Token" }));
    expect(await violations(page)).toEqual([]);
  });

  it.each([
    [
      "the filter",
      (page: Page) => page.getByRole("button", { name: "Filter" }).click(),
      (page: Page) => page.getByRole("button", { name: "Apply" }),
    ],
    [
      "the columns",
      (page: Page) => page.getByRole("button", { name: "Columns" }).click(),
      (page: Page) => page.getByRole("button", { name: "Use the standard columns" }),
    ],
    [
      "the palette",
      (page: Page) => page.keyboard.press("ControlOrMeta+k"),
      (page: Page) => page.getByRole("option", { name: "Customers" }),
    ],
    [
      "a new record",
      (page: Page) => page.getByRole("button", { name: "New customer" }).click(),
      (page: Page) => page.getByRole("button", { name: "Create" }),
    ],
  ] as const)("axe finds nothing in %s", async (_name, press, sign) => {
    const page = await open("/console/customers");
    await shows(page.getByRole("link", { name: "Leeds Creamery" }));
    await press(page);
    await shows(sign(page));
    expect(await violationsIn(page, "[role=dialog]")).toEqual([]);
  });

  it("axe finds nothing in unsaved input, and in a preview", async () => {
    const page = await open(`/console/customers/${id}`);
    await field(page, "Phone").fill("+44 113 496 0199");
    await shows(page.getByText("1 change, not saved yet"));
    await historyOf(page).getByRole("button", { name: "Revert", exact: true }).click();
    await shows(page.getByRole("dialog", { name: "Revert" }).getByText("dairy"));
    expect(await violationsIn(page, "[role=dialog]")).toEqual([]);
  });

  it("works by keyboard alone", async () => {
    const page = await open("/console/customers");
    await shows(page.getByRole("link", { name: "Leeds Creamery" }));
    await page.keyboard.press("?");
    await shows(page.getByRole("dialog", { name: "Keyboard" }));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "detached" });
    await page.keyboard.press("/");
    await page.keyboard.type("leeds");
    await shows(page.getByText("1 customer", { exact: true }));
    // The list does not wait for its count, nor the count for the list.
    await shows(page.getByRole("link", { name: "Leeds Creamery" }));
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
    await page.keyboard.press("e");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("Leeds Dairy");
    await page.keyboard.press("Enter");
    await shows(page.getByText("Saved as version 3"));
    await page.keyboard.press("Escape");
    await page.keyboard.press("u");
    await shows(page.getByText("Taken back"));
    await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
  });

  it("shows one thing at a time on a phone", async () => {
    const page = await open("/console/customers", { viewport: { width: 390, height: 844 } });
    await page.getByRole("link", { name: "Leeds Creamery" }).click();
    await shows(field(page, "Name"));
    expect(await page.getByRole("table", { name: "Customers" }).isVisible()).toBe(false);
    await page.getByRole("button", { name: "History" }).click();
    await shows(historyOf(page).getByText("created the record"));
    expect(await field(page, "Name").isVisible()).toBe(false);
    await page.getByRole("link", { name: "Back to the list" }).click();
    await shows(page.getByRole("link", { name: "Bergen Drydock" }));
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("dialog").getByRole("link", { name: "Users" }).click();
    await shows(page.getByRole("table", { name: "Users" }));
  });

  it("keeps the whole state of a list in its address", async () => {
    const page = await open("/console/customers?q=leeds&sort=name&order=desc&columns=job,phone:120");
    await shows(page.getByRole("link", { name: "Leeds Creamery" }));
    expect(await page.getByRole("columnheader").allInnerTexts()).toEqual(["", "Name", "Job", "Phone"]);
    expect(await page.getByRole("columnheader", { name: "Name" }).getAttribute("aria-sort")).toBe(
      "descending",
    );
    expect(await page.getByRole("searchbox").inputValue()).toBe("leeds");
  });
});

describe("safety", () => {
  const hostile = '"><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>{{7*7}}\u202e';

  it("shows whatever a record holds as text", async () => {
    const texts = Object.entries<Field>(customerFields)
      .filter(
        ([, { kind, access, unique, refers, spells }]) =>
          kind === "text" && access !== "read" && !unique && !refers && !spells,
      )
      .map(([name]) => name);
    const { id: own } = await call("customer.create", {
      ...Object.fromEntries(texts.map((name) => [name, `${hostile}${name}`])),
      properties: { [hostile]: hostile, nested: { [hostile]: [hostile] } },
      mapping: { "40": hostile },
    });
    await call("customer.update", { where: { id: own }, patch: { name: `${hostile}2` }, reason: hostile });
    const page = await open(`/console/customers/${own}`);
    await shows(historyOf(page).getByText("created the record"));
    await page.getByRole("button", { name: "Ids and technical fields" }).click();
    for (const name of texts.filter((one) => one !== "name"))
      expect(
        await field(page, labelOf(name, customerFields[name as keyof typeof customerFields])).inputValue(),
      ).toBe(`${hostile}${name}`);
    await page.goto(`/console/customers?columns=${texts.join(",")}`);
    await shows(page.getByRole("link", { name: "window.hacked" }));
    expect(await page.evaluate("'hacked' in window")).toBe(false);
  });

  it("loads less than 200 kB of script for the first list, and keeps no secret where scripts reach", async () => {
    const page = await open("/console/customers");
    await shows(page.getByRole("link", { name: "Bergen Drydock" }));
    const scripts = 'performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"))';
    const sizes = await page.evaluate<number[]>(`${scripts}.map(({ encodedBodySize }) => encodedBodySize)`);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(200_000);
    const kept = "document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })";
    expect(await page.evaluate(kept)).toBe("{}");
  });
});
