import { expect, it } from "vitest";
import type { Roster } from "./roster.ts";
import { openTestStore } from "./testing/test-store.ts";

it("a roster contains no store, so that no surface can bypass the scopes", async () => {
  const test = await openTestStore();
  expect(Object.keys(test.roster)).not.toContain("store");
  expect(Object.values(test.roster)).not.toContain(test.parts);
  await test.close();
  const attempts = (roster: Roster) => [
    // @ts-expect-error There is no store.
    roster.store,
    // @ts-expect-error The store of a service is not public.
    roster.customer.store,
    // @ts-expect-error Nor is its noun, which shows records without checking scopes.
    roster.customer.noun,
  ];
  expect(attempts).toBeTypeOf("function");
});
