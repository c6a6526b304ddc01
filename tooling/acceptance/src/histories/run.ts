import { defectsIn } from "../defects.ts";
import { audit } from "../guarantees/audit.ts";
import { randomOf } from "../guarantees/random.ts";
import type { Server } from "../server.ts";
import { Door } from "./door.ts";
import { History } from "./history.ts";
import { check } from "./laws/check.ts";
import { step } from "./steps/choose.ts";
import { setSchema } from "./steps/settings.ts";

export interface RunOptions {
  server: Server;
  seed: number;
  /** How many things happen. */
  steps: number;
  /** After how many of them all laws are checked. */
  every: number;
}

export interface Run {
  /** What is wrong, with the number of the step at which it was found; undefined if nothing is. */
  problem: { step: number; message: string } | undefined;
  /** The steps that were made. */
  steps: number;
  /** Each request with its answer, without what differs between two runs of a seed. */
  transcript: readonly string[];
  /** How often each command was sent and accepted. */
  tally: ReadonlyMap<string, { sent: number; accepted: number }>;
}

/** Lets things happen to a new tenant, chosen by the seed and by the answers, and checks the laws. It ends with the first fault. */
export async function run({ server, seed, steps, every }: RunOptions): Promise<Run> {
  const door = new Door(server);
  const history = new History(door, randomOf(seed));
  let made = 0;
  let problem: Run["problem"];
  try {
    await begin(history);
    while (made < steps) {
      made++;
      await step(history);
      if (made % every > 0 && made < steps) continue;
      // The choices of a check depend on the step alone, so that further checks change nothing of what happens.
      const { random } = history;
      history.random = randomOf(seed * 7_919 + made);
      await check(history);
      history.random = random;
    }
    const { problems } = await audit(server.database);
    problems.push(...defectsIn(server.output()));
    if (problems.length > 0) problem = { step: made, message: problems.slice(0, 5).join("\n") };
  } catch (error) {
    problem = {
      step: made,
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
  return { problem, steps: made, transcript: door.transcript, tally: history.tally };
}

/** The tenant's settings that the first records need. */
async function begin(history: History): Promise<void> {
  history.levels = ["Group", "Company", "Site"];
  await history.command("hierarchyLevel.replaceAll", { levels: history.levels });
  for (const name of ["trial", "vip"]) await history.command("groupTag.create", { name });
  history.groupTags = ["trial", "vip"];
  const marked = { "x-roster-index": true };
  await setSchema(history, { properties: { plan: marked, seats: marked } });
}
