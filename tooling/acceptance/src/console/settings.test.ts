import type { Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { startReceiver, webhookEnv } from "../webhook/receiver.ts";
import { violations } from "./axe.ts";
import { shows, useConsole } from "./use-console.ts";

/** User groups, settings, activity and figures in a browser, and what these pages are for all: dark, narrow, axe, readers. */

const { call, open } = useConsole(webhookEnv);

let viewer: string;
let setId: string;
beforeAll(async () => {
  await call("hierarchyLevel.replaceAll", { levels: ["Group", "Company"] });
  await call("groupTag.create", { name: "renewal" });
  const { token } = await call<{ token: string }>("token.create", {
    name: "Viewer",
    scopes: ["customers:read", "users:read"],
  });
  viewer = token;
  const email = "office@leeds.example";
  await call("customer.create", { name: "Leeds Creamery", email, hierarchyLevel: "Group" });
  await call("customer.create", { name: "Leeds Cremery", email, properties: { seats: "five" } });
  await call("user.create", { username: "priya", displayName: "Priya Raman" });
  await call("userGroup.create", { displayName: "Accounts" });
  const { changeSet } = await call<{ changeSet: string }>("customer.createMany", {
    items: [{ name: "Bergen Drydock" }],
  });
  setId = changeSet;
});

/** Pages, and what shows once they are there. */
const pages: [path: string, ready: (page: Page) => ReturnType<Page["locator"]>][] = [
  ["/console/change-sets", (page) => page.getByRole("table", { name: "Change sets" })],
  ["/console/import", (page) => page.getByText("Choose a file")],
  ["/console/hierarchy", (page) => page.getByRole("treeitem", { name: "Leeds Creamery" })],
  ["/console/duplicates", (page) => page.getByText("same address")],
  ["/console/activity", (page) => page.getByRole("list", { name: "Changes" })],
  ["/console/dashboard", (page) => page.getByRole("list", { name: "Changes a day" })],
  ["/console/user-groups", (page) => page.getByRole("table", { name: "User groups" })],
  ["/console/settings/tenant", (page) => page.getByLabel("Name of the tenant")],
  ["/console/settings/tokens", (page) => page.getByRole("cell", { name: "Viewer" })],
  ["/console/settings/lists", (page) => page.getByRole("list", { name: "Tags" })],
  ["/console/settings/schema", (page) => page.getByLabel("JSON Schema")],
  ["/console/settings/webhooks", (page) => page.getByText("No webhooks yet")],
  ["/console/settings/tenants", (page) => page.getByRole("table", { name: "Tenants" })],
];

describe("each page", () => {
  it("has nothing that axe finds, in light and dark, and fits a width of 390 pixels", async () => {
    const page = await open("/console/customers");
    const found: string[] = [];
    for (const [path, ready] of [
      ...pages,
      [`/console/change-sets/${setId}`, (one: Page) => one.getByRole("list", { name: "Changes" })] as const,
    ]) {
      await page.setViewportSize({ width: 1440, height: 900 });
      // As a link does: another document would load and read everything anew.
      await page.evaluate(`history.pushState(null, "", "${path}")`);
      await shows(ready(page).first());
      for (const theme of ["light", "dark"]) {
        await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
        // Only the colours differ in the dark.
        const rules = theme === "dark" ? ["color-contrast"] : [];
        for (const violation of await violations(page, ...rules)) found.push(`${path} ${theme} ${violation}`);
      }
      await page.setViewportSize({ width: 390, height: 844 });
      // The page scrolls within its main part.
      const width = await page.evaluate<number>(
        `Math.max(...[...document.querySelectorAll("html, #content > *")].map((one) => one.scrollWidth))`,
      );
      if (width > 390) found.push(`${path} is ${width} wide`);
    }
    expect(found).toEqual([]);
  });

  it("offers a reader nothing that would be refused", async () => {
    const page = await open("/console/hierarchy", { token: viewer });
    await shows(page.getByRole("treeitem", { name: "Leeds Creamery" }));
    const nav = page.getByRole("navigation", { name: "Main" });
    await shows(nav.getByRole("link", { name: "Change sets" }));
    for (const name of ["Import", "Duplicates"])
      expect(await nav.getByRole("link", { name }).count(), name).toBe(0);
    expect(await page.getByRole("button", { name: /^Move/ }).count()).toBe(0);

    await page.goto(`/console/change-sets/${setId}`);
    await shows(page.getByRole("list", { name: "Changes" }));
    expect(await page.getByRole("button", { name: "Undo" }).count()).toBe(0);

    await page.goto("/console/settings/lists");
    await shows(page.getByText("only an admin may change this"));
    await shows(page.getByRole("list", { name: "Tags" }));
    expect(await page.getByRole("button", { name: /^Add/ }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Tokens" }).count()).toBe(0);

    await page.goto("/console/dashboard");
    await shows(page.getByRole("list", { name: "Changes a day" }));
  });
});

describe("user groups", () => {
  it("are made, get members and lose them, are renamed, and go back to an earlier version", async () => {
    const page = await open("/console/user-groups");
    await shows(page.getByRole("link", { name: "Accounts" }));
    await page.getByRole("textbox", { name: "Name of a new group" }).fill("Support");
    await page.getByRole("button", { name: "New group" }).click();
    await shows(page.getByRole("heading", { name: "Support", level: 1 }));

    await page.getByLabel("Add a member").fill("priya");
    await page.getByRole("option", { name: "priya" }).click();
    const members = page.getByRole("table", { name: "Members" });
    await shows(members.getByRole("link", { name: "Priya Raman" }));
    await members.getByRole("button", { name: "Remove Priya Raman" }).click();
    await shows(page.getByText("Nobody is a member."));

    await page.getByRole("button", { name: "Go back to version 2" }).click();
    await shows(members.getByRole("link", { name: "Priya Raman" }));
    await page.getByRole("textbox", { name: "Name" }).fill("Support desk");
    await page.getByRole("button", { name: "Save" }).click();
    await shows(page.getByRole("heading", { name: "Support desk", level: 1 }));
    // The feed brings what others change.
    await call("userGroup.update", {
      where: { id: page.url().split("/").at(-1) },
      patch: { displayName: "Help desk" },
    });
    await shows(page.getByRole("heading", { name: "Help desk", level: 1 }));

    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    await shows(page.getByRole("button", { name: "Delete" }));
    await page.goto("/console/user-groups");
    await page.getByRole("searchbox", { name: "Search" }).fill("help");
    await shows(page.getByRole("link", { name: "Help desk" }));
    await page.getByRole("link", { name: "Accounts" }).waitFor({ state: "detached" });
  });
});

describe("settings", () => {
  it("make a token whose secret shows once, and revoke it", async () => {
    const page = await open("/console/settings/tokens");
    await page.getByRole("button", { name: "New token" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Create" }).click();
    await shows(dialog.getByText("Choose at least one scope."));
    await dialog.getByLabel("What it is for").fill("CRM sync");
    await dialog.getByLabel(/customers:read/).check();
    await dialog.getByRole("button", { name: "Create" }).click();
    const secret = page.getByRole("dialog", { name: "Copy the token now" });
    const token = await secret.getByRole("status").innerText();
    await secret.getByRole("button", { name: "Close" }).click();
    const row = page.getByRole("row").filter({ hasText: "CRM sync" });
    await shows(row.getByText("customers:read"));
    expect(await page.content()).not.toContain(token);

    const other = await open("/console/customers", { token });
    await shows(other.getByRole("link", { name: "Leeds Creamery" }));
    await row.getByRole("button", { name: "Revoke CRM sync" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await row.waitFor({ state: "detached" });
    await other.reload();
    await shows(other.getByRole("button", { name: "Sign in" }));
  });

  it("add a tag, order the levels, and name the tenant", async () => {
    const page = await open("/console/settings/lists");
    await page.getByRole("textbox", { name: "Add to tags" }).fill("priority");
    await page.keyboard.press("Enter");
    await shows(page.getByRole("list", { name: "Tags" }).getByText("priority"));
    await page.getByRole("textbox", { name: "New level" }).fill("Site");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Save the levels" }).click();
    await page.getByRole("button", { name: "Save the levels" }).waitFor({ state: "detached" });
    const { items } = await call<{ items: { name: string }[] }>("hierarchyLevel.list");
    expect(items.map(({ name }) => name)).toEqual(["Group", "Company", "Site"]);
    await page.getByRole("link", { name: "Tenant", exact: true }).click();
    await page.getByLabel("Name of the tenant").fill("Tallis Software");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => call("tenant.get")).toMatchObject({ name: "Tallis Software" });
  });

  it("show the customers that would not fit a schema before it is in force", async () => {
    const page = await open("/console/settings/schema");
    const box = page.getByLabel("JSON Schema");
    await box.fill("{");
    await page.getByRole("button", { name: "Check who would not fit" }).click();
    await shows(page.getByText("This is not valid JSON."));
    await box.fill(JSON.stringify({ properties: { seats: { type: "integer" } } }));
    await page.getByRole("button", { name: "Check who would not fit" }).click();
    await shows(page.getByText("1 customer does not fit"));
    await shows(page.getByRole("list", { name: "Check who would not fit" }).getByText(/\/seats/));
    expect(await call("tenant.get")).toMatchObject({ propertiesSchema: null });
    await page.getByRole("button", { name: "Save the schema" }).click();
    await shows(page.getByText("The schema is in force."));
    expect(await call("tenant.get")).not.toMatchObject({ propertiesSchema: null });
  });
});

describe("webhooks", () => {
  it("show the deliveries with their outcomes, and send a change again", async () => {
    const receiver = await startReceiver();
    try {
      const page = await open("/console/settings/webhooks");
      await page.getByRole("button", { name: "New webhook" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Address").fill(receiver.url);
      await dialog.getByRole("textbox", { name: "Events" }).fill("customer.created, customer.updated");
      await dialog.getByRole("button", { name: "Create" }).click();
      const secret = page.getByRole("dialog", { name: "Copy the signing secret now" });
      expect(await secret.getByRole("status").innerText()).toMatch(/^whsec_/);
      await secret.getByRole("button", { name: "Close" }).click();

      const { id } = await call("customer.create", { name: "Oulu Tar" });
      // A receiver that refuses one event and takes others stays on.
      const { promise: taken, resolve: took } = Promise.withResolvers<void>();
      const { promise: refusedOnce, resolve: refuses } = Promise.withResolvers<void>();
      let attempts = 0;
      receiver.answer = ({ type, data }) => {
        if (data.recordId !== id) took();
        if (type !== "customer.updated") return 204;
        refuses();
        return { status: 422, ...(attempts++ > 0 && { after: taken }) };
      };
      await call("customer.update", { where: { id }, patch: { name: "Oulu Tar Oy" } });
      await refusedOnce;
      await call("customer.create", { name: "Turku Rope" });
      await page.getByRole("button", { name: "Deliveries" }).click();
      const deliveries = page.getByRole("table", { name: "Deliveries" });
      const row = (outcome: RegExp) => deliveries.getByRole("row").filter({ hasText: outcome });
      await shows(row(/customer\.updated\s*Attempt 4\s*given up\s*422/));
      await shows(row(/customer\.updated\s*Attempt 1\s*will retry\s*422/));
      await shows(row(/customer\.created\s*Attempt 1\s*delivered\s*204/).first());

      receiver.answer = () => 204;
      await row(/given up/)
        .getByRole("button", { name: /^Send change \d+ again$/ })
        .click();
      await shows(page.getByText("It is sent again"));
      await shows(row(/customer\.updated\s*Attempt \d\s*delivered\s*204/));
      const sent = receiver.messages.filter(({ event }) => event.type === "customer.updated");
      expect(sent.at(-1)).toMatchObject({ id: sent[0]?.id, body: sent[0]?.body, status: 204 });

      await page.getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: "Turn off" }).click();
      await shows(page.getByText("off", { exact: true }));
      await page.getByRole("button", { name: "More", exact: true }).click();
      await page.getByRole("menuitem", { name: "Delete" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await shows(page.getByText("No webhooks yet"));
    } finally {
      await receiver.close();
    }
  });
});

it("shows each change as it happens, filtered, and leads from figures to the changes behind them", async () => {
  const page = await open("/console/dashboard");
  await page.getByRole("list", { name: "Through what" }).getByRole("link", { name: /tRPC/ }).click();
  const list = page.getByRole("list", { name: "Changes" });
  await shows(list.getByRole("link", { name: "Bergen Drydock" }).first());
  expect(new URL(page.url()).search).toBe("?source=trpc");
  await call("customer.create", { name: "Vaasa Ferries" });
  await shows(list.getByRole("listitem").first().getByText("Vaasa Ferries"));
  await page.getByLabel("Action").selectOption("update");
  await list.getByText("Vaasa Ferries").waitFor({ state: "detached" });
});
