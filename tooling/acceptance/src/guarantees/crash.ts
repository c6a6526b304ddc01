import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startOwnPostgres } from "@roster/api/testing/postgres";
import { newSeed, readOptions } from "@roster/api/testing/options";
import { rpcOf } from "../rpc.ts";
import { spawnServer } from "../server.ts";
import { audit } from "./audit.ts";
import { Fleet } from "./fleet.ts";
import { Ledger } from "./ledger.ts";
import { Client, prepareScene, type Door } from "./load.ts";
import { Onlooker } from "./onlooker.ts";
import { randomOf } from "./random.ts";
import { settled } from "./settled.ts";

export interface CrashOptions {
  database: "sqlite" | "postgres";
  /** The number of server processes that share the database. */
  nodes: number;
  /** The number of times that one of them is killed under load. */
  kills: number;
  /** The number of restarts of PostgreSQL itself, every second one like a crash of its machine. */
  databaseRestarts: number;
  /** The number of times that a server is killed during its first start. */
  firstStarts: number;
  clients: number;
  /** The seed that chooses what clients do, and what is killed when. */
  seed: number;
  /** Receives each kill and restart. */
  progress?: ((line: string) => void) | undefined;
}

export interface CrashFigures {
  kills: number;
  /** The kills during a restart after an earlier kill. */
  killsAtStart: number;
  killsAtFirstStart: number;
  databaseRestarts: number;
  /** Requests that were acknowledged and are still stored at the end. */
  acknowledged: number;
  /** The versions of records that those requests created. */
  versions: number;
  refused: number;
  /** Requests that clients sent again. */
  retried: number;
  /** The requests sent again that had been stored before. */
  replayed: number;
  /** The number of answers that told the client to try again later. */
  unavailable: number;
  erasures: number;
  logRows: number;
  milliseconds: number;
  /** The problems found; none if the guarantees hold. */
  problems: string[];
}

const token = "acceptance-token";

/**
 * Repeatedly kills servers with SIGKILL, and restarts PostgreSQL, while clients change the same few records
 * through all running nodes, and repeat every unanswered request with its idempotency key on another node.
 * After each kill, compares the database with the clients' records, and checks its consistency.
 */
export async function crash(options: CrashOptions): Promise<CrashFigures> {
  const { nodes, kills, databaseRestarts, firstStarts, clients, seed, progress } = options;
  const begun = performance.now();
  const random = randomOf(seed);
  const database = await (options.database === "postgres" ? ownPostgres() : ownFile());
  const problems: string[] = [];
  const ledger = new Ledger();
  let killsAtStart = 0;
  let fleet: Fleet | undefined;

  try {
    for (let start = 0; start < firstStarts; start++) await killAfter(database.url, random.below(900));
    const servers = (fleet = await Fleet.start(database.url, nodes));
    const door: Door = { token, url: (turn) => servers.url(turn) };
    const scene = await prepareScene(door, clients);
    const workers = Array.from(
      { length: clients },
      (_, i) => new Client(i, door, scene, ledger, randomOf(seed + 1 + i)),
    );
    const { data } = await rpcOf(await door.url(0), token)("customer.create", {});
    const onlooker = new Onlooker(door.url, token, data["id"] as string);

    let working = true;
    const everybody = [...workers, onlooker];
    const work = Promise.all(everybody.map((worker) => worker.work(() => working)));
    // Another error takes precedence.
    work.catch(() => {});

    const kill = async (): Promise<string> => {
      const node = random.below(nodes);
      await servers.kill(node);
      // Sometimes the next start is killed, too.
      if (random.chance(0.15)) {
        killsAtStart++;
        await killAfter(database.url, random.below(500));
      }
      const down = performance.now();
      await servers.startAgain(node);
      return `node ${node + 1} killed, back in ${since(down)} ms`;
    };
    const restart = async (time: number): Promise<string> => {
      const how = time % 2 ? "fast" : "immediate";
      await database.stop(how);
      await pause(random.below(400));
      const before = servers.servers.map(({ child }) => child.pid);
      await database.start();
      const up = performance.now();
      await goesOn(servers, ledger);
      if (servers.servers.some(({ child }, i) => child.exitCode !== null || child.pid !== before[i]))
        problems.push(`a node ended with PostgreSQL`);
      return `PostgreSQL stopped (${how}) and restarted, all nodes work again after ${since(up)} ms`;
    };

    let killed = 0;
    let restarted = 0;
    const retried = () => workers.reduce((sum, worker) => sum + worker.retried, 0);
    // Kills that all came between requests show nothing, so they go on until one has interrupted a request.
    while (killed + restarted < kills + databaseRestarts || (retried() === 0 && killed < 10 * kills)) {
      await someWork(ledger);
      await pause(100 + random.below(800));
      const left = Math.max(kills - killed, 0) + databaseRestarts - restarted;
      const said =
        left === 0 || random.below(left) < kills - killed
          ? (killed++, await kill())
          : await restart(++restarted);
      const found = await check(servers, database.url, ledger);
      problems.push(...found.map((problem) => `after ${said}: ${problem}`));
      const { acknowledged } = ledger;
      const replays = acknowledged.filter(({ replayed }) => replayed).length;
      progress?.(
        `${killed + restarted} of ${kills + databaseRestarts}: ${said}; ${acknowledged.length} acknowledged, ${replays} of them replayed; ${problems.length} problems`,
      );
    }
    await pause(100);
    working = false;
    await work;
    const { found, problems: last } = await settled(database.url, ledger, workers);
    problems.push(...last.map((each) => `in the end: ${each}`), ...onlooker.problems);
    const { acknowledged, entries } = ledger;
    const passed = [...onlooker.answers].filter(([answer]) => answer.startsWith("503"));
    return {
      kills: killed,
      killsAtStart,
      killsAtFirstStart: firstStarts,
      databaseRestarts,
      acknowledged: acknowledged.length,
      versions: acknowledged.reduce((sum, { written }) => sum + written.length, 0),
      refused: entries.length - acknowledged.length,
      retried: retried(),
      replayed: acknowledged.filter(({ replayed }) => replayed).length,
      unavailable: [...workers.map(({ unavailable }) => unavailable), ...passed.map(([, n]) => n)].reduce(
        (sum, n) => sum + n,
        0,
      ),
      erasures: workers.reduce((sum, { erasedTexts }) => sum + erasedTexts.length, 0),
      logRows: found.log.length,
      milliseconds: since(begun),
      problems,
    };
  } finally {
    await fleet?.end();
    if (problems.length > 0 && database.folder) problems.push(`the files are in ${database.folder}`);
    else await database.dispose();
  }
}

const since = (moment: number): number => Math.round(performance.now() - moment);

/** A database that the test crashes. */
interface CrashDatabase {
  url: string;
  /** The folder of its files, if they can be inspected afterwards. */
  folder?: string;
  stop(how: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
}

async function ownFile(): Promise<CrashDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "roster-crash-"));
  const none = () => Promise.reject(new Error("SQLite has no server to stop"));
  return {
    url: `sqlite:${join(folder, "roster.db")}`,
    folder,
    stop: none,
    start: none,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

async function ownPostgres(): Promise<CrashDatabase> {
  const server = await startOwnPostgres();
  return { ...server, url: await server.createDatabase() };
}

async function killAfter(database: string, milliseconds: number): Promise<void> {
  const { child, exit } = spawnServer({ DATABASE_URL: database, ROSTER_TOKEN: token });
  await pause(milliseconds);
  child.kill("SIGKILL");
  await exit;
}

/** The least number of requests that are acknowledged before a kill or a restart. */
export const leastWork = 10;

/** Waits for clients to get something done, however busy the machine is. */
async function someWork(ledger: Ledger): Promise<void> {
  const before = ledger.acknowledged.length;
  while (ledger.acknowledged.length < before + leastWork) await pause(20);
}

/** How long a node may take to work again by itself, in milliseconds. It takes a second unless the machine is busy. */
const patience = 60_000;

/** Waits until every node stores changes again. */
async function goesOn({ servers }: Fleet, ledger: Ledger): Promise<void> {
  const before = ledger.acknowledged.length;
  const ready = async () => {
    const states = await Promise.all(servers.map(({ url }) => statusOf(`${url}/readyz`)));
    return states.every((status) => status === 200) && ledger.acknowledged.length > before + 20;
  };
  if (!(await within(patience, ready)))
    throw new Error("not every node stored changes a minute after the database was back");
}

/** Whether a condition becomes true in time; a delay of a busy machine is not a fault. */
async function within(milliseconds: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (!(await isTrue())) {
    if (performance.now() > end) return false;
    await pause(20);
  }
  return true;
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

/** The faults of the database and its servers while clients continue. */
async function check({ servers }: Fleet, database: string, ledger: Ledger): Promise<string[]> {
  const lookedAt = performance.now();
  const found = await audit(database);
  const problems = [...found.problems, ...ledger.problems(found, false, lookedAt)];
  for (const { url } of servers) {
    if (!(await within(patience, async () => (await statusOf(`${url}/readyz`)) === 200)))
      problems.push("/readyz does not report within a minute that the server is ready");
    const me = await rpcOf(url, token)("me.get");
    if (me.status !== 200) problems.push(`the first token is answered ${me.status}`);
  }
  return problems;
}

async function main(): Promise<void> {
  const { database, ...values } = readOptions(
    "test:crash",
    "Kills servers, and restarts PostgreSQL, while clients change records.",
    {
      database: { oneOf: ["sqlite", "postgres"], what: "a new one; PostgreSQL on a server of its own" },
      nodes: { number: undefined, least: 1, what: "how many server processes work on it: 1, on postgres 2" },
      kills: { number: 50, what: "how often one of them is killed" },
      "database-restarts": {
        number: undefined,
        what: "how often PostgreSQL is stopped, fast or immediately, and started: 10",
      },
      clients: { number: 16, least: 1, what: "how many clients there are" },
      seed: { number: newSeed(), what: "chooses what they do, and when what is killed" },
      "first-starts": {
        number: 10,
        what: "how often a server is killed in the middle of its very first start",
      },
    },
  );
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const postgres = database === "postgres";
  const options: CrashOptions = {
    database,
    nodes: values.nodes ?? (postgres ? 2 : 1),
    kills: values.kills,
    databaseRestarts: values["database-restarts"] ?? (postgres ? 10 : 0),
    clients: values.clients,
    seed: values.seed,
    firstStarts: values["first-starts"],
  };
  if (!postgres && options.databaseRestarts > 0)
    throw new Error("--database-restarts is for --database postgres");
  say(
    `crashing with ${Object.entries(options)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
  );
  const { problems, ...figures } = await crash({ ...options, progress: say });
  say("");
  for (const [name, value] of Object.entries(figures)) say(`${name.padEnd(20)} ${value}`);
  for (const problem of problems.slice(0, 50)) say(problem);
  say(`${problems.length} problems`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
