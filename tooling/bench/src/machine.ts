import { closeSync, fsyncSync, openSync, statfsSync, unlinkSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { summarize } from "./summary.ts";

/** The properties of the machine that the figures depend on. */
export interface Machine {
  processor: string;
  cores: number;
  /** The memory, in bytes. */
  memory: number;
  system: string;
  node: string;
  /** The median time to make 4 KiB durable on the disk, in milliseconds. */
  fsync: number;
  /** The load of the minute before: processes other than the benchmark's that needed a core. */
  loadBefore: number;
}

/** @param folder the folder of the databases */
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

/** The type of an in-memory file system (statfs(2)), where durability costs nothing. */
const tmpfs = 0x01021994;

/** The reasons why figures of this machine are less meaningful than they look. */
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
