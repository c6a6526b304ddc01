import { beforeAll, describe, expect, it } from "vitest";
import { violations } from "./axe.ts";
import { field, historyOf, save, shows, useConsole } from "./use-console.ts";

/** Work with records in a browser, while others write, too. */

const { server, call, open } = useConsole();

const leeds = {
  name: "Leeds Creamery",
  providedId: "leeds",
  phone: "+442079460102",
  email: "office@leeds.example",
};
let id: string;

beforeAll(async () => {
  await call("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["renewal", "priority"]) await call("groupTag.create", { name });
  const group = await call("customer.create", {
    name: "Meridian Foods",
    hierarchyLevel: "Group",
    properties: { sla: "24x7" },
  });
  ({ id } = await call("customer.create", {
    ...leeds,
    hierarchyLevel: "Site",
    parent: group.id,
    groupTags: ["renewal"],
    properties: { plan: "starter" },
  }));
  for (const name of ["Bergen Drydock", "Tyne Weaving"]) await call("customer.create", { name });
});

/** The record as the server has it. */
const stored = () => call<Record<string, unknown>>("customer.get", { where: { id } });

describe("a person", () => {
  it("signs in, finds a customer, mends a phone number, sees who changed it, and takes it back", async () => {
    const page = await open("/console/customers", { token: null });
    await page.getByRole("textbox", { name: "Token" }).fill("no-such-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await shows(page.getByText("This token is unknown"));
    expect(await violations(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Token" }).fill(server.token);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.getByRole("searchbox", { name: "Search" }).fill("leeds cream");
    const customers = page.getByRole("table", { name: "Customers" });
    await shows(page.getByText("1 customer", { exact: true }));
    await customers.getByRole("link", { name: "Leeds Creamery" }).click();
    await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
    expect(page.url()).toContain(`/console/customers/${id}`);

    await field(page, "Phone").fill("+44 113 496 0182");
    await shows(page.getByText("1 change, not saved yet"));
    // The preview is the server's: the number as it will be stored.
    await shows(page.getByText("+441134960182"));
    await save(page);
    await shows(page.getByText("Saved as version 2"));
    expect(await stored()).toMatchObject({ phone: "+441134960182", version: 2 });

    const [latest] = await historyOf(page).getByRole("listitem").all();
    expect(await latest?.innerText()).toMatch(/^You changed 1 field\s+console/);
    await latest?.getByRole("button", { name: "Revert", exact: true }).click();
    const preview = page.getByRole("dialog", { name: "Revert" });
    await shows(preview.getByText("+442079460102"));
    await preview.getByRole("button", { name: "Revert" }).click();
    await shows(page.getByText("Reverted, version 3"));
    expect(await stored()).toMatchObject({ phone: "+442079460102", version: 3 });

    await page.getByRole("button", { name: "Undo" }).click();
    await shows(page.getByText("Taken back"));
    expect(await stored()).toMatchObject({ phone: "+441134960182", version: 4 });
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await shows(page.getByRole("textbox", { name: "Token" }));
  });

  it("makes a record, and sees the faults of its values at their fields", async () => {
    const page = await open("/console/customers");
    await page.getByRole("button", { name: "New customer" }).click();
    const dialog = page.getByRole("dialog", { name: "New customer" });
    await dialog.getByLabel("Name", { exact: true }).fill("Vaasa Ferries");
    await dialog.getByLabel("Email", { exact: true }).fill("info@");
    await dialog.getByRole("button", { name: "Create" }).click();
    await shows(dialog.getByText("has no valid domain name"));
    await dialog.getByLabel("Email", { exact: true }).fill("info@vaasa.example");
    await dialog.getByRole("button", { name: "Create" }).click();
    await shows(page.getByRole("heading", { name: "Vaasa Ferries" }));
  });

  it("sees faults while typing, by the rules of the page and by those that only the server knows", async () => {
    await call("customer.create", { name: "Taken", providedId: "taken" });
    const page = await open(`/console/customers/${id}`);
    await field(page, "Phone").fill("12");
    await shows(page.getByText("is not a possible phone number"));
    expect(await field(page, "Phone").getAttribute("aria-invalid")).toBe("true");
    await field(page, "Phone").fill("+44 113 496 0182");
    await page.getByRole("button", { name: "Ids and technical fields" }).click();
    await field(page, "Provided id").fill("taken");
    await shows(page.getByText('"taken" is taken'));
  });

  it("starts in an empty tenant with sample data", async () => {
    const { token } = await call<{ token: string }>("tenant.create", { name: "New" });
    const page = await open("/console/customers", { token });
    await shows(page.getByText("There are no customers yet"));
    await shows(page.getByText(`curl ${server.url}/trpc/customer.create`));
    await page.getByRole("button", { name: "Load sample data" }).click();
    await shows(page.getByRole("table", { name: "Customers" }).getByRole("link").first());
  });

  it("narrows a list, chooses its columns, selects rows, and saves all that as a view", async () => {
    const page = await open("/console/customers");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByLabel("Filter", { exact: true }).selectOption({ label: "Level" });
    await page.getByLabel("Value").selectOption("Site");
    await page.getByRole("button", { name: "Apply" }).click();
    await shows(page.getByText("Level: Site"));
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByLabel("City", { exact: true }).check();
    await page.keyboard.press("Escape");
    await shows(page.getByRole("columnheader", { name: "City" }));
    await page.getByLabel("Select Leeds Creamery").check();
    await shows(page.getByText("1 selected"));

    await page.getByRole("button", { name: "Views" }).click();
    await page.getByLabel("Name of the view").fill("Sites");
    await page.getByRole("button", { name: "Save this view" }).click();
    await shows(page.getByText('View "Sites" saved'));
    await page.goto("/console/customers");
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Sites" }).click();
    await shows(page.getByText("Level: Site"));
    await shows(page.getByRole("columnheader", { name: "City" }));
    await page.getByRole("button", { name: "Views" }).click();
    await page.getByRole("button", { name: "Delete the view Sites" }).click();
    await shows(page.getByText("No saved views yet."));
  });

  it("sees where an inherited value comes from, and sets its own", async () => {
    const page = await open(`/console/customers/${id}`);
    await shows(page.getByRole("link", { name: "from Meridian Foods" }));
    await page.getByRole("button", { name: "Set sla here" }).click();
    await field(page, "sla").fill("office hours");
    await save(page);
    await shows(page.getByText("Saved as version"));
    expect(await stored()).toMatchObject({ properties: { plan: "starter", sla: "office hours" } });
  });
});

describe("while others write", () => {
  it("a list shows new and changed records, also those of other pages", async () => {
    const page = await open("/console/customers");
    const customers = page.getByRole("table", { name: "Customers" });
    await shows(customers.getByRole("link", { name: "Tyne Weaving" }));
    const { id: fresh } = await call("customer.create", { name: "Porto Quay" });
    await shows(customers.getByRole("link", { name: "Porto Quay" }));
    await call("customer.update", { where: { id: fresh }, patch: { name: "Porto Quay Trading" } });
    await shows(customers.getByRole("link", { name: "Porto Quay Trading" }));
    await call("customer.delete", { where: { id: fresh } });
    await customers.getByRole("link", { name: "Porto Quay Trading" }).waitFor({ state: "detached" });
  });

  it.each([
    ["Rebase", { phone: "+441134960190", plan: "pro", tags: ["renewal", "priority"] }],
    ["Keep mine", { phone: "+441134960111", plan: "pro", tags: ["renewal", "priority"] }],
    ["Take theirs", { phone: "+441134960190", plan: "starter", tags: ["renewal", "priority"] }],
  ])("both sides of a conflict are shown: %s", async (button, { phone, plan, tags }) => {
    const { id: own } = await call("customer.create", {
      name: "Skane Lighting",
      phone: "+442079460102",
      groupTags: ["renewal"],
      properties: { plan: "starter" },
    });
    const page = await open(`/console/customers/${own}`);
    await field(page, "Phone").fill("+44 113 496 0111");
    await field(page, "plan").fill("pro");
    await call("customer.update", {
      where: { id: own },
      patch: { phone: "+441134960190" },
      add: { groupTags: ["priority"] },
      reason: "number ported",
    });
    await shows(page.getByText("You will see both sides when you save"));
    await save(page);
    const conflict = page.getByRole("dialog", { name: "Conflict" });
    await shows(conflict.getByText("“number ported”"));
    await shows(conflict.getByText("Only Phone needs your choice"));
    await conflict.getByRole("button", { name: button }).click();
    await conflict.waitFor({ state: "detached" });
    await expect
      .poll(() => call<Record<string, unknown>>("customer.get", { where: { id: own } }))
      .toMatchObject({ phone, properties: { plan }, groupTags: tags });
  });

  it("typed values survive a closed tab and the end of the session", async () => {
    const { token, id: tokenId } = await call<{ token: string; id: string }>("token.create", {
      name: "Ada's",
      scopes: ["customers:read", "customers:write"],
    });
    const page = await open(`/console/customers/${id}`, { token });
    await field(page, "Name").fill("Leeds Creamery Ltd");
    await shows(page.getByText("1 change, not saved yet"));
    const again = await page.context().newPage();
    await page.close();
    await again.goto(`/console/customers/${id}`);
    await shows(again.getByText("Restored what you typed"));
    expect(await field(again, "Name").inputValue()).toBe("Leeds Creamery Ltd");

    await call("token.revoke", { where: { id: tokenId } });
    const dialog = again.getByRole("dialog", { name: "Your session has ended" });
    // The feed may end first, and the dialog then covers the button.
    await Promise.race([save(again), shows(dialog)]);
    await shows(dialog);
    expect(await again.locator("#field-name").inputValue()).toBe("Leeds Creamery Ltd");
  });

  it("a viewer sees no button that would be refused", async () => {
    const { token } = await call<{ token: string }>("token.create", {
      name: "Viewer",
      scopes: ["customers:read"],
    });
    const page = await open(`/console/customers/${id}`, { token });
    await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
    await shows(historyOf(page).getByText("created the record"));
    expect(await field(page, "Phone").getAttribute("readonly")).not.toBeNull();
    for (const name of ["Save", "Revert", "New customer"])
      expect(await page.getByRole("button", { name, exact: true }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Users" }).count()).toBe(0);
  });
});

describe("history", () => {
  it("shows the record as it was and compares versions; one value, one change or all goes back", async () => {
    const { id: own } = await call("customer.create", { name: "Namur Bottling", job: "bottler" });
    const update = (patch: object) => call("customer.update", { where: { id: own }, patch });
    await update({ name: "Namur", job: "brewer" });
    await update({ phone: "+3281222222" });
    const get = () => call<Record<string, unknown>>("customer.get", { where: { id: own } });
    const page = await open(`/console/customers/${own}`);
    const history = historyOf(page);

    await page.getByRole("button", { name: "Compare versions" }).click();
    const compare = page.getByRole("dialog", { name: "Compare versions" });
    await compare.getByLabel("From version").fill("1");
    await shows(compare.getByText("bottler"));
    await page.keyboard.press("Escape");

    await history.getByRole("button", { name: "Revert job only" }).click();
    const preview = page.getByRole("dialog", { name: "Revert" });
    await preview.getByRole("button", { name: "Revert" }).click();
    await shows(page.getByText("Reverted, version 4"));
    expect(await get()).toMatchObject({ name: "Namur", job: "bottler" });

    // The change of version 2, although others came after it.
    await history.getByRole("listitem").nth(2).getByRole("button", { name: "Revert", exact: true }).click();
    await preview.getByRole("button", { name: "Revert" }).click();
    await shows(page.getByText("Reverted, version 5"));
    expect(await get()).toMatchObject({ name: "Namur Bottling", phone: "+3281222222" });

    await history.getByRole("link", { name: "View version 1" }).click();
    await shows(page.getByText("As it was at version 1"));
    expect(await field(page, "Phone").inputValue()).toBe("");
    await page.getByRole("button", { name: "Revert to this version" }).click();
    await preview.getByRole("button", { name: "Revert" }).click();
    await shows(page.getByText("Reverted, version 6"));
    expect(await get()).toMatchObject({ name: "Namur Bottling", job: "bottler", phone: null });
  });
});
