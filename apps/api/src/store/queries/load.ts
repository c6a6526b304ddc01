import type { RecordType } from "@roster/domain";
import type { TenantWant, Want } from "../database.ts";
import type { Scalar } from "../rows.ts";
import { ask, askAll, type Asker } from "./asker.ts";
import type { Question } from "./build.ts";
import { changeSetOf, entriesFrom, idsAlike, recordsOf } from "./change-sets.ts";
import { atVersion, changedAfter, entryOf } from "./history.ts";
import { changedCustomers } from "./log.ts";
import {
  all,
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
function questionOf({ dialect }: Asker, want: Want): [Question<unknown>, Scalar[]] | undefined {
  switch (want.kind) {
    case "record":
      return [find(dialect, want.type, want.field), [want.value]];
    case "childLevels":
      return [childLevels(dialect), [want.id]];
    case "levelInUse":
      return [levelInUse(dialect), [want.level, want.parent ?? null]];
    case "key":
      return [remembered(dialect), [want.key]];
    case "changeSet":
      return [changeSetOf(dialect), [want.id]];
    case "alike":
      return [idsAlike(dialect, want.type, want.field), [want.term]];
    default:
      return undefined;
  }
}

/** Loads a want by itself. */
async function alone(asker: Asker, tenant: number, want: Want): Promise<unknown> {
  switch (want.kind) {
    case "all":
      return all(asker, tenant, want.type);
    case "lastTenant":
      return lastTenant(asker);
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

/** The places of one tenant that a question is asked about, and the wants that ask. */
interface Group {
  tenant: number;
  question: Question<unknown>;
  /** If the answers are lists of ids: the type of the records to load. */
  type: RecordType | undefined;
  places: Scalar[][];
  by: number[];
}

/**
 * Loads wants: one statement per question and tenant, all sent at once.
 * @returns the answers in the order of the wants
 */
export async function load(asker: Asker, wants: readonly TenantWant[]): Promise<unknown[]> {
  const found: unknown[] = Array.from({ length: wants.length });
  const groups: Group[] = [];
  const grouped = new Map<Question<unknown>, Map<number, Group>>();
  const loading: Promise<void>[] = [];
  for (const [i, { tenant, want }] of wants.entries()) {
    const asked = questionOf(asker, want);
    if (!asked) {
      loading.push(alone(asker, tenant, want).then((answer) => void (found[i] = answer)));
      continue;
    }
    const [question, place] = asked;
    let byTenant = grouped.get(question);
    if (!byTenant) grouped.set(question, (byTenant = new Map()));
    let group = byTenant.get(tenant);
    if (!group) {
      const type = want.kind === "alike" ? want.type : undefined;
      group = { tenant, question, type, places: [], by: [] };
      byTenant.set(tenant, group);
      groups.push(group);
    }
    group.places.push(place);
    group.by.push(i);
  }
  const answer = async ({ tenant, question, type, places, by }: Group) => {
    let answers = await askAll(asker, question, tenant, places);
    if (type) answers = await recordsOf(asker, tenant, type, answers as string[][]);
    for (const [place, i] of by.entries()) found[i] = answers[place];
  };
  loading.push(...groups.map(answer));
  await Promise.all(loading);
  return found;
}
