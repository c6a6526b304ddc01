import { afterAll, beforeAll, expect, it } from "vitest";
import { defectsIn } from "../defects.ts";
import { rpcOf, type Rpc } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { field, historyOf, save, shows, useConsole } from "./use-console.ts";

/** The console on two nodes with one PostgreSQL: pages of one, while others write through the other. */

const { server, call, open } = useConsole();
let other: Server;
/** Calls a procedure at the other node. */
let elsewhere: Rpc;
beforeAll(async () => {
  other = await startServer({ DATABASE_URL: server.database });
  elsewhere = rpcOf(other.url, other.token);
});
afterAll(async () => {
  const output = other.output();
  await other.dispose();
  expect(defectsIn(output)).toEqual([]);
});

/** The records as the other node has them. */
const stored = async (filter: object) =>
  (await elsewhere("customer.list", { filter, fresh: true })).data["items"];

it("a person finds a customer, mends a phone number, sees who changed it last, and takes it back", async () => {
  const { data } = await elsewhere("token.create", {
    name: "Ada's",
    scopes: ["customers:read", "customers:write"],
  });
  const leeds = { providedId: "leeds", name: "Leeds Creamery", phone: "+442079460102" };
  const made = await elsewhere("customer.create", leeds);
  const path = `/console/customers/${String(made.data["id"])}`;

  const page = await open("/console/customers", { token: null });
  await page.getByRole("textbox", { name: "Token" }).fill(String(data["token"]));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("searchbox", { name: "Search" }).fill("leeds cream");
  await page.getByRole("link", { name: "Leeds Creamery" }).click();
  await field(page, "Phone").fill("+44 113 496 0182");
  await shows(page.getByText("+441134960182"));
  await save(page);
  await shows(page.getByText("Saved as version 2"));

  // The same session holds at the other node, where somebody else knows the person by name, too.
  const there = await page.context().newPage();
  await there.goto(other.url + path);
  const latest = (one: typeof page) => historyOf(one).getByRole("listitem").first();
  await shows(latest(there).getByText("You changed 1 field"));
  const colleague = await open(path, { baseURL: other.url });
  await shows(latest(colleague).getByText("Ada's changed 1 field"));

  await latest(page).getByRole("button", { name: "Revert", exact: true }).click();
  await page.getByRole("dialog", { name: "Revert" }).getByRole("button", { name: "Revert" }).click();
  await shows(page.getByText("Reverted, version 3"));
  expect(await stored({ providedId: "leeds" })).toMatchObject([{ phone: leeds.phone, version: 3 }]);
  // The feed of the other node brings what was done at this one.
  await shows(latest(colleague).getByText("Ada's took back 1 field"));
});

it("a list shows what is created and changed through the other node", async () => {
  const page = await open("/console/customers");
  const customers = page.getByRole("table", { name: "Customers" });
  await shows(customers.getByRole("link").first());
  const { data } = await elsewhere("customer.create", { name: "Porto Quay" });
  await shows(customers.getByRole("link", { name: "Porto Quay" }));
  const where = { id: data["id"] };
  await elsewhere("customer.update", { where, patch: { name: "Porto Trading" } });
  await shows(customers.getByRole("link", { name: "Porto Trading" }));
  await elsewhere("customer.delete", { where });
  await customers.getByRole("link", { name: "Porto Trading" }).waitFor({ state: "detached" });
});

it("a conflict with a writer at the other node is rebased", async () => {
  const { id } = await call("customer.create", {
    name: "Skane Lighting",
    job: "lamps",
    phone: "+442079460102",
  });
  const page = await open(`/console/customers/${id}`);
  await field(page, "Job").fill("lighting");
  await field(page, "Phone").fill("+44 113 496 0111");
  await elsewhere("customer.update", { where: { id }, patch: { phone: "+441134960190", name: "Skåne" } });
  await shows(page.getByText("You will see both sides when you save"));
  await save(page);
  const conflict = page.getByRole("dialog", { name: "Conflict" });
  await shows(conflict.getByText("Only Phone needs your choice"));
  await conflict.getByRole("button", { name: "Rebase" }).click();
  await shows(page.getByText("Saved as version 3"));
  expect(await stored({ ids: [id] })).toMatchObject([
    { name: "Skåne", job: "lighting", phone: "+441134960190", version: 3 },
  ]);
});

it("an import is undone at the other node", async () => {
  const page = await open("/console/import");
  const rows = Array.from({ length: 700 }, (_, i) => `march-${i},March ${i}`);
  await page.getByLabel("Choose a file").setInputFiles({
    name: "march.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(["providedId,name", ...rows].join("\n")),
  });
  await page.getByRole("button", { name: "Check all rows" }).click();
  await page.getByRole("button", { name: "Import 700 rows" }).click();
  await shows(page.getByRole("link", { name: "Open the change set" }));
  const filter = { providedId: { startsWith: "march-" } };
  const count = async () => (await elsewhere("customer.count", { filter })).data["count"];
  expect(await count()).toBe(700);

  const there = await page.context().newPage();
  await there.goto(`${other.url}/console/change-sets`);
  await there.getByRole("link", { name: "march.csv" }).click();
  await there.getByRole("button", { name: "Undo" }).click();
  await there.getByRole("button", { name: "Undo now" }).click();
  await shows(there.getByText("700 records are taken back."));
  expect(await count()).toBe(0);
});
