import { connect } from "node:net";
import { updatePatch, customerId, scatter } from "../customers.ts";
import { Connection } from "../load/connection.ts";

/** Watchers of one server's change feed, and the updates that they receive. */

export interface WatchJob {
  port: number;
  token: string;
  watchers: number;
  /** The `seq` after which the feed is watched; the next update gets the one after it. */
  after: number;
}

export interface UpdateJob {
  /** The port that gets the updates: of the watched node or another one. */
  updatePort: number;
  customers: { first: number; count: number };
  /** The number of the first update. */
  from: number;
  updates: number;
  /** Updates per second. */
  rate: number;
}

interface WatchOutcome {
  /** Updates that were acknowledged. */
  updates: number;
  /** Changes that watchers got. */
  events: number;
  /** The time from the answer to an update until a watcher has its change, in milliseconds. */
  p50: number;
  p99: number;
  /** The first fault of each kind. */
  faults: string[];
}

/** Messages to the parent: first that all watch, then the result of each run of updates. */
export interface WatchReport {
  watching?: number;
  outcome?: WatchOutcome;
}

/** The time limits until all watch, and until all have the last update, in milliseconds. */
const patience = 60_000;

let job: WatchJob;
const faults = new Map<string, string>();
const fault = (kind: string, text: string): void =>
  void (faults.has(kind) || faults.set(kind, `${kind}: ${text}`));

/** The times at which each update was answered and each watcher got its change, in the order of updates. */
const answered: number[] = [];
const arrivals: number[][] = [];
let events = 0;

process.on("message", (message: WatchJob | UpdateJob) => {
  if ("watchers" in message) void watch((job = message));
  else void update(message);
});
process.once("disconnect", () => process.exit());

async function watch({ watchers }: WatchJob): Promise<void> {
  const all = Array.from({ length: watchers }, () => Promise.withResolvers<void>());
  // Opens a few connections at a time, as in practice.
  for (let i = 0; i < watchers; i += 100) {
    const some = all.slice(i, i + 100);
    for (const { resolve } of some) watchOne(resolve);
    await Promise.all(some.map(({ promise }) => promise));
  }
  report({ watching: watchers });
}

/** The beginning of a change's text in the stream, wherever chunks divide it. */
const change = /"seq":(\d+),"recordType"/g;

function watchOne(onHeld: () => void): void {
  let text = "";
  let held = false;
  let last = job.after;
  const socket = connect({ host: "127.0.0.1", port: job.port, noDelay: true });
  const request = `GET /api/changes?after=${job.after} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: text/event-stream\r\nauthorization: Bearer ${job.token}\r\n\r\n`;
  socket.write(request);
  socket.on("data", (chunk: Buffer) => {
    const now = performance.now();
    text += chunk.toString("latin1");
    if (!held && text.includes("\r\n\r\n")) {
      held = true;
      if (!/^HTTP\/1\.1 200 [^]*\r\ncontent-type: text\/event-stream/i.test(text))
        fault("refused", text.slice(0, 500));
      onHeld();
    }
    let end = 0;
    for (const match of text.matchAll(change)) {
      end = match.index + match[0].length;
      const seq = Number(match[1]);
      if (seq !== last + 1) fault("not the next change", `${seq} after ${last}`);
      last = seq;
      events++;
      (arrivals[seq - job.after - 1] ??= []).push(now);
    }
    // Keeps text that may be the start of the next change.
    text = text.slice(Math.max(end, text.length - 64));
  });
  socket.once("error", ({ message }) => fault("broken", message));
  socket.once("close", () => {
    fault("closed", "the server has ended a watch");
    onHeld();
  });
}

async function update({ updatePort, customers, from, updates, rate }: UpdateJob): Promise<void> {
  const index = scatter(customers.first, customers.count);
  const opened = Promise.withResolvers<void>();
  const connection = new Connection(updatePort, opened.resolve, (reason) => fault("broken", reason));
  await opened.promise;
  const began = performance.now();
  for (let i = 0; i < updates; i++) {
    await pause(began + (i * 1000) / rate - performance.now());
    const n = from + i;
    const body = JSON.stringify(updatePatch(n));
    const head = `PATCH /api/customers/${customerId(index(n))} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${job.token}\r\ncontent-type: application/merge-patch+json\r\ncontent-length: ${body.length}`;
    const answer = await new Promise<{ status: number; text: string }>((resolve) =>
      connection.send(`${head}\r\n\r\n${body}`, resolve),
    );
    answered.push(performance.now());
    if (answer.status !== 200) fault("an update that is refused", answer.text.slice(0, 500));
  }
  const limit = performance.now() + patience;
  while (events < updates * job.watchers && faults.size === 0 && performance.now() < limit) await pause(10);
  if (events !== updates * job.watchers)
    fault("not all changes", `${events} of ${updates * job.watchers} were given`);
  const delays = Float64Array.from(
    arrivals.flatMap((times, i) => times.map((time) => Math.max(0, time - (answered[i] ?? time)))),
  ).toSorted();
  const percentile = (share: number) =>
    delays[Math.max(0, Math.ceil(delays.length * share) - 1)] ?? Number.NaN;
  report({
    outcome: {
      updates: answered.length,
      events,
      p50: percentile(0.5),
      p99: percentile(0.99),
      faults: [...faults.values()],
    },
  });
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
const report = (message: WatchReport): void => void process.send?.(message);
