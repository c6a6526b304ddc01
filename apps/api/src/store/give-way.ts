/** How long synchronous work may run in one turn of the event loop, in milliseconds. */
const slice = 10;

/** When the work of this turn of the event loop began; undefined before any work. */
let begun: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Yields the event loop once the current turn has worked for longer than a slice. Call it before each piece
 * of synchronous work, such as a read of SQLite: a request that makes many reads then never blocks the event
 * loop for longer than a slice and one read. Callers that wait go on in order, before later ones begin.
 *
 * @returns a promise to await, or undefined to continue at once
 */
export function giveWay(): Promise<void> | undefined {
  if (waiting.length > 0 || !hasTime()) return new Promise((resolve) => void waiting.push(resolve));
  return undefined;
}

/** Whether this turn has time for more work. Begins the work of a turn. */
function hasTime(): boolean {
  if (begun !== undefined) return performance.now() - begun <= slice;
  begun = performance.now();
  setImmediate(endTurn);
  return true;
}

function endTurn(): void {
  begun = undefined;
  if (waiting.length > 0) resumeNext();
}

/** Resumes waiting callers, one after the work of the other, as long as this turn has time. */
function resumeNext(): void {
  if (!hasTime()) return;
  waiting.shift()?.();
  // Ticks run once no microtask is left, so after the work that the caller does until it next waits.
  if (waiting.length > 0) queueMicrotask(() => process.nextTick(resumeNext));
}
