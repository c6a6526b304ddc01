import { newSqliteFile } from "@roster/api/testing/new-sqlite-file";
import { expect, it } from "vitest";
import { startServer } from "../server.ts";
import { firstDifference } from "./same.ts";
import { run } from "./run.ts";

/** The short form of the comparison that `npm run test:histories` makes. */

it("SQLite and PostgreSQL give the same answers to the same requests", async () => {
  const { file, remove } = await newSqliteFile();
  const servers = await Promise.all([startServer({ DATABASE_URL: `sqlite:${file}` }), startServer()]);
  try {
    const runs = await Promise.all(servers.map((server) => run({ server, seed: 2, steps: 120, every: 120 })));
    expect(runs.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(firstDifference(runs)).toBeUndefined();
  } finally {
    await Promise.all(servers.map((server) => server.dispose()));
    await remove();
  }
});
