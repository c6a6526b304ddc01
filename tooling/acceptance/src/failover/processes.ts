import { spawn } from "node:child_process";
import { openSync, closeSync, readdirSync, readlinkSync } from "node:fs";
import { mkdir, chown } from "node:fs/promises";
import { join } from "node:path";
import { unprivileged } from "@roster/api/testing/unprivileged";

/**
 * The processes of a test, found by their working directories: programs such as Patroni start others that
 * outlive them and that no process group holds together. Needs Linux's `/proc`.
 */

/** The user of all these processes; undefined for this process's own. */
const user = unprivileged();

/** Creates a folder that the processes may write to. */
export async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { mode: 0o700 });
  if (user) await chown(path, user.uid, user.gid);
  return path;
}

/** Starts a program that runs in a folder, and writes its output to `log` there. */
export function startIn(folder: string, program: string, args: readonly string[]): void {
  const log = openSync(join(folder, "log"), "a");
  spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, LC_ALL: "C.UTF-8" },
    stdio: ["ignore", log, log],
    ...user,
  }).on("error", () => undefined);
  closeSync(log);
}

/** The ids of the processes that run in a folder or below it, parents first. */
export function processesIn(folder: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && `${workingDirectory(pid)}/`.startsWith(`${folder}/`))
    .toSorted((a, b) => a - b);
}

function workingDirectory(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It ended, or is somebody else's.
    return "";
  }
}

/** Sends a signal to processes, some of which may have ended. */
export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It ended.
    }
  }
}

/** Kills the processes of a folder, and those that they start meanwhile. */
export function killIn(folder: string): void {
  for (let pids = processesIn(folder); pids.length > 0; pids = processesIn(folder)) signal(pids, "SIGKILL");
}
