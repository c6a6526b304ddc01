import { audit } from "../guarantees/audit.ts";
import { Fleet } from "../guarantees/fleet.ts";
import { settled } from "../guarantees/settled.ts";
import { Cluster } from "./cluster.ts";
import { Load } from "./load.ts";
import { outageOf, type Outage } from "./outage.ts";
import type { Programs } from "./programs.ts";
import type { Scenario } from "./scenarios.ts";

export interface TrialOptions {
  /** The number of clients that change records, beside one per node that measures. */
  writers: number;
  /** The seed that chooses what clients do. */
  seed: number;
  /** Whether to keep the folder of the cluster. */
  keep: boolean;
}

export interface TrialFigures extends Outage {
  acknowledged: number;
  /** The requests sent again that had been stored before. */
  replayed: number;
  /** The answers that told the client to try again later. */
  unavailable: number;
  /** The acknowledged requests that are not stored in the end. */
  lost: number;
  /** The problems found; none if the guarantees hold. */
  problems: string[];
}

const nodes = 2;

/** Runs one scenario on a new cluster with two nodes of Roster, and compares the copies with the ledger. */
export async function tryScenario(
  scenario: Scenario,
  programs: Programs,
  { writers, seed, keep }: TrialOptions,
): Promise<TrialFigures> {
  const cluster = await Cluster.start(programs, scenario.choices);
  const problems: string[] = [];
  let fleet: Fleet | undefined;
  try {
    fleet = await Fleet.start(cluster.url, nodes);
    const load = await Load.start(fleet, writers, seed);
    await load.acknowledgements(100);
    const begun = performance.now();
    try {
      await scenario.fault(cluster, load);
      await load.bothAcknowledge();
      await cluster.isWhole();
      await load.acknowledgements(100);
    } catch (error) {
      // The comparison below is still of interest.
      problems.push((error as Error).message);
    }
    await load.stop();
    const { acknowledged } = load.ledger;
    const { lost, problems: found } = await compare(cluster, load, scenario.loses);
    problems.push(...found);
    const replayed = acknowledged.filter((each) => each.replayed).length;
    if (scenario.replays && replayed === 0)
      problems.push("no request was replayed, as if none was in a commit");
    for (const { answers, problems: seen } of load.onlookers) {
      problems.push(...seen);
      if (answers.has("no answer")) problems.push("a node did not answer a request");
    }
    return {
      ...outageOf(
        load.onlookers.map((onlooker) => onlooker.acknowledged),
        begun,
      ),
      acknowledged: acknowledged.length,
      replayed,
      unavailable: load.writers.reduce((sum, { unavailable }) => sum + unavailable, 0),
      lost,
      problems,
    };
  } catch (error) {
    problems.push((error as Error).message);
    throw error;
  } finally {
    await fleet?.end();
    const isSound = problems.length === 0;
    if (!isSound) problems.push(`the logs and the databases are in ${cluster.folder}`);
    await cluster.dispose({ keepFiles: keep || !isSound });
  }
}

/** Compares every server's copy of the database with the answers that the clients got. */
async function compare(
  cluster: Cluster,
  { ledger, writers }: Load,
  loses = false,
): Promise<{ lost: number; problems: string[] }> {
  const { found, problems } = await settled(cluster.url, ledger, writers);
  const lost = ledger.forgetLost(found);
  if (loses) {
    // The changes that are left must still be consistent, and agree with all other answers.
    problems.splice(0, Number.POSITIVE_INFINITY, ...found.problems, ...ledger.problems(found, true));
    if (lost === 0) problems.push("nothing was lost, so the fault did not happen as intended");
  }
  await cluster.isLevel();
  for (const { name, url } of cluster.members) {
    const its = await audit(url);
    for (const problem of [...its.problems, ...ledger.problems(its, true)])
      problems.push(`${name}: ${problem}`);
  }
  return { lost, problems };
}
