import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readArguments } from "@roster/api/testing/options";
import type { Page } from "playwright-core";
import { rpcOf } from "../rpc.ts";
import { startServer } from "../server.ts";
import { startBrowser } from "./chromium.ts";
import { field, historyOf, save, shows } from "./use-console.ts";

/**
 * Takes the pictures of `docs/console.md`: `npm run screenshots`. It needs the build of the console, and makes
 * a server with records of its own.
 */

readArguments("screenshots", "npm run screenshots\n\nTakes the pictures of docs/console.md anew.\n", {});

const folder = fileURLToPath(new URL("../../../../docs/console/", import.meta.url));

const companies = [
  ["Bergen Drydock", "bergen-drydock", "post@bergen.example", "+4755010203", "NO", ["renewal"]],
  ["Brasserie Lenoir", "brasserie-lenoir", "contact@lenoir.example", "+33140205050", "FR", []],
  ["Namur Bottling", "namur-bottling", "info@namur.example", "+3281222222", "BE", []],
  ["Porto Quay Trading", "porto-quay", "ola@portoquay.example", "+351210000102", "PT", ["priority"]],
  ["Skåne Lighting", "skane-lighting", "hej@skane.example", "+46406000199", "SE", []],
  ["مطعم الياسمين", "jasmine-restaurant", "hello@jasmine.example", "+96265000102", "JO", ["priority"]],
  ["Tyne Weaving", "tyne-weaving", "office@tyne.example", "+441914960102", "GB", ["renewal"]],
  ["Vaasa Ferries", "vaasa-ferries", "info@vaasa.example", "+35860000199", "FI", []],
  ["Wexford Grain", "wexford-grain", "accounts@wexford.example", "+353530000133", "IE", []],
  ["Żółw Café", "zolw-cafe", "czesc@zolw.example", "+48126000102", "PL", ["renewal", "priority"]],
  ["Gdańsk Amber", "gdansk-amber", "biuro@amber.example", "+48586000102", "PL", []],
  ["Basel Optics", "basel-optics", "info@basel.example", "+41616000102", "CH", ["priority"]],
  ["Cork Harbour Supply", "cork-harbour", "office@cork.example", "+353216000102", "IE", []],
  ["Turin Motors", "turin-motors", "ciao@turin.example", "+390116000102", "IT", ["renewal"]],
  ["Ghent Canvas", "ghent-canvas", "hallo@ghent.example", "+3292222222", "BE", []],
] as const;

/** A file to import, with rows that create, update, change nothing, and are refused. */
const marchList = `Kunden-Nr.;Firma;E-Mail;Telefon;Tarif
leeds-creamery;Leeds Creamery;office@leeds.example;+44 20 7946 0199;pro
tampere-mills;Tampere Mills;hello@tampere.example;+358 3 000 0171;pro
porto-quay;Porto Quay Trading;ola@portoquay.example;+351 21 000 0102;
wexford-grain;Wexford Grain;accounts(at)wexford.example;+353 53 000 0133;pro
vaasa-ferries;Vaasa Ferries Oy;info@vaasa.example;+358 6 000 0199;free
bergen-drydock;Bergen Drydock;post@bergen.example;+47 55 01 02 03;gold
bergen-drydock;Bergen;;;gold
ghent-canvas;Ghent Canvas;hallo@ghent.example;+32 9 222 22 22;
`;

const server = await startServer();
const browser = await startBrowser();

const caller =
  (token: string) =>
  async <Result = { id: string; version: number }>(path: string, input: unknown): Promise<Result> => {
    const { data, error } = await rpcOf(server.url, token)(path, input);
    if (error !== undefined) throw new Error(`${path}: ${JSON.stringify(error)}`);
    return data as Result;
  };
const admin = caller(server.token);

/** A token by whose name the history shows a program or a person. */
async function tokenOf(name: string): Promise<string> {
  const scopes = ["customers:read", "customers:write", "users:read", "users:write"];
  return (await admin<{ token: string }>("token.create", { name, scopes })).token;
}

/** Writes the records of the pictures. @returns the id of the one that they show */
async function records(crm: ReturnType<typeof caller>): Promise<string> {
  await admin("tenant.update", { patch: { name: "Tallis Software" } });
  await admin("hierarchyLevel.replaceAll", { levels: ["Group", "Company", "Site"] });
  for (const name of ["priority", "renewal", "key account"]) await admin("groupTag.create", { name });
  for (const [name, providedId, email, phone, addressCountry, groupTags] of companies.toReversed())
    await admin("customer.create", {
      name,
      providedId,
      email,
      phone,
      addressCountry,
      groupTags,
      hierarchyLevel: "Company",
    });
  const group = await admin("customer.create", {
    name: "Meridian Foods Group",
    providedId: "meridian-foods",
    hierarchyLevel: "Group",
    properties: { sla: "24x7" },
  });
  const dairies = await admin("customer.create", {
    name: "Northern Dairies",
    providedId: "northern-dairies",
    hierarchyLevel: "Company",
    parent: group.id,
  });
  const { id } = await admin("customer.create", {
    name: "Leeds Creamery",
    providedId: "leeds-creamery",
    email: "office@leeds.example",
    emails: ["accounts@leeds.example"],
    addressCity: "Leeds",
    addressCountry: "GB",
    hierarchyLevel: "Site",
    parent: dairies.id,
    groupTags: ["priority"],
    properties: { plan: "free", trial: { seats: 5 } },
    mapping: { "40": "212" },
  });
  for (const [username, firstName, lastName] of [
    ["jago", "Jago", "Penrose"],
    ["dan", "Dan", "Whitcombe"],
  ])
    await admin("user.create", { username, firstName, lastName, customer: id });
  const where = { id };
  await crm("customer.update", { where, replace: { mapping: { "40": "213" } }, reason: "new data source" });
  await crm("customer.update", { where, patch: { phone: "+442079460102" }, reason: "list of March" });
  await crm("customer.update", {
    where,
    patch: { properties: { plan: "starter" } },
    add: { groupTags: ["renewal"] },
    reason: "plan change",
  });
  return id;
}

async function pageOf(token: string, dark = false, width = 1280, height = 800): Promise<Page> {
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
  });
  await context.request.post("/console/session", { data: { token } });
  return context.newPage();
}

/** Takes a picture when nothing moves any more. */
async function picture(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `${folder}${name}.png`, animations: "disabled" });
}

try {
  await mkdir(folder, { recursive: true });
  const crm = caller(await tokenOf("CRM sync"));
  const id = await records(crm);
  const person = await tokenOf("Priya Raman");
  const leeds = (page: Page) => page.getByRole("table").getByRole("link", { name: "Leeds Creamery" });

  const list = await pageOf(person);
  await list.goto("/console/customers");
  await shows(leeds(list));
  await shows(list.getByText("18 customers"));
  await picture(list, "list");

  const record = await pageOf(person);
  await record.goto(`/console/customers/${id}`);
  await shows(historyOf(record).getByText("created the record"));
  await field(record, "Phone").fill("+44 113 496 0182");
  await field(record, "plan").fill("pro");
  await shows(record.getByText("+441134960182"));
  await record.getByRole("heading", { level: 1 }).scrollIntoViewIfNeeded();
  await picture(record, "record");

  const conflict = await pageOf(person, true);
  await conflict.goto(`/console/customers/${id}`);
  await shows(historyOf(conflict).getByText("created the record"));
  await field(conflict, "Phone").fill("+44 113 496 0182");
  await field(conflict, "plan").fill("pro");
  await crm("customer.update", {
    where: { id },
    patch: { phone: "+441134960190" },
    add: { groupTags: ["key account"] },
    reason: "number ported",
  });
  await save(conflict);
  await shows(conflict.getByRole("dialog", { name: "Conflict" }).getByText("number ported"));
  await picture(conflict, "conflict");

  const work = await pageOf(person);
  await work.goto("/console/import");
  await work.getByLabel("Choose a file").setInputFiles({
    name: "march-list.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(marchList),
  });
  await work.getByRole("button", { name: "Check all rows" }).click();
  await shows(work.getByRole("table", { name: "What each row would do" }));
  await picture(work, "import");
  await work.getByRole("button", { name: /^Import \d/ }).click();
  await work.getByRole("link", { name: "Open the change set" }).click();
  await work.getByRole("button", { name: "Undo" }).click();
  await shows(work.getByRole("list", { name: "What the undo would do" }).getByText("Leeds Creamery"));
  await picture(work, "change-set");

  const tree = await pageOf(person);
  await tree.goto("/console/hierarchy");
  await tree.getByRole("button", { name: "Open Meridian Foods Group" }).click();
  await tree.getByRole("button", { name: "Open Northern Dairies" }).click();
  await shows(tree.getByRole("treeitem", { name: "Leeds Creamery" }));
  await picture(tree, "hierarchy");

  const phone = await pageOf(person, false, 390, 844);
  await phone.goto(`/console/customers/${id}`);
  await shows(field(phone, "Name"));
  await picture(phone, "phone");
} finally {
  await browser.close();
  await server.dispose();
}
