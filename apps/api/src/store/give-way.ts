/** How long synchronous work may run in one turn of the event loop, in milliseconds. */
const slice = 10;

/** When the work of this turn of the event loop began; undefined before any work. */
let begun: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Yields the event loop once the current turn has worked for longer than a slice. Call it before each piece
 * of synchronous work, such as a read of SQLite: a request that makes many reads then never blocks the event
 * loop for longer than a slice and one read.
 *
 * @returns a promise to await, or undefined to continue at once
 */
export function giveWay(): Promise<void> | undefined {
  if (begun === undefined) beginTurn();
  else if (performance.now() - begun > slice) return new Promise((resolve) => void waiting.push(resolve));
  return undefined;
}

function beginTurn(): void {
  begun = performance.now();
  setImmediate(endTurn);
}

/** Resumes one waiting caller per turn: all of them together would block the event loop. */
function endTurn(): void {
  begun = undefined;
  const next = waiting.shift();
  if (!next) return;
  beginTurn();
  next();
}
