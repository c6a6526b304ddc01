import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, it } from "vitest";
import { violationsIn } from "./axe.ts";
import { historyOf, shows, useConsole } from "./use-console.ts";

/** Pages that work on many records, in a browser: import, export, change sets, bulk edits, tree, merge. */

const { call, open } = useConsole();

interface Customer {
  id: string;
  version: number;
  name: string | null;
  phone: string | null;
  parent: string | null;
  groupTags: string[];
  deletedAt: string | null;
}
const get = (id: string) => call<Customer>("customer.get", { where: { id }, deleted: true });
const named = async (name: string): Promise<Customer> => {
  const filter = { name };
  const { items } = await call<{ items: Customer[] }>("customer.list", { filter, fresh: true });
  if (!items[0]) throw new Error(`there is no ${name}`);
  return items[0];
};

const button = (page: Page, name: string | RegExp): Locator => page.getByRole("button", { name });
const listed = (page: Page, name: string): Locator => page.getByRole("list", { name });

beforeAll(async () => {
  await call("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  await call("groupTag.create", { name: "renewal" });
});

/** A file of customers, with a byte order mark and semicolons. @param rows what follows the header */
const file = (rows: string[]) => ({
  name: "march-list.csv",
  mimeType: "text/csv",
  buffer: Buffer.from("\ufeff" + ["Kunden-Nr.;Firma;E-Mail;Tarif", ...rows].join("\r\n") + "\r\n"),
});

/** Chooses a file and previews its rows. */
async function check(page: Page, chosen: ReturnType<typeof file>): Promise<void> {
  await page.getByLabel("Choose a file").setInputFiles(chosen);
  await button(page, "Check all rows").click();
}

/** The rows of a large file. */
const rows = 10_000;
const counted = (count: number) => count.toLocaleString("en");

describe("an import", () => {
  it("shows what each row does, stores all but the refused ones, and is taken back as a whole", async () => {
    const { id } = await call<Customer>("customer.create", { providedId: "leeds", name: "Leeds Cremery" });
    const page = await open("/console/import");
    const many = Array.from({ length: rows - 4 }, (_, i) => `march-${i};March ${i};m${i}@march.example;free`);
    await check(
      page,
      file([
        "leeds;Leeds Creamery;office@leeds.example;starter",
        "wexford;Wexford Grain;accounts(at)wexford.example;pro",
        "twice;One;;",
        "twice;Two;;",
        ...many,
      ]),
    );
    await page.getByText("Nothing is stored yet").first().waitFor({ timeout: 120_000 });
    const preview = page.getByRole("table", { name: "What each row would do" });
    const row = (n: number) =>
      preview.getByRole("row").filter({ has: page.getByText(String(n), { exact: true }) });
    expect(await row(2).innerText()).toMatch(/update[^d]/);
    await shows(row(2).getByText("Leeds Cremery"));
    await shows(row(3).getByText(/is not an email address/));
    await shows(row(4).getByText(/other rows of the file have the same/));
    expect((await get(id)).name).toBe("Leeds Cremery");

    const [refused] = await Promise.all([
      page.waitForEvent("download"),
      button(page, "Download 3 refused rows").click(),
    ]);
    expect(refused.suggestedFilename()).toBe("march-list.refused.csv");
    const text = await readFile(await refused.path(), "utf8");
    expect(text.trim().split(/\r?\n/)).toHaveLength(4);
    expect(text).toContain("refused because");

    await button(page, `Import ${counted(rows - 3)} rows`).click();
    await page.getByRole("link", { name: "Open the change set" }).click({ timeout: 120_000 });
    await shows(page.getByRole("heading", { name: "march-list.csv" }));
    expect((await get(id)).name).toBe("Leeds Creamery");

    // Somebody changes what the import changed.
    const touched = await named("March 7");
    await call("customer.update", { where: { id: touched.id }, patch: { name: "March Seven" } });
    await button(page, "Undo").click();
    await shows(listed(page, "What the undo would do"));
    expect((await get(id)).name).toBe("Leeds Creamery");
    await button(page, "Undo now").click();
    const taken = `${counted(rows - 4)} records are taken back.`;
    await page.getByText(taken).waitFor({ timeout: 120_000 });
    const left = listed(page, "1 record was left as they are");
    await shows(left.getByRole("link", { name: "March Seven" }));
    expect((await get(id)).name).toBe("Leeds Cremery");
    expect((await get(touched.id)).deletedAt).toBe(null);
  });

  it("pauses, goes on where it was, and stores nothing twice", async () => {
    const page = await open("/console/import");
    await check(page, file(Array.from({ length: 1_500 }, (_, i) => `pause-${i};Pause ${i};;`)));
    const start = button(page, "Import 1,500 rows");
    await shows(start);
    // The first of two steps is under way when the import is paused.
    let release = () => {};
    const paused = new Promise<void>((resolve) => (release = resolve));
    await page.route(/customer\.upsertMany/, async (route) => {
      await paused;
      await route.continue();
    });
    await start.click();
    await button(page, "Pause").click();
    release();
    await button(page, "Go on").click();
    await shows(page.getByRole("link", { name: "Open the change set" }));
    const filter = { providedId: { startsWith: "pause-" } };
    expect(await call("customer.count", { filter })).toMatchObject({ count: 1_500 });
  });

  it("requires the meaning of columns, and explains why a file cannot be used", async () => {
    const page = await open("/console/import");
    await page.getByLabel("Choose a file").setInputFiles(file(["a1;Alpha;;gold"]));
    await page.getByLabel("Becomes: Tarif").selectOption("job");
    await page.getByLabel("Becomes: E-Mail").selectOption("job");
    await shows(page.getByRole("alert").filter({ hasText: "are both for job" }));
    expect(await button(page, "Check all rows").isDisabled()).toBe(true);
    await page.getByLabel("Becomes: E-Mail").selectOption("leave out");
    await button(page, "Check all rows").click();
    await button(page, "Import 1 row").click();
    await shows(page.getByRole("link", { name: "Open the change set" }));
    expect(await named("Alpha")).toMatchObject({ job: "gold", email: null });
    await button(page, "Import another file").click();
    const workbook = { name: "a.xlsx", mimeType: "application/x", buffer: Buffer.from("PK\u0003\u0004 …") };
    await page.getByLabel("Choose a file").setInputFiles(workbook);
    await shows(page.getByText("this is a workbook, as of Excel; save it as CSV"));
  });
});

it("takes back an undo, and lists all change sets", async () => {
  const set = await call<{ id: string }>("changeSet.open", { name: "spring cleaning" });
  const { id } = await call<Customer>("customer.create", { name: "Before" });
  const items = [{ where: { id }, patch: { name: "After" } }];
  await call("customer.updateMany", { items, changeSet: set.id });
  await call("changeSet.close", { where: { id: set.id } });

  const page = await open("/console/change-sets?kind=bulk");
  await page.getByRole("link", { name: "spring cleaning" }).click();
  await shows(listed(page, "Changes").getByRole("insertion").getByText("After", { exact: true }));
  await page.keyboard.press("u");
  await page.getByLabel("Reason").fill("too early");
  await button(page, "Undo now").click();
  await shows(page.getByText("1 record is taken back."));
  expect((await get(id)).name).toBe("Before");
  await page.getByRole("main").getByRole("link", { name: "Open the undo" }).first().click();
  await shows(page.getByText("too early"));
  await button(page, "Bring it back").click();
  await button(page, "Undo now").click();
  await shows(page.getByText("1 record is taken back."));
  expect((await get(id)).name).toBe("After");
});

it("exports the records of a list, with its filter and its columns", async () => {
  await call("customer.create", { name: "Lyon Silk", email: "bonjour@lyon.example", addressCity: "Lyon" });
  const filter = encodeURIComponent(JSON.stringify({ addressCity: "Lyon" }));
  const page = await open(`/console/customers?filter=${filter}&columns=email`);
  await shows(page.getByRole("link", { name: "Lyon Silk" }));
  await button(page, "More for this list").click();
  await page.getByRole("menuitem", { name: "Export …" }).click();
  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("dialog").getByRole("button", { name: "Export" }).click(),
  ]);
  expect(exported.suggestedFilename()).toBe("customers.csv");
  const [head, ...rows] = (await readFile(await exported.path(), "utf8")).trim().split(/\r?\n/);
  expect(head).toBe("id,name,email");
  expect(rows).toEqual([expect.stringMatching(/,Lyon Silk,bonjour@lyon\.example$/)]);
});

describe("a bulk edit", () => {
  it("of a selection shows what it would do, and does it as one change set", async () => {
    const made = await Promise.all(
      ["Bulk one", "Bulk two"].map((name) => call<Customer>("customer.create", { name })),
    );
    const page = await open("/console/customers?q=Bulk");
    for (const name of ["Bulk one", "Bulk two"])
      await page.getByRole("checkbox", { name: `Select ${name}` }).check();
    await page.getByRole("region", { name: "2 selected" }).getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Field").selectOption("job");
    await dialog.getByLabel("Job", { exact: true }).fill("yard");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await shows(listed(page, "Preview").getByText("yard").first());
    expect(await get(made[0]?.id ?? "")).toMatchObject({ job: null });
    await dialog.getByRole("button", { name: "Change 2 customers" }).click();
    await shows(page.getByText("2 records changed"));
    await page.getByRole("link", { name: "Open change set" }).click();
    await shows(listed(page, "Changes").getByRole("link", { name: "Bulk one" }));
    for (const { id } of made) expect(await get(id)).toMatchObject({ job: "yard" });
  });

  it("of all that match goes by the filter", async () => {
    const items = Array.from({ length: 12 }, (_, i) => ({ name: `Ghent ${i}`, addressCity: "Ghent" }));
    await call("customer.createMany", { items });
    const filter = encodeURIComponent(JSON.stringify({ addressCity: "Ghent" }));
    const page = await open(`/console/customers?filter=${filter}`);
    await shows(page.getByRole("link", { name: "Ghent 11" }));
    await button(page, "More for this list").click();
    await page.getByRole("menuitem", { name: "Edit all that match …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Field").selectOption("addressCountry");
    await dialog.getByLabel("Country", { exact: true }).fill("BE");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await dialog.getByRole("button", { name: "Change 12 customers" }).click();
    await shows(page.getByText("12 records changed"));
    const both = { addressCity: "Ghent", addressCountry: "BE" };
    expect(await call("customer.count", { filter: both })).toMatchObject({ count: 12 });
  });
});

describe("a bulk edit of properties", () => {
  /** Chooses a property in a line of the dialog. */
  async function choose(dialog: Locator, line: number, property: string, action: string): Promise<void> {
    const at = (label: string) => dialog.getByLabel(label, { exact: true }).nth(line);
    await at("Field").selectOption("properties");
    await at("Action").selectOption(action);
    await at("Property").fill(property);
  }
  const properties = async (id: string) =>
    (await call<{ properties: unknown }>("customer.get", { where: { id } })).properties;

  it("sets and clears them in a selection, by the schema", async () => {
    const schema = { properties: { plan: { enum: ["free", "pro"] } } };
    await call("tenant.setPropertiesSchema", { schema });
    const one = await call("customer.create", {
      name: "Prop one",
      properties: { plan: "free", limits: { seats: 5, disk: 1 } },
    });
    const two = await call("customer.create", { name: "Prop two", properties: { limits: { seats: 7 } } });
    const page = await open("/console/customers?q=Prop");
    for (const name of ["Prop one", "Prop two"])
      await page.getByRole("checkbox", { name: `Select ${name}` }).check();
    await page.getByRole("region", { name: "2 selected" }).getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    await choose(dialog, 0, "plan", "set");
    await dialog.getByLabel("Value", { exact: true }).selectOption("pro");
    await dialog.getByRole("button", { name: "Change another field" }).click();
    await choose(dialog, 1, "plan.tier", "clear");
    await shows(dialog.getByText('"plan" is changed twice.'));
    expect(await violationsIn(page, "[role=dialog]")).toEqual([]);
    expect(await dialog.getByRole("button", { name: "Preview" }).isDisabled()).toBe(true);
    await choose(dialog, 1, "limits.seats", "clear");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await shows(listed(page, "Preview").getByRole("insertion").getByText("pro").first());
    await dialog.getByRole("button", { name: "Change 2 customers" }).click();
    await shows(page.getByText("2 records changed"));
    expect(await properties(one.id)).toEqual({ plan: "pro", limits: { disk: 1 } });
    expect(await properties(two.id)).toEqual({ plan: "pro", limits: {} });
    await call("tenant.setPropertiesSchema", { schema: null });
  });

  it("goes by the filter once all that match are selected, by keyboard", async () => {
    const items = Array.from({ length: 400 }, (_, i) => ({ name: `Bruges ${i}`, addressCity: "Bruges" }));
    await call("customer.createMany", { items });
    const filter = encodeURIComponent(JSON.stringify({ addressCity: "Bruges" }));
    const page = await open(`/console/customers?filter=${filter}&columns=email`);
    await shows(page.getByText("400 customers", { exact: true }));
    const foot = page.getByRole("status").filter({ hasText: "The key End loads on" });
    await shows(foot.filter({ hasText: "200 loaded, 200 more follow" }));
    await shows(page.getByRole("link", { name: "Bruges 399" }));
    await page.getByRole("checkbox", { name: "Select all loaded rows" }).focus();
    await page.keyboard.press("Space");
    const all = page.getByRole("button", { name: "Select all that match (400 customers)" });
    await shows(all);
    expect(await violationsIn(page, "[role=region][aria-label$=selected]")).toEqual([]);
    for (let i = 0; i < 3; i++) await page.keyboard.press("Shift+Tab");
    await shows(all.and(page.locator(":focus")));
    await page.keyboard.press("Enter");
    const bar = page.getByRole("region", { name: "Customers: 400 selected" });
    await shows(bar.getByRole("status").getByText("400 selected"));

    await bar.getByRole("button", { name: "Export" }).click();
    const [exported] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("dialog").getByRole("button", { name: "Export" }).click(),
    ]);
    expect((await readFile(await exported.path(), "utf8")).trim().split("\n")).toHaveLength(401);

    await bar.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    await choose(dialog, 0, "limits.seats", "set");
    await dialog.getByLabel("Value", { exact: true }).fill("12");
    await dialog.getByRole("button", { name: "Preview" }).click();
    await dialog.getByRole("button", { name: "Change 400 customers" }).click();
    await shows(page.getByText("400 records changed"));
    expect(await properties((await named("Bruges 0")).id)).toEqual({ limits: { seats: 12 } });
    await dialog.getByRole("button", { name: "Close" }).first().click();

    // One row less is a selection of loaded rows again, whichever row the changes have brought to the top.
    await page
      .getByRole("checkbox", { name: /^Select Bruges/ })
      .first()
      .click();
    await bar.waitFor({ state: "detached" });
    await button(page, "Clear the selection").click();
    await page.getByRole("region", { name: /selected$/ }).waitFor({ state: "detached" });

    // The changed rows have moved, so the list is read anew.
    await page.reload();
    await shows(foot);
    // The head is the first row.
    const last = page.locator('[aria-rowindex="401"]');
    const loadOn = async () => {
      await page.keyboard.press("End");
      return last.count();
    };
    await expect.poll(loadOn).toBe(1);
    expect(await foot.count()).toBe(0);
    await page.keyboard.press("Home");
    await shows(page.locator('[aria-rowindex="2"]'));
  });
});

describe("the hierarchy", () => {
  it("is walked by keyboard, and a move shows its effects before it is made", async () => {
    const create = (input: object) => call<Customer>("customer.create", input);
    const meridian = await create({ name: "Meridian", hierarchyLevel: "Group", properties: { sla: "24x7" } });
    const aurora = await create({ name: "Aurora", hierarchyLevel: "Group", properties: { sla: "9to5" } });
    const dairy = await create({ name: "Dairy", hierarchyLevel: "Company", parent: meridian.id });
    await create({ name: "Creamery", hierarchyLevel: "Site", parent: dairy.id });
    const page = await open("/console/hierarchy");
    const item = (name: string) => page.getByRole("treeitem", { name, exact: true });
    await shows(item("Meridian").getByText("1 below"));
    await item("Meridian").focus();
    await page.keyboard.press("ArrowRight");
    await shows(item("Dairy").getByText("1 below"));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("m");
    await shows(page.getByText("Moving Dairy."));
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Move Dairy?" });
    await shows(dialog.getByText("1 below move along."));
    await shows(dialog.getByText("9to5"));
    expect((await get(dairy.id)).parent).toBe(meridian.id);
    await dialog.getByRole("button", { name: "Move" }).click();
    await shows(page.getByText("Dairy moved"));
    expect((await get(dairy.id)).parent).toBe(aurora.id);
  });

  it("moves by drag, finds by letters, and refuses what the levels forbid", async () => {
    const page = await open("/console/hierarchy");
    await page.getByRole("treeitem", { name: "Meridian" }).waitFor();
    await page.getByText("Meridian").dragTo(page.getByText("Aurora"));
    const dialog = page.getByRole("dialog", { name: "Move Meridian?" });
    await shows(dialog.getByRole("alert"));
    expect(await dialog.getByRole("button", { name: "Move" }).isDisabled()).toBe(true);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await page.getByLabel("Find in the hierarchy").fill("Creamery");
    await shows(page.getByText("Aurora › Dairy"));
  });
});

describe("duplicates", () => {
  it("are merged value by value, and taken apart in the history", async () => {
    const create = (input: object) => call<Customer>("customer.create", input);
    const into = await create({ name: "Bergen Drydock", email: "post@bergen.example", phone: "+4755010203" });
    const from = await create({ name: "Bergen Dry Dock", email: "post@bergen.example", job: "yard" });
    const page = await open("/console/duplicates");
    const pair = page.getByRole("article").filter({ hasText: "Bergen Dry Dock" });
    await shows(pair.getByText("same address"));
    await pair.getByRole("link", { name: "Compare" }).click();
    await page.getByRole("radio", { name: "Name: Goes" }).check();
    const preview = page.getByRole("region", { name: "The merged customer" });
    await shows(preview.getByText("Bergen Dry Dock", { exact: true }));
    await shows(preview.getByText("yard"));
    expect((await get(from.id)).deletedAt).toBe(null);
    await button(page, "Merge").click();
    await shows(page.getByRole("heading", { name: "Bergen Dry Dock" }));
    expect(await get(into.id)).toMatchObject({ name: "Bergen Dry Dock", job: "yard", phone: "+4755010203" });
    expect(await get(from.id)).toMatchObject({ mergedInto: into.id });
    await historyOf(page).getByRole("button", { name: "Unmerge" }).click();
    await shows(page.getByText("The merge is taken apart"));
    expect(await get(into.id)).toMatchObject({ name: "Bergen Drydock", job: null });
    expect((await get(from.id)).deletedAt).toBe(null);
  });

  it("are not shown again once they are marked as not the same", async () => {
    for (const name of ["Twin one", "Twin two"])
      await call("customer.create", { name, phone: "+442079460111" });
    const page = await open("/console/duplicates");
    const pair = page.getByRole("article").filter({ hasText: "Twin one" });
    await pair.getByRole("button", { name: "Not the same" }).click();
    await pair.waitFor({ state: "detached" });
    await button(page, "Undo").click();
    await shows(pair);
  });
});
