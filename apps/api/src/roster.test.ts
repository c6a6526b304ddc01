import { expect, it } from "vitest";
import type { Roster } from "./roster.ts";
import { openTestStore } from "./testing/test-store.ts";

it("is all that surfaces get, and contains no store that would bypass the scopes", async () => {
  const test = await openTestStore();
  expect(Object.keys(test.roster)).not.toContain("store");
  expect(Object.values(test.roster)).not.toContain(test.parts);
  await test.close();
  const attempts = (roster: Roster) => [
    // @ts-expect-error There is none.
    roster.store,
    // @ts-expect-error A service keeps it to itself,
    roster.customer.store,
    // @ts-expect-error and its noun, which shows records to anybody.
    roster.customer.noun,
  ];
  expect(attempts).toBeTypeOf("function");
});
