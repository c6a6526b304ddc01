/** How long synchronous work may run before it gives way, in milliseconds. */
const slice = 10;

/** When the work of this turn of the event loop began; undefined before any work. */
let begun: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Yields the event loop when this turn has worked for long. Call it before each piece of synchronous
 * work, such as a read of SQLite: a request that makes many of them, at once or one after another, then
 * never keeps the event loop for longer than a slice and one piece.
 *
 * @returns a promise to await, or undefined to go on
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

/** Resumes one waiting caller in each turn: all of them together would keep the event loop. */
function endTurn(): void {
  begun = undefined;
  const next = waiting.shift();
  if (!next) return;
  beginTurn();
  next();
}
