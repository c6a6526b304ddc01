import { RosterError } from "../errors.ts";
import type { Change } from "../record/change.ts";
import { deleted, editsTo, editsToEntries, takenBack } from "../record/decide.ts";
import { fieldsWhere } from "../record/field.ts";
import type { Action, LoggedChange } from "../record/history.ts";
import type { JsonObject } from "../record/json.ts";
import { pointer, segments } from "../record/pointer.ts";
import type { RecordBase } from "../record/record.ts";
import { rewind } from "../record/rewind.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { withCompanions } from "../record/spelling.ts";
import { settled, type Outcome, type RecordRules } from "../record/update.ts";
import { changedSince, overlap } from "../record/version.ts";

/** One change that takes something back; the record gets a version from each. */
export interface UndoStep<R> {
  action: Extract<Action, "delete" | "restore" | "revert">;
  before: R;
  record: R;
  changes: Change[];
}

/**
 * Decides what taking back a change set means for one record: its net effect on the record is undone, as a
 * whole or not at all, subject to all rules. A record that the set created is deleted, unless others have
 * changed it since. Otherwise, each value that the set changed gets its earlier value back, unless others have
 * changed one of them since; other values stay.
 *
 * @param current the record, deleted or not
 * @param since the record's log rows from the set's first change on, oldest first, up to the current version
 * @param isOwn whether a row belongs to the set, or to an undo of it or of such an undo
 * @returns the changes to make, in order; none if there is nothing left to take back
 */
export function decideUndo<R extends RecordBase & { erasedAt?: string | null }, C extends RuleContext>(
  rules: RecordRules<R, C>,
  current: R,
  since: readonly LoggedChange[],
  isOwn: (entry: LoggedChange) => boolean,
  context: C,
): UndoStep<R>[] | RosterError {
  if (current.erasedAt) return deleted(rules.type, current);
  const own = since.filter(isOwn);
  const others = since.filter((entry) => !isOwn(entry));
  if (since[0]?.action === "create") {
    if (current.deletedAt !== null) return [];
    if (others.length > 0) return changedByOthers(current, own, changedSince(others));
    return steps(current, [["delete", (record) => rules.delete(record, context)]]);
  }
  const now = current as unknown as JsonObject;
  const then = rewind(current, since.toReversed()) as unknown as JsonObject;
  const paths = new Set(own.flatMap(({ changes }) => changes.map(({ path }) => path)));
  let goal = now;
  for (const path of paths) goal = (takenBack(goal, then, segments(path)) as JsonObject | undefined) ?? goal;
  const names = fieldsWhere(rules.fields, ({ access, apart }) => access === "write" && !apart);
  const { edits: ofFields, faults } = editsTo(rules.fields, now, goal, names, pointer);
  const edits = [...ofFields, ...editsToEntries(then, (path) => paths.has(path), pointer)];
  const livens = current.deletedAt !== null && goal["deletedAt"] === null;
  const deletes = current.deletedAt === null && goal["deletedAt"] !== null;
  if (edits.length === 0 && !livens && !deletes) return [];

  const inTheWay = overlap(changedSince(others), withCompanions(rules.fields, paths), []);
  if (inTheWay.length > 0) return changedByOthers(current, own, inTheWay);
  if (current.deletedAt !== null && !livens) return deleted(rules.type, current);
  return steps(current, [
    ...(livens ? [["restore", (record: R) => rules.restore(record, context)] as const] : []),
    ...(edits.length > 0
      ? [["revert", (record: R) => settled(rules.update(record, { edits, faults }, context))] as const]
      : []),
    ...(deletes ? [["delete", (record: R) => rules.delete(record, context)] as const] : []),
  ]);
}

type Rule<R> = readonly [UndoStep<R>["action"], (record: R) => Outcome<R> | RosterError];

/** Applies rules one after another. @returns their changes, or the first refusal */
function steps<R>(current: R, rules: readonly Rule<R>[]): UndoStep<R>[] | RosterError {
  const done: UndoStep<R>[] = [];
  let before = current;
  for (const [action, rule] of rules) {
    const outcome = rule(before);
    if (outcome instanceof RosterError) return outcome;
    const { next: record, changes } = outcome;
    if (changes.length === 0) continue;
    done.push({ action, before, record, changes });
    before = record;
  }
  return done;
}

const changedByOthers = (
  { version }: RecordBase,
  own: readonly LoggedChange[],
  since: ReturnType<typeof changedSince>,
): RosterError =>
  new RosterError("STALE_VERSION", "others have changed the record since, so it was left as it is", {
    conflict: {
      expectedVersion: own.at(-1)?.version ?? version,
      currentVersion: version,
      changedSince: since,
    },
  });
