import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { programs, type Peer, type ServerName } from "./programs.ts";
import type { Progress } from "./output/progress.ts";

/**
 * Peers whose dependencies conflict with those of the workspaces. Each has a folder with a lock file, from
 * which the benchmark installs it.
 */
const folders: Record<Peer, string> = { drizzle: "../drizzle/", postgraphile: "../postgraphile/" };

const folderOf = (peer: Peer): string => fileURLToPath(new URL(folders[peer], import.meta.url));

const isInstalled = (peer: Peer): boolean => existsSync(join(folderOf(peer), "node_modules"));

/** Whether a program is ready without an installation. */
export function isReady(server: ServerName): boolean {
  const { peer } = programs[server];
  return peer === undefined || isInstalled(peer);
}

export async function install(peer: Peer, progress: Progress): Promise<void> {
  if (isInstalled(peer)) return;
  progress.step(`installing ${peer}`);
  // Peer dependencies are omitted: tRPC has TypeScript among them, and nothing here compiles.
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund"], {
    cwd: folderOf(peer),
  });
}
