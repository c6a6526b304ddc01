import { expect, it } from "vitest";
import { useServer } from "../use-server.ts";
import { killImport } from "./kills.ts";

const { server } = useServer();

// The short form; `npm run test:import` is the long one.
it("an import that is killed again and again ends with exactly the records of its file, each stored once", async () => {
  const result = await killImport({ server, rows: 2_000, kills: 2, seed: 1 });
  expect(result.problems).toEqual([]);
  expect(result.kills).toBeGreaterThan(0);
  // It starts the command line four times and more.
});
