import type { JsonObject } from "@roster/domain";
import type { Done, History } from "../history.ts";
import { overlap } from "../pointers.ts";
import { objects, sets, someValues } from "../values.ts";
import type { Entry, Known, Type } from "../model.ts";
import { must } from "../wrong.ts";

/** Commands that create and update single records. */

const optional = <V>(isThere: boolean, name: string, value: () => V): Record<string, V> =>
  isThere ? { [name]: value() } : {};

/** The values of a new record. Null is left out, since some fields of a new record need a value. */
export function newValues(history: History, type: Type): JsonObject {
  const values = someValues(type, history.random, history.names(), { most: 9 });
  for (const [name, value] of Object.entries(values)) if (value === null) delete values[name];
  if (type === "userGroup") values["displayName"] ??= history.mark();
  // Members of a hierarchy have a level.
  if (values["parent"] !== undefined && history.levels.length > 0)
    values["hierarchyLevel"] ??= history.random.pick(
      history.levels.slice(1).concat(history.levels[0] as string),
    );
  return values;
}

/** The blocks of an update: each field is in one of them. */
export function blocks(history: History, type: Type): JsonObject {
  const { random, mark } = history;
  const { chance } = random;
  const names = history.names();
  const replaced = Object.keys(objects).filter(
    (name) => (type === "customer" || name === "properties") && chance(0.1),
  );
  const changed = type === "customer" ? Object.keys(sets).filter(() => chance(0.2)) : [];
  const leaveOut = [...replaced, ...changed];
  const patch = someValues(type, random, names, { most: 3, leaveOut });
  const add: JsonObject = {};
  const remove: JsonObject = {};
  for (const name of changed) {
    const [more, less] = [sets[name]?.(random, names), sets[name]?.(random, names)] as [string[], string[]];
    if (chance(0.7)) add[name] = more;
    if (chance(0.6))
      remove[name] = less.filter(
        (entry) => !more.some((other) => other.toLowerCase() === entry.toLowerCase()),
      );
  }
  const replace: JsonObject = {};
  for (const name of replaced) replace[name] = objects[name]?.(random, names) ?? null;
  return {
    ...optional(chance(0.9) || leaveOut.length === 0, "patch", () => patch),
    ...optional(replaced.length > 0, "replace", () => replace),
    ...optional(Object.keys(add).length > 0, "add", () => add),
    ...optional(Object.keys(remove).length > 0, "remove", () => remove),
    ...optional(chance(0.2), "reason", mark),
  };
}

/** An update may state the version that it is meant for: the current one or an earlier one. */
export function versioned({ random, model }: History, { id }: Known): JsonObject {
  if (random.chance(0.6)) return {};
  const { version } = model.current(id);
  const expectedVersion = random.chance(0.5) ? version : 1 + random.below(version);
  return { expectedVersion, ...(random.chance(0.6) && { onConflict: random.pick(["rebase", "reject"]) }) };
}

export const create =
  (type: Type) =>
  async (history: History): Promise<void> => {
    await history.command(`${type}.create`, newValues(history, type));
  };

export const update =
  (type: Type) =>
  async (history: History): Promise<void> => {
    const known = history.some(type);
    if (!known) return;
    const expected = versioned(history, known);
    const before = [...known.log];
    const done = await history.command(`${type}.update`, {
      where: history.whereOf(known),
      ...blocks(history, type),
      ...expected,
    });
    checkExpectedVersion(done, before, expected);
  };

/** An update that states a version is applied to that one, or to fields that nobody has changed since. */
function checkExpectedVersion(
  { error, entries, data }: Done,
  before: readonly Entry[],
  expected: JsonObject,
): void {
  const { expectedVersion, onConflict } = expected;
  if (expectedVersion === undefined) return;
  const since = before.filter(({ version }) => version > (expectedVersion as number));
  if (error?.code === "STALE_VERSION") {
    must(since.length > 0, `an update of the current version is refused: ${JSON.stringify(error)}`);
    return;
  }
  if (error || data["applied"] !== true) return;
  must(
    since.length === 0 || onConflict === "rebase",
    `an update of the old version ${expectedVersion as number} is applied`,
  );
  const own = entries
    .flatMap(({ changes }) => changes)
    .filter(({ path }) => !Object.hasOwn(sets, path.slice(1)));
  for (const { path } of own)
    for (const { changes, seq } of since)
      for (const other of changes)
        must(
          !overlap(path, other.path),
          `an update is applied to ${path}, which the change ${seq} has changed since`,
        );
}

/** Moves a customer below one at a higher level, with a level in between if there is one. */
export async function move(history: History): Promise<void> {
  const { random, model, levels } = history;
  const [known, parent] = [history.some("customer", 1), history.some("customer", 1)];
  if (!known || !parent) return;
  const rank = levels.indexOf(model.current(parent.id)["hierarchyLevel"] as string);
  const lower = rank < 0 ? levels.slice(1) : levels.slice(rank + 1);
  if (lower.length === 0) return;
  if (rank < 0)
    await history.command("customer.update", {
      where: { id: parent.id },
      patch: { hierarchyLevel: levels[0] as string },
    });
  await history.command("customer.update", {
    where: history.whereOf(known),
    patch: { parent: parent.id, hierarchyLevel: random.pick(lower) },
  });
}

const keys = {
  customer: ["providedId", ["p0", "p1", "p2", "p8", "p9"]],
  user: ["username", ["u0", "u1", "u8", "u9"]],
} as const;

export const upsert =
  (type: "customer" | "user") =>
  async (history: History): Promise<void> => {
    const [key, values] = keys[type];
    await history.command(`${type}.upsert`, {
      where: { [key]: history.random.pick([...values]) },
      ...blocks(history, type),
    });
  };

export const revert =
  (type: Type) =>
  async (history: History): Promise<void> => {
    const known = history.some(type);
    if (!known) return;
    const { random, model } = history;
    const isOwn = ({ path }: { path: string }) => !/^\/(deletedAt|mergedInto|number|token)$/.test(path);
    const paths = known.log.flatMap(({ changes }) => changes.filter(isOwn).map(({ path }) => path));
    await history.command(`${type}.revert`, {
      where: history.whereOf(known),
      to: 1 + random.below(model.current(known.id).version),
      ...(random.chance(0.4) && paths.length > 0 && { field: random.pick(paths) }),
      ...versioned(history, known),
    });
  };
