import * as fc from "fast-check";
import { defectsIn } from "../defects.ts";
import { audit } from "../guarantees/audit.ts";
import type { Server } from "../server.ts";
import { memoryOf } from "../usage.ts";
import { wronglyAccepted } from "./accepted.ts";
import { updateBeside } from "./beside.ts";
import { exchange, type Outcome } from "./exchange.ts";
import { requests } from "./generate.ts";
import { bytesOf, isSound, type FuzzRequest } from "./request.ts";
import { faultsOf } from "./verdict.ts";
import { makeWorld, resolve, startFuzzedServer, type World } from "./world.ts";

export interface FuzzOptions {
  /** The number of requests. */
  requests: number;
  seed: number;
  concurrency: number;
  /** Sends only the request with this index. */
  only?: number | undefined;
  /** The time limit of a request, in milliseconds. */
  patience: number;
  /** Called with the number of requests sent. */
  progress?: (sent: number) => void;
}

/** A request whose answer has faults. */
interface Finding {
  index: number;
  faults: string[];
  /** The bytes sent, and the answer. */
  sent: string;
  received: string;
}

export interface FuzzReport {
  sent: number;
  seconds: number;
  /** Answers by kind of request and status. */
  outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Requests by route. */
  routes: ReadonlyMap<string, number>;
  /** The slowest request. */
  slowest: { index: number; route: string; milliseconds: number };
  /** The server's memory in MiB, sampled over the run. */
  memory: readonly number[];
  findings: Finding[];
  /** The faults of the server or its database after the run. */
  problems: string[];
}

/** The number of requests generated together. A block depends only on the seed and its start. */
const block = 50;

/** Sends generated requests to a new server, and checks each answer and the server afterwards. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  // A small heap makes a leak visible early, as growth or a crash.
  const server = await startFuzzedServer({ NODE_OPTIONS: "--max-old-space-size=160" });
  try {
    return await run(server, options);
  } finally {
    await server.dispose();
  }
}

async function run(
  server: Server,
  { requests: wanted, seed, concurrency, only, patience, progress }: FuzzOptions,
): Promise<FuzzReport> {
  const world = await makeWorld(server);
  const { operations } = world;
  const arbitrary = requests(world);
  // The first request takes seconds to make on a busy machine; the server would end an update that waits as long.
  fc.sample(arbitrary, { numRuns: 1, seed });
  const beside = await updateBeside(server.url, world.names.get("innocent") as string);
  const url = new URL(server.url);
  const outcomes = new Map<string, Map<string, number>>();
  const routes = new Map<string, number>(operations.map(({ method, path }) => [`${method} ${path}`, 0]));
  const findings: Finding[] = [];
  const memory: number[] = [];
  let slowest = { index: 0, route: "", milliseconds: 0 };
  let sent = 0;
  const begun = performance.now();

  const one = async (index: number, request: FuzzRequest): Promise<void> => {
    const bytes = bytesOf(request, (text) => resolve(text, world.names), url.host);
    const outcome = await exchange(url, bytes, {
      halfClose: !isSound(request),
      isHead: request.method === "HEAD",
      next: isSound(request) && request.keepAlive ? healthCheck(url.host) : undefined,
      patience,
    });
    const { milliseconds } = outcome;
    if (milliseconds > slowest.milliseconds) slowest = { index, route: request.route, milliseconds };
    count(
      outcomes,
      request.surface === "operation" ? kindOf(request.route) : request.surface,
      statusOf(outcome),
    );
    routes.set(request.route, (routes.get(request.route) ?? 0) + 1);
    const faults = faultsOf(request, outcome, operations);
    if (outcome.kind === "answer")
      faults.push(...wronglyAccepted(request, outcome.answer, operations, world));
    if (faults.length > 0)
      findings.push({ index, faults, sent: shown(bytes), received: receivedOf(outcome) });
    sent++;
  };

  const first = only === undefined ? 0 : Math.floor(only / block) * block;
  const end = only === undefined ? wanted : only + 1;
  for (let start = first; start < end; start += block) {
    const made = fc.sample(arbitrary, { numRuns: block, seed: (seed * 1_000_003 + start) | 0 });
    const queue = made
      .map((request, i) => ({ request, index: start + i }))
      .filter(({ index }) => index < end && (only === undefined || index === only));
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) await one(next.index, next.request);
      }),
    );
    memory.push(Math.round(memoryOf(server)));
    progress?.(sent);
    if (server.child.exitCode !== null || findings.length > 100) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  const { problems, updates } = await beside.stop();
  if (updates === 0) problems.push("no update was stored beside the requests");
  problems.push(...(await aftermath(server, world, patience)));
  return { sent, seconds, outcomes, routes, slowest, memory, findings, problems };
}

/** The next request on an open connection; its answer shows whether both sides agree on where the first one ended. */
const healthCheck = (host: string): Buffer =>
  Buffer.from(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

const kindOf = (route: string): string =>
  / \/api\/(?:customers|users|user-groups)/.test(route) ? "rest" : "format";
const statusOf = (outcome: Outcome): string =>
  outcome.kind === "answer" ? String(outcome.answer.status) : outcome.kind;

function count(outcomes: Map<string, Map<string, number>>, kind: string, status: string): void {
  const statuses = outcomes.get(kind) ?? new Map<string, number>();
  outcomes.set(kind, statuses.set(status, (statuses.get(status) ?? 0) + 1));
}

/** The faults of the server once all requests are sent. */
async function aftermath(server: Server, { rpc }: World, patience: number): Promise<string[]> {
  const problems: string[] = [];
  if (server.child.exitCode !== null) problems.push(`the server has ended with ${server.child.exitCode}`);
  try {
    for (const path of ["/healthz", "/readyz"]) {
      const { status } = await fetch(server.url + path, { signal: AbortSignal.timeout(patience) });
      if (status !== 200) problems.push(`${path} answers ${status}`);
    }
    const made = await rpc("customer.create", { name: "After the run" });
    if (made.status !== 200) problems.push(`a new customer is refused: ${made.error.message}`);
    const where = { id: made.data["id"] };
    const updated = await rpc("customer.update", { where, patch: { name: "Still here" } });
    if (updated.data["version"] !== 2) problems.push("a customer cannot be updated");
  } catch (error) {
    problems.push(`the server does not answer: ${String(error)}`);
  }
  const errors = defectsIn(server.output());
  problems.push(...errors.slice(0, 5).map((line) => `it has logged an error: ${line.slice(0, 1_500)}`));
  problems.push(...(await audit(server.database)).problems.slice(0, 20));
  return problems;
}

const limit = 4_000;
/** Bytes as text that shows each of them; only both ends of a long body. */
function shown(bytes: Buffer): string {
  const text = bytes.toString("latin1");
  const part =
    text.length <= limit
      ? text
      : `${text.slice(0, limit)} … ${text.length - 2 * limit} bytes … ${text.slice(-limit)}`;
  return JSON.stringify(part).slice(1, -1).replaceAll("\\r\\n", "\n    ").replaceAll('\\"', '"');
}

function receivedOf(outcome: Outcome): string {
  if (outcome.kind !== "answer") return `${outcome.kind}: ${outcome.received}`;
  const { status, headers, body } = outcome.answer;
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  return [`${status}`, ...lines, "", body.toString().slice(0, limit)].join("\n    ");
}

/**
 * The growth of the memory, in MiB, once the server was warm: the median of the last tenth of the
 * samples minus that of the second fifth.
 */
export function growth(memory: readonly number[]): number {
  const middle = (samples: readonly number[]) => samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0;
  const { length } = memory;
  return (
    middle(memory.slice(Math.floor(length * 0.9))) -
    middle(memory.slice(Math.floor(length * 0.2), Math.ceil(length * 0.4)))
  );
}
