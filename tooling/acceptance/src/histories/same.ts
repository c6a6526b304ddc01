import type { Run } from "./run.ts";

/** The first request that two runs of one seed answer differently; undefined if there is none. */
export function firstDifference([one, other]: readonly Run[]): string | undefined {
  // A run that ended with a problem has said so.
  if (!one || !other || one.problem || other.problem) return undefined;
  const at = one.transcript.findIndex((line, i) => line !== other.transcript[i]);
  if (at < 0)
    return one.transcript.length === other.transcript.length ? undefined : "one has made more requests";
  const [mine = "", theirs = ""] = [one.transcript[at], other.transcript[at]];
  let same = 0;
  while (mine[same] === theirs[same]) same++;
  const around = (line: string) => line.slice(Math.max(0, same - 300), same + 300);
  return `request ${at}:\n  ${mine.slice(0, 500)}\n  … ${around(mine)}\n  … ${around(theirs)}`;
}
