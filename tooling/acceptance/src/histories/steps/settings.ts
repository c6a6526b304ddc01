import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";

/** Commands about what records refer to, and about the tenant. */

const levelNames = ["World", "Group", "Company", "Site", "Desk"];

/** Renames, removes, adds or moves a level. One in use cannot go. */
export async function replaceLevels(history: History): Promise<void> {
  const { random } = history;
  const levels = [...history.levels];
  const spare = levelNames.filter((name) => !levels.includes(name));
  if (random.chance(0.4) && levels.length > 2) levels.splice(random.below(levels.length), 1);
  if (random.chance(0.5) && spare.length > 0)
    levels.splice(random.below(levels.length + 1), 0, random.pick(spare));
  if (random.chance(0.3)) levels.push(...levels.splice(random.below(levels.length), 1));
  const { error } = await history.command("hierarchyLevel.replaceAll", { levels });
  if (!error) history.levels = levels;
}

export async function createReference(history: History): Promise<void> {
  const { random } = history;
  const noun = random.pick(["groupTag", "accessGroup", "channel"]);
  const name = random.pick(["vip", "trial", "Vip", "café", "cafe\u0301", "north", "south"]);
  const { error, data } = await history.command(`${noun}.create`, { name });
  if (error) return;
  if (noun === "channel") history.channels.push(data["number"] as number);
  else (noun === "groupTag" ? history.groupTags : history.accessGroups).push(data["name"] as string);
}

const index = { "x-roster-index": true };
const schemas: (JsonObject | null)[] = [
  null,
  { properties: { plan: index, seats: index } },
  { properties: { plan: { type: "string", ...index } } },
  { properties: { address: { properties: { city: index } }, list: index } },
  { properties: { plan: { enum: ["free", "pro", "max"], ...index } } },
];

/** Sets one of some schemas of the properties. */
export const setSomeSchema = (history: History): Promise<void> =>
  setSchema(history, history.random.pick(schemas));

/** Sets the schema of the properties, and waits for its indexes. */
export async function setSchema(history: History, schema: JsonObject | null): Promise<void> {
  const acceptMisfits = history.random.chance(0.7);
  const { error } = await history.command("tenant.setPropertiesSchema", { schema, acceptMisfits });
  for (let isBuilt = error !== undefined; !isBuilt;) {
    const indexes = (await history.door.look("customer.indexes")) as unknown as { state: string }[];
    isBuilt = indexes.every(({ state }) => state !== "building");
  }
}

export async function updateTenant(history: History): Promise<void> {
  const { random } = history;
  const name = history.mark();
  history.tenantMarks.add(name);
  await history.command("tenant.update", {
    patch: random.chance(0.5) ? { defaultCountry: random.pick(["GB", "US", null]) } : { name },
  });
}

/** Says that two customers are not the same, or takes that back. */
export async function notDuplicates(history: History): Promise<void> {
  const [a, b] = [history.some("customer"), history.some("customer")];
  if (!a || !b) return;
  const takeBack = history.random.chance(0.3);
  const { error } = await history.command("customer.notDuplicates", { a: a.id, b: b.id, takeBack });
  const pair = [a.id, b.id].toSorted().join(" ");
  if (error) return;
  if (takeBack) history.distinct.delete(pair);
  else history.distinct.add(pair);
}
