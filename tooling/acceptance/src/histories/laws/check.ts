import type { History } from "../history.ts";
import { types } from "../model.ts";
import { checkDuplicates } from "./duplicates.ts";
import { checkErased } from "./erased.ts";
import { checkGroups } from "./groups.ts";
import { checkLetters } from "./letters.ts";
import { checkExport, checkFilter, checkList, checkOverview, checkProperties, checkSearch } from "./lists.ts";
import { checkSets } from "./sets.ts";
import { checkTree } from "./tree.ts";
import { checkVersions } from "./versions.ts";

/** How many records' versions one check looks at, and how many filters it tries for each type. */
const looks = { versions: 6, filters: 4 };

/** Checks all laws on everything that there is; of what there is too much of, on a random part. */
export async function check(history: History): Promise<void> {
  const { model, random } = history;
  const [customers, users, groups] = [
    await checkList(history, "customer"),
    await checkList(history, "user"),
    await checkList(history, "userGroup"),
  ];
  const listed = { customer: customers, user: users, userGroup: groups };
  await checkTree(history, customers, users);
  await checkGroups(history, users, groups);
  for (const type of types) {
    for (let i = 0; i < looks.filters; i++) await checkFilter(history, type, listed[type]);
    if (type === "userGroup") continue;
    await checkSearch(history, type, listed[type]);
    if (random.chance(0.3)) await checkExport(history, type, listed[type]);
  }
  await checkProperties(history, customers);
  await checkDuplicates(history, customers);
  const all = [...model.records.values()];
  if (all.length > 0) for (let i = 0; i < looks.versions; i++) await checkVersions(history, random.pick(all));
  await checkOverview(history);
  await checkSets(history);
  await checkErased(history);
  checkLetters(history);
}
