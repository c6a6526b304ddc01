import type { RecordType } from "@roster/domain";
import type { TenantWant, Want } from "../database.ts";
import type { Scalar } from "../rows.ts";
import { ask, askAll, type Asker } from "./asker.ts";
import type { Question } from "./build.ts";
import { alike, changeSetOf, entriesFrom } from "./change-sets.ts";
import { atVersion, changedAfter, entryOf } from "./history.ts";
import { changedCustomers } from "./log.ts";
import {
  allOf,
  childLevels,
  find,
  lastTenant,
  levelInUse,
  mergedInto,
  referring,
  remembered,
} from "./records.ts";

/**
 * The question that answers a want together with others of its kind, and the place to ask about; undefined
 * for a want that is loaded by itself.
 */
function questionOf(
  { dialect }: Asker,
  tenant: number,
  want: Want,
): [Question<unknown>, Scalar[]] | undefined {
  switch (want.kind) {
    case "record":
      return [find(dialect, want.type, want.field), [tenant, want.value]];
    case "all":
      return [allOf(dialect, want.type), [tenant]];
    case "childLevels":
      return [childLevels(dialect), [tenant, want.id]];
    case "levelInUse":
      return [levelInUse(dialect), [tenant, want.level, want.parent ?? null]];
    case "lastTenant":
      return [lastTenant(dialect), [tenant]];
    case "key":
      return [remembered(dialect), [tenant, want.key]];
    case "changeSet":
      return [changeSetOf(dialect), [tenant, want.id]];
    default:
      return undefined;
  }
}

/** Loads a want by itself. */
async function alone(asker: Asker, tenant: number, want: Want): Promise<unknown> {
  switch (want.kind) {
    case "referring": {
      const { type, field, id, limit } = want;
      const statement =
        field === "mergedInto" ? mergedInto(asker.dialect, true) : referring(asker.dialect, type, field);
      return (await ask(asker, statement, { tenant, id, limit })).map(([one]) => one);
    }
    case "changedSince":
      return changedAfter(asker, tenant, want.type, want.id, want.version);
    case "asOf":
      return atVersion(asker, tenant, want.type, want.id, want.version);
    case "entry":
      return entryOf(asker, tenant, want.type, want.id, want.version);
    case "entriesFrom":
      return entriesFrom(asker, tenant, want);
    case "changedCustomers":
      return changedCustomers(asker, tenant, want);
    default:
      throw new Error(`nothing loads ${want.kind}`);
  }
}

/**
 * Loads wants: one statement per question, all sent at once.
 * @returns the answers in the order of the wants
 */
export async function load(asker: Asker, wants: readonly TenantWant[]): Promise<unknown[]> {
  const found: unknown[] = Array.from({ length: wants.length });
  const together = new Map<Question<unknown>, { places: Scalar[][]; by: number[] }>();
  const alikes = new Map<
    string,
    { type: RecordType; field: string; places: [number, string][]; by: number[] }
  >();
  const loading: Promise<void>[] = [];
  for (const [i, { tenant, want }] of wants.entries()) {
    if (want.kind === "alike") {
      const { type, field, term } = want;
      const key = `${type} ${field}`;
      let group = alikes.get(key);
      if (!group) alikes.set(key, (group = { type, field, places: [], by: [] }));
      group.places.push([tenant, term]);
      group.by.push(i);
      continue;
    }
    const asked = questionOf(asker, tenant, want);
    if (!asked) {
      loading.push(alone(asker, tenant, want).then((answer) => void (found[i] = answer)));
      continue;
    }
    const [question, place] = asked;
    let group = together.get(question);
    if (!group) together.set(question, (group = { places: [], by: [] }));
    group.places.push(place);
    group.by.push(i);
  }
  for (const [question, { places, by }] of together) {
    const answered = async () => {
      const answers = await askAll(asker, question, places);
      for (const [place, i] of by.entries()) found[i] = answers[place];
    };
    loading.push(answered());
  }
  for (const { type, field, places, by } of alikes.values()) {
    const answered = async () => {
      const answers = await alike(asker, type, field, places);
      for (const [place, i] of by.entries()) found[i] = answers[place];
    };
    loading.push(answered());
  }
  await Promise.all(loading);
  return found;
}
