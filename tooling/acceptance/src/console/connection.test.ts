import { freePort } from "@roster/api/testing/free-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { field, historyOf, save, shows, useBrowser } from "./use-console.ts";

/** The behaviour of the pages while the server is gone or fails, and once it is back. */

const server = {} as Server;
let database: TestDatabase;
let port: string;
const start = async () =>
  void Object.assign(server, await startServer({ PORT: port, DATABASE_URL: database.url }));
beforeAll(async () => {
  [database, port] = [await newDatabase(), String(await freePort())];
  await start();
});
afterAll(async () => {
  await server.dispose();
  await database.drop();
});
const { call, open } = useBrowser(server);

const gone = "The server does not answer. What you type is kept here.";

describe("a server that stops", () => {
  it("is missed at once; when it is back, the page goes on, and the typed values can be saved", async () => {
    const { id } = await call("customer.create", { name: "Leeds Creamery", phone: "+442079460102" });
    const page = await open(`/console/customers/${id}`);
    const list = page.getByRole("table", { name: "Customers" });
    await shows(list.getByRole("link", { name: "Leeds Creamery" }));
    await shows(historyOf(page).getByText("created the record"));
    await field(page, "Phone").fill("+44 113 496 0182");
    await server.stop();
    await shows(page.getByText(gone));
    await save(page);
    await shows(page.getByRole("alert").filter({ hasText: "The server does not answer" }));

    await start();
    await shows(page.getByText("Connected again"));
    await page.getByText(gone).waitFor({ state: "detached" });
    await call("customer.create", { name: "Porto Quay" });
    await shows(list.getByRole("link", { name: "Porto Quay" }));
    expect(await field(page, "Phone").inputValue()).toBe("+44 113 496 0182");
    await save(page);
    await shows(page.getByText("Saved as version 2"));
    expect(await call("customer.get", { where: { id } })).toMatchObject({ phone: "+441134960182" });
  });

  it("is waited for by a page that is opened meanwhile", async () => {
    const page = await open("/console/customers");
    await shows(page.getByRole("link", { name: "Leeds Creamery" }));
    await server.stop();
    await shows(page.getByText(gone));
    await page.getByRole("link", { name: "Change sets" }).click();
    await start();
    await shows(page.getByRole("heading", { name: "Change sets" }));
    await shows(page.getByText("No change sets yet"));
  });
});

it("the page reports a lost network, and goes on when it is back", async () => {
  const page = await open("/console/customers");
  await shows(page.getByRole("link", { name: "Leeds Creamery" }));
  await page.context().setOffline(true);
  await shows(page.getByText("You are offline"));
  await page.context().setOffline(false);
  await page.getByText("You are offline").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Leeds Creamery" }).click();
  await shows(page.getByRole("heading", { name: "Leeds Creamery" }));
});

describe.each([500, 503])("requests that fail with %i for a while", (status) => {
  it.each([
    ["a list", /customer\.list/, "customers", "Porto Quay"],
    ["a record", /customer\.get/, "customers/ID", "created the record"],
    ["a list of change sets", /changeSet\.list/, "change-sets", "No change sets yet"],
  ])("show an error that offers to try again: %s", async (_, procedure, path, text) => {
    const { items } = await call<{ items: { id: string }[] }>("customer.list", { limit: 1 });
    const page = await open("/console/settings/tenant");
    await page.route(procedure, (route) => route.fulfill({ status, body: "not now" }));
    await page.goto(`/console/${path.replace("ID", items[0]?.id ?? "")}`);
    // The list beside a record may have sent its request together with it.
    const notice = page.getByRole("alert").filter({ hasText: "That did not work" }).last();
    await shows(notice);
    await page.unroute(procedure);
    await notice.getByRole("button", { name: "Try again" }).click();
    await shows(page.getByText(text).first());
  });
});
