import {
  authorize,
  foundTypes,
  may,
  type Actor,
  type Count,
  type FoundType,
  type OverviewJson,
  type ParsedFind,
  type Scope,
} from "@roster/domain";
import type { Store } from "../record/command.ts";
import type { TenantReader } from "../store/database.ts";

/** The most changes that the figures count, and how many of them one read looks at. */
const maxCounted = 100_000;
const step = 10_000;

/** The most webhooks that the figures look at. */
const maxWebhooks = 1_000;

/** The most actors that the figures name. */
const maxActors = 20;

const day = 24 * 60 * 60 * 1000;

interface Parts extends Record<FoundType, { count(actor: Actor, about: ParsedFind): Promise<Count> }> {
  store: Store;
}

const counted = {
  customer: ["customers", "customers:read"],
  user: ["users", "users:read"],
  userGroup: ["userGroups", "users:read"],
} as const satisfies Record<FoundType, [keyof OverviewJson["records"], Scope]>;

/** The figures of the tenant, limited to the types of records that the actor may read. */
export async function overview(parts: Parts, actor: Actor, days: number): Promise<OverviewJson> {
  const types = foundTypes.filter((type) => may(actor, counted[type][1]));
  if (types.length === 0) authorize(actor, "customers:read");
  const reader = parts.store.database.tenant(actor.tenant.number);
  const records: OverviewJson["records"] = {};
  for (const type of types) records[counted[type][0]] = await parts[type].count(actor, { filter: {} });
  const today = Date.parse(`${parts.store.now().slice(0, 10)}T00:00:00.000Z`);
  const begin = new Date(today - (days - 1) * day).toISOString();
  const last = (await parts.store.database.lastSeqs([actor.tenant.number])).get(actor.tenant.number) ?? 0;
  return {
    records,
    changes: await changesOf(reader, types, begin, last),
    webhooks: may(actor, "admin") ? await webhooksOf(reader) : null,
  };
}

async function changesOf(
  reader: TenantReader,
  types: readonly FoundType[],
  begin: string,
  last: number,
): Promise<OverviewJson["changes"]> {
  const first = (await reader.firstSeqAt(begin)) - 1;
  const after = Math.max(first, last - maxCounted);
  const [days, actors, sources] = [new Tally(), new Tally(), new Tally()];
  let total = 0;
  for (let at = after; at < last; at += step)
    for (const { day: of, actor, source, count } of await reader.tallies({
      after: at,
      end: Math.min(last, at + step),
      types,
    })) {
      days.add(of, count);
      actors.add(actor, count);
      sources.add(source, count);
      total += count;
    }
  const most = actors.most.slice(0, maxActors);
  const named = await reader.actors(most.map(([id]) => id));
  return {
    since: after === first ? begin : ((await reader.instantOf(after + 1)) ?? begin),
    total,
    days: days.most.map(([of, count]) => ({ day: of, count })).toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    actors: most.flatMap(([id, count]) => {
      const actor = named.get(id);
      return actor ? [{ ...actor, count }] : [];
    }),
    sources: sources.most.map(([source, count]) => ({ source, count })),
  };
}

/** Counts by name. */
class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** The names with their counts, most first. */
  get most(): [name: string, count: number][] {
    return [...this.#counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }
}

async function webhooksOf(reader: TenantReader): Promise<OverviewJson["webhooks"]> {
  const health = { enabled: 0, disabled: 0, failing: 0, waiting: 0, oldestWaitingAt: null as string | null };
  for (const { record: webhook } of await reader.walk("webhook", {
    along: { by: "id" },
    order: "asc",
    limit: maxWebhooks,
  })) {
    if (!webhook || webhook.deletedAt !== null) continue;
    if (webhook.enabled) health.enabled++;
    else if (webhook.disabledReason !== null) health.disabled++;
    const pending = (await reader.deliveries.state(webhook.id))?.pending ?? [];
    health.waiting += pending.length;
    if (pending.some(({ attempts }) => attempts > 0)) health.failing++;
    for (const { at } of pending)
      if (health.oldestWaitingAt === null || at < health.oldestWaitingAt) health.oldestWaitingAt = at;
  }
  return health;
}
