import { parseCreate, parseUpdate, userFields, userGroupFields } from "@roster/domain";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../testing/test-store.ts";

/** Members whose records change in the commit that adds them. */

let store: TestStore;
beforeEach(async () => void (store = await openTestStore()));
afterEach(() => store.close());

const where = (id: string) => [{ field: "id" as const, value: id }];

it("takes a member that the same commit restores, and none that it deletes", async () => {
  const { roster, actor } = store;
  const [ann, bo] = await Promise.all(
    ["ann", "bo"].map((username) => roster.user.create(actor, parseCreate(userFields, { username }))),
  );
  const { id } = await roster.userGroup.create(actor, parseCreate(userGroupFields, { displayName: "Staff" }));
  const add = (member: string) =>
    roster.userGroup.update(
      actor,
      parseUpdate(userGroupFields, { where: { id }, add: { members: [member] } }),
    );
  await roster.user.delete(actor, where(bo?.id ?? ""));
  // Commands that wait together are one commit, in this order.
  const [, refused, , added] = await Promise.allSettled([
    roster.user.delete(actor, where(ann?.id ?? "")),
    add(ann?.id ?? ""),
    roster.user.restore(actor, where(bo?.id ?? "")),
    add(bo?.id ?? ""),
  ]);
  expect(refused).toMatchObject({ reason: { faults: [{ pointer: "/add/members/0", code: "not_found" }] } });
  expect(added).toMatchObject({ value: { applied: true } });
  const { items } = await roster.userGroup.members(actor, where(id), { limit: 10 });
  expect(items).toMatchObject([{ id: bo?.id }]);
});
