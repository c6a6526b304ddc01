import {
  authorize,
  canonicalName,
  hierarchyLevelFields,
  isJsonObject,
  maxLevels,
  parseValue,
  pointer,
  refusal,
  remove,
  settled,
  unknownNames,
  type Actor,
  type Fault,
  type HierarchyLevelJson,
  type Page,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { DecisionContext } from "../record/noun.ts";
import { accepted, run, type Store } from "../record/command.ts";
import type { Decision, Write } from "../store/commit/command.ts";
import { hierarchyLevelNoun } from "./nouns.ts";

/** The name of a level, and its faults if the level is new. */
interface Named {
  name: string;
  outdated: Fault[];
}

/** Reads `{ levels: ["Group", "Company", …] }`. @throws RosterError INVALID with all faults */
function parseLevels(input: unknown): Named[] {
  if (!isJsonObject(input))
    throw refusal([{ pointer: "", code: "invalid_type", message: "must be an object" }]);
  const faults: Fault[] = [];
  const levels: Named[] = [];
  const { levels: given, ...rest } = input;
  const unknown = unknownNames(() => ["levels"], faults);
  for (const key of Object.keys(rest)) unknown(key, pointer(key));
  if (!Array.isArray(given)) {
    const message = "must be an array of names, the highest level first";
    faults.push({ pointer: "/levels", code: "required", message });
  } else if (given.length > maxLevels) {
    const message = `has ${given.length} levels, more than ${maxLevels}`;
    faults.push({ pointer: "/levels", code: "too_many", message });
  } else
    for (const [i, name] of given.entries()) {
      const at = pointer("levels", i);
      const outdated: Fault[] = [];
      const read = parseValue(hierarchyLevelFields.name, name, at, faults, outdated) as string | undefined;
      if (read === undefined) continue;
      if (levels.some((level) => level.name === read))
        faults.push({ pointer: at, code: "ambiguous", message: "is named twice" });
      else levels.push({ name: read, outdated });
    }
  if (faults.length > 0) throw refusal(faults);
  return levels;
}

/**
 * Replaces a tenant's hierarchy levels, in order from the highest. A level in use cannot be removed, and two
 * levels cannot swap their order while a customer at one has a parent at the other.
 */
export function replaceLevels(store: Store, actor: Actor, input: unknown): Promise<Page<HierarchyLevelJson>> {
  authorize(actor, "admin");
  const named = parseLevels(input).map((level) => ({ id: uuid(), ...level }));
  const wants = [{ kind: "all", type: "hierarchyLevel" } as const];
  return run(store, { type: "hierarchyLevel", actor, wants }, (context) => decide(named, context));
}

/** @param named the requested levels, each with an id in case it is new */
function decide(
  named: readonly (Named & { id: string })[],
  context: DecisionContext,
): Decision<Page<HierarchyLevelJson>> {
  const { view } = context;
  const current = view.all("hierarchyLevel").toSorted((a, b) => a.position - b.position);
  // An earlier release stored names in the Unicode normal form in which they were written.
  const existing = (name: string) => current.find((level) => canonicalName(level.name) === name);
  const names = named.map(({ name }) => existing(name)?.name ?? name);
  const faults = [
    ...named.flatMap(({ name, outdated }) => (existing(name) ? [] : outdated)),
    ...misfits(
      current.map(({ name }) => name),
      names,
      context,
    ),
  ];
  if (faults.length > 0) throw refusal(faults);

  const writes: Write<"hierarchyLevel">[] = [];
  const levels = named.map(({ id, name }, position): HierarchyLevelJson => {
    const before = existing(name);
    const at = pointer("levels", position);
    const place = { field: "position", op: "set", value: position, at } as const;
    const naming = { field: "name", op: "set", value: name, at } as const;
    const { next, changes } = accepted(
      before
        ? settled(hierarchyLevelNoun.rules.update(before, { edits: [place], faults: [] }, context))
        : hierarchyLevelNoun.create(id, { edits: [naming, place], faults: [] }, context),
    );
    if (changes.length > 0)
      writes.push({
        type: "hierarchyLevel",
        before,
        record: next,
        action: before ? "update" : "create",
        changes,
      });
    return next;
  });
  for (const before of current) {
    if (names.includes(before.name)) continue;
    const { next, changes } = remove(before, context);
    writes.push({ type: "hierarchyLevel", before, record: next, action: "delete", changes });
  }
  return { writes, reply: { items: levels, nextCursor: null }, about: [] };
}

/** The faults of changes to levels that customers' places in the hierarchy rule out. */
function misfits(before: readonly string[], after: readonly string[], { view }: DecisionContext): Fault[] {
  const faults: Fault[] = [];
  for (const level of before) {
    if (after.includes(level) || !view.levelInUse(level)) continue;
    faults.push({
      pointer: "/levels",
      code: "in_use",
      message: `customers have the level ${JSON.stringify(level)}`,
    });
  }
  for (const [i, upper] of before.entries()) {
    for (const lower of before.slice(i + 1)) {
      const swapped =
        after.includes(upper) && after.includes(lower) && after.indexOf(upper) > after.indexOf(lower);
      if (!swapped || !view.levelInUse(lower, upper)) continue;
      faults.push({
        pointer: pointer("levels", after.indexOf(lower)),
        code: "in_use",
        message: `customers at ${JSON.stringify(lower)} have parents at ${JSON.stringify(upper)}`,
      });
    }
  }
  return faults;
}
