import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit } from "../guarantees/audit.ts";
import { useWorld } from "../server/world.ts";

/** An undo brings a database back to what it was. */

const world = useWorld(async ({ rpc }) => {
  await rpc("hierarchyLevel.replaceAll", { levels: ["Company", "Site"] });
});
type Item = Record<string, unknown>;

async function ok(path: string, input: object): Promise<Item> {
  const { data, error } = await world.rpc(path, input);
  if (error) throw new Error(`${path}: ${JSON.stringify(error)}`);
  return data;
}

/** All live records with their values, without the versions and times of their changes. */
async function exported(): Promise<Item[]> {
  const all: Item[] = [];
  for (const noun of ["customer", "user"]) {
    for (let cursor: unknown = null; ;) {
      const page = await ok(`${noun}.list`, { limit: 200, ...(cursor !== null && { cursor }) });
      for (const { version: _, updatedAt: _at, updatedBy: _by, ...rest } of page["items"] as Item[])
        all.push(rest);
      cursor = page["nextCursor"];
      if (cursor === null) break;
    }
  }
  return all;
}

async function undo(id: unknown): Promise<Item[]> {
  const items: Item[] = [];
  for (let done = false; !done;) {
    const step = await ok("changeSet.undo", { where: { id } });
    items.push(...(step["items"] as Item[]));
    done = step["done"] as boolean;
  }
  return items;
}

const keys = ["a", "b", "c", "d"];
const key = fc.constantFrom(...keys);
const mail = key.map((name) => `${name}@x.example`);
const value = fc.constantFrom(null, "x", "y", "z");
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 1 });
/** References to other customers are by their keys. */
const customer = fc
  .record({
    providedId: maybe(fc.option(key)),
    referenceId: maybe(fc.option(key)),
    email: maybe(fc.option(mail)),
    name: maybe(value),
    phone: maybe(fc.constantFrom(null, "+442079460182", "+442079460183")),
    properties: maybe(fc.dictionary(fc.constantFrom("p", "q"), fc.constantFrom(1, 2), { maxKeys: 2 })),
    hierarchyLevel: maybe(fc.constantFrom(null, "Company", "Site")),
    parent: maybe(fc.option(key)),
  })
  .map((fields) => JSON.parse(JSON.stringify(fields)) as object);
const user = fc
  .record({ username: maybe(fc.option(key)), bio: maybe(value), customer: maybe(fc.option(key)) })
  .map((fields) => JSON.parse(JSON.stringify(fields)) as object);
const customerKey = fc.oneof(
  key.map((providedId) => ({ providedId })),
  key.map((referenceId) => ({ referenceId })),
  mail.map((email) => ({ email })),
);
const updates = fc.array(fc.record({ where: customerKey, patch: customer }), { minLength: 1, maxLength: 6 });
const independent = { mode: "independent" };

/** A bulk request, without its change set. */
const request: fc.Arbitrary<[path: string, input: object]> = fc.oneof(
  fc
    .array(customer, { minLength: 1, maxLength: 4 })
    .map((items): [string, object] => ["customer.createMany", { items, ...independent }]),
  fc
    .array(user, { minLength: 1, maxLength: 4 })
    .map((items): [string, object] => ["user.createMany", { items, ...independent }]),
  updates.map((items): [string, object] => ["customer.upsertMany", { items, ...independent }]),
  updates.map((items): [string, object] => [
    "customer.updateMany",
    {
      items: items
        .filter(({ where }) => !("email" in where))
        .concat([{ where: { providedId: "a" }, patch: {} }]),
      ...independent,
    },
  ]),
);

describe("an undo of a change set that nobody interfered with", () => {
  it("restores every value of every record, and its own undo restores the changes", async () => {
    let rich = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 3 }),
        fc.array(request, { minLength: 1, maxLength: 5 }),
        async (earlier, later) => {
          for (const [path, input] of earlier) await ok(path, input);
          const before = await exported();
          const { id } = await ok("changeSet.open", {});
          for (const [path, input] of later) await ok(path, { ...input, changeSet: id });
          const after = await exported();
          const items = await undo(id);
          expect(items.filter(({ outcome }) => outcome === "left")).toEqual([]);
          expect(await exported()).toEqual(before);
          if (items.length > 5) rich++;
          const { undoneBy } = await ok("changeSet.get", { where: { id } });
          await undo(undoneBy);
          expect(await exported()).toEqual(after);
        },
      ),
      { numRuns: 25, seed: 13 },
    );
    expect(rich).toBeGreaterThan(3);
    const { problems } = await audit(world.server.database);
    expect(problems.filter((problem) => problem.includes("change set"))).toEqual([]);
  });
});
