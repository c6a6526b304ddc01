import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { createClient, rosterError, type RosterClient } from "@roster/client";
import type { ChangeEntry, Scope } from "@roster/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { startProxy } from "@roster/api/testing/tcp-proxy";
import { readEvents } from "./event-reader.ts";
import { logAfter } from "./storm.ts";
import { memoryOf } from "../usage.ts";

/** Two nodes on one database. */
let database: TestDatabase;
let here: Server;
let there: Server;
let client: RosterClient;
let other: RosterClient;

const clientOf = ({ url, token }: { url: string; token: string }) => createClient({ url, token });

beforeAll(async () => {
  database = await newDatabase();
  here = await startServer({ DATABASE_URL: database.url });
  there = await startServer({ DATABASE_URL: database.url });
  client = clientOf(here);
  other = clientOf(there);
});
afterAll(async () => {
  await here.dispose();
  await there.dispose();
  await database.drop();
});

const lastSeq = async (): Promise<number> => (await logAfter(client, 0)).at(-1)?.seq ?? 0;
const create = (name: string, by = client) => by.customer.create.mutate({ name });
const rename = (id: string, name: string, by = client) =>
  by.customer.update.mutate({ where: { id }, patch: { name } });
/** The next changes of a watch. */
async function take(watch: AsyncIterator<ChangeEntry, undefined>, count: number): Promise<ChangeEntry[]> {
  const taken: ChangeEntry[] = [];
  while (taken.length < count) {
    const { done, value } = await watch.next();
    if (done) throw new Error("the watch has ended");
    taken.push(value);
  }
  return taken;
}
const tokenWith = async (...scopes: Scope[]) => client.token.create.mutate({ name: scopes.join(), scopes });
const stream = (query = "", headers: Record<string, string> = {}, token = here.token) =>
  readEvents(`${here.url}/api/changes${query}`, token, headers);

describe("a list of changes", () => {
  it("returns the log page by page up to its end, as histories do", async () => {
    const { id } = await create("list");
    await rename(id, "listed");
    const all = await logAfter(client, 0);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
    const paged: ChangeEntry[] = [];
    for (let after = 0, more = true; more;) {
      const page = await client.change.list.query({ after, limit: 3 });
      expect(page.items.length).toBeLessThanOrEqual(3);
      paged.push(...page.items);
      ({ next: after, more } = page);
    }
    expect(paged).toEqual(all);
    const { items } = await client.customer.history.query({ where: { id } });
    expect(all.filter(({ recordId }) => recordId === id)).toEqual(items.toReversed());
    expect(all.at(-1)?.at).toBeInstanceOf(Date);
  });

  it("of some types or records returns those, and the position it has searched to", async () => {
    const { id } = await create("narrow");
    await client.user.create.mutate({ username: `u-${id}` });
    const last = await lastSeq();
    const ofType = await client.change.list.query({ types: ["user", "token"], limit: 1_000 });
    expect(new Set(ofType.items.map(({ recordType }) => recordType))).toEqual(new Set(["user", "token"]));
    const ofRecord = await client.change.list.query({ ids: [id] });
    expect(ofRecord).toMatchObject({ items: [{ recordId: id, version: 1 }], next: last, more: false });
    const response = await fetch(`${here.url}/api/changes?ids=${id},nobody&types=customer`, {
      headers: { authorization: `Bearer ${here.token}` },
    });
    expect(await response.json()).toMatchObject({ items: [{ recordId: id }], next: last, more: false });
  });

  it("with very much data is cut short, and can be continued", async () => {
    const { id } = await create("large");
    const after = await lastSeq();
    for (let i = 0; i < 12; i++) {
      const patch = { properties: { text: `${i % 10}é`.repeat(30_000) } };
      await client.customer.update.mutate({ where: { id }, patch });
    }
    const first = await client.change.list.query({ after });
    expect(first.more).toBe(true);
    expect(first.items.length).toBeLessThan(12);
    expect((await logAfter(client, after)).map(({ version }) => version)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
    ]);
  });

  it("past the end of the log is refused at once", async () => {
    const after = (await lastSeq()) + 1;
    const refusals = [
      client.change.list.query({ after }),
      client.change.watch({ after }).next(),
      client.change.watch({ lastEventId: String(after) }).next(),
    ];
    for (const [i, refused] of refusals.entries()) {
      const error = rosterError(await refused.catch((thrown: unknown) => thrown));
      expect(error).toMatchObject({
        code: "INVALID",
        faults: [{ pointer: i === 2 ? "/lastEventId" : "/after", code: "out_of_range" }],
      });
    }
    const { status, events } = await stream("", { "last-event-id": String(after) });
    expect([status, events]).toEqual([422, []]);
  });

  it("shows of an erased record only that it existed, as its history does", async () => {
    const { id } = await create("Forgotten Person");
    await client.customer.erase.mutate({ where: { id } });
    const { items } = await client.change.list.query({ ids: [id] });
    expect(items.map(({ action }) => action)).toEqual(["create", "erase"]);
    expect(JSON.stringify(items)).not.toContain("Forgotten");
  });
});

describe("a watch", () => {
  it("gets changes of its own node and of another within a second", async () => {
    const watch = client.change.watch({ after: await lastSeq() });
    for (const by of [other, client]) {
      // The least of several delays: each includes what a busy machine does meanwhile.
      let least = Infinity;
      for (let attempt = 0; attempt < 5 && least >= 1_000; attempt++) {
        const { id } = await create("seen", by);
        const acknowledged = performance.now();
        expect(await take(watch, 1)).toMatchObject([{ recordId: id, action: "create" }]);
        least = Math.min(least, performance.now() - acknowledged);
      }
      expect(least).toBeLessThan(1_000);
    }
    await watch.return();
  });

  it("resumes with the exact next change, on either node, wherever it was interrupted", async () => {
    const { id } = await create("0");
    const after = await lastSeq();
    for (let i = 1; i <= 10; i++) await rename(id, String(i), i % 2 ? client : other);
    for (const [i, node] of [here, there, here].entries()) {
      const at = String(after + 3 * i);
      const events = await readEvents(`${node.url}/api/changes`, node.token, { "last-event-id": at });
      await events.until(4);
      events.end();
      expect(events.ids().slice(0, 3)).toEqual([1, 2, 3].map((n) => Number(at) + n));
    }
  });

  it("without a position begins with the next change, and reports its position", async () => {
    const before = await lastSeq();
    const events = await stream();
    await events.until(1);
    expect(events.events).toEqual([{ event: "position", id: String(before), data: `{"seq":${before}}` }]);
    const { id } = await create("new");
    await events.until(2);
    events.end();
    expect(JSON.parse(events.events[1]?.data ?? "")).toMatchObject({ seq: before + 1, recordId: id });
  });

  it("with a filter gets the matching changes and, from time to time, the position of the feed", async () => {
    const [one, two] = [await create("one"), await create("two")];
    const watch = client.change.watch({ after: await lastSeq(), ids: [one.id], types: ["customer"] });
    const next = take(watch, 2);
    for (const name of ["a", "b"]) for (const { id } of [two, one, two]) await rename(id, name, other);
    expect((await next).map(({ recordId, version }) => [recordId, version])).toEqual([
      [one.id, 2],
      [one.id, 3],
    ]);
    const last = await lastSeq();
    const nothing = watch.next();
    for (let i = 0; i < 240 && watch.seq !== last; i++) await pause(50);
    expect(watch.seq).toBe(last);
    await watch.return();
    expect(await nothing).toEqual({ done: true, value: undefined });
  });

  it("ends with its loop, or when its signal is aborted", async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const after = await lastSeq();
    const { id } = await create("end");
    for await (const { recordId } of client.change.watch({ after }, { signal: abort.signal })) {
      seen.push(recordId);
      setTimeout(() => abort.abort(), 50);
    }
    for await (const { recordId } of client.change.watch({ after })) {
      seen.push(recordId);
      break;
    }
    expect(seen).toEqual([id, id]);
  });

  it("of a program slower than the feed slows the feed down, and misses nothing", async () => {
    const { id } = await create("slow");
    const after = await lastSeq();
    const items = Array.from({ length: 900 }, (_, i) => ({ where: { id }, patch: { name: `${i}` } }));
    const watch = client.change.watch({ after });
    expect(
      (await Promise.all([take(watch, 1), client.customer.updateMany.mutate({ items })]))[0],
    ).toHaveLength(1);
    for (let i = 0; i < 3; i++) await client.customer.updateMany.mutate({ items });
    await pause(100);
    const rest = await take(watch, 3_599);
    expect(rest.map(({ seq }) => seq)).toEqual(rest.map((_, i) => after + 2 + i));
    await watch.return();
  });

  it("over tRPC's own subscriptions also resumes at the id of its last event", async () => {
    const { id } = await create("trpc");
    const after = await lastSeq();
    for (const name of ["a", "b", "c"]) await rename(id, name, other);
    const url = (input: object) =>
      `${here.url}/trpc/change.watch?input=${encodeURIComponent(JSON.stringify(input))}`;
    const first = await readEvents(url({ after }), here.token);
    // The connection, the position and the first change.
    await first.until(3);
    first.end();
    expect(first.events[2]).toMatchObject({ id: String(after + 1) });
    const second = await readEvents(url({ after, lastEventId: String(after + 1) }), here.token);
    await second.until(4);
    second.end();
    expect(second.events.slice(2, 4).map(({ data }) => JSON.parse(data) as unknown)).toMatchObject([
      { seq: after + 2, change: { recordId: id, version: 3 } },
      { seq: after + 3, change: { recordId: id, version: 4 } },
    ]);
  });
});

describe("the scopes of a watch", () => {
  it("limit it to changes of records that the token may read", async () => {
    const after = await lastSeq();
    const customers = await tokenWith("customers:read");
    const users = await tokenWith("users:read", "users:write");
    const { id } = await create("scoped");
    const user = await client.user.create.mutate({ username: `scoped-${id}` });
    for (const [{ token }, recordId] of [
      [customers, id],
      [users, user.id],
    ] as const) {
      const narrow = createClient({ url: here.url, token });
      expect((await narrow.change.list.query({ after })).items.map((entry) => entry.recordId)).toEqual([
        recordId,
      ]);
      const watch = narrow.change.watch({ after });
      expect(await take(watch, 1)).toMatchObject([{ recordId }]);
      await watch.return();
    }
  });

  it("refuse types that the token may not read, and the whole watch if it may read nothing", async () => {
    const { token } = await tokenWith("customers:read");
    const narrow = createClient({ url: here.url, token });
    const codeOf = async (thrown: Promise<unknown>) =>
      rosterError(await thrown.catch((error: unknown) => error))?.code;
    expect(await codeOf(narrow.change.list.query({ types: ["customer", "user"] }))).toBe("FORBIDDEN");
    expect(await codeOf(narrow.change.watch({ types: ["token"] }).next())).toBe("FORBIDDEN");
    const { token: blind } = await tokenWith("customers:write");
    expect(await codeOf(createClient({ url: here.url, token: blind }).change.list.query())).toBe("FORBIDDEN");
    expect((await stream("", {}, blind)).status).toBe(403);
    expect((await stream("", {}, "nobody")).status).toBe(401);
  });

  it("end it within seconds when the token is revoked, on either node, or expires", async () => {
    const revoked = await tokenWith("customers:read");
    const soon = new Date(Date.now() + 5_000).toISOString();
    const expiring = await client.token.create.mutate({
      name: "soon",
      scopes: ["customers:read"],
      expiresAt: soon,
    });
    const watch = createClient({ url: here.url, token: revoked.token }).change.watch();
    const refused = watch.next().catch((error: unknown) => error);
    const streams = await Promise.all([
      readEvents(`${here.url}/api/changes`, revoked.token),
      readEvents(`${there.url}/api/changes`, revoked.token),
      readEvents(`${here.url}/api/changes`, expiring.token),
      readEvents(`${here.url}/trpc/change.watch`, revoked.token),
    ]);
    const begun = performance.now();
    await client.token.revoke.mutate({ where: { id: revoked.id } });
    await Promise.all(streams.map(({ ended }) => ended));
    expect(rosterError(await refused)).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});

describe("a server with many watchers", () => {
  it("is not delayed by watchers that do not read, and stores no changes for them", async () => {
    const { id } = await create("stalled");
    const after = await lastSeq();
    const stalled = await Promise.all(Array.from({ length: 60 }, () => stalledReader(after)));
    const before = memoryOf(here);
    for (let i = 0; i < 100; i++) {
      const patch = { properties: { text: String(i % 10).repeat(60_000) } };
      await client.customer.update.mutate({ where: { id }, patch });
    }
    // 60 × 100 × 120 KB are 720 MB. The sockets hold a part, and on a busy machine garbage is collected late.
    expect(memoryOf(here) - before).toBeLessThan(300);
    const [one] = stalled;
    let text = "";
    one?.on("data", (chunk: Buffer) => (text += chunk.toString()));
    one?.resume();
    while (!text.includes(`id: ${after + 100}\n`)) await pause(20);
    const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, seq]) => Number(seq));
    expect(ids.filter((seq) => seq > after)).toEqual(Array.from({ length: 100 }, (_, i) => after + 1 + i));
    for (const socket of stalled) socket.destroy();
  });

  it("stops at once, and they resume when a server runs again", async () => {
    const own = await newDatabase();
    let server = await startServer({ DATABASE_URL: own.url });
    const proxy = await startProxy(server.url);
    const watches = Array.from({ length: 5 }, () =>
      createClient({ url: proxy.url, token: server.token }).change.watch({ after: 0, types: ["customer"] }),
    );
    // Only a watch that has begun resumes by itself.
    await create("before", clientOf(server));
    await Promise.all(watches.map((watch) => take(watch, 1)));
    const next = Promise.all(watches.map((watch) => take(watch, 1)));
    const headers = { authorization: `Bearer ${server.token}`, accept: "text/event-stream" };
    const whole = (await fetch(`${server.url}/api/changes`, { headers })).text();
    expect(await server.stop("SIGTERM")).toBe(0);
    // A stopping server that waits for its connections breaks them after ten seconds.
    await expect(whole).resolves.toContain("event: position");
    server = await startServer({ DATABASE_URL: own.url });
    proxy.leadTo(server.url);
    const { id } = await create("after", clientOf(server));
    expect((await next).flat().map(({ recordId }) => recordId)).toEqual(watches.map(() => id));
    for (const watch of watches) await watch.return();
    await proxy.close();
    await server.dispose();
    await own.drop();
  });
});

describe("the feed over HTTP", () => {
  it.each([
    ["Text/Event-Stream", "text/event-stream"],
    ["text/html, text/event-stream;q=0.9", "text/event-stream"],
    ["text/event-stream, application/json", "application/json"],
    ["text/event-stream;q=0, */*", "application/json"],
    ["*/*", "application/json"],
  ])("is answered to Accept: %s as %s", async (accept, type) => {
    const headers = { authorization: `Bearer ${here.token}`, accept };
    const answer = await fetch(`${here.url}/api/changes`, { headers });
    expect(answer.headers.get("content-type")).toBe(type);
    await answer.body?.cancel();
  });
});

/** Requests the feed, and does not read it. */
async function stalledReader(after: number): Promise<Socket> {
  const { hostname, port } = new URL(here.url);
  const socket = connect(Number(port), hostname);
  socket.pause();
  socket.write(
    `GET /api/changes?after=${after} HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${here.token}\r\naccept: text/event-stream\r\n\r\n`,
  );
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}
