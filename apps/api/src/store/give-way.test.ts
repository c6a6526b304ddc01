import { afterEach, beforeEach, expect, it } from "vitest";
import { giveWay } from "./give-way.ts";

/** Blocks the event loop for longer than a slice. */
function work(): void {
  const end = performance.now() + 15;
  while (performance.now() < end);
}

/** Counts turns of the event loop. */
let turn: number;
let counting: NodeJS.Immediate;
beforeEach(() => {
  turn = 0;
  const count = () => {
    turn++;
    counting = setImmediate(count);
  };
  counting = setImmediate(count);
});
afterEach(() => clearImmediate(counting));

it("short work continues at once", () => {
  expect(giveWay()).toBeUndefined();
});

it("callers that have to wait go on in order, and each turn works for one slice", async () => {
  await giveWay();
  work();
  const happened: [name: string, turn: number][] = [];
  await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      await giveWay();
      happened.push([name, turn]);
      work();
    }),
  );
  expect(happened.map(([name]) => name)).toEqual(["a", "b", "c"]);
  expect(new Set(happened.map(([, at]) => at)).size).toBe(3);
});

it("callers with little work go on in one turn", async () => {
  await giveWay();
  work();
  const turns = await Promise.all(
    ["a", "b", "c"].map(async () => {
      await giveWay();
      return turn;
    }),
  );
  expect(new Set(turns).size).toBe(1);
});

it("a later caller waits behind those that wait already", async () => {
  await giveWay();
  work();
  const happened: string[] = [];
  const earlier = Array.from({ length: 5 }, async (_, i) => {
    await giveWay();
    work();
    happened.push(`earlier ${i}`);
  });
  // It begins in a new turn, which has time left.
  await new Promise((resolve) => setImmediate(resolve));
  const later = (async () => {
    await giveWay();
    happened.push("later");
  })();
  await Promise.all([...earlier, later]);
  expect(happened.at(-1)).toBe("later");
});
