import { createApi, type Api } from "@roster/api";
import {
  createClient,
  createLocalClient,
  faults,
  isConflict,
  isDenied,
  isInvalid,
  isNotFound,
  isStale,
  rosterError,
  type RosterClient,
} from "@roster/client";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type Server } from "../server.ts";

const token = "acceptance-token";
let server: Server;
let api: Api;
let folder: string;

beforeAll(async () => {
  server = await startServer({ ROSTER_TOKEN: token });
  folder = await mkdtemp(join(tmpdir(), "roster-local-"));
  api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}`, token });
});
afterAll(async () => {
  await server.dispose();
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

const clients: Record<string, (owner?: string) => RosterClient> = {
  "over HTTP": (owner = token) => createClient({ url: server.url, token: owner }),
  "in process": (owner = token) => createLocalClient(api, { token: owner }),
};

/** What a call throws. */
const thrown = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail("the call succeeded"),
    (error: unknown) => error,
  );

let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}`;

describe.each(Object.entries(clients))("a client %s", (_where, open) => {
  it("creates a customer and reads it back, with instants as Dates and calendar dates as text", async () => {
    const { customer } = open();
    const before = Date.now();
    const created = await customer.create.mutate({
      name: "Acme",
      dateOfBirth: "2019-08-24",
      timestamp: new Date("2024-05-06T07:08:09.123Z"),
      activationDate: "2024-05-06T09:08:09+02:00",
    });
    expect(created).toMatchObject({ name: "Acme", dateOfBirth: "2019-08-24", version: 1, deletedAt: null });
    expect(created.timestamp).toEqual(new Date("2024-05-06T07:08:09.123Z"));
    expect(created.activationDate).toEqual(new Date("2024-05-06T07:08:09.000Z"));
    expect(created.createdAt).toBeInstanceOf(Date);
    expect(created.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(await customer.get.query({ where: { id: created.id } })).toEqual(created);
    expect(await customer.get.query({ where: { number: created.number } })).toEqual(created);
  });

  it("updates, and is told what changed", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({
      phone: "+4930123456",
      properties: { plan: "free", trial: true },
      emails: ["a@acme.example"],
    });
    const updated = await customer.update.mutate({
      where: { id },
      patch: { name: "Acme", phone: null, properties: { plan: "pro", trial: null } },
      replace: { mapping: { "40": "213" } },
      add: { emails: ["b@acme.example"] },
      expectedVersion: 1,
      reason: "plan change",
    });
    expect(updated).toMatchObject({ version: 2, applied: true });
    expect(updated.customer).toMatchObject({
      id,
      version: 2,
      phone: null,
      properties: { plan: "pro" },
      mapping: { "40": "213" },
      emails: ["a@acme.example", "b@acme.example"],
    });
    expect(updated.customer.updatedAt).toBeInstanceOf(Date);
    expect(updated.changes).toContainEqual({ path: "/properties/plan", from: "free", to: "pro" });
    expect(updated.changes).toContainEqual({ path: "/properties/trial", from: true });
  });

  it("keeps what is undefined, and stores nothing of a dry run", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({ name: "Acme", job: "maker" });
    const dry = await customer.update.mutate({
      where: { id },
      patch: { name: undefined, job: null },
      dryRun: true,
    });
    expect(dry).toMatchObject({ applied: false, version: 1, customer: { name: "Acme", job: null } });
    expect(await customer.get.query({ where: { id } })).toMatchObject({ job: "maker", version: 1 });
  });

  it("converts nothing inside properties and mapping, however much it looks like an instant", async () => {
    const { customer } = open();
    const lookalikes = {
      createdAt: "2024-05-06T07:08:09.123Z",
      deletedAt: "2024-05-06",
      nested: { timestamp: "2024-05-06T07:08:09.123Z", list: ["2024-05-06T07:08:09.123Z"] },
    };
    const { id } = await customer.create.mutate({ properties: lookalikes, mapping: lookalikes });
    const read = await customer.get.query({ where: { id } });
    expect(read.properties).toEqual(lookalikes);
    expect(read.mapping).toEqual(lookalikes);
    expect(read.computedProperties).toEqual(lookalikes);
    expect(read.computedMapping).toEqual(lookalikes);
    const [found] = (await customer.list.query({ limit: 1, order: "desc" })).items;
    expect(found?.properties).toEqual(lookalikes);
    const {
      items: [entry],
    } = await customer.history.query({ where: { id } });
    expect(entry?.changes).toContainEqual({ path: "/properties", to: lookalikes });
  });

  it("reads the history, newest first, with the time of each change", async () => {
    const { customer } = open();
    const { id, createdBy } = await customer.create.mutate({ name: "Acme" });
    await customer.update.mutate({ where: { id }, patch: { name: "Acme Inc." }, reason: "merger" });
    const { items, nextCursor } = await customer.history.query({ where: { id } });
    expect(items.map(({ version, action, reason }) => ({ version, action, reason }))).toEqual([
      { version: 2, action: "update", reason: "merger" },
      { version: 1, action: "create", reason: null },
    ]);
    expect(items[0]?.changes).toEqual([{ path: "/name", from: "Acme", to: "Acme Inc." }]);
    for (const { at, actor } of items) {
      expect(at).toBeInstanceOf(Date);
      expect(actor).toBe(createdBy);
    }
    expect(nextCursor).toBeNull();
  });

  it("deletes and restores", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({ name: "Acme" });
    const deleted = await customer.delete.mutate({ where: { id } });
    expect(deleted.deletedAt).toBeInstanceOf(Date);
    const gone = await thrown(customer.get.query({ where: { id } }));
    expect(isNotFound(gone)).toBe(true);
    expect(rosterError(gone)?.code).toBe("DELETED");
    expect(await customer.get.query({ where: { id }, deleted: true })).toEqual(deleted);
    expect(await customer.restore.mutate({ where: { id } })).toMatchObject({ deletedAt: null, version: 3 });
  });

  it("lists by pages, and since an instant", async () => {
    const { customer } = open();
    const tag = fresh("tag");
    await open().groupTag.create.mutate({ name: tag });
    const made = [];
    for (const name of ["a", "b", "c"]) made.push(await customer.create.mutate({ name, groupTags: [tag] }));
    const first = await customer.list.query({ filter: { groupTag: tag }, limit: 2 });
    expect(first.items).toEqual(made.slice(0, 2));
    const second = await customer.list.query({
      filter: { groupTag: tag },
      limit: 2,
      cursor: first.nextCursor ?? "",
    });
    expect(second).toEqual({ items: made.slice(2), nextCursor: null });
    const changedSince = made[2]?.updatedAt ?? new Date();
    const since = await customer.list.query({ filter: { groupTag: tag, changedSince } });
    expect(since.items.map(({ name }) => name)).toContain("c");
  });

  it("keeps users, levels, channels, access groups and tokens in the same way", async () => {
    const { user, hierarchyLevel, channel, accessGroup, token: tokens, tenant, me, country } = open();
    const username = fresh("ada");
    const ada = await user.create.mutate({ username });
    expect(ada.createdAt).toBeInstanceOf(Date);
    const { user: renamed } = await user.update.mutate({ where: { username }, patch: { bio: "counts" } });
    expect(renamed).toMatchObject({ bio: "counts", version: 2 });
    expect(renamed.updatedAt).toBeInstanceOf(Date);

    const levels = await hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Company", "Site"] });
    expect(levels.items.map(({ name }) => name)).toEqual(["Group", "Company", "Site"]);
    expect(levels.items[0]?.createdAt).toBeInstanceOf(Date);
    expect(await hierarchyLevel.list.query()).toEqual(levels);
    expect((await channel.create.mutate({ name: fresh("channel") })).number).toBeTypeOf("number");
    expect((await accessGroup.create.mutate({ name: fresh("group") })).createdAt).toBeInstanceOf(Date);

    const expiresAt = new Date(Date.now() + 60_000);
    const made = await tokens.create.mutate({ name: "reader", scopes: ["customers:read"], expiresAt });
    expect(made.expiresAt).toEqual(expiresAt);
    expect(await open(made.token).me.get.query()).toMatchObject({ scopes: ["customers:read"] });
    expect((await tokens.list.query()).items.find(({ id }) => id === made.id)?.expiresAt).toEqual(expiresAt);

    expect((await tenant.get.query()).createdAt).toBeInstanceOf(Date);
    const { tenant: own } = await tenant.update.mutate({ patch: { defaultCountry: "DE" } });
    expect(own).toMatchObject({ defaultCountry: "DE" });
    expect(own.updatedAt).toBeInstanceOf(Date);
    expect((await me.get.query()).scopes).toContain("admin");
    expect((await country.list.query()).items.find(({ alpha2 }) => alpha2 === "DE")?.name).toBe("Germany");
  });
});

describe.each(Object.entries(clients))("what a client %s is refused", (_where, open) => {
  it("comes with all faults, by pointer", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({});
    const patch = { email: "nobody", dateOfBirth: "2023-02-30", version: 9, nickname: "A" };
    const error = await thrown(customer.update.mutate({ where: { id }, patch }));
    expect(isInvalid(error)).toBe(true);
    expect(isConflict(error)).toBe(false);
    const found = faults(error);
    expect(Object.fromEntries(Object.entries(found).map(([at, list]) => [at, list?.[0]?.code]))).toEqual({
      "/patch/email": "invalid_format",
      "/patch/dateOfBirth": "invalid_format",
      "/patch/version": "read_only",
      "/patch/nickname": "unknown_field",
    });
  });

  it("for its version says what has changed since", async () => {
    const { customer } = open();
    const { id, updatedBy } = await customer.create.mutate({ name: "Acme" });
    await customer.update.mutate({ where: { id }, patch: { name: "Acme Inc." } });
    const error = await thrown(
      customer.update.mutate({ where: { id }, patch: { name: "Acme Ltd." }, expectedVersion: 1 }),
    );
    expect(isConflict(error)).toBe(true);
    if (!isStale(error)) expect.fail("not stale");
    const { conflict } = error.data.error;
    expect(conflict).toMatchObject({ expectedVersion: 1, currentVersion: 2 });
    expect(conflict.changedSince).toMatchObject([{ path: "/name", version: 2, actor: updatedBy }]);
    expect(await customer.get.query({ where: { id } })).toMatchObject({ name: "Acme Inc.", version: 2 });
  });

  it("for a taken value is a conflict, with the place", async () => {
    const { customer } = open();
    const providedId = fresh("acme");
    await customer.create.mutate({ providedId });
    const error = await thrown(customer.create.mutate({ providedId }));
    expect(isConflict(error)).toBe(true);
    expect(isStale(error)).toBe(false);
    expect(faults(error)["/providedId"]?.[0]?.code).toBe("taken");
  });

  it("for a record that is not there, a wrong token and a missing scope is told apart", async () => {
    const nobody = await thrown(open().customer.get.query({ where: { providedId: fresh("nobody") } }));
    expect(isNotFound(nobody)).toBe(true);
    expect(rosterError(nobody)?.code).toBe("NOT_FOUND");
    const stranger = await thrown(open("wrong").me.get.query());
    expect(isDenied(stranger)).toBe(true);
    expect(rosterError(stranger)?.code).toBe("UNAUTHENTICATED");
    const reader = await open().token.create.mutate({ scopes: ["customers:read"] });
    const forbidden = await thrown(open(reader.token).customer.create.mutate({}));
    expect(isDenied(forbidden)).toBe(true);
    expect(rosterError(forbidden)?.code).toBe("FORBIDDEN");
  });

  it("holds no stack trace and no detail of the server", async () => {
    const error = await thrown(open().customer.get.query({ where: { providedId: fresh("nobody") } }));
    const { shape } = error as { shape: object };
    expect(shape).toEqual({
      message: "there is no such customer",
      code: -32004,
      data: {
        code: "NOT_FOUND",
        httpStatus: 404,
        path: "customer.get",
        error: { code: "NOT_FOUND", message: "there is no such customer" },
      },
    });
  });
});

it("both clients read the same of the same", async () => {
  const read = async ({ customer }: RosterClient) => {
    const { id } = await customer.create.mutate({ name: "Acme", properties: { plan: "free" } });
    const { changes, ...updated } = await customer.update.mutate({
      where: { id },
      patch: { properties: { plan: "pro" }, timestamp: new Date(0) },
    });
    return {
      changes,
      applied: updated.applied,
      version: updated.version,
      keys: Object.keys(updated.customer),
    };
  };
  const [http, local] = await Promise.all(Object.values(clients).map((open) => read(open())));
  expect(local).toEqual(http);
});

it("an in-process caller shares no object with the server", async () => {
  const { customer } = createLocalClient(api, { token });
  const properties = { plan: { name: "free" } };
  const created = await customer.create.mutate({ properties });
  properties.plan.name = "changed by the caller";
  (created.properties as typeof properties).plan.name = "changed by the caller";
  const { properties: stored } = await customer.get.query({ where: { id: created.id } });
  expect(stored).toEqual({ plan: { name: "free" } });
});

it("the history says through which surface a change came", async () => {
  for (const [open, source] of [
    [clients["over HTTP"], "trpc"],
    [clients["in process"], "local"],
  ] as const) {
    const client = open?.();
    const created = await client?.customer.create.mutate({});
    const page = await client?.customer.history.query({ where: { id: created?.id ?? "" } });
    expect(page?.items[0]?.source).toBe(source);
  }
});
