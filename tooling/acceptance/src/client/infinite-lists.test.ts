import { appRouter } from "@roster/api/router";
import { createClient, type AppRouter, type RosterClient } from "@roster/client";
import { QueryClient } from "@tanstack/react-query";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { beforeAll, describe, expect, it } from "vitest";
import { faultCodes } from "../rpc.ts";
import { useServer } from "../use-server.ts";

const { server, rpc } = useServer({ WEBHOOK_ALLOW: "127.0.0.1", ROSTER_SECRET: "a".repeat(32) });
let client: RosterClient;
let queryClient: QueryClient;
let trpc: ReturnType<typeof createTRPCOptionsProxy<AppRouter>>;

beforeAll(async () => {
  client = createClient({ url: server.url, token: server.token });
  queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  trpc = createTRPCOptionsProxy<AppRouter>({ client, queryClient });
});

const count = 5;
const each = <T>(make: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)));
const numbers = Array.from({ length: count }, (_, i) => i);
/** All items of three pages, in order. */
const items = <T>({ pages }: { pages: { items: T[] }[] }): T[] => {
  expect(pages.map((page) => page.items.length)).toEqual([2, 2, 1]);
  return pages.flatMap((page) => page.items);
};

describe("an infinite query of tRPC's for TanStack Query", () => {
  it("reads all pages of customers and of users, by their filters", async () => {
    await each((i) => client.customer.create.mutate({ name: `paged ${i}` }));
    const filter = { namePrefix: "paged" };
    const customers = trpc.customer.list.infiniteQueryOptions(
      { limit: 2, filter },
      { getNextPageParam: (last) => last.nextCursor },
    );
    const read = items(await queryClient.fetchInfiniteQuery({ ...customers, pages: count }));
    expect(read.map(({ name }) => name)).toEqual(numbers.map((i) => `paged ${i}`));

    await each((i) => client.user.create.mutate({ lastName: "paged", username: `paged${i}` }));
    const users = trpc.user.list.infiniteQueryOptions(
      { limit: 2, filter },
      { getNextPageParam: (last) => last.nextCursor },
    );
    const found = items(await queryClient.fetchInfiniteQuery({ ...users, pages: count }));
    expect(new Set(found.map(({ username }) => username))).toEqual(new Set(numbers.map((i) => `paged${i}`)));
  });

  it("reads all pages of a record's history, and of the change log", async () => {
    const { id } = await client.customer.create.mutate({ name: "0" });
    for (const i of numbers.slice(1)) {
      await client.customer.update.mutate({ where: { id }, patch: { name: String(i) } });
    }
    const history = trpc.customer.history.infiniteQueryOptions(
      { where: { id }, limit: 2 },
      { getNextPageParam: (last) => last.nextCursor },
    );
    const entries = items(await queryClient.fetchInfiniteQuery({ ...history, pages: count }));
    expect(entries.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);

    const changes = trpc.change.list.infiniteQueryOptions(
      { ids: [id], limit: 2, after: 1 },
      { getNextPageParam: (last) => (last.more ? last.next : undefined) },
    );
    const { pages } = await queryClient.fetchInfiniteQuery({ ...changes, pages: count });
    expect(pages.flatMap((page) => page.items.map(({ version }) => version))).toEqual([1, 2, 3, 4, 5]);
    // The cursor wins over the input's `after`.
    expect(pages[1]?.items[0]?.version).toBe(3);
  });

  it("reads all pages of tags, of tokens and of delivery attempts", async () => {
    await each((i) => client.groupTag.create.mutate({ name: `tag ${i}` }));
    const tags = trpc.groupTag.list.infiniteQueryOptions(
      { limit: 2 },
      { getNextPageParam: (last) => last.nextCursor },
    );
    expect(items(await queryClient.fetchInfiniteQuery({ ...tags, pages: count }))).toHaveLength(count);

    await each(() => client.token.create.mutate({ scopes: ["admin"] }));
    const tokens = trpc.token.list.infiniteQueryOptions(
      { limit: 2 },
      { getNextPageParam: (last) => last.nextCursor },
    );
    const { pages } = await queryClient.fetchInfiniteQuery({ ...tokens, pages: count });
    expect(pages).toHaveLength(3);

    const { id } = await client.webhook.create.mutate({
      url: "http://127.0.0.1:5",
      events: ["*"],
      enabled: false,
    });
    const deliveries = trpc.webhook.deliveries.infiniteQueryOptions(
      { where: { id } },
      { getNextPageParam: (last) => last.nextCursor },
    );
    const [none] = (await queryClient.fetchInfiniteQuery(deliveries)).pages;
    expect(none).toEqual({ items: [], nextCursor: null });
  });

  it("reads the only page of a list without pages", async () => {
    const countries = trpc.country.list.infiniteQueryOptions(undefined, {
      getNextPageParam: (last) => last.nextCursor,
    });
    const { pages } = await queryClient.fetchInfiniteQuery({ ...countries, pages: count });
    expect(pages).toHaveLength(1);
  });
});

describe("the direction that infinite queries add", () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const queries = Object.keys(procedures).filter((path) => procedures[path]?._def.type === "query");

  it("is accepted by every procedure that takes a cursor", async () => {
    const paged: string[] = [];
    for (const path of queries) {
      const { error } = await rpc(path, { cursor: [], direction: "forward" });
      const codes = faultCodes(error);
      if (codes["/cursor"] === "unknown_field") continue;
      paged.push(path);
      expect(codes, path).toHaveProperty("/cursor");
      expect(codes, path).not.toHaveProperty("/direction");
    }
    const people = ["customer.duplicates", "customer.history", "customer.list", "user.history", "user.list"];
    const others = [
      "accessGroup.list",
      "change.list",
      "changeSet.list",
      "channel.list",
      "groupTag.list",
      "tenant.list",
    ];
    const groups = ["userGroup.history", "userGroup.list", "userGroup.members"];
    const ofAdmins = ["token.list", "webhook.deliveries", "webhook.list"];
    expect(paged.toSorted()).toEqual([...people, ...groups, ...others, ...ofAdmins].toSorted());
  });

  it("leads forward only, and another one is refused together with all other faults", async () => {
    const { error } = await rpc("customer.list", { direction: "backward", limit: 0 });
    expect(faultCodes(error)).toEqual({ "/direction": "invalid_choice", "/limit": "out_of_range" });
    expect(error.message).toContain("no cursors for the pages before");
  });

  it("is refused over REST", async () => {
    const answer = await fetch(`${server.url}/api/customers?direction=forward`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(answer.status).toBe(422);
  });

  it("does not hide the fault of a change-log cursor past the end", async () => {
    const { error } = await rpc("change.list", { cursor: 9_999_999, direction: "forward" });
    expect(faultCodes(error)).toEqual({ "/cursor": "out_of_range" });
  });
});
