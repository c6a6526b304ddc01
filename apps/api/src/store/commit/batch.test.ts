import { afterEach, beforeEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";
import type { Database, WriteTransaction } from "../database.ts";

let store: TestStore;
/** The methods called on write transactions, in order. */
let calls: string[];

const recorded = (database: Database): Database => ({
  ...database,
  begin: () =>
    new Proxy(database.begin(), {
      get(transaction, name: keyof WriteTransaction) {
        return (...values: never[]) => {
          calls.push(name);
          return (transaction[name] as (...values: never[]) => unknown)(...values);
        };
      },
    }),
});

beforeEach(async () => {
  calls = [];
  store = await openTestStore({ wrap: recorded });
});
afterEach(() => store.close());

it("an update asks the database once before it writes, with or without an idempotency key", async () => {
  const { id } = await store.create({ name: "before" });
  for (const key of [undefined, "key"]) {
    calls = [];
    await store.update(id, { name: key ?? "after" }, key);
    expect(calls).toEqual(["start", "write", "commit", "tidy"]);
  }
  calls = [];
  await store.update(id, { name: "key" }, "key");
  expect(calls).toEqual(["start", "commit", "tidy"]);
});
