import { expect, it } from "vitest";
import { giveWay } from "./give-way.ts";

/** Blocks the event loop for longer than a slice. */
function work(): void {
  const end = performance.now() + 15;
  while (performance.now() < end);
}

it("short work continues at once", () => {
  expect(giveWay()).toBeUndefined();
});

it("callers that have worked for longer than a slice resume in order, one per turn of the event loop", async () => {
  const happened: string[] = [];
  let turn = 0;
  let done = false;
  const count = () => {
    turn++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await giveWay();
  await Promise.all(
    ["a", "b", "c"].map(async (name) => {
      work();
      await giveWay();
      happened.push(`${name} ${turn}`);
    }),
  );
  done = true;
  const turns = happened.map((one) => Number(one.slice(2)));
  expect(happened.map((one) => one.slice(0, 1))).toEqual(["a", "b", "c"]);
  expect(new Set(turns).size).toBe(3);
});
