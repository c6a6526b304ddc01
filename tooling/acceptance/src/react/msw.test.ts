import { createClient, faults, isNotFound, isStale, localCopy, rosterError } from "@roster/client";
import { useRecord, useRecords } from "@roster/client/react";
import { rosterHandlers } from "@roster/client/testing";
import { RosterError } from "@roster/domain";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { renderHook, until } from "./render.ts";

/** A page's tests without a server: the handlers in the real MSW. */

const url = "http://roster.example";
const msw = setupServer(
  ...rosterHandlers({
    url,
    records: { customers: [{ providedId: "acme", name: "Acme" }, {}, {}], users: [{ username: "ada" }] },
    answers: {
      customer: {
        delete() {
          throw new RosterError("FORBIDDEN", "this token may not");
        },
      },
    },
  }),
);
beforeAll(() => msw.listen());
afterAll(() => msw.close());

const client = createClient({ url, token: "any" });
const where = { providedId: "acme" };
const thrown = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

it("records can be read, listed by pages, created and updated by the rules of the domain", async () => {
  const acme = await client.customer.get.query({ where });
  expect(acme).toMatchObject({ name: "Acme", version: 1, groupTags: [] });
  expect(acme.createdAt).toBeInstanceOf(Date);
  const page = await client.customer.list.query({ limit: 2 });
  expect(page.items).toHaveLength(2);
  const rest = await client.customer.list.query({ limit: 2, cursor: page.nextCursor as string });
  expect(rest).toMatchObject({ items: [{}], nextCursor: null });
  const { version, changes } = await client.customer.update.mutate({ where, patch: { job: "maker" } });
  expect({ version, changes }).toEqual({ version: 2, changes: [{ path: "/job", from: null, to: "maker" }] });
  expect(await client.user.create.mutate({ username: "bob" })).toMatchObject({ username: "bob", version: 1 });
  const both = [
    client.user.get.query({ where: { username: "ada" } }),
    client.user.get.query({ where: { username: "bob" } }),
  ];
  expect((await Promise.all(both)).map(({ username }) => username)).toEqual(["ada", "bob"]);
});

it("refusals are those of Roster", async () => {
  const invalid = await thrown(client.customer.update.mutate({ where, patch: { email: "nobody" } }));
  expect(Object.keys(faults(invalid))).toEqual(["/patch/email"]);
  expect(
    isStale(await thrown(client.customer.update.mutate({ where, expectedVersion: 1, patch: { job: "x" } }))),
  ).toBe(true);
  expect(isNotFound(await thrown(client.customer.get.query({ where: { providedId: "nobody" } })))).toBe(true);
  expect(rosterError(await thrown(client.customer.delete.mutate({ where })))?.code).toBe("FORBIDDEN");
});

it("a local copy of all records can be made", async () => {
  const copy = await localCopy(client, "user");
  expect([...copy.records.values()].map(({ username }) => username)).toContain("ada");
  copy.end();
});

it("the error of a call without an answer names the missing answer", async () => {
  const quick = createClient({ url, token: "any", retries: 0 });
  expect(rosterError(await thrown(quick.webhook.list.query({})))?.message).toContain("webhook.list");
  expect(rosterError(await thrown(quick.customer.list.query({ search: "a" })))?.message).toContain("search");
});

it("the hooks work with them", async () => {
  const page = await renderHook(client, () => ({
    one: useRecord("customer", where),
    list: useRecords("customer", { limit: 2 }),
  }));
  try {
    await until(() => expect(page.current.one.record?.name).toBe("Acme"));
    await until(() => expect(page.current.list).toMatchObject({ records: [{}, {}], hasMore: true }));
    page.current.list.loadMore();
    await until(() => expect(page.current.list).toMatchObject({ records: [{}, {}, {}], hasMore: false }));
  } finally {
    page.unmount();
  }
});
