import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chown, mkdir } from "node:fs/promises";
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

/** The ids of the processes that run in a folder or below it, usually parents first. */
export const processesIn = (folder: string): number[] =>
  processesWhere((at) => `${readlinkSync(`${at}/cwd`)}/`.startsWith(`${folder}/`));

/** The ids of the processes that this one started and that have not ended. */
const children = (): number[] =>
  processesWhere((at) => {
    // The name, in parentheses, may contain anything.
    const [, state, parent] = /.*\) (\S) (\d+)/s.exec(readFileSync(`${at}/stat`, "latin1")) ?? [];
    return Number(parent) === process.pid && state !== "Z";
  });

/** @param is given a process's folder in `/proc`; may throw if the process has ended */
function processesWhere(is: (at: string) => boolean): number[] {
  const pids = readdirSync("/proc").map(Number);
  const chosen = pids.filter((pid) => {
    try {
      return pid > 0 && is(`/proc/${pid}`);
    } catch {
      // It ended, or is another user's.
      return false;
    }
  });
  return chosen.toSorted((a, b) => a - b);
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

/** Kills the processes that this one started. */
export const killChildren = (): void => signal(children(), "SIGKILL");
