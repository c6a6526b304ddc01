import type { History } from "../history.ts";
import { createMany, deleteWhere, updateMany, updateWhere, upsertMany } from "./bulk.ts";
import { openOrClose, undo } from "./change-sets.ts";
import { changeMembers, createGroup, patchMembersByScim } from "./groups.ts";
import { erase, merge, remove, restore, unmerge } from "./lives.ts";
import { createReference, notDuplicates, replaceLevels, setSomeSchema, updateTenant } from "./settings.ts";
import { format, importFile, rest, scimUser } from "./surfaces.ts";
import { create, move, revert, update, upsert } from "./updates.ts";

/** What can happen next, and how likely each is. */
const steps: readonly [weight: number, step: (history: History) => Promise<void>][] = [
  [10, create("customer")],
  [6, create("user")],
  [3, createGroup],
  [14, update("customer")],
  [8, update("user")],
  [2, update("userGroup")],
  [6, move],
  [4, upsert("customer")],
  [3, upsert("user")],
  [4, revert("customer")],
  [2, revert("user")],
  [2, revert("userGroup")],
  [3, createMany("customer")],
  [2, createMany("user")],
  [4, updateMany("customer")],
  [3, updateMany("user")],
  [2, updateMany("userGroup")],
  [4, upsertMany("customer")],
  [3, upsertMany("user")],
  [3, updateWhere("customer")],
  [2, updateWhere("user")],
  [1, deleteWhere("customer")],
  [1, deleteWhere("user")],
  [3, openOrClose],
  [7, undo],
  [4, remove("customer")],
  [3, remove("user")],
  [1, remove("userGroup")],
  [3, restore("customer")],
  [2, restore("user")],
  [1, restore("userGroup")],
  [1, erase("customer")],
  [1, erase("user")],
  [0.5, erase("userGroup")],
  [5, merge],
  [2, unmerge],
  [4, changeMembers],
  [3, patchMembersByScim],
  [2, replaceLevels],
  [1, createReference],
  [1, setSomeSchema],
  [0.5, updateTenant],
  [1, notDuplicates],
  [5, rest],
  [5, scimUser],
  [4, format],
  [0.5, importFile],
  [4, (history) => history.repeat()],
  [0.7, requiringVersions],
];
const total = steps.reduce((sum, [weight]) => sum + weight, 0);

/** A few things while the tenant requires versions. */
async function requiringVersions(history: History): Promise<void> {
  await history.command("tenant.update", { patch: { requireVersions: true } });
  for (let left = 1 + history.random.below(5); left > 0; left--) await step(history);
  await history.command("tenant.update", { patch: { requireVersions: false } });
}

/** Does one thing. */
export async function step(history: History): Promise<void> {
  let at = history.random.next() * total;
  for (const [weight, next] of steps) {
    at -= weight;
    if (at < 0) return next(history);
  }
}
