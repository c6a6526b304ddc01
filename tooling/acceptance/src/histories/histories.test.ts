import { expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { run } from "./run.ts";

/** The short form, with a fixed seed. `npm run test:histories` is the long one. */

const { server } = useServer({}, { mayLogErrors: false });

it("keep their versions, lists, feeds, undos, merges, groups and erasures in agreement, whatever happens", async () => {
  const { problem, tally } = await run({ server, seed: 1, steps: 200, every: 50 });
  expect(problem).toBeUndefined();
  const accepted = [...tally.values()].filter((of) => of.accepted > 0);
  expect(accepted.length, JSON.stringify([...tally])).toBeGreaterThan(40);
});
