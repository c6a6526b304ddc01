import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faultCodes, rpcOf, type Rpc } from "../rpc.ts";
import { accepted, startReceiver, webhookEnv, type Message, type Receiver } from "./receiver.ts";
import { useServer } from "../use-server.ts";

type Record_ = Record<string, unknown>;
interface Made {
  id: string;
  secret: string;
}

const { server } = useServer(webhookEnv);
let receiver: Receiver;
/** Each test has a tenant of its own, so that it sees no changes of other tests. */
let rpc: Rpc;

beforeEach(async () => {
  receiver = await startReceiver();
  const { data } = await rpcOf(server.url, server.token)("tenant.create", { name: "t" });
  rpc = rpcOf(server.url, data["token"] as string);
});
afterEach(() => receiver.close());

async function call(path: string, input: object): Promise<Record_> {
  const { data, error } = await rpc(path, input);
  if (error) throw new Error(`${path}: ${error.code} ${error.message}`);
  return data;
}

const webhook = async (input: object = {}): Promise<Made> =>
  (await call("webhook.create", { url: receiver.url, events: ["*"], ...input })) as unknown as Made;
const customer = async (input: object = {}): Promise<string> =>
  (await call("customer.create", input))["id"] as string;
const rename = (id: string, name: string) => call("customer.update", { where: { id }, patch: { name } });
const get = ({ id }: Made) => call("webhook.get", { where: { id } });
const attempts = async ({ id }: Made, more: object = {}): Promise<Record_[]> =>
  (await call("webhook.deliveries", { where: { id }, limit: 200, ...more }))["items"] as Record_[];

/** Verifies a message as a receiver does. */
const verify = ({ body, headers }: Message, secret: string): unknown =>
  new Webhook(secret).verify(body, headers as Record<string, string>);

describe("a change", () => {
  it("is sent once, with a signature that the specification's own library accepts", async () => {
    const made = await webhook({ events: ["customer.*"] });
    expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const id = await customer({ name: "Ada", email: "ada@x.example" });
    await rename(id, "Ada L.");
    await receiver.until(() => receiver.messages.length === 2);
    const [first, second] = receiver.messages as [Message, Message];
    expect(verify(first, made.secret)).toEqual(first.event);
    expect(() => verify({ ...second, body: first.body }, made.secret)).toThrow("No matching signature");
    expect(() => verify(first, "whsec_" + Buffer.alloc(32).toString("base64"))).toThrow();
    expect(first.event.type).toBe("customer.created");
    expect(second.event.type).toBe("customer.updated");
    expect(second.event.data).toMatchObject({ recordType: "customer", recordId: id, version: 2 });
    expect(second.headers).toMatchObject({ "content-type": "application/json" });
    expect(first.id).not.toBe(second.id);
    await pause(150);
    expect(receiver.messages).toHaveLength(2);
  });

  it("of a merge is sent for every moved record, under event types that can be subscribed to", async () => {
    await call("hierarchyLevel.replaceAll", { levels: ["Group", "Company"] });
    const keep = await customer({ hierarchyLevel: "Group" });
    const duplicate = await customer({ hierarchyLevel: "Group", job: "pilot" });
    await customer({ parent: duplicate, hierarchyLevel: "Company" });
    await call("user.create", { username: "ada", customer: duplicate });
    const events = ["customer.merged", "user.merged", "customer.unmerged", "user.unmerged"];
    await webhook({ events });
    const types = () => receiver.messages.map(({ event }) => event.type).toSorted();
    await call("customer.merge", { where: { id: duplicate }, into: { id: keep } });
    await receiver.until(() => receiver.messages.length === 4);
    const merged = ["customer.merged", "customer.merged", "customer.merged", "user.merged"];
    expect(types()).toEqual(merged);
    await call("customer.unmerge", { where: { id: duplicate } });
    await receiver.until(() => receiver.messages.length === 8);
    expect(types()).toEqual(
      [...merged, ...merged.map((type) => type.replace("merged", "unmerged"))].toSorted(),
    );
  });

  it("is sent without values, unless the webhook asks for the whole log entry", async () => {
    await webhook({ url: `${receiver.url}/thin` });
    await webhook({ url: `${receiver.url}/full`, payload: "full" });
    const id = await customer({ name: "Ada", properties: { plan: "pro" } });
    await receiver.until(() =>
      receiver.messages.some(({ path, event }) => path === "/full" && event.data.recordId === id),
    );
    await receiver.until(() =>
      receiver.messages.some(({ path, event }) => path === "/thin" && event.data.recordId === id),
    );
    const about = (path: string) =>
      receiver.messages.find(
        (message) => message.path === path && message.event.data.recordId === id,
      ) as Message;
    expect(about("/thin").body).not.toContain("Ada");
    expect(about("/thin").event.data["paths"]).toEqual(expect.arrayContaining(["/name", "/properties"]));
    const entry = ((await call("customer.history", { where: { id } }))["items"] as Record_[])[0];
    expect(about("/full").event).toEqual({ type: "customer.created", timestamp: entry?.["at"], data: entry });
    expect(about("/thin").event.timestamp).toBe(entry?.["at"]);
  });

  it("is sent only to webhooks that subscribe to its type, from their creation on", async () => {
    const before = await customer();
    await webhook({ url: `${receiver.url}/users`, events: ["user.created"] });
    await webhook({ url: `${receiver.url}/updates`, events: ["customer.updated", "customer.deleted"] });
    await call("user.create", { username: "u" });
    await rename(before, "x");
    await call("customer.delete", { where: { id: before } });
    await call("user.update", { where: { username: "u" }, patch: { title: "y" } });
    await receiver.until(() => receiver.messages.length === 3);
    await pause(150);
    const types = receiver.messages.map(({ path, event }) => `${path} ${event.type}`).toSorted();
    expect(types).toEqual(["/updates customer.deleted", "/updates customer.updated", "/users user.created"]);
  });

  it("that was erased while it waited is sent without its values", async () => {
    const made = await webhook({ events: ["customer.*"], payload: "full" });
    receiver.answer = (event) => (JSON.stringify(event).includes("Ada") ? 500 : 204);
    const id = await customer({ name: "Ada" });
    await receiver.until(() => receiver.messages.length === 1);
    await call("customer.erase", { where: { id } });
    await receiver.until(() => accepted(receiver.messages).length === 2);
    const [created, erased] = accepted(receiver.messages) as [Message, Message];
    expect(receiver.messages[0]?.body).toContain("Ada");
    expect(created.event.type).toBe("customer.created");
    expect(created.body).not.toContain("Ada");
    expect(erased.event.type).toBe("customer.erased");
    await receiver.until(async () => (await attempts(made)).length === receiver.messages.length);
  });
});

describe("the secret", () => {
  it("is shown when it is created, and nowhere else", async () => {
    const made = await webhook();
    const { id } = made;
    await call("webhook.update", { where: { id }, patch: { description: "d" } });
    const shown = [await get(made), await call("webhook.list", {}), await attempts(made)];
    expect(JSON.stringify(shown)).not.toMatch(/whsec_|ecret":/);
    await webhook({ url: `${receiver.url}/log`, payload: "full" });
    await call("webhook.rotateSecret", { where: { id } });
    await receiver.until(() => receiver.messages.some(({ path }) => path === "/log"));
    expect(receiver.messages.map(({ body }) => body).join()).not.toMatch(/whsec_|\/secret|\/previousSecret"/);
  });

  it("stays valid for the given time after a new one is created", async () => {
    const made = await webhook({ events: ["customer.*"] });
    const { id } = made;
    const next = (await call("webhook.rotateSecret", { where: { id }, overlap: 2 }))["secret"] as string;
    expect(next).not.toBe(made.secret);
    await customer();
    await receiver.until(() => receiver.messages.length === 1);
    const during = receiver.messages[0] as Message;
    expect(String(during.headers["webhook-signature"]).split(" ")).toHaveLength(2);
    expect(verify(during, made.secret)).toEqual(verify(during, next));
    await pause(2_000);
    await customer();
    await receiver.until(() => receiver.messages.length === 2);
    const after = receiver.messages[1] as Message;
    expect(verify(after, next)).toEqual(after.event);
    expect(() => verify(after, made.secret)).toThrow("No matching signature");
  });

  it("is returned again only to the same request with the same key", async () => {
    const input = { url: receiver.url, events: ["*"], idempotencyKey: "k" };
    const first = await call("webhook.create", input);
    const again = await call("webhook.create", input);
    expect(again).toMatchObject({ id: first["id"], secret: first["secret"], replayed: true });
    const other = (await call("token.create", { scopes: ["admin"] }))["token"] as string;
    const { error } = await rpcOf(server.url, other)("webhook.create", input);
    expect(error.code).toBe("IDEMPOTENCY_MISMATCH");
  });
});

describe("an event that the receiver does not accept", () => {
  it("is retried with the same id, in the order of each record, while others proceed", async () => {
    await webhook({ events: ["customer.*"] });
    const records = await Promise.all(Array.from({ length: 6 }, () => customer()));
    await receiver.until(() => receiver.messages.length === 6);
    receiver.messages.length = 0;
    let failed = 0;
    const tries = new Map<number, number>();
    receiver.answer = ({ data }) => {
      tries.set(data.seq, (tries.get(data.seq) ?? 0) + 1);
      // Every third event of half of the records is refused twice.
      const bad =
        records.indexOf(data.recordId) % 2 === 0 && data.version % 3 === 0 && (tries.get(data.seq) ?? 0) < 3;
      return bad ? (failed++, 500) : { status: 200, after: 5 * Math.random() };
    };
    for (let i = 0; i < 9; i++) await Promise.all(records.map((id) => rename(id, `n${i}`)));
    await receiver.until(() => accepted(receiver.messages).length === 54);
    expect(failed).toBe(18);
    for (const id of records) {
      const mine = receiver.messages.filter(({ event }) => event.data.recordId === id);
      const versions = mine.map(({ event }) => event.data.version);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      expect(accepted(mine).map(({ event }) => event.data.version)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const [i, message] of mine.slice(1).entries()) {
        expect(message.from).toBeGreaterThanOrEqual((mine[i] as Message).until);
      }
    }
    const ids = new Set(receiver.messages.map(({ id }) => id));
    expect(ids.size).toBe(54);
    expect(new Set(receiver.messages.map(({ id, event }) => `${id} ${event.data.seq}`)).size).toBe(54);
  });

  it("is given up after the last attempt, and later events are still sent", async () => {
    const made = await webhook({ events: ["customer.*"] });
    const [bad, good] = [await customer(), await customer()];
    await receiver.until(() => receiver.messages.length === 2);
    receiver.answer = ({ data }) => (data.recordId === bad && data.version === 2 ? 422 : 200);
    const { seq } = (await rename(bad, "x"),
    (await call("customer.history", { where: { id: bad } }))["items"] as Record_[])[0] as { seq: number };
    await rename(bad, "y");
    await receiver.until(async () => {
      await rename(good, `${Math.random()}`);
      return accepted(receiver.messages).some(
        ({ event }) => event.data.recordId === bad && event.data.version === 3,
      );
    });
    await receiver.until(async () => (await attempts(made, { seq })).length === 4);
    const log = await attempts(made, { seq });
    expect(log.map(({ attempt, outcome, status }) => [attempt, outcome, status])).toEqual([
      [4, "failed", 422],
      [3, "retrying", 422],
      [2, "retrying", 422],
      [1, "retrying", 422],
    ]);
    expect(log[0]).toMatchObject({
      type: "customer.updated",
      error: "the receiver answered 422",
      nextAttemptAt: null,
    });
    expect(await get(made)).toMatchObject({ enabled: true, disabledReason: null });
  });

  it("disables the webhook if nothing else was accepted; enabled again, the webhook misses nothing", async () => {
    const made = await webhook({ events: ["customer.*"] });
    receiver.answer = () => 500;
    const id = await customer();
    await rename(id, "x");
    await receiver.until(async () => (await get(made))["enabled"] === false);
    expect((await get(made))["disabledReason"]).toMatch(/^the receiver has accepted nothing since \d{4}-/);
    const history = (await call("webhook.list", {}))["items"] as Record_[];
    expect(history[0]).toMatchObject({ updatedBy: "system" });
    await rename(id, "y");
    const came = receiver.messages.length;
    receiver.answer = () => 200;
    await pause(300);
    expect(receiver.messages).toHaveLength(came);
    const enabled = await call("webhook.update", { where: { id: made.id }, patch: { enabled: true } });
    expect(enabled["webhook"]).toMatchObject({ enabled: true, disabledReason: null });
    await receiver.until(() => accepted(receiver.messages).length === 3);
    expect(accepted(receiver.messages).map(({ event }) => event.data.version)).toEqual([1, 2, 3]);
  });

  it("disables the webhook at once if the receiver answers 410", async () => {
    const made = await webhook({ events: ["customer.*"] });
    receiver.answer = () => 410;
    await customer();
    await receiver.until(async () => (await get(made))["enabled"] === false);
    expect((await get(made))["disabledReason"]).toBe("the receiver answered 410 Gone");
    await customer();
    await pause(300);
    expect(receiver.messages).toHaveLength(1);
  });

  it("waits for as long as the receiver asks, like all later events", async () => {
    await webhook({ events: ["customer.*"] });
    receiver.answer = () => ({ status: 429, headers: { "retry-after": "1" } });
    await customer();
    await receiver.until(() => receiver.messages.length === 1);
    receiver.answer = () => 200;
    await customer();
    await receiver.until(() => accepted(receiver.messages).length === 2);
    const [asked, ...rest] = receiver.messages as [Message, ...Message[]];
    for (const { from } of rest) expect(from - asked.until).toBeGreaterThan(950);
  });

  it("because it answers with a redirect is not sent elsewhere", async () => {
    const made = await webhook({ events: ["customer.*"] });
    receiver.answer = (_event, path) =>
      path === "/" ? { status: 307, headers: { location: `${receiver.url}/inside` } } : 200;
    await customer();
    await receiver.until(async () => (await attempts(made)).length > 0);
    expect((await attempts(made)).at(-1)).toMatchObject({ status: 307, error: "redirects are not followed" });
    expect(receiver.messages.filter(({ path }) => path === "/inside")).toEqual([]);
  });

  it("in time is retried, and delays no other webhook", async () => {
    const slow = await webhook({ url: `${receiver.url}/slow`, events: ["customer.*"] });
    await webhook({ url: `${receiver.url}/quick`, events: ["customer.*"] });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    receiver.answer = (_event, path) => (path === "/slow" ? { status: 200, after: released } : 200);
    for (let i = 0; i < 30; i++) await customer();
    // Messages are listed once they are answered, and the slow ones are not answered.
    await receiver.until(() => receiver.messages.length === 30);
    expect(new Set(receiver.messages.map(({ path }) => path))).toEqual(new Set(["/quick"]));
    await receiver.until(async () => (await attempts(slow)).length > 0);
    expect((await attempts(slow)).at(-1)).toMatchObject({
      status: null,
      error: "no answer within 1 s",
      outcome: "retrying",
    });
    release();
  });
});

describe("a replay", () => {
  it("sends one event again, with the same id", async () => {
    const made = await webhook({ events: ["customer.*"] });
    const id = await customer();
    await rename(id, "x");
    await rename(id, "y");
    await receiver.until(() => receiver.messages.length === 3);
    const { event, id: message } = receiver.messages[1] as Message;
    await call("webhook.replay", { where: { id: made.id }, seq: event.data.seq });
    await receiver.until(() => receiver.messages.length === 4);
    await pause(150);
    expect(receiver.messages).toHaveLength(4);
    expect(receiver.messages[3]).toMatchObject({ id: message, event });
  });

  it("sends all events after a change again, in the order of each record", async () => {
    const made = await webhook({ events: ["customer.*"] });
    const ids = [await customer(), await customer()];
    for (const name of ["x", "y"]) await Promise.all(ids.map((id) => rename(id, name)));
    await receiver.until(() => receiver.messages.length === 6);
    receiver.messages.length = 0;
    await call("webhook.replay", { where: { id: made.id }, after: 0 });
    await receiver.until(() => receiver.messages.length === 6);
    for (const id of ids) {
      const mine = receiver.messages.filter(({ event }) => event.data.recordId === id);
      expect(mine.map(({ event }) => event.data.version)).toEqual([1, 2, 3]);
    }
    // An event arrives before its delivery is recorded.
    await expect
      .poll(() => call("webhook.status", { where: { id: made.id } }), { timeout: 60_000 })
      .toMatchObject({ pending: 0, oldestPendingAt: null });
  });

  it("retries pending events at once", async () => {
    const made = await webhook({ events: ["customer.*"] });
    receiver.answer = () => ({ status: 500, headers: { "retry-after": "600" } });
    await customer();
    await receiver.until(async () => (await attempts(made)).length === 1);
    expect(await call("webhook.status", { where: { id: made.id } })).toMatchObject({ pending: 1 });
    receiver.answer = () => 200;
    const { seq } = (receiver.messages[0] as Message).event.data;
    await call("webhook.replay", { where: { id: made.id }, seq });
    await receiver.until(() => accepted(receiver.messages).length === 1);
  });

  it("of a missing webhook or change is refused", async () => {
    const made = await webhook();
    await receiver.until(
      async () => (await rpc("webhook.status", { where: { id: made.id } })).status === 200,
    );
    const where = { id: made.id };
    expect(faultCodes((await rpc("webhook.replay", { where, seq: 999 })).error)).toEqual({
      "/seq": "not_found",
    });
    expect(faultCodes((await rpc("webhook.replay", { where, after: 999 })).error)).toEqual({
      "/after": "out_of_range",
    });
    expect(faultCodes((await rpc("webhook.replay", { where })).error)).toEqual({ "/seq": "ambiguous" });
    expect((await rpc("webhook.replay", { where: { id: "none" }, after: 0 })).error.code).toBe("NOT_FOUND");
  });
});

describe("a webhook", () => {
  it("is refused with all its faults", async () => {
    const { error } = await rpc("webhook.create", {
      url: "http://user:password@x.example",
      events: ["customer.updated", "customer.exploded"],
      payload: "huge",
      secret: "s",
    });
    expect(faultCodes(error)).toEqual({
      "/url": "invalid_format",
      "/events/1": "invalid_choice",
      "/payload": "invalid_choice",
      "/secret": "unknown_field",
    });
    expect(faultCodes((await rpc("webhook.create", { url: receiver.url, events: [] })).error)).toEqual({
      "/events": "required",
    });
  });

  it("is accessible only to admins of its tenant", async () => {
    const made = await webhook();
    const where = { id: made.id };
    const reader = (await call("token.create", { scopes: ["customers:read", "customers:write"] }))["token"];
    const limited = rpcOf(server.url, reader as string);
    for (const [path, input] of [
      ["webhook.list", {}],
      ["webhook.get", { where }],
      ["webhook.create", { url: receiver.url, events: ["*"] }],
      ["webhook.rotateSecret", { where }],
      ["webhook.deliveries", { where }],
      ["webhook.status", { where }],
      ["webhook.replay", { where, after: 0 }],
      ["webhook.delete", { where }],
    ] as const) {
      expect((await limited(path, input)).error.code, path).toBe("FORBIDDEN");
    }
    const first = rpcOf(server.url, server.token);
    expect((await first("webhook.get", { where })).error.code).toBe("NOT_FOUND");
    expect((await first("webhook.deliveries", { where })).error.code).toBe("NOT_FOUND");
    expect((await first("webhook.replay", { where, after: 0 })).error.code).toBe("NOT_FOUND");
    await rpcOf(server.url, server.token)("customer.create", {});
    await pause(150);
    expect(receiver.messages.filter(({ event }) => event.type === "customer.created")).toEqual([]);
  });

  it("gets no more events once it is deleted", async () => {
    const made = await webhook({ events: ["customer.*"] });
    await customer();
    await receiver.until(() => receiver.messages.length === 1);
    await call("webhook.delete", { where: { id: made.id } });
    await customer();
    await pause(200);
    expect(receiver.messages).toHaveLength(1);
    const { error } = await rpc("webhook.get", { where: { id: made.id } });
    expect(error.code).toBe("DELETED");
    // Unlike a customer, a webhook cannot be restored.
    expect(error.message).not.toContain("restored");
  });

  it("misses no event while it is repeatedly disabled and enabled", async () => {
    const made = await webhook({ events: ["customer.updated"] });
    const id = await customer();
    receiver.answer = () => ({ status: 200, after: 5 });
    const updates = (async () => {
      for (let i = 0; i < 40; i++) await rename(id, `n${i}`);
    })();
    for (let i = 0; i < 20; i++) {
      const patch = { enabled: i % 2 === 1 };
      await call("webhook.update", { where: { id: made.id }, patch });
      await pause(10 * Math.random());
    }
    await updates;
    await receiver.until(() => receiver.messages.length >= 40);
    const versions = [...new Set(receiver.messages.map(({ event }) => event.data.version))];
    expect(versions).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
  });

  it("is refused as the 21st of its tenant", async () => {
    for (let i = 0; i < 20; i++) await webhook({ enabled: false });
    const { error } = await rpc("webhook.create", { url: receiver.url, events: ["*"] });
    expect(error).toMatchObject({ code: "CONFLICT", message: "a tenant has at most 20 webhooks" });
  });
});
