import { expect, it } from "vitest";
import { newDatabase } from "../server.ts";
import { storm } from "./storm.ts";

// The short form; `npm run test:feed` is the long one.
it("watchers that are repeatedly disconnected from two nodes, one of which is killed, get every change once and in order", async () => {
  const database = await newDatabase();
  try {
    const figures = await storm({
      database: database.url,
      events: 2_000,
      watchers: 8,
      nodes: 2,
      kills: 1,
      seed: 1,
    });
    expect(figures.problems).toEqual([]);
    expect(figures).toMatchObject({ kills: 1 });
    expect(figures.events).toBeGreaterThanOrEqual(2_000);
    expect(figures.cuts).toBeGreaterThan(3);
    expect(figures.begunAgain).toBeGreaterThan(3);
  } finally {
    await database.drop();
  }
});
