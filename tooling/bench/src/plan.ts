import type { RequestKind } from "./load/requests.ts";
import type { Places } from "./seed.ts";

/** What the benchmark measures. */

/** The programs that are measured, each a process of its own. */
export type ServerName =
  | "roster"
  | "roster-large"
  | "roster-tree"
  | "roster-in-process"
  | "roster-feed-few"
  | "roster-feed-many"
  | "floor-single"
  | "floor-group"
  | "floor-transport"
  | "mikro-orm"
  | "mikro-orm-wal"
  | "drizzle"
  | "drizzle-wal"
  | "postgres-roster"
  | "postgres-two-nodes"
  | "postgres-feed"
  | "postgres-floor"
  | "postgraphile";

/** The ways into Roster that need no HTTP. */
type Way = "client" | "service";

export interface Contender {
  id: string;
  title: string;
  /** Which family it belongs to: they are told apart in the plot. */
  kind: "roster" | "floor" | "by hand" | "peer";
  server: ServerName;
  request: RequestKind | Way;
  /** Which of the database's customers it is about; the flat ones when missing. */
  of?: Exclude<keyof Places, "total">;
}

export interface Scenario {
  id: string;
  title: string;
  what: "updates" | "reads" | "lists";
  connections: number;
  /** With which contender the others are compared. */
  base: string;
  contenders: readonly Contender[];
}

const roster = (
  id: string,
  title: string,
  request: Contender["request"],
  more: Partial<Contender> = {},
): Contender => ({ id, title, kind: "roster", server: "roster", request, ...more });
const floor = (id: string, title: string, server: ServerName, request: RequestKind): Contender => ({
  id,
  title,
  kind: "floor",
  server,
  request,
});
const byHand = (id: ServerName, title: string): Contender => ({
  id,
  title,
  kind: "by hand",
  server: id,
  request: "by-hand-update",
});

const rest = roster("rest", "Roster, REST", "rest-update");
const trpc = roster("trpc", "Roster, tRPC", "trpc-update");

const floors = {
  single: floor("floor-a", "floor (a): node:http, a transaction each", "floor-single", "rest-update"),
  group: floor("floor-b", "floor (b): node:http, group commit", "floor-group", "rest-update"),
  trpc: floor("floor-c", "floor (c): tRPC without work", "floor-transport", "noop-mutation"),
};

const updateAt = (connections: number): Scenario => ({
  id: `update-${connections}`,
  title: `Update, ${connections} connection${connections === 1 ? "" : "s"}`,
  what: "updates",
  connections,
  base: "floor-b",
  contenders: [
    rest,
    trpc,
    floors.single,
    floors.group,
    floors.trpc,
    byHand("mikro-orm", "tRPC + MikroORM by hand"),
    byHand("mikro-orm-wal", "tRPC + MikroORM by hand, WAL, no fsync"),
    byHand("drizzle", "tRPC + Drizzle by hand"),
    byHand("drizzle-wal", "tRPC + Drizzle by hand, WAL, no fsync"),
  ],
});

const updateOnPostgres = (connections: number, ...peers: Contender[]): Scenario => {
  const one = { server: "postgres-roster" } as const;
  const two = { server: "postgres-two-nodes" } as const;
  return {
    id: `postgres-${connections}`,
    title: `Update on PostgreSQL, ${connections} connections`,
    what: "updates",
    connections,
    base: "floor",
    contenders: [
      roster("rest", "Roster, REST", "rest-update", one),
      roster("trpc", "Roster, tRPC", "trpc-update", one),
      roster("rest-two", "Roster, REST, two nodes", "rest-update", two),
      roster("trpc-two", "Roster, tRPC, two nodes", "trpc-update", two),
      floor("floor", "floor: node:http + pg, group commit", "postgres-floor", "rest-update"),
      ...peers,
    ],
  };
};

const postgraphile = (id: string, title: string, request: RequestKind): Contender => ({
  id,
  title,
  kind: "peer",
  server: "postgraphile",
  request,
});

const large = { server: "roster-large" } as const;
const tree = { server: "roster-tree" } as const;
const local = { server: "roster-in-process" } as const;

/** @param counts how many customers there are where it matters */
export const scenarios = (counts: {
  flat: number;
  large: number;
  descendants: number;
  above: number;
}): Scenario[] => [
  updateAt(1),
  updateAt(32),
  updateAt(256),
  {
    id: "update-many",
    title: "Updates together, 32 connections",
    what: "updates",
    connections: 32,
    base: "trpc",
    contenders: [
      trpc,
      roster("trpc-key", "tRPC, with an idempotency key", "trpc-update-with-key"),
      roster("trpc-batch", "tRPC, batches of 10", "trpc-batch"),
      roster("trpc-batch-stream", "tRPC, batches of 10, answers as a stream", "trpc-batch-stream"),
    ],
  },
  {
    id: "update-bulk",
    title: "updateMany of 1,000, 2 connections",
    what: "updates",
    connections: 2,
    base: "many-atomic",
    contenders: [
      roster("many-atomic", "updateMany, all or nothing", "many-atomic"),
      roster("many-independent", "updateMany, each for itself", "many-independent"),
    ],
  },
  {
    id: "get",
    title: "Get, 32 connections",
    what: "reads",
    connections: 32,
    base: "floor-c",
    contenders: [
      roster("rest", "Roster, REST", "rest-get"),
      roster("trpc", "Roster, tRPC", "trpc-get"),
      floor("floor-c", "floor (c): tRPC without work", "floor-transport", "noop-query"),
      floor("floor-d", "floor (d): REST without work", "floor-transport", "noop-route"),
    ],
  },
  {
    id: "list",
    title: "List of 50, 32 connections",
    what: "lists",
    connections: 32,
    base: "rest",
    contenders: [roster("rest", "Roster, REST", "rest-list"), roster("trpc", "Roster, tRPC", "trpc-list")],
  },
  {
    id: "hierarchy",
    title: `Update in a hierarchy with ${count(counts.descendants)} descendants, 32 connections`,
    what: "updates",
    connections: 32,
    base: "leaf",
    contenders: [
      roster("top", "the customer at the top", "rest-update", { ...tree, of: "top" }),
      roster("leaf", "one customer at the bottom", "rest-update", { ...tree, of: "leaf" }),
      roster("flat", "customers outside of it", "rest-update", tree),
      roster("deepest", `a customer with ${counts.above} above it`, "rest-update", {
        ...tree,
        of: "deepest",
      }),
    ],
  },
  {
    id: "hierarchy-get",
    title: "Get in a hierarchy, 32 connections",
    what: "reads",
    connections: 32,
    base: "flat",
    contenders: [
      roster("below", "customers at the bottom", "rest-get", { ...tree, of: "leaves" }),
      roster("deepest", `a customer with ${counts.above} above it`, "rest-get", { ...tree, of: "deepest" }),
      roster("flat", "customers outside of it", "rest-get", tree),
    ],
  },
  {
    id: "size",
    title: "Update, by the number of customers, 32 connections",
    what: "updates",
    connections: 32,
    base: "small",
    contenders: [
      roster("large", `${count(counts.large)} customers`, "rest-update", large),
      roster("small", `${count(counts.flat)} customers`, "rest-update"),
    ],
  },
  {
    id: "size-get",
    title: "Get, by the number of customers, 32 connections",
    what: "reads",
    connections: 32,
    base: "small",
    contenders: [
      roster("large", `${count(counts.large)} customers`, "rest-get", large),
      roster("small", `${count(counts.flat)} customers`, "rest-get"),
    ],
  },
  {
    id: "in-process",
    title: "Update in process, 64 at a time",
    what: "updates",
    connections: 64,
    base: "client",
    contenders: [
      roster("client", "through the local client", "client", local),
      roster("service", "through the record service", "service", local),
    ],
  },
  updateOnPostgres(
    32,
    postgraphile("postgraphile", "PostGraphile", "graphql-update"),
    postgraphile("postgraphile-short", "PostGraphile, answering two fields", "graphql-update-short"),
  ),
  updateOnPostgres(256),
];

/** Many who watch the changes of all customers, each over a connection of its own. */
export interface FeedScenario {
  id: string;
  title: string;
  /** A program of its own for each, so that the memory is the watchers'. */
  server: ServerName;
  watchers: number;
}

export const feeds = (watchers: { few: number; many: number }): FeedScenario[] => [
  {
    id: "feed-few",
    title: `${count(watchers.few)} watchers`,
    server: "roster-feed-few",
    watchers: watchers.few,
  },
  {
    id: "feed-many",
    title: `${count(watchers.many)} watchers`,
    server: "roster-feed-many",
    watchers: watchers.many,
  },
  {
    id: "feed-other-node",
    title: `${count(watchers.few)} watchers on one node, updates on another (PostgreSQL)`,
    server: "postgres-feed",
    watchers: watchers.few,
  },
];

const count = (number: number): string => number.toLocaleString("en");
