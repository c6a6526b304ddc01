import { once } from "node:events";
import { createReadStream } from "node:fs";
import { bundleClient } from "./bundle.ts";
import { measureFeed } from "./feed/feed.ts";
import { startGenerator, load } from "./load/load.ts";
import type { Child } from "./child.ts";
import { sizeOf, type RequestKind } from "./load/requests.ts";
import { Ledger } from "./ledger.ts";
import { lookAtMachine } from "./machine.ts";
import type { Options } from "./options.ts";
import type { Progress } from "./output/progress.ts";
import { feeds, scenarios, type Contender, type FeedScenario, type Scenario } from "./plan.ts";
import { isReady } from "./peers.ts";
import { programs } from "./programs.ts";
import { goals } from "./goals.ts";
import type {
  ContenderResult,
  FeedResult,
  MemoryResult,
  Results,
  Sample,
  ScenarioResult,
} from "./results.ts";
import { ratio, summarize } from "./summary.ts";
import { usageOf, World, type Running } from "./world.ts";

/** Measures everything that the options ask for. */
export async function run(options: Options, folder: string, progress: Progress): Promise<Results> {
  const { sizes, rounds } = options;
  const descendants = sizes.tree.children * (1 + sizes.tree.each);
  const chosen = scenarios({ flat: sizes.flat, large: sizes.large, descendants, above: sizes.above })
    .filter(({ id, title }) => options.only.test(`${id} ${title}`))
    .map((scenario) => ({
      ...scenario,
      contenders: scenario.contenders.filter(({ server }) => options.install || isReady(server)),
    }));
  const machine = lookAtMachine(folder);
  const world = new World(folder, sizes, options.settle, progress, options.profile);
  const runner = new Runner(world, options, progress);
  try {
    const startUp = options.only.test("start-up") ? await runner.startUps() : undefined;
    const measured = await runner.rounds(chosen);
    const watched = await runner.feeds(
      feeds(sizes.watchers).filter(({ id, title }) => options.only.test(`${id} ${title}`)),
    );
    const bundle = options.only.test("bundle") ? await bundleClient() : undefined;
    const memory = [
      ...world.running().map((server) => ({
        server: server.name,
        atRest: server.atRest,
        peak: usageOf(server)?.peak,
      })),
      ...runner.memoryOfDatabases(),
    ];
    await world.stop();
    await runner.ledger.closeBooks(world.running());
    const results: Omit<Results, "goals"> = {
      date: new Date().toISOString(),
      command: options.command,
      machine,
      settings: {
        rounds,
        seconds: options.seconds,
        customers: { few: sizes.flat, many: sizes.large, descendants, above: sizes.above },
      },
      scenarios: measured,
      feeds: watched,
      startUp,
      memory,
      bundle,
      checks: runner.ledger.checks,
    };
    return { ...results, goals: goals(results) };
  } finally {
    await runner.close();
    await world.close();
  }
}

/** Makes measurements, one at a time. */
class Runner {
  readonly ledger = new Ledger();
  readonly #world: World;
  readonly #options: Options;
  readonly #progress: Progress;
  readonly #warm = new Set<string>();
  /** Memory of PostgreSQL before the first measurement and after each one. */
  readonly #memory: number[] = [];
  #generator: Child | undefined;

  constructor(world: World, options: Options, progress: Progress) {
    this.#world = world;
    this.#options = options;
    this.#progress = progress;
  }

  async startUps() {
    const file = await this.#world.copy("start-up");
    const times: number[] = [];
    for (let round = 0; round < this.#options.rounds; round++) {
      this.#progress.within("start-up", round / this.#options.rounds);
      times.push(await this.#world.startUp(file));
    }
    return summarize(times);
  }

  /**
   * Measures every contender of every scenario once per round. The contenders of a scenario follow one
   * another, in reverse order every other round, so that drift affects them alike.
   */
  async rounds(chosen: readonly Scenario[]): Promise<ScenarioResult[]> {
    const samples: Samples = new Map();
    const { rounds } = this.#options;
    const all = rounds * chosen.flatMap(({ contenders }) => contenders).length;
    let done = 0;
    const from = performance.now();
    for (let round = 0; round < rounds; round++) {
      if (chosen.length > 0) this.#progress.step(`round ${round + 1} of ${rounds}`);
      for (const scenario of chosen) {
        const { contenders } = scenario;
        for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
          const server = await this.#world.server(contender.server);
          const left =
            done === 0 ? "" : ` · ${minutes(((performance.now() - from) / done) * (all - done))} left`;
          this.#progress.within(
            `round ${round + 1}${left} · ${scenario.title} · ${contender.title}`,
            done / all,
          );
          const sample = await this.#measure(scenario, contender, server);
          const key = keyOf(scenario, contender);
          samples.set(key, [...(samples.get(key) ?? []), sample]);
          done++;
        }
      }
    }
    return chosen.map((scenario) => result(scenario, samples));
  }

  async feeds(chosen: readonly FeedScenario[]): Promise<FeedResult[]> {
    const results: FeedResult[] = [];
    const { rounds, seconds, settle } = this.#options;
    for (const scenario of chosen) {
      const server = await this.#world.server(scenario.server);
      this.#progress.step(`change feed · ${scenario.title}`);
      results.push(await measureFeed(scenario, server, this.ledger, { seconds: rounds * seconds, settle }));
    }
    return results;
  }

  async close(): Promise<void> {
    await this.#generator?.stop();
  }

  memoryOfDatabases(): MemoryResult[] {
    const [atRest] = this.#memory;
    return atRest === undefined ? [] : [{ server: "PostgreSQL", atRest, peak: Math.max(...this.#memory) }];
  }

  async #measure(
    scenario: Scenario,
    { server: name, request, of, title }: Contender,
    server: Running,
  ): Promise<Sample> {
    const { postgres } = server;
    const own = programs[name].inProcess === true;
    const by = own ? (server.children[0] as Child) : (this.#generator ??= startGenerator());
    const size = own ? 1 : sizeOf(request as RequestKind);
    // Before its first measurement, a program gets a longer warm-up to be compiled.
    const cold = !this.#warm.has(`${name} ${request}`);
    this.#warm.add(`${name} ${request}`);
    if (server.warm !== undefined) await readThrough(server.warm);
    const entry = await this.ledger.open(server, scenario.what === "updates");
    const lookAtMemory = () => {
      const now = postgres?.memory();
      if (now !== undefined) this.#memory.push(now);
    };
    if (this.#memory.length === 0) lookAtMemory();
    const meters = { server: () => usageOf(server)?.cpuMicros, database: () => postgres?.cpuMicros() };
    const outcome = await load(by, meters, {
      request,
      ports: own ? [] : [...server.ports],
      tokens: server.tokens,
      connections: scenario.connections,
      customers: server.places[of ?? "flat"],
      from: server.next,
      warmUp: cold ? this.#options.firstWarmUp : this.#options.warmUp,
      seconds: this.#options.seconds,
    });
    server.next += outcome.total * size;
    lookAtMemory();
    await entry.close(`${scenario.title}, ${title}`, outcome, outcome.total * size);
    const done = outcome.answers * size;
    const each = (micros: number | undefined) =>
      micros === undefined || done === 0 ? undefined : micros / done;
    return {
      perSecond: done / outcome.seconds,
      p50: outcome.p50,
      p99: outcome.p99,
      cpuMicros: each(outcome.cpuMicros.server),
      databaseCpuMicros: each(outcome.cpuMicros.database),
    };
  }
}

/** Reads a file, so that the system has it in memory. */
async function readThrough(file: string): Promise<void> {
  await once(createReadStream(file, { highWaterMark: 1 << 20 }).resume(), "close");
}

type Samples = Map<string, Sample[]>;
const keyOf = (scenario: Scenario, contender: { id: string }): string => `${scenario.id} ${contender.id}`;

function result(scenario: Scenario, samples: Samples): ScenarioResult {
  const { id, title, what, connections, base, contenders } = scenario;
  const all = (contender: { id: string }) => samples.get(keyOf(scenario, contender)) ?? [];
  const of = (contender: { id: string }, figure: keyof Sample) =>
    all(contender).map((sample) => sample[figure]);
  return {
    id,
    title,
    what,
    connections,
    base,
    contenders: contenders.map((contender): ContenderResult => ({
      id: contender.id,
      title: contender.title,
      kind: contender.kind,
      samples: all(contender),
      perSecond: summarize(of(contender, "perSecond")),
      p50: summarize(of(contender, "p50")),
      p99: summarize(of(contender, "p99")),
      cpuMicros: summarize(of(contender, "cpuMicros")),
      databaseCpuMicros: summarize(of(contender, "databaseCpuMicros")),
      ratio: ratio(of(contender, "perSecond"), of({ id: base }, "perSecond")),
    })),
  };
}

const minutes = (milliseconds: number): string =>
  milliseconds < 60_000 ? "less than a minute" : `${Math.round(milliseconds / 60_000)} min`;
