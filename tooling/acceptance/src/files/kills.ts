import { createClient } from "@roster/client";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomOf } from "../guarantees/random.ts";
import type { Server } from "../server.ts";
import { exported } from "./tenants.ts";

const roster = fileURLToPath(new URL("../../../../packages/cli/bin/roster.js", import.meta.url));

export interface KillsOptions {
  server: Pick<Server, "url" | "token">;
  rows: number;
  kills: number;
  /** Chooses when the import is killed. */
  seed: number;
  progress?: (text: string) => void;
}

/** The outcome of an import that was killed repeatedly. */
export interface Killed {
  kills: number;
  /** The rows that the last run found stored by the others. */
  resumed: number;
  problems: string[];
}

/**
 * Imports a file with the command line, kills it with SIGKILL at random moments, starts it again until it ends,
 * and compares what is stored with the file: exactly its records, each in its first version, in one change set.
 *
 * The moments are positions of the change log, so that they fall into the work on any machine, and a random
 * time after them.
 */
export async function killImport({
  server,
  rows,
  kills,
  seed,
  progress = () => undefined,
}: KillsOptions): Promise<Killed> {
  const random = randomOf(seed);
  const folder = await mkdtemp(join(tmpdir(), "roster-kills-"));
  const file = join(folder, "customers.csv");
  const lines = Array.from({ length: rows }, (_, i) => `k${i},Name ${i},k${i}@x.example`);
  await writeFile(file, ["providedId,name,email", ...lines, ""].join("\n"));
  const client = createClient({ url: server.url, token: server.token });
  const start = () => {
    const child = spawn(
      process.execPath,
      [roster, "import", "customers", file, "--key", "providedId", "--json"],
      {
        env: { PATH: process.env["PATH"], HOME: folder, ROSTER_URL: server.url, ROSTER_TOKEN: server.token },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const end = new Promise<{ code: number | null; output: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, output })),
    );
    return { child, end };
  };
  try {
    let killed = 0;
    const changes = client.change.watch({ after: 0, types: ["customer"] });
    let seen = 0;
    for (let kill = 0; kill < kills; kill++) {
      const { child, end } = start();
      // Some kills come before anything is stored, the others all along.
      const goal = Math.max(seen, Math.floor((rows * (kill + random.next() - 1)) / kills));
      const reached = (async () => {
        while (seen < goal) {
          await changes.next();
          seen++;
        }
        await pause(random.below(seen === 0 ? 1_500 : 150));
      })();
      const ended = await Promise.race([reached, end]);
      if (ended !== undefined) break;
      child.kill("SIGKILL");
      if ((await end).code === null) killed++;
      progress(`killed with ${seen} of ${rows} rows stored`);
    }
    await changes.return();
    const { code, output } = await start().end;
    const result = JSON.parse(output) as { resumed: number; created: number };
    const problems: string[] = [];
    if (code !== 0) problems.push(`the last run ended with ${code}`);
    const { text } = await exported(client, {
      type: "customer",
      fields: ["providedId", "name", "email", "version"],
    });
    const expected = lines.map((line) => `${line},1`).toSorted();
    const stored = text.split("\n").slice(1, -1).toSorted();
    if (stored.length !== expected.length)
      problems.push(`${stored.length} records instead of ${expected.length}`);
    for (const [i, line] of expected.entries()) {
      if (stored[i] === line) continue;
      problems.push(`${stored[i]} instead of ${line}`);
      break;
    }
    const { items: sets } = await client.changeSet.list.query({ kind: "import" });
    const [set] = sets;
    if (sets.length !== 1 || set?.created !== rows || set.updated !== 0 || set.closedAt === null) {
      problems.push(`${sets.length} change sets, the newest: ${JSON.stringify(set)}`);
    }
    return { kills: killed, resumed: result.resumed, problems };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
