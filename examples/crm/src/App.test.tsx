import { createClient } from "@roster/client";
import { RosterProvider } from "@roster/client/react";
import { rosterHandlers } from "@roster/client/testing";
import { QueryClient } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { App } from "./App.tsx";

/** As in the app: Roster answers at the address of the page. */
const url = location.origin;
const names = Array.from({ length: 25 }, (_, index) => `Customer ${index + 1}`);
const server = setupServer(
  ...rosterHandlers({ url, records: { customers: names.map((name) => ({ name })) } }),
);
beforeAll(() => server.listen());
afterEach(cleanup);
afterAll(() => server.close());

const patience = { timeout: 20_000 };
const open = () => {
  const client = createClient({ url, token: "any" });
  render(
    <RosterProvider client={client} queryClient={new QueryClient()}>
      <App />
    </RosterProvider>,
  );
  return client;
};
const button = (name: string) => screen.findByRole("button", { name }, patience);

it("lists customers page by page", async () => {
  open();
  await button("Customer 20");
  fireEvent.click(await button("More"));
  await button("Customer 25");
  expect(screen.queryByRole("button", { name: "More" })).toBeNull();
});

it("saves the typed values, and shows faults at their fields", async () => {
  const client = open();
  fireEvent.click(await button("Customer 3"));
  const name = await screen.findByLabelText("name", undefined, patience);
  fireEvent.change(name, { target: { value: "Renamed" } });
  fireEvent.click(await button("Save"));
  await screen.findByText("version 2", undefined, patience);
  const { items } = await client.customer.list.query({ limit: 5 });
  expect(items[2]).toMatchObject({ name: "Renamed", version: 2 });

  fireEvent.change(screen.getByLabelText("email"), { target: { value: "nobody" } });
  fireEvent.click(await button("Save"));
  const fault = await screen.findByRole("alert", undefined, patience);
  expect(fault.textContent).toContain("is not an email address");
});
