import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Queue } from "./queue.ts";
import type { Waiting } from "./waiting.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A command, named by its tenant and a letter; tenant 0 is none. */
const waiting = (name: string): Waiting => {
  const tenant = Number.parseInt(name);
  return { command: tenant === 0 ? { keep: 0 } : { tenant }, mark: name } as never;
};
const filled = (queue: Queue, ...names: string[]): Queue => {
  for (const name of names) queue.add(waiting(name));
  return queue;
};
const marks = (commands: readonly Waiting[]) => commands.map(({ mark }) => mark);

/** Takes the next batch and ends it at once. */
function batch(queue: Queue, most = 100): unknown[] | undefined {
  const line = queue.next();
  if (!line) return undefined;
  const taken = marks(queue.take(line, most));
  queue.release(line);
  return taken;
}
const batches = (queue: Queue, most?: number) => {
  const all: unknown[][] = [];
  for (let one = batch(queue, most); one; one = batch(queue, most)) all.push(one);
  return all;
};

describe("the queue of one writer", () => {
  it("puts the commands of all tenants into one batch, in order", () => {
    expect(batches(filled(new Queue(1, false), "2a", "1a", "0a", "2b"))).toEqual([["2a", "1a", "0a", "2b"]]);
  });
});

describe("the queue of several writers", () => {
  it("spreads the tenants over them, and keeps each tenant's order", () => {
    const queue = filled(new Queue(2, false), "1a", "2a", "3a", "4a", "1b", "0a");
    expect(batches(queue)).toEqual([
      ["1a", "3a", "1b"],
      ["2a", "4a", "0a"],
    ]);
    expect(queue.isEmpty).toBe(true);
  });

  it("gives no tenant to two of them", () => {
    const queue = filled(new Queue(2, false), "1a", "2a");
    const [first, second] = [queue.next(), queue.next()];
    if (!first || !second) throw new Error("there are two lines");
    expect([queue.take(first, 9), queue.take(second, 9)].map(marks)).toEqual([["1a"], ["2a"]]);
    filled(queue, "1b", "3a", "2b");
    expect(queue.next()).toBeUndefined();
    queue.release(second);
    expect(batches(queue)).toEqual([["2b"]]);
    queue.release(first);
    expect(batches(queue)).toEqual([["1b", "3a"]]);
  });

  it("lets the lines take turns, however full one of them is", () => {
    const queue = filled(new Queue(2, false), "1a", "1b", "1c", "2a");
    expect(batches(queue, 1)).toEqual([["1a"], ["2a"], ["1b"], ["1c"]]);
  });

  it("returns a batch in parts to the beginning of its line", () => {
    const queue = filled(new Queue(2, false), "1a", "1b", "1c");
    const line = queue.next();
    if (!line) throw new Error("there is a line");
    queue.putBack(line, queue.take(line, 3), [1, 2]);
    filled(queue, "1d");
    expect(queue.depth).toBe(4);
    queue.release(line);
    expect(batches(queue)).toEqual([["1a"], ["1b", "1c"], ["1d"]]);
  });
});

describe("a queue for transactions of one tenant", () => {
  it("gives each tenant batches of its own", () => {
    expect(batches(filled(new Queue(2, true), "1a", "2a", "3a", "0a", "1b"))).toEqual([
      ["1a", "1b"],
      ["2a"],
      ["3a"],
      ["0a"],
    ]);
  });
});

describe.each([false, true])("a tenant that another node is writing to (one tenant a batch: %s)", (one) => {
  it("rests with all its commands, in order, and holds up no other", () => {
    const queue = filled(new Queue(1, one), "1a", "1b");
    const line = queue.next();
    if (!line) throw new Error("there is a line");
    queue.putBack(line, queue.take(line, 9), []);
    const rested = vi.fn<() => void>();
    expect(queue.hold(1, line, 1_000, () => false, rested)).toEqual([]);
    queue.release(line);
    filled(queue, "1c", "2a");
    expect(batches(queue)).toEqual([["2a"]]);
    expect([queue.depth, queue.held, queue.isEmpty]).toEqual([3, 1, false]);
    expect(marks(queue.clear())).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(rested).toHaveBeenCalledOnce();
    filled(queue, "1d");
    expect(batches(queue)).toEqual([["1a", "1b", "1c", "1d"]]);
    expect([queue.depth, queue.held, queue.isEmpty]).toEqual([0, 0, true]);
  });

  it("gives up the commands that have waited too long", () => {
    const queue = filled(new Queue(1, one), "1a", "1b");
    const line = queue.next();
    if (!line) throw new Error("there is a line");
    expect(marks(queue.hold(1, line, 1_000, ({ mark }) => mark === "1a", vi.fn()))).toEqual(["1a"]);
    queue.release(line);
    expect(batches(queue)).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(batches(queue)).toEqual([["1b"]]);
  });
});

it("a queue that is cleared is empty, except for the commands being written", () => {
  const queue = filled(new Queue(2, false), "1a", "2a");
  const line = queue.next();
  if (!line) throw new Error("there is a line");
  queue.take(line, 9);
  filled(queue, "1b");
  expect(marks(queue.clear())).toEqual(["1b", "2a"]);
  expect([queue.depth, queue.isEmpty, queue.next()]).toEqual([0, false, undefined]);
  queue.release(line);
  expect(queue.isEmpty).toBe(true);
});
