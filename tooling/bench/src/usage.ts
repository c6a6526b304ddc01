import { readFileSync } from "node:fs";

/** The resources of processes from `/proc`; undefined without it, as on macOS. */
export interface Usage {
  /** The CPU time used, in microseconds, to 10 ms. */
  cpuMicros: number;
  /** Current and peak memory, in bytes. */
  resident: number;
  peak: number;
}

/** The unit of `/proc/<pid>/stat` on every Linux: hundredths of a second. */
const tickMicros = 10_000;

const usageOf = (pid: number): Usage | undefined =>
  looked(() => ({
    cpuMicros: cpuMicros(statOf(pid)),
    resident: bytes(pid, "status", "VmRSS"),
    peak: bytes(pid, "status", "VmHWM"),
  }));

/** The sum over several processes; the peak is the sum of their peaks. */
export function usageOfAll(pids: readonly number[]): Usage | undefined {
  const all = pids.map(usageOf);
  return all.every((one) => one !== undefined)
    ? { cpuMicros: sum(all, "cpuMicros"), resident: sum(all, "resident"), peak: sum(all, "peak") }
    : undefined;
}

/** The CPU time of a process and its children, with that of ended ones, in microseconds. */
export const cpuOfFamily = (pid: number): number | undefined =>
  looked(() =>
    childrenOf(pid)
      .map((child) => looked(() => cpuMicros(statOf(child))) ?? 0)
      .reduce((all, one) => all + one, cpuMicros(statOf(pid), { withEnded: true })),
  );

/** The memory of a process and its children, in bytes; shared pages count once. */
export const memoryOfFamily = (pid: number): number | undefined =>
  looked(() =>
    childrenOf(pid)
      .map((child) => looked(() => bytes(child, "smaps_rollup", "Pss")) ?? 0)
      .reduce((all, one) => all + one, bytes(pid, "smaps_rollup", "Pss")),
  );

const sum = (all: readonly Usage[], of: keyof Usage): number =>
  all.reduce((total, one) => total + one[of], 0);

/** The fields of `/proc/<pid>/stat` from the third one, the state (proc_pid_stat(5)). */
const statOf = (pid: number): string[] =>
  // The name, in brackets, may contain spaces, so the fields are counted from its end.
  readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);

/** User and system time; optionally with that of ended children. */
const cpuMicros = (stat: readonly string[], { withEnded = false } = {}): number =>
  stat.slice(11, withEnded ? 15 : 13).reduce((ticks, field) => ticks + Number(field), 0) * tickMicros;

const bytes = (pid: number, file: "status" | "smaps_rollup", name: string): number =>
  Number(
    new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "latin1"))?.[1],
  ) * 1024;

/** @returns undefined if the file does not exist or its process has just ended */
function looked<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
