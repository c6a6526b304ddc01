import { createApi, type Api } from "@roster/api";
import {
  createClient,
  createLocalClient,
  faults,
  isConflict,
  isDenied,
  isInvalid,
  isNotFound,
  isReplay,
  isStale,
  versionConflict,
  isVersionRequired,
  itemErrors,
  rosterError,
  type RosterClient,
} from "@roster/client";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thrown } from "./thrown.ts";
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

  it("updates, and gets the changes", async () => {
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

  it("ignores undefined fields, and stores nothing in a dry run", async () => {
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

  it("converts nothing inside properties and mapping, even if it looks like an instant", async () => {
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

  it("upserts: creates a missing record, and updates an existing one", async () => {
    const { customer, user } = open();
    const where = { providedId: fresh("acme") };
    const made = await customer.upsert.mutate({
      where,
      patch: { name: "Acme" },
      add: { emails: ["a@b.example"] },
    });
    expect(made).toMatchObject({ created: true, applied: true, version: 1 });
    expect(made.customer).toMatchObject({ ...where, name: "Acme", emails: ["a@b.example"] });
    expect(made.customer.createdAt).toBeInstanceOf(Date);
    const updated = await customer.upsert.mutate({ where, patch: { timestamp: new Date(0) } });
    expect(updated).toMatchObject({ created: false, applied: true, version: 2 });
    expect(updated.customer.timestamp).toEqual(new Date(0));

    const named = { username: fresh("ada") };
    const ada = await user.upsert.mutate({ where: named, patch: { lastSeen: new Date(0) } });
    expect(ada).toMatchObject({ created: true, user: { ...named, lastSeen: new Date(0) } });
    expect(await user.upsert.mutate({ where: named, patch: { bio: "counts" } })).toMatchObject({
      created: false,
    });
  });

  it("updates many, and gets a result for each", async () => {
    const { customer, user } = open();
    const [a, b] = [await customer.create.mutate({}), await customer.create.mutate({ name: "B" })];
    const items = [
      { where: { id: a.id }, patch: { timestamp: new Date(0) }, expectedVersion: 1 },
      { where: { id: b.id }, patch: { name: "B" } },
      { where: { providedId: fresh("nobody") }, patch: { name: "C" } },
    ];
    const answer = await customer.updateMany.mutate({ items, mode: "independent", reason: "clean-up" });
    expect(answer).toMatchObject({
      applied: 1,
      items: [
        { index: 0, id: a.id, version: 2, applied: true },
        { index: 1, id: b.id, version: 1, applied: false, changes: [] },
        { index: 2, error: { code: "NOT_FOUND" } },
      ],
    });
    expect(await customer.get.query({ where: { id: a.id } })).toMatchObject({ timestamp: new Date(0) });

    const ada = await user.create.mutate({ username: fresh("ada") });
    const dry = await user.updateMany.mutate({
      items: [{ where: { id: ada.id }, patch: { bio: "x" } }],
      dryRun: true,
    });
    expect(dry).toMatchObject({ applied: 0, items: [{ index: 0, id: ada.id, applied: false }] });
  });

  it("reads a record as of an instant and a version, lists the changes since, and reverts them", async () => {
    const { customer, user } = open();
    const first = await customer.create.mutate({
      name: "Acme",
      timestamp: new Date(0),
      properties: { plan: "free" },
    });
    const where = { id: first.id };
    await pause(5);
    await customer.update.mutate({
      where,
      patch: { name: "Acme Inc.", timestamp: null, properties: { plan: "pro" } },
    });
    const then = await customer.at.query({ where, at: first.updatedAt });
    expect(then).toEqual(first);
    expect(then.timestamp).toEqual(new Date(0));
    expect(await customer.at.query({ where, at: first.updatedAt.toISOString() })).toEqual(first);
    expect(await customer.at.query({ where, version: 1 })).toEqual(first);
    expect(isNotFound(await thrown(customer.at.query({ where, at: new Date(0) })))).toBe(true);

    const { changes } = await customer.diff.query({ where, from: 1, to: 2 });
    expect(changes).toContainEqual({ path: "/properties/plan", from: "free", to: "pro" });
    expect(changes).toContainEqual({ path: "/timestamp", from: "1970-01-01T00:00:00.000Z", to: null });

    const field = await customer.revert.mutate({
      where,
      to: 1,
      field: "/properties/plan",
      expectedVersion: 2,
    });
    expect(field).toMatchObject({
      version: 3,
      customer: { name: "Acme Inc.", properties: { plan: "free" } },
    });
    const whole = await customer.revert.mutate({ where, to: 1, reason: "by mistake" });
    expect(whole.customer).toMatchObject({ name: "Acme", timestamp: new Date(0), version: 4 });

    const ada = await user.create.mutate({ username: fresh("ada"), lastSeen: new Date(0) });
    const named = { where: { id: ada.id } };
    await pause(5);
    await user.update.mutate({ ...named, patch: { lastSeen: new Date(1) } });
    expect(await user.at.query({ ...named, at: ada.updatedAt })).toEqual(ada);
    expect((await user.diff.query({ ...named, from: 2, to: 1 })).changes).toHaveLength(1);
    expect((await user.revert.mutate({ ...named, to: 1 })).user.lastSeen).toEqual(new Date(0));
  });

  it("merges a duplicate, and undoes the merge", async () => {
    const { customer } = open();
    const into = await customer.create.mutate({ name: "Acme" });
    const from = await customer.create.mutate({ name: "ACME", phone: "+4930123456" });
    const input = {
      where: { id: from.id },
      into: { number: into.number },
      prefer: { name: "from" as const },
    };
    const preview = await customer.merge.mutate({ ...input, dryRun: true });
    expect(preview).toMatchObject({ applied: false, merged: from.id });
    expect(preview.choices).toContainEqual({
      field: "name",
      into: "Acme",
      from: "ACME",
      result: "ACME",
      winner: "from",
    });
    const merged = await customer.merge.mutate(input);
    expect(merged).toMatchObject({
      applied: true,
      customer: { id: into.id, name: "ACME", phone: "+4930123456" },
    });
    expect(merged.customer.updatedAt).toBeInstanceOf(Date);
    const back = await customer.unmerge.mutate({ where: { id: from.id } });
    expect(back.customer).toMatchObject({ id: into.id, name: "Acme", phone: null });
    expect(back.from).toMatchObject({ id: from.id, name: "ACME", deletedAt: null });
    for (const record of [back.customer, back.from]) expect(record.updatedAt).toBeInstanceOf(Date);
  });

  it("exports everything stored as one document, and erases it", async () => {
    const { customer, user } = open();
    const created = await customer.create.mutate({ name: "Acme" });
    const where = { id: created.id };
    const { record, history, merged } = await customer.export.query({ where });
    // Instants are text, so that the value can be passed on as JSON.
    expect(record).toMatchObject({ name: "Acme", createdAt: created.createdAt.toISOString() });
    expect(history).toMatchObject([{ action: "create", at: created.createdAt.toISOString() }]);
    expect(merged).toEqual([]);
    const erased = await customer.erase.mutate({ where, reason: "asked for" });
    expect(erased).toMatchObject({ id: created.id, name: null });
    expect(erased.erasedAt).toBeInstanceOf(Date);
    expect(rosterError(await thrown(customer.restore.mutate({ where })))?.code).toBe("DELETED");

    const ada = await user.create.mutate({ username: fresh("ada"), bio: "counts" });
    const named = { where: { id: ada.id } };
    expect((await user.export.query(named)).record).toMatchObject({ bio: "counts" });
    expect((await user.erase.mutate(named)).erasedAt).toBeInstanceOf(Date);
  });

  it("carries out a repeated key once, and marks the repeated answer", async () => {
    const { customer } = open();
    const input = { name: "Acme", idempotencyKey: fresh("key") };
    const first = await customer.create.mutate(input);
    const again = await customer.create.mutate(input);
    expect(again).toEqual({ ...first, replayed: true });
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    expect(again.createdAt).toBeInstanceOf(Date);
  });

  it("handles users, levels, channels, access groups and tokens in the same way", async () => {
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

describe.each(Object.entries(clients))("a refusal to a client %s", (_where, open) => {
  it("lists all faults, each with a pointer", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({});
    // As a program without types writes it.
    const patch = { email: "nobody", dateOfBirth: "2023-02-30", version: 9, noSuchField: "A" } as object;
    const error = await thrown(customer.update.mutate({ where: { id }, patch }));
    expect(isInvalid(error)).toBe(true);
    expect(isConflict(error)).toBe(false);
    const found = faults(error);
    expect(Object.fromEntries(Object.entries(found).map(([at, list]) => [at, list?.[0]?.code]))).toEqual({
      "/patch/email": "invalid_format",
      "/patch/dateOfBirth": "invalid_format",
      "/patch/version": "read_only",
      "/patch/noSuchField": "unknown_field",
    });
  });

  it("of a stale version lists the changes since", async () => {
    const { customer } = open();
    const { id, updatedBy } = await customer.create.mutate({ name: "Acme" });
    await customer.update.mutate({ where: { id }, patch: { name: "Acme Inc." } });
    const error = await thrown(
      customer.update.mutate({ where: { id }, patch: { name: "Acme Ltd." }, expectedVersion: 1 }),
    );
    expect(isConflict(error)).toBe(true);
    expect(isStale(error)).toBe(true);
    expect(versionConflict(error)).toMatchObject({
      expectedVersion: 1,
      currentVersion: 2,
      changedSince: [{ path: "/name", version: 2, actor: updatedBy }],
    });
    expect(await customer.get.query({ where: { id } })).toMatchObject({ name: "Acme Inc.", version: 2 });
  });

  it("of a taken value is a conflict with a pointer", async () => {
    const { customer } = open();
    const providedId = fresh("acme");
    await customer.create.mutate({ providedId });
    const error = await thrown(customer.create.mutate({ providedId }));
    expect(isConflict(error)).toBe(true);
    expect(isStale(error)).toBe(false);
    expect(faults(error)["/providedId"]?.[0]?.code).toBe("taken");
  });

  it("of an atomic request names the refused items and their faults", async () => {
    const { customer } = open();
    const { id } = await customer.create.mutate({ name: "Acme" });
    await customer.update.mutate({ where: { id }, patch: { name: "Acme Inc." } });
    const items = [
      { where: { id }, patch: { name: "Acme Ltd." } },
      { where: { id }, patch: { email: "nobody" } },
      { where: { id }, patch: { name: "Acme GmbH" }, expectedVersion: 1 },
    ];
    const error = await thrown(customer.updateMany.mutate({ items }));
    expect(itemErrors(error).map(({ index, error: { code } }) => [index, code])).toEqual([
      [1, "INVALID"],
      [2, "STALE_VERSION"],
    ]);
    expect(itemErrors(error)[1]?.error.conflict?.changedSince.map(({ path }) => path)).toContain("/name");
    expect(faults(error)["/items/1/patch/email"]?.[0]?.code).toBe("invalid_format");
    expect(await customer.get.query({ where: { id } })).toMatchObject({ name: "Acme Inc.", version: 2 });
  });

  it("of an update without a required version says so", async () => {
    const { token: theirs } = await open().tenant.create.mutate({
      name: fresh("careful"),
      requireVersions: true,
    });
    const { customer } = open(theirs);
    const { id } = await customer.create.mutate({});
    const error = await thrown(customer.update.mutate({ where: { id }, patch: { name: "Acme" } }));
    expect(isVersionRequired(error)).toBe(true);
    const updated = await customer.update.mutate({
      where: { id },
      patch: { name: "Acme" },
      expectedVersion: 1,
    });
    expect(updated.version).toBe(2);
  });

  it("has a code of its own for a missing record, a wrong token and a missing scope", async () => {
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

  it("contains no stack trace and no detail of the server", async () => {
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

it("both clients read the same values", async () => {
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

it("the history names the surface of each change", async () => {
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
