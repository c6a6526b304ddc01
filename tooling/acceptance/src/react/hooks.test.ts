import { createClient, isStale, type RosterClient } from "@roster/client";
import { useRecord, useRecords, useRecordUpdate } from "@roster/client/react";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { renderHook, until, type Rendered } from "./render.ts";

/** The hooks, rendered by React, against a real server. */

const { server } = useServer();
let others: RosterClient;
beforeAll(() => void (others = createClient({ url: server.url, token: server.token })));

/** The client of the page, whose mutations wait as long as a test holds them. */
function pageClient() {
  let held: PromiseWithResolvers<void> | undefined;
  const client = createClient({
    url: server.url,
    token: server.token,
    async fetch(url, init) {
      if (init.method === "POST") await held?.promise;
      return fetch(url, init);
    },
  });
  return {
    client,
    hold: () => void (held = Promise.withResolvers()),
    release: () => held?.resolve(),
  };
}

const rendered: Rendered<unknown>[] = [];
afterEach(() => {
  for (const one of rendered.splice(0)) one.unmount();
});
async function render<T>(client: RosterClient, hook: () => T): Promise<Rendered<T>> {
  const one = await renderHook(client, hook);
  rendered.push(one);
  return one;
}

const newCustomer = (name: string) => others.customer.create.mutate({ name, job: "maker" });

/** A page that shows and changes one customer. */
async function openPage({ live = true } = {}) {
  const customer = await newCustomer("Before");
  const where = { id: customer.id };
  const { client, hold, release } = pageClient();
  const page = await render(client, () => ({
    ...useRecord("customer", where, { live }),
    ...useRecordUpdate("customer", where),
  }));
  await until(() => expect(page.current.record?.name).toBe("Before"));
  return { where, page, hold, release };
}

it("a list grows page by page", async () => {
  for (const name of ["a", "b", "c"]) await newCustomer(`listed ${name}`);
  const page = await render(others, () =>
    useRecords("customer", { filter: { namePrefix: "listed" }, limit: 2 }),
  );
  expect(page.current.records).toBeUndefined();
  await until(() => expect(page.current.records).toHaveLength(2));
  expect(page.current.hasMore).toBe(true);
  page.current.loadMore();
  page.current.loadMore();
  await until(() => expect(page.current.records).toHaveLength(3));
  expect(page.current.hasMore).toBe(false);
  expect(page.current.records?.map(({ name }) => name)).toEqual(["listed a", "listed b", "listed c"]);
  expect(page.current.records?.[0]?.createdAt).toBeInstanceOf(Date);
});

describe("a record", () => {
  it("stays as Roster has it, while others change it", async () => {
    const { where, page } = await openPage();
    for (const name of ["First", "Second"]) {
      await others.customer.update.mutate({ where, patch: { name } });
      await until(() => expect(page.current.record?.name).toBe(name));
    }
    await others.customer.delete.mutate({ where });
    await until(() => expect(page.current.query.isError).toBe(true));
  });

  it("is live in several places of a page by one feed", async () => {
    const [one, two] = [await newCustomer("One"), await newCustomer("Two")];
    let feeds = 0;
    const client = createClient({
      url: server.url,
      token: server.token,
      fetch(url, init) {
        if (url.includes("/api/changes")) feeds++;
        return fetch(url, init);
      },
    });
    const page = await render(client, () =>
      [one, two, one].map(({ id }) => useRecord("customer", { id }).record?.name),
    );
    await until(() => expect(page.current).toEqual(["One", "Two", "One"]));
    await others.customer.update.mutate({ where: { id: two.id }, patch: { name: "Other" } });
    await until(() => expect(page.current).toEqual(["One", "Other", "One"]));
    // The second record may appear after the first one's feed has begun.
    expect(feeds).toBeLessThanOrEqual(2);
  });

  it("is not followed if the page does not want it", async () => {
    const { where, page } = await openPage({ live: false });
    await others.customer.update.mutate({ where, patch: { name: "Unseen" } });
    await page.current.query.refetch();
    await until(() => expect(page.current.record?.name).toBe("Unseen"));
  });
});

describe("an update", () => {
  it("shows at once, by the rules of the domain, and becomes what Roster has stored", async () => {
    const { where, page, hold, release } = await openPage();
    hold();
    page.current.update({
      patch: { name: "After", phone: "+44 20 7946 0182", properties: { plan: "pro" } },
      add: { emails: ["a@acme.example"] },
    });
    await until(() => expect(page.current.isPending).toBe(true));
    expect(page.current.record).toMatchObject({
      name: "After",
      phone: "+44 20 7946 0182",
      properties: { plan: "pro" },
      emails: ["a@acme.example"],
      version: 1,
    });
    expect(page.current.saved).toMatchObject({ name: "Before", version: 1 });
    release();
    await until(() => expect(page.current.saved).toMatchObject({ phone: "+442079460182", version: 2 }));
    await until(() => expect(page.current.isPending).toBe(false));
    expect(page.current.record).toEqual(page.current.saved);
    // The old name never came back in between.
    const names = page.all
      .map(({ record }) => record?.name)
      .slice(page.all.findIndex(({ record }) => record?.name === "After"));
    expect(new Set(names)).toEqual(new Set(["After"]));
    expect(await others.customer.get.query({ where })).toMatchObject({ name: "After", version: 2 });
  });

  it("applies on top of what others have changed meanwhile in other fields", async () => {
    const { where, page, hold, release } = await openPage();
    hold();
    page.current.update({ patch: { name: "Mine" } });
    await others.customer.update.mutate({ where, patch: { job: "theirs" } });
    // While it is on its way, the page shows both.
    await until(() => expect(page.current.record).toMatchObject({ name: "Mine", job: "theirs" }));
    release();
    await until(() => expect(page.current.saved).toMatchObject({ name: "Mine", job: "theirs", version: 3 }));
  });

  it("of the same field as another's is refused, shows theirs, and can be sent again", async () => {
    const { where, page, hold, release } = await openPage();
    hold();
    page.current.update({ patch: { name: "Mine", job: "mine" } });
    await others.customer.update.mutate({ where, patch: { name: "Theirs" } });
    release();
    await until(() => expect(page.current.conflict).toBeDefined());
    expect(isStale(page.current.error)).toBe(true);
    expect(page.current.conflict).toMatchObject({ currentVersion: 2 });
    await until(() =>
      expect(page.current.record).toMatchObject({ name: "Theirs", job: "maker", version: 2 }),
    );
    page.current.overwrite();
    await until(() => expect(page.current.saved).toMatchObject({ name: "Mine", job: "mine", version: 3 }));
    expect(page.current.conflict).toBeUndefined();
  });

  it("does not conflict with an earlier one of the same page", async () => {
    const { page, hold, release } = await openPage();
    hold();
    for (const name of ["First", "Second", "Third"]) page.current.update({ patch: { name } });
    await until(() => expect(page.current.record?.name).toBe("Third"));
    release();
    await until(() => expect(page.current.saved).toMatchObject({ name: "Third", version: 4 }));
    expect(page.current.error).toBeUndefined();
  });

  it("that breaks a rule is refused and leaves the record as it is", async () => {
    const { page } = await openPage();
    await expect(page.current.updateAsync({ patch: { email: "nobody" } })).rejects.toThrow("email");
    await until(() => expect(page.current.error).toBeDefined());
    expect(page.all.every(({ record }) => !record || record.email === null)).toBe(true);
    page.current.reset();
    await until(() => expect(page.current.error).toBeUndefined());
  });
});
