import { messageOf, start } from "../child.ts";
import type { Ledger } from "../ledger.ts";
import type { FeedScenario } from "../plan.ts";
import type { FeedResult } from "../results.ts";
import { usageOf, type Running } from "../world.ts";
import type { UpdateJob, WatchJob, WatchReport } from "./watchers.ts";

/** The number of changes delivered per second over all watchers, which keeps them busy but not overloaded. */
const eventsPerSecond = 10_000;

/**
 * Measures the change feed: the cost of idle watchers, and the delay of a change to them.
 * @param server its first node is watched, its last one gets the updates
 * @param seconds the duration of the updates
 * @param settle the wait before memory is read, in milliseconds
 */
export async function measureFeed(
  { id, title, watchers }: FeedScenario,
  server: Running,
  ledger: Ledger,
  { seconds, settle }: { seconds: number; settle: number },
): Promise<FeedResult> {
  const by = start("the watchers", "feed/watchers.ts");
  try {
    const rate = Math.min(50, Math.max(1, eventsPerSecond / watchers));
    const updates = Math.max(2, Math.round(rate * seconds));
    const entry = await ledger.open(server, true);
    const [port = 0] = server.ports;
    const before = usageOf(server);
    const watching = messageOf(by, (message) => (message as WatchReport).watching);
    const [token = ""] = server.tokens;
    const watch: WatchJob = { port, token, watchers, after: entry.seq };
    by.process.send(watch);
    await watching;
    await new Promise((resolve) => setTimeout(resolve, settle));
    const held = usageOf(server);

    const outcome = messageOf(by, (message) => (message as WatchReport).outcome);
    const customers = server.places.flat;
    const updatePort = server.ports.at(-1) ?? port;
    const update: UpdateJob = { updatePort, customers, from: server.next, updates, rate };
    by.process.send(update);
    const { events, p50, p99, faults } = await outcome;
    const after = usageOf(server);
    server.next += updates;
    ledger.checks.failures.push(...faults.map((fault) => `${title}: ${fault}`));
    await entry.close(title, { total: updates, byPort: [updates], wrong: 0 }, updates);
    return {
      id,
      title,
      watchers,
      memoryEach: before && held && (held.resident - before.resident) / watchers,
      updatesPerSecond: rate,
      events,
      p50,
      p99,
      cpuMicros: held && after && (after.cpuMicros - held.cpuMicros) / events,
    };
  } finally {
    await by.stop();
  }
}
