import { RosterError } from "@roster/domain";
import { endsTransaction, erasedReply } from "../database.ts";
import { parseJson } from "../rows.ts";
import type { Batch } from "./batch.ts";
import type { AnyCommand, Command, PartOutcome, Series, Write } from "./command.ts";
import { split } from "./split.ts";

interface Done {
  writes: readonly Write[];
  reply: unknown;
  /** The ids of the records that the reply shows, besides those written. */
  about: readonly string[];
  /** The reply shows no values, also not those of the written records. */
  valueless?: boolean;
  /** The answer is not to be kept under the idempotency key. */
  forgotten?: boolean;
}

type Executed = Done | { error: unknown };

/** The way a command is run. */
export interface Manner {
  /** Writes each part of an independent series by itself, so that a part that cannot be stored fails alone. */
  apart: boolean;
  /** Receives the error of a part that failed unexpectedly; its answer does not show it. */
  defect(error: unknown): void;
}

/**
 * Runs one command of a batch. A repeated idempotency key gets its first answer.
 *
 * @returns the writes, which the batch has applied, and the answer; or the error that refuses the command
 */
export async function execute(
  batch: Batch,
  command: AnyCommand,
  manner: Manner,
): Promise<{ writes: readonly Write[]; reply: unknown } | { error: unknown }> {
  if ("keep" in command) {
    // It reads records as the commands before it leave them.
    if ("tenant" in command) await batch.flush();
    return { writes: [], reply: await command.keep(batch.books) };
  }
  const { tenant, idempotency } = command;
  if (!idempotency) return run(batch, command, manner);

  const { key, fingerprint } = idempotency;
  const known = await batch.decide(tenant, (view) => view.remembered(key));
  if ("error" in known) return known;
  const before = known.decision;
  if (before) {
    if (before.fingerprint !== fingerprint) {
      const message = "the idempotency key was used for another request";
      return { error: new RosterError("IDEMPOTENCY_MISMATCH", message) };
    }
    if (before.reply === erasedReply) {
      return { error: new RosterError("DELETED", "carried out already; its record was erased since") };
    }
    return { writes: [], reply: replayed(before.reply) };
  }
  const executed = await run(batch, command, manner);
  if ("error" in executed || executed.forgotten) return executed;
  const reply = JSON.stringify(executed.reply);
  const written = executed.valueless ? [] : executed.writes.map(({ record }) => record.id);
  const about = new Set([...executed.about, ...written]);
  batch.remember(tenant, key, { fingerprint, reply }, new Date().toISOString(), [...about]);
  return executed;
}

/** The first answer, marked as a replay. */
const replayed = (reply: string): unknown => {
  const first = parseJson(reply, () => "the answer that is kept under the idempotency key");
  return typeof first === "object" && first !== null && !Array.isArray(first)
    ? { ...first, replayed: true }
    : first;
};

async function run(
  batch: Batch,
  command: Command<unknown> | Series<unknown, unknown>,
  manner: Manner,
): Promise<Executed> {
  if ("parts" in command) return runSeries(batch, command, manner);
  const outcome = await batch.decide(command.tenant, command.decide);
  if ("error" in outcome) return outcome;
  const { writes, reply, about, changeSets = [], kept } = outcome.decision;
  batch.apply(writes, command);
  if (kept) batch.keep(kept);
  batch.putChangeSets(command.tenant, changeSets);
  return { writes, reply, about };
}

/** Thrown to roll back a series; caught where the series began. */
class TakenBack {
  readonly outcomes: PartOutcome<unknown>[];
  constructor(outcomes: PartOutcome<unknown>[]) {
    this.outcomes = outcomes;
  }
}

/** Parts of a series that run together, and their results so far. */
interface Run {
  series: Series<unknown, unknown>;
  parts: Series<unknown, unknown>["parts"];
  writes: Write[];
  about: string[];
}

async function runSeries(batch: Batch, series: Series<unknown, unknown>, manner: Manner): Promise<Executed> {
  const writes: Write[] = [];
  const about = [...(series.about ?? [])];
  const whole = { series, parts: series.parts, writes, about };
  const perform = async (): Promise<PartOutcome<unknown>[]> => {
    await begin(batch, series);
    const outcomes = await runParts(batch, whole, manner);
    const refused = outcomes.some(isError);
    if (series.dryRun || (series.atomic && refused)) throw new TakenBack(outcomes);
    return outcomes;
  };
  let outcomes: PartOutcome<unknown>[];
  try {
    if (isTakenBackWhole(series)) outcomes = await batch.attempt(perform);
    else if (manner.apart) {
      await begin(batch, series);
      outcomes = await runApart(batch, whole, manner);
    } else outcomes = await perform();
  } catch (thrown) {
    if (thrown instanceof Refused) return { error: thrown.cause };
    if (!(thrown instanceof TakenBack)) throw thrown;
    ({ outcomes } = thrown);
    writes.length = 0;
  }
  if (!isTakenBackWhole(series)) batch.countRefused(series, outcomes.filter(isError).length);
  try {
    // If defects left nothing to store, the same request may be tried again.
    const forgotten = writes.length === 0 && outcomes.some(isDefect);
    const reply = series.conclude(outcomes, batch.changeSetOf(series));
    const valueless = series.valueless === true && !outcomes.some(isError);
    return { writes, reply, about, forgotten, valueless };
  } catch (error) {
    return { error };
  }
}

/** Thrown when the beginning of a series refuses the whole. */
class Refused extends Error {}

async function begin(batch: Batch, { tenant, begin: decide }: Series<unknown, unknown>): Promise<void> {
  if (!decide) return;
  const outcome = await batch.decide(tenant, decide);
  if ("error" in outcome) throw new Refused("", { cause: outcome.error });
  batch.putChangeSets(tenant, outcome.decision.changeSets ?? []);
}

const isTakenBackWhole = ({ atomic, dryRun }: Series<unknown, unknown>): boolean => atomic || dryRun;

/** Whether parts of a command can be stored without the rest. */
export const isDivisible = (command: AnyCommand): boolean => "parts" in command && !isTakenBackWhole(command);

/** Runs and writes parts of a series; on failure, in ever smaller portions. */
async function runApart(batch: Batch, run: Run, manner: Manner): Promise<PartOutcome<unknown>[]> {
  const portion: Run = { ...run, writes: [], about: [] };
  try {
    const outcomes = await batch.attempt(async () => {
      const all = await runParts(batch, portion, manner);
      await batch.settle();
      return all;
    });
    run.writes.push(...portion.writes);
    run.about.push(...portion.about);
    return outcomes;
  } catch (error) {
    if (endsTransaction(error)) throw error;
    if (run.parts.length === 1) return [failed(error, manner)];
    const outcomes: PartOutcome<unknown>[] = [];
    for (const parts of split(run.parts, error))
      outcomes.push(...(await runApart(batch, { ...run, parts }, manner)));
    return outcomes;
  }
}

async function runParts(
  batch: Batch,
  { series, parts, writes, about }: Run,
  manner: Manner,
): Promise<PartOutcome<unknown>[]> {
  const outcomes: PartOutcome<unknown>[] = [];
  let previous: unknown;
  for (const part of parts) {
    const before = previous;
    let noted: ReadonlySet<string> = new Set();
    const outcome = await batch.decide(series.tenant, (view) => {
      if (series.idempotency) noted = view.note();
      return part(view, before);
    });
    if ("error" in outcome) {
      const { error } = outcome;
      // Such as a value that is taken, and the paths that have changed since a version.
      about.push(...noted);
      outcomes.push(error instanceof RosterError ? { error } : failed(error, manner));
      if (series.stepwise) break;
      previous = undefined;
    } else {
      const { decision } = outcome;
      batch.apply(decision.writes, series);
      writes.push(...decision.writes);
      about.push(...decision.about);
      previous = decision.reply;
      outcomes.push({ reply: previous });
      if (!series.dryRun) await batch.writeAhead();
    }
  }
  return outcomes;
}

const isError = (outcome: PartOutcome<unknown>): boolean => "error" in outcome;
const isDefect = (outcome: PartOutcome<unknown>): boolean =>
  "error" in outcome && outcome.error.code === "INTERNAL";

/** Refuses a part because of a defect, and logs the defect. */
function failed(error: unknown, { defect }: Manner): { error: RosterError } {
  defect(error);
  return { error: new RosterError("INTERNAL", "an internal error; it has been logged", { cause: error }) };
}
