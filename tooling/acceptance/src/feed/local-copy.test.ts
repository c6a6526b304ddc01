import { setTimeout as pause } from "node:timers/promises";
import { createClient, isAborted, localCopy, type RosterClient } from "@roster/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomOf, type Random } from "../guarantees/random.ts";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { startProxy, type TcpProxy } from "@roster/api/testing/tcp-proxy";
import { logAfter } from "./storm.ts";

let database: TestDatabase;
let server: Server;
let proxy: TcpProxy;
/** One client goes through the proxy, the other does not. */
let client: RosterClient;
let direct: RosterClient;

const start = async () => {
  server = await startServer({ DATABASE_URL: database.url });
  direct = createClient({ url: server.url, token: server.token });
};

/** Starts the server after it was killed. */
const startAgain = async () => {
  await start();
  proxy.leadTo(server.url);
};

beforeAll(async () => {
  database = await newDatabase();
  await start();
  proxy = await startProxy(server.url);
  client = createClient({ url: proxy.url, token: server.token });
});
afterAll(async () => {
  await proxy.close();
  await server.dispose();
  await database.drop();
});

type Copies = { [name: string]: Awaited<ReturnType<typeof localCopy<"customer" | "user">>> };

const filters = {
  all: {},
  tagged: { groupTag: "vip" },
  named: { namePrefix: "a" },
  gone: { deleted: true },
  below: { hierarchyLevel: "Site" },
} as const;

/** The items of a list, read page by page as a copy would. */
async function listed(filter: object): Promise<Map<string, object>> {
  const found = new Map<string, object>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await direct.customer.list.query({ filter, ...(cursor !== undefined && { cursor }) });
    for (const { computedProperties: _p, computedMapping: _m, ...record } of page.items)
      found.set(record.id, record);
    cursor = page.nextCursor;
  }
  return found;
}

const lastSeq = async (): Promise<number> => (await logAfter(direct, 0)).at(-1)?.seq ?? 0;

async function expectCopies(copies: Copies): Promise<void> {
  const seq = await lastSeq();
  for (const [name, filter] of Object.entries(filters)) {
    await copies[name]?.reaches(seq);
    expect(copies[name]?.seq).toBeGreaterThanOrEqual(seq);
    const sorted = (records: ReadonlyMap<string, object>) =>
      [...records].toSorted(([a], [b]) => (a < b ? -1 : 1));
    expect(sorted(copies[name]?.records as ReadonlyMap<string, object>), name).toEqual(
      sorted(await listed(filter)),
    );
  }
}

/** One change of any kind, of any customer. */
async function change(random: Random): Promise<void> {
  const { items } = await direct.customer.list.query({ filter: { deleted: "any" }, limit: 200 });
  const where = { id: random.pick(items).id };
  const { customer } = direct;
  const kinds = [
    () => customer.create.mutate({ name: `${random.pick(["a", "b"])}${random.below(99)}`, groupTags: [] }),
    () =>
      customer.update.mutate({
        where,
        patch: { name: `${random.pick(["a", "A", "b"])}${random.below(99)}` },
      }),
    () => customer.update.mutate({ where, patch: { properties: { n: random.below(9) } } }),
    () => customer.update.mutate({ where, add: { groupTags: ["vip"] } }),
    () => customer.update.mutate({ where, remove: { groupTags: ["vip"] } }),
    () => customer.update.mutate({ where, patch: { hierarchyLevel: random.pick(["Group", "Site", null]) } }),
    () => customer.delete.mutate({ where }),
    () => customer.restore.mutate({ where }),
    () => customer.restore.mutate({ where }),
    () => (random.chance(0.2) ? customer.erase.mutate({ where }) : customer.restore.mutate({ where })),
    () => customer.merge.mutate({ where, into: { id: random.pick(items).id } }),
  ];
  // A refusal by the record's state does not matter here.
  await random
    .pick(kinds)()
    .catch(() => undefined);
}

describe("a local copy", () => {
  it("equals Roster's data after a storm of all kinds of changes, broken connections and a killed server", async () => {
    const random = randomOf(11);
    await direct.groupTag.create.mutate({ name: "vip" });
    await direct.hierarchyLevel.replaceAll.mutate({ levels: ["Group", "Site"] });
    for (let i = 0; i < 30; i++)
      await direct.customer.create.mutate({ name: `a${i}`, ...(i % 3 === 0 && { groupTags: ["vip"] }) });
    // The copy is made while changes continue.
    const early = Promise.all(Array.from({ length: 40 }, () => change(random)));
    const copies: Copies = Object.fromEntries(
      await Promise.all(
        Object.entries(filters).map(
          async ([name, filter]) => [name, await localCopy(client, "customer", { filter })] as const,
        ),
      ),
    );
    await early;
    await expectCopies(copies);

    for (let round = 0; round < 6; round++) {
      await Promise.all(Array.from({ length: 25 }, () => change(random)));
      proxy.cut(() => random.chance(0.5));
      if (round === 3) {
        await server.stop("SIGKILL");
        await pause(200);
        await startAgain();
      }
    }
    await expectCopies(copies);
    for (const copy of Object.values(copies)) copy.end();
  });

  it("of a single record reports each of its changes and nothing else", async () => {
    const { id } = await direct.customer.create.mutate({ name: "one" });
    const told: (string | null | undefined)[] = [];
    const copy = await localCopy(client, "customer", {
      filter: { ids: [id] },
      changed: (_id, record) => told.push(record?.name),
    });
    expect(copy.records.get(id)).toMatchObject({ name: "one", version: 1 });
    await direct.customer.create.mutate({ name: "another" });
    for (const name of ["two", "three"]) {
      await direct.customer.update.mutate({ where: { id }, patch: { name } });
      await copy.reaches(await lastSeqOf(id));
    }
    await direct.customer.delete.mutate({ where: { id } });
    await copy.reaches(await lastSeqOf(id));
    expect(told).toEqual(["two", "three", undefined]);
    expect(copy.records.size).toBe(0);
    copy.end();
    await copy.ended;
  });

  it("that was ended rejects waits for changes", async () => {
    const copy = await localCopy(client, "customer");
    const waiting = copy.reaches(copy.seq + 1);
    copy.end();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await expect(copy.reaches(copy.seq + 1)).rejects.toMatchObject({ name: "AbortError" });
    await copy.ended;
    // It keeps the position it has reached.
    await copy.reaches(copy.seq);
  });

  it.each([undefined, "enough", new Error("enough")])(
    "whose signal is aborted reports the reason everywhere: %s",
    async (reason) => {
      const abort = new AbortController();
      const { signal } = abort;
      const copy = await localCopy(client, "customer", { signal });
      const waiting = copy.reaches(copy.seq + 1);
      const making = localCopy(client, "user", { signal });
      abort.abort(reason);
      const late = localCopy(client, "user", { signal });
      for (const promise of [waiting, making, late, copy.reaches(copy.seq + 1)]) {
        const error: unknown = await promise.catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: "AbortError" });
        expect(isAborted(error)).toBe(true);
      }
      await copy.ended;
    },
  );

  it("that is aborted while Roster is unreachable does not wait for it", async () => {
    const abort = new AbortController();
    await direct.customer.create.mutate({ name: "one" });
    const copy = await localCopy(client, "customer", { signal: abort.signal });
    await server.stop("SIGKILL");
    const waiting = copy.reaches(copy.seq + 1);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await copy.ended;
    await startAgain();
  });

  it("ends with a refusal when its token is revoked", async () => {
    const { id, token } = await direct.token.create.mutate({ name: "copy", scopes: ["customers:read"] });
    const copy = await localCopy(createClient({ url: proxy.url, token }), "customer");
    await direct.token.revoke.mutate({ where: { id } });
    await expect(copy.ended).rejects.toMatchObject({ data: { error: { code: "UNAUTHENTICATED" } } });
  });
});

const lastSeqOf = async (id: string): Promise<number> => {
  const { items } = await direct.customer.history.query({ where: { id }, limit: 1 });
  return items[0]?.seq ?? 0;
};
