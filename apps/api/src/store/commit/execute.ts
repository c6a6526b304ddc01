import { RosterError } from "@roster/domain";
import type { Batch, View, Write } from "./batch.ts";
import { endsTransaction, erasedReply } from "../database.ts";
import type { Bookkeeping, Command, Decide, PartOutcome, Series } from "./command.ts";
import { parseJson } from "../rows.ts";
import { split } from "./split.ts";

/** @property forgotten the answer is not kept under the idempotency key */
type Executed = { writes: readonly Write[]; reply: unknown; forgotten?: boolean } | { error: unknown };

/** How a command is run. */
export interface Manner {
  /** Each part of an independent series is written by itself: one that cannot be written fails alone. */
  apart: boolean;
  /** Is told why a part of a series has failed, where its answer does not say it. */
  defect(error: unknown): void;
}

/**
 * Runs one command of a batch: once for each idempotency key, whatever it is made of.
 *
 * @returns its writes, which the batch has taken in, and its answer; or why it is refused
 */
export async function execute(
  state: Batch,
  command: Command<unknown> | Series<unknown, unknown> | Bookkeeping<unknown>,
  manner: Manner,
): Promise<Executed> {
  if ("keep" in command) return { writes: [], reply: await command.keep(state.books) };
  const { tenant, idempotency } = command;
  if (!idempotency) return run(state, command, manner);

  const known = await state.decide(tenant, (view) => view.remembered(idempotency.key));
  if ("error" in known) return known;
  const before = known.decision;
  if (before) {
    if (before.fingerprint !== idempotency.fingerprint) {
      const message = "the idempotency key was used for another request";
      return { error: new RosterError("IDEMPOTENCY_MISMATCH", message) };
    }
    if (before.reply === erasedReply) {
      return { error: new RosterError("DELETED", "this was done, and the record has been erased since") };
    }
    return { writes: [], reply: replayed(before.reply) };
  }
  const executed = await run(state, command, manner);
  if ("error" in executed || executed.forgotten) return executed;
  const { key, fingerprint } = idempotency;
  const reply = JSON.stringify(executed.reply);
  const about = await state.decide(tenant, (view) => recordsOf(view, executed));
  if ("error" in about) throw about.error;
  state.remember(tenant, key, { fingerprint, reply }, new Date().toISOString(), about.decision);
  return executed;
}

/** The first answer again, marked as such. */
const replayed = (reply: string): unknown => {
  const first = parseJson(reply, () => "the answer that is kept under the idempotency key");
  return typeof first === "object" && first !== null && !Array.isArray(first)
    ? { ...first, replayed: true }
    : first;
};

/** The ids of the records whose values stand in an answer: an erasure of one reaches the answer by them. */
function recordsOf(view: View, { writes, reply }: Exclude<Executed, { error: unknown }>): string[] {
  const ids = new Set(writes.map(({ record }) => record.id));
  for (const part of objectsIn(reply)) {
    if ("id" in part && typeof part.id === "string") ids.add(part.id);
    // With a customer goes what it inherits.
    if ("computedProperties" in part && "parent" in part && typeof part.parent === "string") {
      for (const { id } of view.ancestors({ parent: part.parent })) ids.add(id);
    }
  }
  return [...ids];
}

/** The objects of an answer, as deep as records stand in one. */
function objectsIn(reply: unknown, depth = 0): object[] {
  if (typeof reply !== "object" || reply === null || depth > 3) return [];
  return [reply, ...Object.values(reply).flatMap((part) => objectsIn(part, depth + 1))];
}

async function run(
  state: Batch,
  command: Command<unknown> | Series<unknown, unknown>,
  manner: Manner,
): Promise<Executed> {
  if ("parts" in command) return runSeries(state, command, manner);
  const outcome = await state.decide(command.tenant, command.decide);
  if ("error" in outcome) return outcome;
  const { writes, reply } = outcome.decision;
  state.apply(writes, command);
  return { writes, reply };
}

/** Thrown to take back what a series has done; caught where it was begun. */
class TakenBack {
  readonly outcomes: PartOutcome<unknown>[];
  constructor(outcomes: PartOutcome<unknown>[]) {
    this.outcomes = outcomes;
  }
}

async function runSeries(state: Batch, series: Series<unknown, unknown>, manner: Manner): Promise<Executed> {
  const writes: Write[] = [];
  const perform = async (): Promise<PartOutcome<unknown>[]> => {
    const outcomes = await runParts(state, series, series.parts, writes, manner);
    const refused = outcomes.some((outcome) => "error" in outcome);
    if (series.dryRun || (series.atomic && refused)) throw new TakenBack(outcomes);
    return outcomes;
  };
  let outcomes: PartOutcome<unknown>[];
  try {
    if (isTakenBackWhole(series)) outcomes = await state.attempt(perform);
    else if (manner.apart) outcomes = await runApart(state, series, series.parts, writes, manner);
    else outcomes = await perform();
  } catch (thrown) {
    if (!(thrown instanceof TakenBack)) throw thrown;
    ({ outcomes } = thrown);
    writes.length = 0;
  }
  try {
    // Where nothing is stored because of a defect, the same request may be tried again.
    const forgotten = writes.length === 0 && outcomes.some(isDefect);
    return { writes, reply: series.conclude(outcomes), forgotten };
  } catch (error) {
    return { error };
  }
}

const isTakenBackWhole = ({ atomic, dryRun }: Series<unknown, unknown>): boolean => atomic || dryRun;

/** Whether parts of a command can be stored without the others. */
export const isDivisible = (
  command: Command<unknown> | Series<unknown, unknown> | Bookkeeping<unknown>,
): boolean => "parts" in command && !isTakenBackWhole(command);

/** Runs parts of a series and writes them; where that fails, in ever smaller portions. */
async function runApart(
  state: Batch,
  series: Series<unknown, unknown>,
  parts: readonly Decide<unknown>[],
  writes: Write[],
  manner: Manner,
): Promise<PartOutcome<unknown>[]> {
  const written: Write[] = [];
  try {
    const outcomes = await state.attempt(async () => {
      const all = await runParts(state, series, parts, written, manner);
      await state.settle();
      return all;
    });
    writes.push(...written);
    return outcomes;
  } catch (error) {
    if (endsTransaction(error)) throw error;
    if (parts.length === 1) return [failed(error, manner)];
    const outcomes: PartOutcome<unknown>[] = [];
    for (const some of split(parts, error))
      outcomes.push(...(await runApart(state, series, some, writes, manner)));
    return outcomes;
  }
}

async function runParts(
  state: Batch,
  series: Series<unknown, unknown>,
  parts: readonly Decide<unknown>[],
  writes: Write[],
  manner: Manner,
): Promise<PartOutcome<unknown>[]> {
  const outcomes: PartOutcome<unknown>[] = [];
  for (const part of parts) {
    const outcome = await state.decide(series.tenant, part);
    if ("error" in outcome) {
      const { error } = outcome;
      outcomes.push(error instanceof RosterError ? { error } : failed(error, manner));
      if (series.stepwise) break;
    } else {
      state.apply(outcome.decision.writes, series);
      writes.push(...outcome.decision.writes);
      outcomes.push({ reply: outcome.decision.reply });
    }
  }
  return outcomes;
}

const isDefect = (outcome: PartOutcome<unknown>): boolean =>
  "error" in outcome && outcome.error.code === "INTERNAL";

/** A defect refuses its own part. What it was goes to the log. */
function failed(error: unknown, { defect }: Manner): { error: RosterError } {
  defect(error);
  return { error: new RosterError("INTERNAL", "an internal error; it has been logged", { cause: error }) };
}
