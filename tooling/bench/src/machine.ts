import { closeSync, fsyncSync, openSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { summarize } from "./summary.ts";

/** What the figures depend on. */
export interface Machine {
  processor: string;
  cores: number;
  /** In bytes. */
  memory: number;
  system: string;
  node: string;
  /** How long the disk takes to make 4 KiB durable, in milliseconds: half the time at most this. */
  fsync: number;
  /** Processes that wanted a core in the minute before: others than the benchmark's. */
  loadBefore: number;
}

/** @param folder where the databases will be */
export function lookAtMachine(folder: string): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory: totalmem(),
    system: `${type()} ${release()}`,
    node: process.versions.node,
    fsync: fsyncTime(folder),
    loadBefore: loadavg()[0] as number,
  };
}

function fsyncTime(folder: string): number {
  const path = join(folder, "fsync");
  const file = openSync(path, "w");
  const block = Buffer.alloc(4096, 1);
  const times = Array.from({ length: 100 }, () => {
    const from = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    return performance.now() - from;
  });
  closeSync(file);
  unlinkSync(path);
  return summarize(times)?.median as number;
}

/** The type of a file system that is memory (statfs(2)): there a promise of durability costs nothing. */
const tmpfs = 0x01021994;

/** What makes figures of this machine worth less than they look. */
export function doubts(machine: Machine, folder: string): string[] {
  const found: string[] = [];
  if (statfsSync(folder).type === tmpfs)
    found.push(`${folder} is in memory, where fsync is free: name a folder on a disk with --folder`);
  if (machine.loadBefore > 0.5)
    found.push(`other programs have kept ${machine.loadBefore.toFixed(1)} cores busy for the last minute`);
  if (machine.cores < 2)
    found.push("there is one core only, which the servers share with the load generator");
  return found;
}
