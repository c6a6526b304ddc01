import type { Waiting } from "./waiting.ts";

/** The waiting commands of one tenant or, if one transaction takes all tenants, of all. Their batches take turns. */
export class Line {
  /** The tenant; 0 for commands of no tenant or of all. */
  readonly key: number;
  commands: Waiting[] = [];
  /** The sizes of the parts that remain of a split batch, the next one last. */
  parts: number[] = [];
  /** A batch of the line is being written. */
  busy = false;
  /** Another node is writing to the tenant, so the line rests for a while. */
  held = false;

  constructor(key: number) {
    this.key = key;
  }
}

/** The waiting commands, in lines of which any number are written side by side, each in its own order. */
export class Queue {
  readonly #byTenant: boolean;
  readonly #lines = new Map<number, Line>();
  /** The lines whose turn may come, the one that has waited longest first. */
  readonly #ready = new Set<Line>();
  #depth = 0;
  #held = 0;

  /** @param byTenant whether each tenant has a line of its own */
  constructor(byTenant: boolean) {
    this.#byTenant = byTenant;
  }

  /** The number of waiting commands. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether nothing waits or is being written. */
  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  get isReady(): boolean {
    return this.#ready.size > 0;
  }

  /** The number of lines that wait for another node. */
  get held(): number {
    return this.#held;
  }

  /** Adds a command at the end of its line. */
  add(waiting: Waiting): void {
    const { command } = waiting;
    const key = this.#byTenant && "tenant" in command ? command.tenant : 0;
    let line = this.#lines.get(key);
    if (!line) this.#lines.set(key, (line = new Line(key)));
    line.commands.push(waiting);
    this.#depth++;
    this.#offer(line);
  }

  /** Takes the line that has waited longest. It is busy until `release`. */
  next(): Line | undefined {
    const [line] = this.#ready;
    if (!line) return undefined;
    this.#ready.delete(line);
    line.busy = true;
    return line;
  }

  /** Takes the next batch of a line. @param most the maximum number of commands */
  take(line: Line, most: number): Waiting[] {
    const batch = line.commands.splice(0, line.parts.pop() ?? most);
    this.#depth -= batch.length;
    return batch;
  }

  /** Returns a batch to the beginning of its line, to be taken again in parts of these sizes. */
  putBack(line: Line, batch: readonly Waiting[], parts: readonly number[]): void {
    line.commands.unshift(...batch);
    line.parts.push(...parts.toReversed());
    this.#depth += batch.length;
  }

  /** Ends a turn of a line. */
  release(line: Line): void {
    line.busy = false;
    if (line.commands.length === 0) this.#lines.delete(line.key);
    else this.#offer(line);
  }

  /** Lets a line rest. @param rest milliseconds @param rested called when its turn may come again */
  hold(line: Line, rest: number, rested: () => void): void {
    line.held = true;
    line.parts = [];
    this.#held++;
    setTimeout(() => {
      line.held = false;
      this.#held--;
      this.#offer(line);
      rested();
    }, rest);
  }

  /** Removes and returns the commands of a line for which a condition holds. */
  remove(line: Line, isMeant: (waiting: Waiting) => boolean): Waiting[] {
    const removed: Waiting[] = [];
    line.commands = line.commands.filter((waiting) => !isMeant(waiting) || !removed.push(waiting));
    this.#depth -= removed.length;
    return removed;
  }

  /** Removes and returns all commands except those that wait for another node. */
  clear(): Waiting[] {
    const cleared: Waiting[] = [];
    for (const line of this.#lines.values()) {
      if (line.held) continue;
      cleared.push(...line.commands.splice(0));
      line.parts = [];
      this.#ready.delete(line);
      if (!line.busy) this.#lines.delete(line.key);
    }
    this.#depth -= cleared.length;
    return cleared;
  }

  #offer(line: Line): void {
    if (!line.busy && !line.held && line.commands.length > 0) this.#ready.add(line);
  }
}
