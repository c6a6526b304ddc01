import { actorKind, type ChangeEntryJson, type LoggedChange, type ShownActor } from "@roster/domain";
import { askAll, type Asker } from "./asker.ts";
import { keptRows } from "./keeping.ts";
import { find } from "./records.ts";

/** The names of actors: the log keeps their ids, and readers see the names that they have now. */

/** How long a name is taken for the current one, in milliseconds. */
const cacheFor = 60_000;
const cacheSize = 10_000;

interface Known {
  actor: ShownActor;
  until: number;
}
const caches = new WeakMap<Asker, Map<string, Known>>();

/** Actors of a tenant by their ids, each with its name; without one, with its id. */
export async function actorsOf(
  asker: Asker,
  tenant: number,
  ids: Iterable<string>,
): Promise<Map<string, ShownActor>> {
  const now = Date.now();
  let cache = caches.get(asker);
  if (!cache || cache.size > cacheSize) caches.set(asker, (cache = new Map()));
  const known = cache;
  const found = new Map<string, ShownActor>();
  const unknown: string[] = [];
  for (const id of new Set(ids)) {
    const entry = known.get(`${tenant} ${id}`);
    if (entry && entry.until > now) found.set(id, entry.actor);
    else unknown.push(id);
  }
  if (unknown.length === 0) return found;
  const named = await namesOf(asker, tenant, unknown);
  for (const id of unknown) {
    const actor = { kind: actorKind(id), id, name: named.get(id) ?? id };
    known.set(`${tenant} ${id}`, { actor, until: now + cacheFor });
    found.set(id, actor);
  }
  return found;
}

async function namesOf(
  asker: Asker,
  tenant: number,
  actors: readonly string[],
): Promise<Map<string, string | null | undefined>> {
  const of = (kind: ShownActor["kind"]) => actors.filter((id) => actorKind(id) === kind);
  const [tokens, people] = [of("token"), of("person")];
  const [named, signedIn] = await Promise.all([
    askAll(
      asker,
      find(asker.dialect, "token", "id"),
      tokens.map((id) => [tenant, id.slice("token:".length)]),
    ),
    Promise.all(people.map((id) => keptRows(asker, tenant, "people", [id.slice("person:".length)]))),
  ]);
  return new Map([
    ...tokens.map((id, i) => [id, (named[i]?.record as { name: string | null } | undefined)?.name] as const),
    ...people.map((id, i) => [id, signedIn[i]?.[0]?.name] as const),
  ]);
}

/** Rows of the log as readers see them, with those who made the changes. */
export async function withActors(
  asker: Asker,
  tenant: number,
  changes: readonly LoggedChange[],
): Promise<ChangeEntryJson[]> {
  const actors = await actorsOf(
    asker,
    tenant,
    changes.map(({ actor }) => actor),
  );
  return changes.map(({ onBehalfOf, ...change }) => {
    const by = actors.get(change.actor) as ShownActor;
    return { ...change, by: onBehalfOf === undefined ? by : { ...by, onBehalfOf } };
  });
}
