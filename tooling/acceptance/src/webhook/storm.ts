import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { randomOf } from "../guarantees/random.ts";
import { newSeed, readOptions } from "@roster/api/testing/options";
import { rpcOf } from "../rpc.ts";
import { newDatabase, startServer, type Server } from "../server.ts";
import { accepted, startReceiver, webhookEnv, type Message, type Receiver } from "./receiver.ts";

/** The maximum number of attempts of a node for one webhook that are in flight or not yet recorded. */
const unnoted = 64;

/** Settings with which a dead node is replaced after two seconds. */
export const nodeEnv = { ...webhookEnv, WEBHOOK_TIMEOUT_SECONDS: "0.5" };

/** The messages about one customer received at one path, in order. */
const messagesOf = ({ messages }: Receiver, path: string, customer: string): Message[] =>
  messages
    .filter((message) => message.path === path && message.event.data.recordId === customer)
    .toSorted((a, b) => a.from - b.from);

/**
 * The events missing or out of order at one path, for a receiver that skips events with an old version: of
 * each customer, all versions after the first must remain, in order.
 * @param versions the latest version of each customer
 */
export function gapsOf(receiver: Receiver, path: string, versions: ReadonlyMap<string, number>): string[] {
  return [...versions].flatMap(([id, version]) => {
    let latest = 0;
    const fenced = accepted(messagesOf(receiver, path, id))
      .map(({ event }) => event.data.version)
      .filter((next) => next > latest && (latest = next));
    const expected = Array.from({ length: version - 1 }, (_, i) => i + 2);
    if (fenced.join() === expected.join()) return [];
    return [`${path} received of ${id} the versions ${fenced.join()} instead of 2 to ${version} in order`];
  });
}

/** The messages about a customer received at one path while another was unanswered. */
export function overlapsOf(
  receiver: Receiver,
  path: string,
  versions: ReadonlyMap<string, number>,
): string[] {
  return [...versions.keys()].flatMap((id) => {
    const mine = messagesOf(receiver, path, id);
    return mine.slice(1).flatMap((next, i) => {
      const before = mine[i] as Message;
      if (next.from >= before.until) return [];
      return [`${path} received ${next.id} while ${before.id} was unanswered`];
    });
  });
}

/** The number of events accepted at a path, each counted once. */
export const countOf = ({ messages }: Receiver, path: string): number =>
  new Set(accepted(messages).flatMap((message) => (message.path === path ? [message.id] : []))).size;

/** The number of events accepted again. */
export const doublesOf = (receiver: Receiver, path: string): number =>
  accepted(receiver.messages).filter((message) => message.path === path).length - countOf(receiver, path);

export interface StormOptions {
  /** The address of an empty database. */
  database: string;
  /** The number of times that one of the two nodes is killed. */
  kills: number;
  /** The minimum number of updates of each customer between two kills. */
  updates: number;
  customers: number;
  webhooks: number;
  /** The seed that chooses the kills and the receivers' answers. */
  seed: number;
  progress?: ((line: string) => void) | undefined;
}

export interface StormFigures {
  events: number;
  attempts: number;
  /** Events accepted a second time because their sender died before the delivery was recorded. */
  doubles: number;
  kills: number;
  milliseconds: number;
  problems: string[];
}

/**
 * Repeatedly kills two nodes on one database while customers change and receivers refuse or are slow. In the
 * end every webhook must have received every change, in the order of each customer.
 */
export async function storm(options: StormOptions): Promise<StormFigures> {
  const { database, kills, updates, customers, webhooks, seed, progress = () => {} } = options;
  const begun = performance.now();
  const random = randomOf(seed);
  const token = "webhook-storm-token";
  const start = () =>
    startServer({
      ...nodeEnv,
      WEBHOOK_RETRY_SECONDS: Array.from({ length: 30 }, () => "0.1").join(),
      DATABASE_URL: database,
      ROSTER_TOKEN: token,
    });
  const servers: Server[] = [await start(), await start()];
  const receiver = await startReceiver();
  receiver.answer = () => ({
    status: random.chance(0.05) ? 500 : random.chance(0.005) ? 503 : 200,
    after: random.below(15),
  });
  const paths = Array.from({ length: webhooks }, (_, i) => `/${i}`);
  const versions = new Map<string, number>();
  const work = { goesOn: true };
  let done = 0;
  try {
    const { url } = servers[0] as Server;
    for (const path of paths)
      await rpcOf(url, token)("webhook.create", { url: receiver.url + path, events: ["customer.updated"] });
    for (let i = 0; i < customers; i++)
      versions.set((await rpcOf(url, token)("customer.create", {})).data["id"] as string, 1);

    const update = async (id: string, name: string): Promise<void> => {
      const input = { where: { id }, patch: { name }, idempotencyKey: randomUUID() };
      for (;;) {
        const server = random.pick(servers);
        const reply = await rpcOf(server.url, token)("customer.update", input).catch(() => undefined);
        if (reply?.status === 200) return void (versions.set(id, reply.data["version"] as number), done++);
        await pause(20);
      }
    };
    const updating = Promise.all(
      [...versions.keys()].map(async (id) => {
        for (let i = 0; work.goesOn; i++) {
          await update(id, `n${i}`);
          await pause(random.below(40));
        }
      }),
    );
    for (let kill = 1; kill <= kills; kill++) {
      const enough = done + updates * customers;
      await receiver.until(() => done >= enough, 60_000);
      const victim = random.below(2);
      await (servers[victim] as Server).stop("SIGKILL");
      await pause(random.below(300));
      servers[victim] = await start();
      progress(`kill ${kill}: ${done} updates, ${receiver.messages.length} messages`);
    }
    work.goesOn = false;
    await updating;
    const all = [...versions.values()].reduce((sum, version) => sum + version - 1, 0);
    const complete = () => paths.every((path) => countOf(receiver, path) >= all);
    // Once events stop coming, the missing ones are among the problems.
    for (let came = -1; !complete() && receiver.messages.length > came;) {
      came = receiver.messages.length;
      await receiver.until(complete, 60_000).catch(() => {});
    }
    const doubles = paths.map((path) => doublesOf(receiver, path));
    return {
      events: all * webhooks,
      attempts: receiver.messages.length,
      doubles: doubles.reduce((sum, more) => sum + more, 0),
      kills,
      milliseconds: Math.round(performance.now() - begun),
      problems: [
        ...paths.flatMap((path) => [
          ...gapsOf(receiver, path, versions),
          ...overlapsOf(receiver, path, versions),
        ]),
        ...doubles
          .filter((more) => more > kills * unnoted)
          .map((more) => `${more} events came again, more than can have been under way`),
      ],
    };
  } finally {
    work.goesOn = false;
    for (const server of servers) await server.dispose();
    await receiver.close();
  }
}

async function main(): Promise<void> {
  const options = readOptions(
    "test:webhooks",
    "Kills nodes while they deliver events, and looks for what is missing, repeated or out of order.",
    {
      kills: { number: 20, what: "how often a node is killed" },
      updates: { number: 20, least: 1, what: "how many updates each customer gets" },
      customers: { number: 40, least: 1, what: "how many customers there are" },
      webhooks: { number: 4, least: 1, what: "how many webhooks there are" },
      database: { oneOf: ["sqlite", "postgres"], what: "the database" },
      seed: { number: newSeed(), what: "chooses when what is killed" },
    },
  );
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const shown = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  say(`a storm with ${shown.join(", ")}`);
  const postgres = options.database === "postgres" ? await startOwnPostgres() : undefined;
  const database = postgres
    ? { url: await postgres.createDatabase(), drop: () => postgres.dispose() }
    : await newDatabase();
  const { problems, ...figures } = await storm({ ...options, database: database.url, progress: say });
  await database.drop();
  for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(20)} ${value}`);
  for (const problem of problems.slice(0, 50)) say(problem);
  say(`${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
