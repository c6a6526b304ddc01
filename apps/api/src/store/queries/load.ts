import type { RecordType } from "@roster/domain";
import type { Counters, TenantWant, Want } from "../database.ts";
import type { Scalar } from "../rows.ts";
import { ask, askAll, type Asker, shape, type Question } from "./asker.ts";
import { question } from "./build.ts";
import { changeSetOf, idsAlike, recordsOf } from "./change-sets.ts";
import { atVersion, changedAfter, entriesFrom, entryOf } from "./history.ts";
import { builds } from "./index-builds.ts";
import { keptRows } from "./keeping.ts";
import { changedCustomers } from "./log.ts";
import { isCandidate, isMember, memberIds } from "./members.ts";
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
 * The question that answers a want together with others of its kind, and the place of the want; undefined
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
    case "member":
      return [isMember(dialect), [tenant, want.group, want.member]];
    case "candidate":
      return [isCandidate(dialect), [tenant, want.id]];
    case "all":
      return [allOf(dialect, want.type), [tenant]];
    case "childLevels":
      return [childLevels(dialect), [tenant, want.id]];
    case "levelInUse":
      return [levelInUse(dialect), [tenant, want.level, want.parent ?? null]];
    case "key":
      return [remembered(dialect), [tenant, want.key]];
    case "changeSet":
      return [changeSetOf(dialect), [tenant, want.id]];
    case "alike":
      return [idsAlike(dialect, want.type), [tenant, want.field, want.term]];
    default:
      return undefined;
  }
}

/** Loads a want by itself. */
async function alone(asker: Asker, tenant: number, want: Want): Promise<unknown> {
  switch (want.kind) {
    case "members":
      return memberIds(asker, tenant, want.group);
    case "builds":
      return builds(asker, tenant, want.type);
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
    case "kept":
      return (await keptRows(asker, tenant, want.table, want.key))[0];
    case "changedCustomers":
      return changedCustomers(asker, tenant, want);
    default:
      throw new Error(`nothing loads ${want.kind}`);
  }
}

/** The places of a question, and the wants that it answers. */
interface Group {
  /** If the answers are lists of ids: the type of the records to load. */
  type: RecordType | undefined;
  places: Scalar[][];
  by: number[];
}

/**
 * Loads wants: one statement per question, all sent at once.
 * @returns the answers in the order of the wants
 */
export async function load(asker: Asker, wants: readonly TenantWant[]): Promise<unknown[]> {
  const found: unknown[] = Array.from({ length: wants.length });
  const together = new Map<Question<unknown>, Group>();
  const loading: Promise<void>[] = [];
  for (const [i, { tenant, want }] of wants.entries()) {
    const asked = questionOf(asker, tenant, want);
    if (!asked) {
      loading.push(alone(asker, tenant, want).then((answer) => void (found[i] = answer)));
      continue;
    }
    const [question, place] = asked;
    let group = together.get(question);
    if (!group) {
      const type = want.kind === "alike" ? want.type : undefined;
      together.set(question, (group = { type, places: [], by: [] }));
    }
    group.places.push(place);
    group.by.push(i);
  }
  for (const [question, { type, places, by }] of together) {
    const answered = async () => {
      const answers = await askAll(asker, question, places);
      const loaded = type ? await recordsOf(asker, type, places, answers as string[][]) : answers;
      for (const [place, i] of by.entries()) found[i] = loaded[place];
    };
    loading.push(answered());
  }
  await Promise.all(loading);
  return found;
}

/** The counters of tenants, and the time of the latest row in each tenant's log. */
const counters = shape((dialect) =>
  question(
    dialect,
    { tenant: "integer" },
    (db, w, tenant) =>
      db
        .selectFrom(w)
        .crossJoin("tenant_counters as c")
        .leftJoin("change_log as l", (join) =>
          join.onRef("l.tenant", "=", "c.tenant").onRef("l.seq", "=", "c.seq"),
        )
        .select(["w.i", "c.seq", "c.customer", "c.user", "c.channel", "l.at"])
        .where("c.tenant", "=", tenant),
    ([row]): Counters | undefined => {
      if (!row) return undefined;
      const [, seq, customer, user, channel, at] = row as [
        number,
        number,
        number,
        number,
        number,
        string | null,
      ];
      return { seq, customer, user, channel, latest: at ?? "" };
    },
  ),
);

/** The counters of the tenants that have a row. */
export async function countersOf(asker: Asker, tenants: readonly number[]): Promise<Map<number, Counters>> {
  const all = await askAll(
    asker,
    counters(asker.dialect),
    tenants.map((tenant) => [tenant]),
  );
  return new Map(tenants.flatMap((tenant, i) => (all[i] ? [[tenant, all[i]] as const] : [])));
}
