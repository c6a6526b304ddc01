import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { ServerName } from "./plan.ts";
import type { Progress } from "./output/progress.ts";

/**
 * Programs whose dependencies do not go together with the workspaces' own. Each has a folder with a lock
 * file, from which the benchmark installs it.
 */
const folders = { drizzle: "../drizzle/", postgraphile: "../postgraphile/" };
export type Peer = keyof typeof folders;

const folderOf = (peer: Peer): string => fileURLToPath(new URL(folders[peer], import.meta.url));

const isInstalled = (peer: Peer): boolean => existsSync(join(folderOf(peer), "node_modules"));

/** Whether a program can be started without anything being installed for it. */
export const isReady = (server: ServerName): boolean =>
  (Object.keys(folders) as Peer[]).every((peer) => !server.startsWith(peer) || isInstalled(peer));

export async function install(peer: Peer, progress: Progress): Promise<void> {
  if (isInstalled(peer)) return;
  progress.step(`installing ${peer}`);
  // Without peers: TypeScript is one of tRPC's, and nothing here compiles.
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund"], {
    cwd: folderOf(peer),
  });
}
