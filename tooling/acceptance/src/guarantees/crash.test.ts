import { describe, expect, it } from "vitest";
import { onPostgres } from "../server.ts";
import { crash, leastWork, type CrashOptions } from "./crash.ts";

/** The short form; `npm run test:crash` is the long one. */
const short: Omit<CrashOptions, "nodes" | "kills"> = {
  database: onPostgres ? "postgres" : "sqlite",
  databaseRestarts: onPostgres ? 3 : 0,
  firstStarts: 1,
  clients: 12,
  seed: 1,
};

describe.each([
  { who: "a server that is killed again and again", nodes: 1, kills: 4 },
  { who: "two servers on one database, one of them killed again and again", nodes: 2, kills: 4 },
])("$who, PostgreSQL restarted if there is one", ({ nodes, kills }) => {
  it("loses no acknowledged change, applies none twice, and recovers by itself", async () => {
    const { problems, ...figures } = await crash({ ...short, nodes, kills });
    expect(problems).toEqual([]);
    expect(figures.kills).toBeGreaterThanOrEqual(kills);
    expect(figures.acknowledged).toBeGreaterThanOrEqual(kills * leastWork);
    expect(figures.retried).toBeGreaterThan(0);
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  });
});
