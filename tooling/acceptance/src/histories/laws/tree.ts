import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import type { Shown } from "../model.ts";
import { must, same } from "../wrong.ts";

/** What holds within and between live records: spellings, unique values, references, the hierarchy, and what is inherited in it. */
export async function checkTree(
  { door }: History,
  customers: readonly Shown[],
  users: readonly Shown[],
): Promise<void> {
  unique(customers, "providedId");
  unique(customers, "referenceId");
  unique(customers, "number");
  unique(users, "username");
  unique(users, "number");
  spelled(customers, "phone");
  spelled(customers, "addressCountry");
  spelled(users, "phone");
  spelled(users, "country");
  const byId = new Map(customers.map((customer) => [customer.id, customer]));
  const levels = (await namesOf(door, "hierarchyLevel.list")) as string[];
  const tags = new Set(await namesOf(door, "groupTag.list"));
  const groups = new Set(await namesOf(door, "accessGroup.list"));
  for (const customer of customers) {
    const { id, parent, hierarchyLevel, groupTags, accessGroup } = customer;
    for (const tag of groupTags as string[])
      must(tags.has(tag), `customer ${id} has the tag ${tag}, which does not exist`);
    if (accessGroup !== null)
      must(groups.has(accessGroup), `customer ${id} has no access group ${accessGroup as string}`);
    if (hierarchyLevel !== null)
      must(levels.includes(hierarchyLevel as string), `the level of customer ${id} does not exist`);
    const above = parent === null ? undefined : byId.get(parent as string);
    if (parent !== null) {
      must(above !== undefined, `the parent of customer ${id} is not live`);
      const [own, higher] = [
        levels.indexOf(hierarchyLevel as string),
        levels.indexOf(above["hierarchyLevel"] as string),
      ];
      must(higher >= 0 && higher < own, `customer ${id} is not below its parent: ${higher}, ${own}`);
    }
    for (const [field, own] of [
      ["computedProperties", "properties"],
      ["computedMapping", "mapping"],
    ] as const)
      same(customer[field], inherited(byId, customer, own), `${field} of customer ${id}`);
  }
}

/** What some texts stand for, whatever the tenant's country. */
const meanings: Record<string, string | null> = {
  "+44 20 7946 0183": "+442079460183",
  "+12015550123": "+12015550123",
  Germany: "DE",
  UK: "GB",
  "the moon": null,
};

/** A text that spells another field's value stands for that value. */
function spelled(records: readonly Shown[], field: string): void {
  for (const { id, [field]: value, [`${field}AsWritten`]: written } of records)
    if (typeof written === "string" && Object.hasOwn(meanings, written))
      same(value, meanings[written], `the ${field} of ${id}, which is written as ${written}`);
}

/** The values of a customer and its ancestors; of each key, the nearest one. */
function inherited(byId: ReadonlyMap<string, Shown>, customer: Shown, field: string): JsonObject {
  const values: JsonObject = {};
  for (let at: Shown | undefined = customer; at; at = byId.get(at["parent"] as string))
    for (const [key, value] of Object.entries((at[field] ?? {}) as JsonObject))
      if (!Object.hasOwn(values, key)) values[key] = value;
  return values;
}

const namesOf = async (door: History["door"], path: string) => (await door.all(path)).map(({ name }) => name);

function unique(records: readonly Shown[], field: string): void {
  const seen = new Map<unknown, string>();
  for (const { id, [field]: value } of records) {
    if (value === null) continue;
    must(
      !seen.has(value),
      `${id} and ${seen.get(value) as string} have the same ${field} ${JSON.stringify(value)}`,
    );
    seen.set(value, id);
  }
}
