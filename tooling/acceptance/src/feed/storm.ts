import { setTimeout as pause } from "node:timers/promises";
import { createClient, isNetworkFailure, type RosterClient } from "@roster/client";
import type { ChangeEntry, ChangeWatchInput } from "@roster/domain";
import { randomOf, type Random } from "../guarantees/random.ts";
import { startServer, type Server } from "../server.ts";
import { startProxy, type TcpProxy } from "@roster/api/testing/tcp-proxy";

export interface StormOptions {
  /** The address of a new database. */
  database: string;
  /** The number of changes made while all watchers run. */
  events: number;
  watchers: number;
  /** The number of server processes that share the database. */
  nodes: number;
  /** The number of times that one of them is killed and restarted. */
  kills: number;
  /** The seed that chooses changes, disconnections and kills. */
  seed: number;
  progress?: ((line: string) => void) | undefined;
}

export interface StormFigures {
  /** The rows of the log at the end. */
  events: number;
  /** The entries that all watchers got. */
  received: number;
  /** Connections that were broken. */
  cuts: number;
  kills: number;
  /** The number of times that a program ended and restarted its watcher. */
  begunAgain: number;
  /** The times from commit to watcher, except for watchers that were disconnected or behind, in milliseconds. */
  delay: { median: number; p99: number };
  milliseconds: number;
  /** The problems found; none if every watcher got each change once and in order. */
  problems: string[];
}

const token = "feed-storm-token";
/** The maximum number of changes in one request. */
const most = 50;

/**
 * Changes customers on all nodes as fast as possible, while watchers with different filters are disconnected
 * at random, and nodes are killed. Then compares each watcher's entries with the log.
 */
export async function storm(options: StormOptions): Promise<StormFigures> {
  const begun = performance.now();
  const { database, events, nodes: count, seed, progress = () => undefined } = options;
  const random = randomOf(seed);
  const start = () => startServer({ DATABASE_URL: database, ROSTER_TOKEN: token });
  const nodes: Server[] = [await start()];
  while (nodes.length < count) nodes.push(await start());
  const proxies = await Promise.all(nodes.map(({ url }) => startProxy(url)));
  const direct = nodes.map(({ url }) => createClient({ url, token }));
  const clientOf = (i: number) => createClient({ url: (proxies[i % count] as TcpProxy).url, token });

  const customers: string[] = [];
  for (let i = 0; i < 20; i++) {
    const { id } = await (direct[0] as RosterClient).customer.create.mutate({ name: `${i}` });
    customers.push(id);
  }
  const from = await lastSeq(direct[0] as RosterClient);
  const watchers = Array.from({ length: options.watchers }, (_, i) =>
    watcherOf(clientOf(i), filterOf(i, customers), from, randomOf(seed + i + 1)),
  );

  let made = 0;
  let stopped = false;
  const writers = nodes.map(async (_, i) => {
    const chance = randomOf(seed + 1_000 + i);
    while (made < events) {
      const size = Math.min(most, 1 + chance.below(most), Math.max(1, events - made));
      const items = Array.from({ length: size }, () => ({
        where: { id: chance.pick(customers) },
        patch: { properties: { [`k${chance.below(5)}`]: chance.next() } },
      }));
      // Later requests replace those that failed when their node was killed.
      const done = await (direct[i] as RosterClient).customer.updateMany
        .mutate({ items, mode: "independent" })
        .catch(() => undefined);
      made += done?.applied ?? 0;
      if (chance.chance(0.05)) {
        const where = { username: `u${chance.below(9)}` };
        await (direct[i] as RosterClient).user.upsert
          .mutate({ where, patch: { title: `${made}` } })
          .catch(() => undefined);
      }
    }
  });

  let cuts = 0;
  const cutting = (async () => {
    for (;;) {
      if (stopped) return;
      await pause(20 + random.below(150));
      for (const proxy of proxies) cuts += proxy.cut(() => random.chance(0.2));
    }
  })();

  let kills = 0;
  for (let kill = 1; kill <= options.kills; kill++) {
    while (made < (events * kill) / (options.kills + 1)) await pause(5);
    const victim = random.below(count);
    await nodes[victim]?.stop("SIGKILL");
    kills++;
    progress(`${made} changes, ${cuts} connections cut, node ${victim} killed`);
    // Watchers of the killed node continue at the next node, and come back.
    const other = nodes[(victim + 1) % count];
    if (other && count > 1) proxies[victim]?.leadTo(other.url);
    const again = await start();
    nodes[victim] = again;
    direct[victim] = createClient({ url: again.url, token });
    proxies[victim]?.leadTo(again.url);
    proxies[victim]?.cut(() => random.chance(0.5));
  }
  await Promise.all(writers);
  stopped = true;
  await cutting;

  // The last changes are of each kind, so that each watcher has a last one to wait for.
  for (const id of customers) {
    await (direct[0] as RosterClient).customer.update.mutate({ where: { id }, patch: { name: "end" } });
  }
  await (direct[0] as RosterClient).user.upsert.mutate({ where: { username: "end" }, patch: { title: "" } });

  const log = await logAfter(direct[0] as RosterClient, from);
  progress(`${log.length} changes are made; waiting for ${watchers.length} watchers`);
  await Promise.all(watchers.map((watcher) => watcher.until(log)));
  await Promise.all(proxies.map((proxy) => proxy.close()));
  for (const node of nodes) await node.dispose();

  const delays = watchers.flatMap((watcher) => watcher.delays).toSorted((a, b) => a - b);
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? Number.NaN;
  return {
    events: log.length,
    received: watchers.reduce((sum, { received }) => sum + received.length, 0),
    cuts,
    kills,
    begunAgain: watchers.reduce((sum, watcher) => sum + watcher.begunAgain(), 0),
    delay: { median: at(0.5), p99: at(0.99) },
    milliseconds: Math.round(performance.now() - begun),
    problems: [
      ...gaps(log, from),
      ...watchers.flatMap((watcher, i) => faultsOf(`watcher ${i}`, watcher, log)),
    ],
  };
}

/** Watches everything, some types, or some records. */
function filterOf(i: number, customers: readonly string[]): ChangeWatchInput {
  if (i % 4 === 2) return { types: ["user"] };
  if (i % 4 === 3) return { ids: customers.slice(i % 7, (i % 7) + 3) };
  return {};
}

interface StormWatcher {
  filter: ChangeWatchInput;
  received: { seq: number; recordId: string; version: number }[];
  delays: number[];
  begunAgain(): number;
  /** Waits until the watcher has the last change of the log that matches. */
  until(log: readonly ChangeEntry[]): Promise<void>;
}

/** A program that watches, is sometimes slow, and sometimes ends and restarts from its position. */
function watcherOf(
  client: RosterClient,
  filter: ChangeWatchInput,
  from: number,
  random: Random,
): StormWatcher {
  const received: StormWatcher["received"] = [];
  const delays: number[] = [];
  let begunAgain = 0;
  let seq = from;
  let goal = Number.POSITIVE_INFINITY;
  let watch = client.change.watch({ ...filter, after: from });
  const running = (async () => {
    while (seq < goal) {
      const { done, value } = await watch.next().catch((error: unknown) => {
        // A watch that is repeatedly disconnected before its first event gives up, as a call does.
        if (isNetworkFailure(error)) return { done: true, value: undefined } as const;
        throw error;
      });
      seq = watch.seq ?? seq;
      if (done) {
        if (seq >= goal) break;
        begunAgain++;
        watch = client.change.watch({ ...filter, after: seq });
        continue;
      }
      const { recordId, version, at } = value;
      received.push({ seq: value.seq, recordId, version });
      delays.push(Date.now() - at.getTime());
      if (random.chance(0.001)) await pause(random.below(300));
      if (random.chance(0.002)) await watch.return();
    }
    await watch.return();
  })();
  return {
    filter,
    received,
    delays,
    begunAgain: () => begunAgain,
    async until(log) {
      goal = log.findLast((entry) => fits(filter, entry))?.seq ?? from;
      if (seq >= goal) await watch.return();
      await running;
    },
  };
}

const lastSeq = async (client: RosterClient): Promise<number> => (await logAfter(client, 0)).at(-1)?.seq ?? 0;

/** The log itself, page by page. */
export async function logAfter(client: RosterClient, after: number): Promise<ChangeEntry[]> {
  const log: ChangeEntry[] = [];
  for (let next = after, more = true; more;) {
    const page = await client.change.list.query({ after: next, limit: 1_000 });
    log.push(...page.items);
    ({ next, more } = page);
  }
  return log;
}

const fits = ({ types, ids }: ChangeWatchInput, { recordType, recordId }: ChangeEntry): boolean =>
  (!types || (types as readonly string[]).includes(recordType)) && (!ids || ids.includes(recordId));

function gaps(log: readonly ChangeEntry[], from: number): string[] {
  const wrong = log.findIndex(({ seq }, i) => seq !== from + i + 1);
  return wrong === -1 ? [] : [`the log has ${log[wrong]?.seq} where ${from + wrong + 1} should be`];
}

/** The differences between a watcher's entries and the log. */
function faultsOf(name: string, { filter, received }: StormWatcher, log: readonly ChangeEntry[]): string[] {
  const wanted = log.filter((entry) => fits(filter, entry));
  for (let i = 0; i < Math.max(wanted.length, received.length); i++) {
    const [due, given] = [wanted[i], received[i]];
    if (due?.seq === given?.seq && due?.recordId === given?.recordId && due?.version === given?.version)
      continue;
    return [`${name} (${JSON.stringify(filter)}) received ${given?.seq} instead of ${due?.seq}`];
  }
  return [];
}
