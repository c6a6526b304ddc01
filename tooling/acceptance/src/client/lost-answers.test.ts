import { createApi } from "@roster/api";
import {
  createClient,
  createLocalClient,
  isKeyMismatch,
  isNetworkFailure,
  networkFailure,
  isReplay,
  isUnavailable,
  type RosterClient,
} from "@roster/client";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thrown } from "./thrown.ts";
import { startServer, type Server } from "../server.ts";
import { startProxy, type TcpProxy } from "@roster/api/testing/tcp-proxy";

/** Mutations that were carried out, but whose answers were lost on the way back. */

let server: Server;
let proxy: TcpProxy;
/** A client whose answers are never lost. */
let direct: RosterClient;
/** A client that goes through the proxy. */
let lossy: RosterClient;

beforeAll(async () => {
  server = await startServer({ ROSTER_SECRET: "a secret of this test, as long as one must be" });
  proxy = await startProxy(server.url);
  const { token } = server;
  direct = createClient({ url: server.url, token });
  lossy = createClient({ url: proxy.url, token });
  await direct.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Company", "Site"] });
});
afterAll(async () => {
  await proxy.close();
  await server.dispose();
});

let count = 0;
const fresh = (prefix: string) => `${prefix}-${++count}`;

/** The number of changes in the tenant's gap-free log. Reading it adds one. */
async function changes(client: RosterClient): Promise<number> {
  const { id } = await client.customer.create.mutate({});
  const [entry] = (await client.customer.history.query({ where: { id } })).items;
  return entry?.seq ?? 0;
}

const aView = () => ({ list: "customers" as const, name: fresh("view"), state: {} });

/** A webhook for events that do not occur here. */
const aReceiver = () => ({ url: "https://receiver.example/", events: ["tenant.deleted"], enabled: false });
async function aWebhook(): Promise<{ id: string }> {
  const { id } = await direct.webhook.create.mutate(aReceiver());
  return { id };
}

/** A call's result, and the number of changes it made. */
async function counted<T>(call: () => Promise<T>): Promise<{ answer: T; made: number }> {
  const before = await changes(direct);
  const answer = await call();
  return { answer, made: (await changes(direct)) - before - 1 };
}

/** Prepares the data of a mutation. @returns the mutation */
type Preparation = () => Promise<(client: RosterClient) => Promise<object>>;

const aCustomer = async () => {
  const { id } = await direct.customer.create.mutate({ name: "Acme", emails: [] });
  await direct.customer.update.mutate({ where: { id }, patch: { name: "Acme Inc." } });
  return { id };
};
const aUser = async () => {
  const { id } = await direct.user.create.mutate({ username: fresh("ada"), bio: "counts" });
  await direct.user.update.mutate({ where: { id }, patch: { bio: "computes" } });
  return { id };
};

const aGroup = async () => {
  const { id } = await direct.userGroup.create.mutate({ displayName: "Staff" });
  await direct.userGroup.update.mutate({ where: { id }, add: { members: [(await aUser()).id] } });
  return { id };
};

/** A filter that two new customers match. */
const twoCustomers = async () => {
  const addressCity = fresh("city");
  await direct.customer.createMany.mutate({ items: [{ addressCity }, { addressCity }] });
  return { addressCity };
};
const aUsername = async (): Promise<string> => {
  const username = fresh("ada");
  await direct.user.create.mutate({ username });
  return username;
};

/** Every mutation, and the number of changes it makes. */
const mutations: Record<string, { make: number; prepare: Preparation }> = {
  "customer.create": {
    make: 1,
    prepare: () => Promise.resolve((client) => client.customer.create.mutate({ name: "once" })),
  },
  "customer.update": {
    make: 1,
    async prepare() {
      const where = await aCustomer();
      // A repetition would be refused because of its version.
      return ({ customer }) =>
        customer.update.mutate({ where, add: { emails: ["a@acme.example"] }, expectedVersion: 2 });
    },
  },
  "customer.upsert": {
    make: 1,
    async prepare() {
      const where = { providedId: fresh("acme") };
      return ({ customer }) => customer.upsert.mutate({ where, patch: { name: "once" } });
    },
  },
  "customer.updateMany": {
    make: 2,
    async prepare() {
      const items = [await aCustomer(), await aCustomer()].map((where) => ({
        where,
        patch: { job: "maker" },
      }));
      return ({ customer }) => customer.updateMany.mutate({ items });
    },
  },
  "customer.revert": {
    make: 1,
    async prepare() {
      const where = await aCustomer();
      return ({ customer }) => customer.revert.mutate({ where, to: 1 });
    },
  },
  "customer.delete": {
    make: 1,
    async prepare() {
      const where = await aCustomer();
      return ({ customer }) => customer.delete.mutate({ where });
    },
  },
  "customer.restore": {
    make: 1,
    async prepare() {
      const where = await aCustomer();
      await direct.customer.delete.mutate({ where });
      return ({ customer }) => customer.restore.mutate({ where });
    },
  },
  "customer.erase": {
    make: 1,
    async prepare() {
      const where = await aCustomer();
      return ({ customer }) => customer.erase.mutate({ where });
    },
  },
  "customer.merge": {
    make: 2,
    async prepare() {
      const where = await aCustomer();
      const into = await direct.customer.create.mutate({});
      return ({ customer }) => customer.merge.mutate({ where, into: { id: into.id } });
    },
  },
  "customer.unmerge": {
    make: 2,
    async prepare() {
      const where = await aCustomer();
      const into = await direct.customer.create.mutate({});
      await direct.customer.merge.mutate({ where, into: { id: into.id } });
      return ({ customer }) => customer.unmerge.mutate({ where });
    },
  },
  "user.create": {
    make: 1,
    prepare: () => Promise.resolve((client) => client.user.create.mutate({ username: fresh("ada") })),
  },
  "user.update": {
    make: 1,
    async prepare() {
      const where = await aUser();
      return ({ user }) => user.update.mutate({ where, patch: { bio: "once" }, expectedVersion: 2 });
    },
  },
  "user.upsert": {
    make: 1,
    async prepare() {
      const where = { username: fresh("ada") };
      return ({ user }) => user.upsert.mutate({ where });
    },
  },
  "user.updateMany": {
    make: 1,
    async prepare() {
      const items = [{ where: await aUser(), patch: { bio: "once" } }, { where: { username: "nobody" } }];
      return ({ user }) => user.updateMany.mutate({ items, mode: "independent" });
    },
  },
  "user.revert": {
    make: 1,
    async prepare() {
      const where = await aUser();
      return ({ user }) => user.revert.mutate({ where, to: 1, field: "bio" });
    },
  },
  "user.delete": {
    make: 1,
    async prepare() {
      const where = await aUser();
      return ({ user }) => user.delete.mutate({ where });
    },
  },
  "user.restore": {
    make: 1,
    async prepare() {
      const where = await aUser();
      await direct.user.delete.mutate({ where });
      return ({ user }) => user.restore.mutate({ where });
    },
  },
  "user.erase": {
    make: 1,
    async prepare() {
      const where = await aUser();
      return ({ user }) => user.erase.mutate({ where });
    },
  },
  "customer.createMany": {
    make: 2,
    prepare: () =>
      Promise.resolve(({ customer }) =>
        customer.createMany.mutate({ items: [{ name: "one" }, { name: "two" }] }),
      ),
  },
  "customer.upsertMany": {
    make: 1,
    async prepare() {
      const where = { providedId: fresh("acme") };
      return ({ customer }) => customer.upsertMany.mutate({ items: [{ where, patch: { name: "once" } }] });
    },
  },
  "customer.updateWhere": {
    make: 2,
    async prepare() {
      const filter = await twoCustomers();
      return ({ customer }) => customer.updateWhere.mutate({ filter, patch: { name: "once" } });
    },
  },
  "customer.deleteWhere": {
    make: 2,
    async prepare() {
      const filter = await twoCustomers();
      return ({ customer }) => customer.deleteWhere.mutate({ filter });
    },
  },
  "user.createMany": {
    make: 1,
    prepare: () =>
      Promise.resolve(({ user }) => user.createMany.mutate({ items: [{ username: fresh("ada") }] })),
  },
  "user.upsertMany": {
    make: 1,
    async prepare() {
      const where = { username: fresh("ada") };
      return ({ user }) => user.upsertMany.mutate({ items: [{ where }] });
    },
  },
  "user.updateWhere": {
    make: 1,
    async prepare() {
      const filter = { username: await aUsername() };
      return ({ user }) => user.updateWhere.mutate({ filter, patch: { bio: "once" } });
    },
  },
  "user.deleteWhere": {
    make: 1,
    async prepare() {
      const filter = { username: await aUsername() };
      return ({ user }) => user.deleteWhere.mutate({ filter });
    },
  },
  "userGroup.create": {
    make: 1,
    async prepare() {
      const members = [(await aUser()).id];
      return ({ userGroup }) => userGroup.create.mutate({ displayName: "once", members });
    },
  },
  "userGroup.update": {
    make: 1,
    async prepare() {
      const [where, { id }] = [await aGroup(), await aUser()];
      return ({ userGroup }) => userGroup.update.mutate({ where, add: { members: [id] } });
    },
  },
  "userGroup.updateMany": {
    make: 1,
    async prepare() {
      const items = [{ where: await aGroup(), patch: { displayName: "once" } }];
      return ({ userGroup }) => userGroup.updateMany.mutate({ items });
    },
  },
  "userGroup.revert": {
    make: 1,
    async prepare() {
      const where = await aGroup();
      return ({ userGroup }) => userGroup.revert.mutate({ where, to: 1 });
    },
  },
  "userGroup.delete": {
    make: 1,
    async prepare() {
      const where = await aGroup();
      return ({ userGroup }) => userGroup.delete.mutate({ where });
    },
  },
  "userGroup.restore": {
    make: 1,
    async prepare() {
      const where = await aGroup();
      await direct.userGroup.delete.mutate({ where });
      return ({ userGroup }) => userGroup.restore.mutate({ where });
    },
  },
  "userGroup.erase": {
    make: 1,
    async prepare() {
      const where = await aGroup();
      return ({ userGroup }) => userGroup.erase.mutate({ where });
    },
  },
  "customer.notDuplicates": {
    // It is remembered beside the records.
    make: 0,
    async prepare() {
      const [a, b] = [await aCustomer(), await aCustomer()];
      return ({ customer }) => customer.notDuplicates.mutate({ a: a.id, b: b.id });
    },
  },
  // A view is no record.
  "view.create": {
    make: 0,
    prepare: () => Promise.resolve((client) => client.view.create.mutate(aView())),
  },
  "view.update": {
    make: 0,
    async prepare() {
      const { id } = await direct.view.create.mutate(aView());
      return ({ view }) => view.update.mutate({ where: { id }, patch: { name: fresh("view") } });
    },
  },
  "view.delete": {
    make: 0,
    async prepare() {
      const { id } = await direct.view.create.mutate(aView());
      return ({ view }) => view.delete.mutate({ where: { id } });
    },
  },
  // A change set is not a record, so it has no changes of its own.
  "changeSet.open": {
    make: 0,
    prepare: () => Promise.resolve(({ changeSet }) => changeSet.open.mutate({ name: fresh("set") })),
  },
  "changeSet.close": {
    make: 0,
    async prepare() {
      const { id } = await direct.changeSet.open.mutate({ name: fresh("set") });
      return ({ changeSet }) => changeSet.close.mutate({ where: { id } });
    },
  },
  "changeSet.undo": {
    make: 2,
    async prepare() {
      const { changeSet: id } = await direct.customer.createMany.mutate({ items: [{}, {}] });
      if (id === null) throw new Error("no change set was made");
      return ({ changeSet }) => changeSet.undo.mutate({ where: { id } });
    },
  },
  "groupTag.create": {
    make: 1,
    prepare: () => Promise.resolve((client) => client.groupTag.create.mutate({ name: fresh("tag") })),
  },
  "accessGroup.create": {
    make: 1,
    prepare: () => Promise.resolve((client) => client.accessGroup.create.mutate({ name: fresh("group") })),
  },
  "channel.create": {
    make: 1,
    prepare: () => Promise.resolve((client) => client.channel.create.mutate({ name: fresh("channel") })),
  },
  "tenant.setPropertiesSchema": {
    make: 1,
    prepare: () =>
      Promise.resolve((client) =>
        client.tenant.setPropertiesSchema.mutate({ schema: { type: "object", title: fresh("schema") } }),
      ),
  },
  "hierarchyLevel.replaceAll": {
    make: 1,
    async prepare() {
      const { items } = await direct.hierarchyLevel.list.query();
      const levels = [...items.map(({ name }) => name), fresh("Level")];
      return ({ hierarchyLevel }) => hierarchyLevel.replaceAll.mutate({ levels });
    },
  },
  "tenant.update": {
    make: 1,
    prepare: () =>
      Promise.resolve(({ tenant }) => tenant.update.mutate({ patch: { name: fresh("tenant") } })),
  },
  "tenant.create": {
    // These changes are in the new tenant's log.
    make: 0,
    prepare: () => Promise.resolve(({ tenant }) => tenant.create.mutate({ name: fresh("tenant") })),
  },
  "token.create": {
    make: 1,
    prepare: () => Promise.resolve(({ token }) => token.create.mutate({ scopes: ["customers:read"] })),
  },
  "token.revoke": {
    make: 1,
    async prepare() {
      const { id } = await direct.token.create.mutate({ scopes: ["customers:read"] });
      return ({ token }) => token.revoke.mutate({ where: { id } });
    },
  },
  "webhook.create": {
    make: 1,
    prepare: () => Promise.resolve(({ webhook }) => webhook.create.mutate(aReceiver())),
  },
  "webhook.update": {
    make: 1,
    async prepare() {
      const where = await aWebhook();
      return ({ webhook }) => webhook.update.mutate({ where, patch: { description: fresh("webhook") } });
    },
  },
  "webhook.rotateSecret": {
    make: 1,
    async prepare() {
      const where = await aWebhook();
      return ({ webhook }) => webhook.rotateSecret.mutate({ where });
    },
  },
  "webhook.delete": {
    make: 1,
    async prepare() {
      const where = await aWebhook();
      return ({ webhook }) => webhook.delete.mutate({ where });
    },
  },
};

/** Calls that may take effect twice: repeated events have ids by which receivers recognise them. */
const twice = ["webhook.replay"];
/** Calls that need a tenant of their own. */
const alone = ["demo.load"];

describe("a mutation whose answer is lost", () => {
  it.each(Object.entries(mutations))("%s is done once, and answered", async (_path, { make, prepare }) => {
    const mutate = await prepare();
    const { answer, made } = await counted(async () => {
      const requests = proxy.requests();
      const lost = proxy.loseAnswer();
      const replay = await mutate(lossy);
      await lost;
      expect(proxy.requests() - requests).toBe(2);
      return replay;
    });
    expect(made).toBe(make);
    expect(isReplay(answer)).toBe(true);
  });

  it("is tested for every mutation", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roster-mutations-"));
    const api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}` });
    const { _def: definition } = api.router;
    const procedures = definition.procedures as unknown as Record<string, { _def: { type: string } }>;
    const paths = Object.entries(procedures)
      .filter(([, { _def: procedure }]) => procedure.type === "mutation")
      .map(([path]) => path);
    await api.close();
    await rm(folder, { recursive: true });
    expect([...Object.keys(mutations), ...twice, ...alone].toSorted()).toEqual(paths.toSorted());
  });

  it("demo.load is done once, and answered", async () => {
    const { token } = await direct.tenant.create.mutate({ name: fresh("tenant") });
    const lost = proxy.loseAnswer();
    const answer = await createClient({ url: proxy.url, token }).demo.load.mutate({});
    await lost;
    const { items } = await createClient({ url: server.url, token }).changeSet.list.query();
    expect(items).toEqual([answer]);
  });

  it("gets its first answer again, even if the record has changed since", async () => {
    const where = await aCustomer();
    const patient = createClient({ url: proxy.url, token: server.token });
    const lost = proxy.loseAnswer();
    const call = patient.customer.update.mutate({
      where,
      patch: { timestamp: new Date(0) },
      add: { emails: ["a@b.example"] },
    });
    await lost;
    await direct.customer.update.mutate({
      where,
      patch: { timestamp: new Date(1) },
      remove: { emails: ["a@b.example"] },
    });
    const answer = await call;
    expect(answer).toMatchObject({ version: 3, applied: true, replayed: true });
    expect(answer.customer.timestamp).toEqual(new Date(0));
    expect(answer.customer.updatedAt).toBeInstanceOf(Date);
    // The late repetition did not restore its change.
    expect(await direct.customer.get.query({ where })).toMatchObject({
      version: 4,
      emails: [],
      timestamp: new Date(1),
    });
  });

  it("still returns a new token's secret, and creates one token only", async () => {
    const name = fresh("token");
    const lost = proxy.loseAnswer();
    const made = await lossy.token.create.mutate({ name, scopes: ["customers:read"] });
    await lost;
    const other = createClient({ url: server.url, token: made.token });
    expect((await other.me.get.query()).actor).toBe(`token:${made.id}`);
    const { items } = await direct.token.list.query({ limit: 200 });
    expect(items.filter((token) => token.name === name)).toHaveLength(1);
  });

  it("takes effect once wherever in the answer the connection breaks, like the others of its batch", async () => {
    for (const share of [0, 0.3, 0.5, 0.7, 0.9, 0.99]) {
      const where = await aCustomer();
      const keys = ["a", "b", "c"];
      const lost = proxy.loseAnswer(share);
      const answers = await Promise.all(
        keys.map((key) => lossy.customer.update.mutate({ where, patch: { properties: { [key]: share } } })),
      );
      await lost;
      // The calls of a batch have no order among themselves.
      expect(answers.map(({ version }) => version).toSorted((a, b) => a - b)).toEqual([3, 4, 5]);
      expect(await direct.customer.get.query({ where })).toMatchObject({
        version: 5,
        properties: { a: share, b: share, c: share },
      });
    }
  });

  it("is refused again if it was refused, with nothing stored for its key", async () => {
    const { number } = await direct.customer.create.mutate({});
    const lost = proxy.loseAnswer();
    const { made } = await counted(async () => {
      const error = await thrown(
        lossy.customer.update.mutate({ where: { number }, patch: {}, expectedVersion: 9 }),
      );
      expect(error).toMatchObject({ data: { error: { code: "STALE_VERSION" } } });
    });
    await lost;
    expect(made).toBe(0);
  });

  it("is answered after the server was killed and restarted", async () => {
    const first = await startServer();
    const between = await startProxy(first.url);
    let second: Server | undefined;
    try {
      const client = createClient({ url: between.url, token: first.token, retries: 10 });
      const where = { providedId: "acme" };
      await client.customer.upsert.mutate({ where });
      const lost = between.loseAnswer();
      const call = client.customer.update.mutate({
        where,
        add: { emails: ["a@acme.example"] },
        expectedVersion: 1,
      });
      await lost;
      await first.stop("SIGKILL");
      second = await startServer({ DATABASE_URL: first.database });
      between.leadTo(second.url);
      expect(await call).toMatchObject({
        version: 2,
        applied: true,
        replayed: true,
        customer: { emails: ["a@acme.example"] },
      });
      const { items } = await client.customer.history.query({ where });
      expect(items.map(({ version }) => version)).toEqual([2, 1]);
    } finally {
      await between.close();
      await second?.dispose();
      await first.dispose();
    }
  });
});

describe("a mutation without an idempotency key whose answer is lost", () => {
  it("is not repeated, and the caller is told that the outcome is unknown", async () => {
    const careless = createClient({ url: proxy.url, token: server.token, idempotency: false });
    const where = await aCustomer();
    const requests = proxy.requests();
    const lost = proxy.loseAnswer();
    const error = await thrown(
      careless.customer.update.mutate({ where, add: { emails: ["a@acme.example"] } }),
    );
    await lost;
    expect(networkFailure(error)?.sent).toBe(true);
    expect(isUnavailable(error)).toBe(false);
    expect(proxy.requests() - requests).toBe(1);
    expect(await direct.customer.get.query({ where })).toMatchObject({ version: 3 });
  });

  it("is repeated if it is a dry run", async () => {
    const careless = createClient({ url: proxy.url, token: server.token, idempotency: false });
    const where = await aCustomer();
    const lost = proxy.loseAnswer();
    const answer = await careless.customer.update.mutate({ where, patch: { name: "dry" }, dryRun: true });
    await lost;
    expect(answer).toMatchObject({ applied: false, version: 2, customer: { name: "dry" } });
    expect(isReplay(answer)).toBe(false);
  });
});

describe("an idempotency key that the caller chooses", () => {
  it("allows a call to be repeated after all attempts have failed", async () => {
    const impatient = createClient({ url: proxy.url, token: server.token, retries: 0 });
    const where = await aCustomer();
    const input = { where, add: { emails: ["a@acme.example"] }, idempotencyKey: fresh("mine") };
    const lost = proxy.loseAnswer();
    expect(isNetworkFailure(await thrown(impatient.customer.update.mutate(input)))).toBe(true);
    await lost;
    expect(await direct.customer.update.mutate(input)).toMatchObject({ version: 3, replayed: true });
  });

  it("is refused for another request", async () => {
    const where = await aCustomer();
    const idempotencyKey = fresh("mine");
    await direct.customer.update.mutate({ where, patch: { name: "a" }, idempotencyKey });
    const error = await thrown(
      direct.customer.update.mutate({ where, patch: { name: "b" }, idempotencyKey }),
    );
    expect(isKeyMismatch(error)).toBe(true);
    expect(await direct.customer.get.query({ where })).toMatchObject({ name: "a" });
  });
});

describe("the stored idempotency keys", () => {
  it("are one per change over HTTP, and none per dry run", async () => {
    const where = await aCustomer();
    await direct.customer.update.mutate({ where, patch: { name: "dry" }, dryRun: true });
    const { idempotencyKeys } = await direct.customer.export.query({ where });
    expect(idempotencyKeys).toHaveLength(2);
    expect(new Set(idempotencyKeys.map(({ key }) => key)).size).toBe(2);
  });

  it("are, in process, only those that callers give, because no answer can be lost", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roster-local-"));
    const api = await createApi({ databaseUrl: `sqlite:${join(folder, "roster.db")}`, token: "local" });
    const { customer } = createLocalClient(api, { token: "local" });
    const { id } = await customer.create.mutate({});
    const input = { where: { id }, patch: { timestamp: new Date(0) }, idempotencyKey: "mine" };
    await customer.update.mutate(input);
    const again = await customer.update.mutate(input);
    expect(again).toMatchObject({ version: 2, replayed: true });
    expect(again.customer.timestamp).toEqual(new Date(0));
    const { idempotencyKeys } = await customer.export.query({ where: { id } });
    expect(idempotencyKeys.map(({ key }) => key)).toEqual(["mine"]);
    await api.close();
    await rm(folder, { recursive: true });
  });
});
