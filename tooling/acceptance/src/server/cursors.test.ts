import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useServer } from "../use-server.ts";

/** Invented cursors: well-formed for their list, but with an invalid position. */

const { server, rpc } = useServer({ ROSTER_SECRET: "s".repeat(32), WEBHOOK_ALLOW: "127.0.0.1" });
let customer: string;
let webhook: string;
beforeAll(async () => {
  for (const name of ["a", "b"]) {
    await rpc("customer.create", { name, providedId: name });
    await rpc("user.create", { username: name });
    await rpc("groupTag.create", { name });
    await rpc("accessGroup.create", { name });
    await rpc("channel.create", { name });
    await rpc("token.create", { name, scopes: ["customers:read"] });
    await rpc("tenant.create", { name });
  }
  const { data } = await rpc("customer.update", { where: { providedId: "a" }, patch: { name: "c" } });
  customer = (data["customer"] as { id: string }).id;
  const receiver = { url: "http://127.0.0.1:9/", events: ["user.erased"] };
  await rpc("webhook.create", receiver);
  webhook = (await rpc("webhook.create", receiver)).data["id"] as string;
});

const uuid = "0195f0a0-0000-7000-8000-000000000000";
/** Neither a number nor a pair of a sort key and an id. */
const neither = [null, true, {}, [], "", "1", "\u0000", [uuid], ["", uuid, uuid], [{}, uuid], ["", 1.5]];
const noCount = [...neither, 0, -1, 1.5, 1e300, 2 ** 53, ["", uuid]];
const noPlace = [...neither, 1, 1.5, 1e300, ["", ""], ["", "\u0000"], ["", `${uuid}'`], [1.5, uuid]];
const noTime = [...noPlace, ["", uuid], ["\u0000", uuid], ["today", uuid], ["2026-01-01", uuid]];
const noName = [...noPlace, ["\u0000", uuid], ["\ud800", uuid]];

const ofAList = (procedure: string, input: object = {}) => [procedure, () => input, noPlace] as const;
const lists: (readonly [procedure: string, input: () => object, places: readonly unknown[]])[] = [
  ofAList("customer.list"),
  ofAList("customer.list", { order: "desc", filter: { deleted: "any" } }),
  ["customer.list", () => ({ sort: "updatedAt" }), noTime],
  ["customer.list", () => ({ sort: "name" }), noName],
  ofAList("user.list"),
  ["user.list", () => ({ sort: "updatedAt" }), noTime],
  ["user.list", () => ({ sort: "name" }), noName],
  ...["groupTag", "accessGroup", "channel", "token", "webhook"].map((noun) => ofAList(`${noun}.list`)),
  ["tenant.list", () => ({}), noCount],
  ["customer.history", () => ({ where: { id: customer } }), noCount],
];

const encoded = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString("base64url");

describe("an invented cursor", () => {
  it.each(lists)("is refused by %s, whatever its position", async (procedure, input, places) => {
    const { data } = await rpc(procedure, { ...input(), limit: 1 });
    const cursor = data["nextCursor"] as string;
    const [seal] = cursor.split(".");
    expect((await rpc(procedure, { ...input(), cursor })).status).toBe(200);
    const answers = await Promise.all(
      places.map(async (place) => {
        const { status, error } = await rpc(procedure, { ...input(), cursor: `${seal}.${encoded(place)}` });
        return [place, status, error && faultCodes(error)];
      }),
    );
    expect(answers).toEqual(places.map((place) => [place, 400, { "/cursor": "invalid_format" }]));
  });

  it("is refused by webhook.deliveries, whatever its position", async () => {
    const list = JSON.stringify([1, "deliveries", webhook, null]);
    const seal = createHash("sha256").update(list).digest("base64url").slice(0, 16);
    const ask = async (place: unknown) => {
      const cursor = `${seal}.${encoded(place)}`;
      return (await rpc("webhook.deliveries", { where: { id: webhook }, cursor })).status;
    };
    expect(await ask(uuid)).toBe(200);
    for (const place of [...neither, 1.5, 1e300, ["", uuid]]) expect(await ask(place)).toBe(400);
  });

  it("is refused over REST, too", async () => {
    const headers = { authorization: `Bearer ${server.token}` };
    const ask = async (path: string) => fetch(`${server.url}/api${path}`, { headers });
    for (const [path, places] of [
      ["/customers", noPlace],
      ["/users", noPlace],
      [`/customers/${customer}/history`, noCount],
    ] as const) {
      const { nextCursor } = (await (await ask(`${path}?limit=1`)).json()) as { nextCursor: string };
      const [seal] = nextCursor.split(".");
      for (const place of places) {
        const response = await ask(`${path}?cursor=${seal}.${encoded(place)}`);
        expect([place, response.status]).toEqual([place, 422]);
      }
    }
  });
});

describe("a list whose last page is full", () => {
  const filtered: typeof lists = [
    ["customer.list", () => ({ filter: { namePrefix: "b" } }), []],
    ["customer.list", () => ({ sort: "updatedAt", filter: { changedSince: "2020-01-01T00:00:00Z" } }), []],
    ["user.list", () => ({ sort: "name", filter: { namePrefix: "b" } }), []],
    ["change.list", () => ({}), []],
    ["change.list", () => ({ types: ["user"] }), []],
    ["change.list", () => ({ ids: [customer] }), []],
    ["change.list", () => ({ types: ["groupTag"], ids: [customer] }), []],
  ];

  it.each([...lists, ...filtered])("has no empty page after it: %s, list %#", async (procedure, input) => {
    /** The items of all pages with a limit. */
    const pages = async (limit: number) => {
      const found: unknown[][] = [];
      let cursor: unknown;
      do {
        const { data } = await rpc(procedure, { ...input(), limit, ...(cursor !== null && { cursor }) });
        found.push(data["items"] as unknown[]);
        cursor = "more" in data ? (data["more"] === true ? data["next"] : null) : data["nextCursor"];
      } while (cursor !== null);
      return found;
    };
    const [all = [], ...rest] = await pages(200);
    expect(rest).toEqual([]);
    expect(await pages(Math.max(1, all.length))).toEqual([all]);
    expect(await pages(1)).toEqual(all.length > 0 ? all.map((item) => [item]) : [[]]);
  });
});

describe("an invented position in the feed", () => {
  it.each([-1, 1.5, 1e300, 2 ** 53, "1", null])("is refused by change.list: %o", async (after) => {
    expect((await rpc("change.list", { after })).status).toBe(400);
  });

  it.each(["-1", "1.5", "1e300", "9007199254740993", "9999999999999999", "0x1", "1 "])(
    "is refused over REST, as a parameter and as Last-Event-ID: %o",
    async (after) => {
      const headers = { authorization: `Bearer ${server.token}` };
      const query = new URLSearchParams({ after }).toString();
      expect((await fetch(`${server.url}/api/changes?${query}`, { headers })).status).toBe(422);
      if (after.trim() !== after) return;
      const stream = await fetch(`${server.url}/api/changes`, {
        headers: { ...headers, accept: "text/event-stream", "last-event-id": after },
      });
      expect(stream.status).toBe(422);
    },
  );
});
