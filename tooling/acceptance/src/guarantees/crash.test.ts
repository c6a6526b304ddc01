import { expect, it } from "vitest";
import { crash } from "./crash.ts";

// The short form; `npm run test:crash` is the long one.
it("a server that is killed again and again loses nothing that it has acknowledged, and does nothing twice", async () => {
  const figures = await crash({ kills: 5, firstStarts: 1, clients: 12, seed: 1 });
  expect(figures.problems).toEqual([]);
  // That it was killed in the midst of something.
  expect(figures).toMatchObject({ kills: 5 });
  expect(figures.acknowledged).toBeGreaterThan(100);
  expect(figures.retried).toBeGreaterThan(5);
  process.stdout.write(`${JSON.stringify({ ...figures, problems: undefined })}\n`);
}, 60_000);
