/** For how long synchronous work may go on before it gives way, in milliseconds. */
const slice = 10;

/** When the work of this turn of the event loop began; undefined while nothing was done in it. */
let begun: number | undefined;
const waiting: (() => void)[] = [];

/**
 * Lets everybody else have a turn when much has been done in this one. To be called before each piece
 * of synchronous work, such as a read of SQLite: a request that makes many of them, all at once or one
 * after another, then never keeps the event loop for longer than a slice and one piece.
 *
 * @returns what is to be awaited, if anything is
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

/** One of those who wait goes on in each turn: were it all, they would keep it together. */
function endTurn(): void {
  begun = undefined;
  const next = waiting.shift();
  if (!next) return;
  beginTurn();
  next();
}
