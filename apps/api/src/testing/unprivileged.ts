import { execFileSync } from "node:child_process";

/**
 * The user to run programs as that refuse to run as root, or should not: `nobody` if this process is root's.
 * @returns undefined if this process's own user will do
 */
export function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: "-u" | "-g") => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}
