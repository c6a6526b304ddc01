import { afterEach, expect, it } from "vitest";
import { openTestStore, type TestStore } from "../testing/test-store.ts";

/** Runs once, before the next walk along the log of a record. */
let beforeWalk: (() => Promise<unknown>) | undefined;
let store: TestStore;
afterEach(() => store.close());

it("a record that is erased while its log is read is answered as erased, and not as it never was", async () => {
  store = await openTestStore({
    wrap: (database) => ({
      ...database,
      tenant(number) {
        const reader = database.tenant(number);
        return {
          ...reader,
          async asOf(...walk) {
            await beforeWalk?.();
            beforeWalk = undefined;
            return reader.asOf(...walk);
          },
        };
      },
    }),
  });
  const { roster, actor } = store;
  for (const read of ["at", "diff"] as const) {
    const { id } = await store.create({ job: "first" });
    await store.update(id, { job: "second" });
    const where = [{ field: "id" as const, value: id }];
    beforeWalk = () => roster.customer.erase(actor, where);
    const answer =
      read === "at"
        ? roster.customer.at(actor, where, { version: 1 })
        : roster.customer.diff(actor, where, 1, 2);
    await expect(answer).rejects.toMatchObject({ code: "DELETED" });
  }
});
