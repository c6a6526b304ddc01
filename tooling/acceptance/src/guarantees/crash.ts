import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { rpcOf } from "../rpc.ts";
import { spawnServer, startServer, type Server } from "../server.ts";
import { audit, contentOf } from "./audit.ts";
import { Ledger } from "./ledger.ts";
import { Client, prepareScene, type Door } from "./load.ts";
import { randomOf } from "./random.ts";

export interface CrashOptions {
  /** How often the server is killed in the middle of load. */
  kills: number;
  /** How often it is killed in the middle of its very first start. */
  firstStarts: number;
  clients: number;
  /** Chooses what clients do, and when the server is killed. */
  seed: number;
  /** Is told of each kill. */
  progress?: ((line: string) => void) | undefined;
}

export interface CrashFigures {
  kills: number;
  /** Of these, while it was starting again after the one before. */
  killsAtStart: number;
  killsAtFirstStart: number;
  /** Requests that were acknowledged, and found again after every later kill. */
  acknowledged: number;
  /** Versions of records that they made. */
  versions: number;
  refused: number;
  /** Requests that clients sent again after a kill. */
  retried: number;
  /** Of these, those that had been stored before the kill, and were answered from memory. */
  replayed: number;
  erasures: number;
  logRows: number;
  milliseconds: number;
  /** What is wrong. Nothing, if the promises hold; else the files stay where the last of them says. */
  problems: string[];
}

/**
 * Kills a server again and again, with SIGKILL, while clients change the same few records and send
 * every request that gets no answer again, with its idempotency key. After each start the file is
 * compared with what clients know, and with itself.
 */
export async function crash({
  kills,
  firstStarts,
  clients,
  seed,
  progress,
}: CrashOptions): Promise<CrashFigures> {
  const begun = performance.now();
  const random = randomOf(seed);
  const home = await mkdtemp(join(tmpdir(), "roster-crash-"));
  const problems: string[] = [];
  const ledger = new Ledger();
  let killsAtStart = 0;

  await killFirstStarts(home, firstStarts, random);
  let server = await startServer({}, home);
  const gate = new Gate(server.url);
  const door: Door = { url: () => gate.url, token: server.token };
  const scene = await prepareScene(door, clients);
  const workers = Array.from(
    { length: clients },
    (_, i) => new Client(i, door, scene, ledger, randomOf(seed + 1 + i)),
  );

  let working = true;
  const work = Promise.all(workers.map((worker) => worker.work(() => working)));
  // Where something else goes wrong, that is what is thrown.
  work.catch(() => {});
  try {
    for (let kill = 1; kill <= kills; kill++) {
      await pause(100 + random.below(800));
      gate.close();
      await server.stop("SIGKILL");
      // Now and then the next start does not come to its end either.
      if (random.chance(0.15)) {
        killsAtStart++;
        await killAfter(server.file, server.token, random.below(500));
      }
      const down = performance.now();
      server = await startServer({}, home);
      const restart = performance.now() - down;
      // Nobody writes now: what is not there will not come.
      problems.push(
        ...(await check(server, ledger, false)).map((problem) => `after kill ${kill}: ${problem}`),
      );
      gate.open(server.url);
      const { acknowledged } = ledger;
      const replays = acknowledged.filter(({ replayed }) => replayed).length;
      progress?.(
        `kill ${kill} of ${kills}: ${acknowledged.length} acknowledged, ${replays} of them replayed, back in ${Math.round(restart)} ms, ${problems.length} problems`,
      );
    }
    await pause(100);
    working = false;
    await work;
    problems.push(...(await check(server, ledger, true)).map((problem) => `in the end: ${problem}`));
    problems.push(...ownProblems(server, workers), ...(await erasureProblems(server, home, workers)));
    const { acknowledged, entries } = ledger;
    return {
      kills,
      killsAtStart,
      killsAtFirstStart: firstStarts,
      acknowledged: acknowledged.length,
      versions: acknowledged.reduce((sum, { written }) => sum + written.length, 0),
      refused: entries.length - acknowledged.length,
      retried: workers.reduce((sum, { retried }) => sum + retried, 0),
      replayed: acknowledged.filter(({ replayed }) => replayed).length,
      erasures: workers.reduce((sum, { erasedTexts }) => sum + erasedTexts.length, 0),
      logRows: audit(server.file).log.length,
      milliseconds: Math.round(performance.now() - begun),
      problems,
    };
  } finally {
    gate.end();
    await server.stop("SIGKILL");
    if (problems.length > 0) problems.push(`the files are in ${home}`);
    else await rm(home, { recursive: true, force: true });
  }
}

/** Where clients wait while there is no server. */
class Gate {
  url: Promise<string>;
  #open: (url: string) => void = () => {};

  constructor(url: string) {
    this.url = Promise.resolve(url);
  }

  close(): void {
    this.url = new Promise((resolve) => (this.#open = resolve));
  }

  open(url: string): void {
    this.#open(url);
  }

  /** Sends home whoever still tries. */
  end(): void {
    this.url = Promise.reject(new Error("there will be no server any more"));
    this.url.catch(() => {});
  }
}

/** A start that is killed before it is done leaves a database with which the next one can start. */
async function killFirstStarts(
  home: string,
  count: number,
  random: ReturnType<typeof randomOf>,
): Promise<void> {
  for (let start = 0; start < count; start++)
    await killAfter(join(home, "roster.db"), "acceptance-token", random.below(900));
}

async function killAfter(file: string, token: string, milliseconds: number): Promise<void> {
  const { child, exit } = spawnServer({ DATABASE_URL: `sqlite:${file}`, ROSTER_TOKEN: token });
  await pause(milliseconds);
  child.kill("SIGKILL");
  await exit;
}

/** What is wrong with a server that has started again. */
async function check({ url, token, file }: Server, ledger: Ledger, settled: boolean): Promise<string[]> {
  const found = audit(file);
  const problems = [...found.problems, ...ledger.problems(found, settled)];
  const ready = await fetch(`${url}/readyz`);
  if (ready.status !== 200) problems.push(`/readyz says ${ready.status}`);
  const me = await rpcOf(url, token)("me.get");
  if (me.status !== 200) problems.push(`the first token is answered ${me.status}`);
  return problems;
}

/** What clients have put on records, and is not there in the end, or the other way round. */
function ownProblems({ file }: Server, workers: readonly Client[]): string[] {
  const problems: string[] = [];
  const { customer } = audit(file).records;
  for (const id of workers[0]?.own.keys() ?? []) {
    const record = customer.get(id);
    const own = workers.map((worker) => worker.own.get(id)).filter((its) => its !== undefined);
    const expected = {
      properties: own.flatMap(({ keys }) => [...keys].map(([key, value]) => `${key} ${value}`)),
      emails: own.flatMap(({ emails }) => [...emails]),
      groupTags: own.flatMap(({ tags }) => [...tags]),
    };
    const actual = {
      properties: Object.entries((record?.["properties"] as object | null) ?? {}).map(
        ([key, value]) => `${key} ${value}`,
      ),
      emails: record?.["emails"] as string[],
      groupTags: record?.["groupTags"] as string[],
    };
    for (const field of ["properties", "emails", "groupTags"] as const) {
      if (expected[field].toSorted().join() !== actual[field].toSorted().join())
        problems.push(`customer ${id} has not the ${field} that clients have given it`);
    }
  }
  return problems;
}

/** What was erased, and still stands in the database. */
async function erasureProblems(
  { file }: Server,
  home: string,
  workers: readonly Client[],
): Promise<string[]> {
  const bytes = await contentOf(file, join(home, "content.db"));
  return workers
    .flatMap(({ erasedTexts }) => erasedTexts)
    .filter((text) => bytes.includes(text))
    .map((text) => `${JSON.stringify(text)} was erased, and stands in the database`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "50" },
      clients: { type: "string", default: "16" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      "first-starts": { type: "string", default: "10" },
    },
  });
  const options = {
    kills: Number(values.kills),
    clients: Number(values.clients),
    seed: Number(values.seed),
    firstStarts: Number(values["first-starts"]),
  };
  const say = (line: string) => process.stdout.write(`${line}\n`);
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
