import { createApi, type Api } from "@roster/api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { newDatabase, type TestDatabase } from "../server.ts";

/**
 * How long one request delays others: the CPU time of the main thread in one turn of the event loop. Elapsed
 * time would include other processes.
 */

const token = "event-loop-token";
let database: TestDatabase;
let api: Api;
beforeAll(async () => {
  database = await newDatabase();
  api = await createApi({ databaseUrl: database.url, token });
  for (let i = 0; i < 10; i++) {
    await Promise.all(
      Array.from({ length: 40 }, (_, k) =>
        call("customer.create", {
          providedId: `c${i}-${k}`,
          name: `Name ${k}`,
          properties: {
            text: "x".repeat(2_000),
            ...Object.fromEntries(Array.from({ length: 30 }, (__, n) => [`k${n}`, n])),
          },
        }),
      ),
    );
  }
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

async function send(path: string, body?: string, type = "application/json"): Promise<string> {
  const response = await api.fetch(
    new Request(`http://roster${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      ...(body !== undefined && { body }),
    }),
  );
  return response.text();
}
const call = (procedure: string, input: unknown) => send(`/trpc/${procedure}`, JSON.stringify(input));

/** A query, many times in one batch. */
const batch = (procedure: string, input: unknown): Promise<string> => {
  const inputs = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [i, input]));
  const procedures = Array.from({ length: 100 }, () => procedure).join(",");
  return send(`/trpc/${procedures}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`);
};

/** The maximum CPU time of one turn of the event loop during some work, in milliseconds. */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let [longest, done] = [0, false];
  let before = process.threadCpuUsage();
  const turn = () => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    longest = Math.max(longest, (user + system) / 1000);
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  done = true;
  await new Promise((resolve) => setImmediate(resolve));
  return longest;
}

it.each<[what: string, work: () => Promise<unknown>]>([
  ["a hundred lists in a batch", () => batch("customer.list", { limit: 200 })],
  [
    "a hundred lists that find nothing",
    () => batch("customer.list", { filter: { groupTag: "none", namePrefix: "Name" } }),
  ],
  ["a hundred pages of the change log", () => batch("change.list", { after: 0, limit: 200 })],
  [
    "an update of a thousand records",
    () =>
      call("customer.updateMany", {
        mode: "independent",
        items: Array.from({ length: 1_000 }, (_, i) => ({
          where: { providedId: `c${i % 10}-${i % 40}` },
          patch: { properties: { i } },
        })),
      }),
  ],
  [
    "a SCIM bulk request whose operations each refer to the next one",
    () => {
      const schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
      const Operations = Array.from({ length: 1_000 }, (_, i) => ({
        method: "DELETE",
        path: `/Users/bulkId:b${i + 1}`,
        bulkId: `b${i}`,
      }));
      return send("/scim/v2/Bulk", JSON.stringify({ schemas, Operations }), "application/scim+json");
    },
  ],
  [
    "a query with very many unknown parameters",
    () => send(`/api/customers?${Array.from({ length: 1_500 }, (_, i) => `lmit${i}=1`).join("&")}`),
  ],
])("%s block the event loop for tens of milliseconds at most", async (_, work) => {
  let longest = Number.POSITIVE_INFINITY;
  // The first runs execute code that is not compiled yet.
  for (let attempt = 0; attempt < 5 && longest > 60; attempt++)
    longest = Math.min(longest, await longestTurn(work));
  expect(longest).toBeLessThan(100);
});

it("a hundred pages in one batch share the limit of one page, with one item each at least", async () => {
  const text = await batch("customer.list", { limit: 200 });
  const pages = JSON.parse(text) as { result: { data: { items: unknown[]; nextCursor: string | null } } }[];
  expect(text.length).toBeLessThan(1_200_000);
  expect(
    pages.map(({ result: { data } }) => data.items.length > 0 && data.nextCursor !== null),
  ).not.toContain(false);
});
