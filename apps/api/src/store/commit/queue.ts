import type { Waiting } from "./waiting.ts";

/** Waiting commands that are written one batch after another, in their order: those of one or more tenants. */
export class Line {
  readonly name: string;
  commands: Waiting[] = [];
  /** The sizes of the parts that remain of a split batch, the next one last. */
  parts: number[] = [];
  /** A batch of the line is being written. */
  busy = false;
  /** Another node is writing to the tenant, so the line rests for a while. */
  held = false;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * The waiting commands, in lines that are written side by side. There are as many as writers, and the tenants
 * are spread over them. A tenant has a line of its own while another node is writing to it, so that it holds
 * up no other, and always if each transaction has to be of one tenant.
 */
export class Queue {
  readonly #shared: number;
  readonly #oneTenant: boolean;
  readonly #lines = new Map<string, Line>();
  /** The lines whose turn may come, the one that has waited longest first. */
  readonly #ready = new Set<Line>();
  #depth = 0;
  #held = 0;

  /** @param oneTenant whether each tenant has a line of its own */
  constructor(writers: number, oneTenant: boolean) {
    this.#shared = writers;
    this.#oneTenant = oneTenant;
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
    const tenant = "tenant" in command ? command.tenant : 0;
    const own = this.#lines.get(ownName(tenant));
    const line = own ?? this.#line(this.#oneTenant ? ownName(tenant) : `shared ${tenant % this.#shared}`);
    line.commands.push(waiting);
    this.#depth++;
    this.#offer(line);
  }

  #line(name: string): Line {
    let line = this.#lines.get(name);
    if (!line) this.#lines.set(name, (line = new Line(name)));
    return line;
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
    if (line.commands.length === 0) this.#lines.delete(line.name);
    else this.#offer(line);
  }

  /**
   * Lets the commands of a tenant rest, in a line of its own.
   * @param from the line that they are in
   * @param rest milliseconds
   * @param rested called when their turn may come again
   * @returns the commands that have waited too long, which are removed
   */
  hold(
    tenant: number,
    from: Line,
    rest: number,
    isExpired: (waiting: Waiting) => boolean,
    rested: () => void,
  ): Waiting[] {
    const [commands, others] = divide(from.commands, ({ command }) =>
      "tenant" in command ? command.tenant === tenant : tenant === 0,
    );
    const [expired, held] = divide(commands, isExpired);
    from.commands = others;
    from.parts = [];
    this.#depth -= expired.length;
    if (held.length === 0) return expired;
    const line = this.#line(ownName(tenant));
    line.commands = held;
    line.held = true;
    this.#held++;
    setTimeout(() => {
      line.held = false;
      this.#held--;
      this.#offer(line);
      rested();
    }, rest);
    return expired;
  }

  /** Removes and returns all commands except those that wait for another node. */
  clear(): Waiting[] {
    const cleared: Waiting[] = [];
    for (const line of this.#lines.values()) {
      if (line.held) continue;
      cleared.push(...line.commands.splice(0));
      line.parts = [];
      this.#ready.delete(line);
      if (!line.busy) this.#lines.delete(line.name);
    }
    this.#depth -= cleared.length;
    return cleared;
  }

  #offer(line: Line): void {
    if (!line.busy && !line.held && line.commands.length > 0) this.#ready.add(line);
  }
}

const ownName = (tenant: number): string => `tenant ${tenant}`;

/** Divides items into those for which a condition holds, and the others. */
function divide<T>(items: readonly T[], condition: (item: T) => boolean): [met: T[], others: T[]] {
  const divided: [T[], T[]] = [[], []];
  for (const item of items) divided[condition(item) ? 0 : 1].push(item);
  return divided;
}
