import { customerFields, parseMany } from "@roster/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

describe("a bulk update of 300", () => {
  const count = 300;
  const updateMany = async (id: string, more: object, jobs = (i: number) => `job ${i}`) => {
    const items = Array.from({ length: count }, (_, i) => ({ where: { id }, patch: { job: jobs(i) } }));
    const asked = parseMany(customerFields, { items, ...more });
    calls = [];
    return store.roster.customer.updateMany(store.actor, asked);
  };
  /** Makes the database refuse the log row of one job. */
  const refuse = () =>
    store.sql((database) =>
      database.exec(
        `create trigger refused before insert on change_log when new.changes like '%"refused"}%'
         begin select raise(abort, 'refused'); end`,
      ),
    );
  const refused = (i: number) => (i === 40 ? "refused" : `job ${i}`);

  it.each(["atomic", "independent"])("is written in portions while the rest is decided: %s", async (mode) => {
    const { id } = await store.create();
    expect((await updateMany(id, { mode })).applied).toBe(count);
    expect(calls.filter((call) => call === "write")).toHaveLength(3);
    expect(calls.slice(-2)).toEqual(["commit", "tidy"]);
    expect(await store.get(id)).toMatchObject({ job: `job ${count - 1}`, version: count + 1 });
  });

  it("is not written if it is a dry run", async () => {
    const { id } = await store.create();
    expect((await updateMany(id, { dryRun: true })).items).toHaveLength(count);
    expect(calls).not.toContain("write");
    expect((await store.get(id)).version).toBe(1);
  });

  it("fails as a whole if it is atomic and the database refuses a portion", async () => {
    const { id } = await store.create();
    refuse();
    await expect(updateMany(id, { mode: "atomic" }, refused)).rejects.toThrow("refused");
    expect((await store.get(id)).version).toBe(1);
    expect((await store.update(id, { job: "after" })).version).toBe(2);
  });

  it("fails in the one item that the database refuses if it is not atomic", async () => {
    const ids = await Promise.all(Array.from({ length: 3 }, () => store.create()));
    refuse();
    const items = Array.from({ length: count }, (_, i) => ({
      where: { id: ids[i % 3]?.id },
      patch: { job: refused(i) },
    }));
    const asked = parseMany(customerFields, { items, mode: "independent" });
    const { applied, items: outcomes } = await store.roster.customer.updateMany(store.actor, asked);
    expect(applied).toBe(count - 1);
    expect(outcomes[40]).toMatchObject({ error: { code: "INTERNAL" } });
  });
});
