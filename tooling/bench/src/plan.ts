import type { RequestKind } from "./load/requests.ts";
import type { ServerName } from "./programs.ts";
import type { Places } from "./seed.ts";

/** The entry points of Roster without HTTP. */
type Way = "client" | "service";

export interface Contender {
  id: string;
  title: string;
  /** The family, which the plot distinguishes. */
  kind: "roster" | "floor" | "by hand" | "peer";
  server: ServerName;
  request: RequestKind | Way;
  /** The customers that requests are about; by default those outside the hierarchy. */
  of?: Exclude<keyof Places, "total">;
}

export interface Scenario {
  id: string;
  title: string;
  what: "updates" | "reads" | "lists";
  connections: number;
  /** The contender that the others are compared with. */
  base: string;
  contenders: readonly Contender[];
}

const contender =
  (kind: Contender["kind"]) =>
  (
    id: string,
    title: string,
    server: ServerName,
    request: Contender["request"],
    of?: Contender["of"],
  ): Contender => ({ id, title, kind, server, request, ...(of && { of }) });
const roster = contender("roster");
const floor = contender("floor");
const byHand = contender("by hand");
const peer = contender("peer");

const rest = roster("rest", "Roster, REST", "roster", "rest-update");
const trpc = roster("trpc", "Roster, tRPC", "roster", "trpc-update");

const updateAt = (connections: number): Scenario => ({
  id: `update-${connections}`,
  title: `Update, ${connections} connection${connections === 1 ? "" : "s"}`,
  what: "updates",
  connections,
  base: "floor-b",
  contenders: [
    rest,
    trpc,
    floor("floor-a", "floor (a): node:http, a transaction each", "floor-single", "rest-update"),
    floor("floor-b", "floor (b): node:http, group commit", "floor-group", "rest-update"),
    floor("floor-c", "floor (c): tRPC without work", "floor-transport", "noop-mutation"),
    floor("floor-e", "floor (e): node:http, group commit, small rows", "floor-slim", "rest-update"),
    byHand("mikro-orm", "tRPC + MikroORM by hand", "mikro-orm", "by-hand-update"),
    byHand("mikro-orm-wal", "tRPC + MikroORM by hand, WAL, no fsync", "mikro-orm-wal", "by-hand-update"),
    byHand("drizzle", "tRPC + Drizzle by hand", "drizzle", "by-hand-update"),
    byHand("drizzle-wal", "tRPC + Drizzle by hand, WAL, no fsync", "drizzle-wal", "by-hand-update"),
  ],
});

const updateOnPostgres = (connections: number, ...others: Contender[]): Scenario => ({
  id: `postgres-${connections}`,
  title: `Update on PostgreSQL, ${connections} connections`,
  what: "updates",
  connections,
  base: "floor",
  contenders: [
    roster("rest", "Roster, REST", "postgres-roster", "rest-update"),
    roster("trpc", "Roster, tRPC", "postgres-roster", "trpc-update"),
    roster("rest-two", "Roster, REST, two nodes", "postgres-two-nodes", "rest-update"),
    roster("trpc-two", "Roster, tRPC, two nodes", "postgres-two-nodes", "trpc-update"),
    floor("floor", "floor: node:http + pg, group commit", "postgres-floor", "rest-update"),
    ...others,
  ],
});

/** Everything that the benchmark measures, except for the feed. @param counts the numbers of customers */
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
    title: "Keyed and batched updates, 32 connections",
    what: "updates",
    connections: 32,
    base: "trpc",
    contenders: [
      trpc,
      roster("trpc-key", "tRPC, with an idempotency key", "roster", "trpc-update-with-key"),
      roster("trpc-batch", "tRPC, batches of 10", "roster", "trpc-batch"),
      roster("trpc-batch-stream", "tRPC, batches of 10, answers as a stream", "roster", "trpc-batch-stream"),
    ],
  },
  {
    id: "update-bulk",
    title: "updateMany of 1,000, 2 connections",
    what: "updates",
    connections: 2,
    base: "many-atomic",
    contenders: [
      roster("many-atomic", "updateMany, all or nothing", "roster", "many-atomic"),
      roster("many-independent", "updateMany, independent items", "roster", "many-independent"),
    ],
  },
  {
    id: "get",
    title: "Get, 32 connections",
    what: "reads",
    connections: 32,
    base: "floor-c",
    contenders: [
      roster("rest", "Roster, REST", "roster", "rest-get"),
      roster("trpc", "Roster, tRPC", "roster", "trpc-get"),
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
    contenders: [
      roster("rest", "Roster, REST", "roster", "rest-list"),
      roster("trpc", "Roster, tRPC", "roster", "trpc-list"),
    ],
  },
  {
    id: "hierarchy",
    title: `Update in a hierarchy with ${count(counts.descendants)} descendants, 32 connections`,
    what: "updates",
    connections: 32,
    base: "leaf",
    contenders: [
      roster("top", "the customer at the top", "roster-tree", "rest-update", "top"),
      roster("leaf", "one customer at the bottom", "roster-tree", "rest-update", "leaf"),
      roster("flat", "customers outside of it", "roster-tree", "rest-update"),
      roster("deepest", `a customer with ${counts.above} above it`, "roster-tree", "rest-update", "deepest"),
    ],
  },
  {
    id: "hierarchy-get",
    title: "Get in a hierarchy, 32 connections",
    what: "reads",
    connections: 32,
    base: "flat",
    contenders: [
      roster("below", "customers at the bottom", "roster-tree", "rest-get", "leaves"),
      roster("deepest", `a customer with ${counts.above} above it`, "roster-tree", "rest-get", "deepest"),
      roster("flat", "customers outside of it", "roster-tree", "rest-get"),
    ],
  },
  {
    id: "size",
    title: "Update, by the number of customers, 32 connections",
    what: "updates",
    connections: 32,
    base: "small",
    contenders: [
      roster("large", `${count(counts.large)} customers`, "roster-large", "rest-update"),
      roster("small", `${count(counts.flat)} customers`, "roster", "rest-update"),
    ],
  },
  {
    id: "size-get",
    title: "Get, by the number of customers, 32 connections",
    what: "reads",
    connections: 32,
    base: "small",
    contenders: [
      roster("large", `${count(counts.large)} customers`, "roster-large", "rest-get"),
      roster("small", `${count(counts.flat)} customers`, "roster", "rest-get"),
    ],
  },
  {
    id: "in-process",
    title: "Update in process, 64 at a time",
    what: "updates",
    connections: 64,
    base: "client",
    contenders: [
      roster("client", "through the local client", "roster-in-process", "client"),
      roster("service", "through the record service", "roster-in-process", "service"),
    ],
  },
  updateOnPostgres(
    32,
    peer("postgraphile", "PostGraphile", "postgraphile", "graphql-update"),
    peer("postgraphile-short", "PostGraphile, answering two fields", "postgraphile", "graphql-update-short"),
  ),
  updateOnPostgres(256, roster("tenants", "Roster, REST, 100 tenants", "postgres-tenants", "rest-update")),
];

/** The numbers of watchers of all changes, each on a connection of its own. */
export interface FeedScenario {
  id: string;
  title: string;
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
