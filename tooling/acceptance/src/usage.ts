import { readFileSync } from "node:fs";
import type { Server } from "./server.ts";

/** The resident memory of a server, in MiB; 0 where there is no `/proc`, or the server has ended. */
export const memoryOf = (server: Pick<Server, "child">): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(read(server, "status"))?.[1] ?? 0) / 1024;

/** The CPU time of a server, in milliseconds; the kernel counts hundredths of a second. */
export function cpuTimeOf(server: Pick<Server, "child">): number {
  const stat = read(server, "stat");
  // The program's name, in parentheses, may contain spaces.
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

function read({ child }: Pick<Server, "child">, file: string): string {
  try {
    return readFileSync(`/proc/${child.pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
