import type { Waiting } from "./waiting.ts";

/** The pause between two attempts to write to a tenant that another node is writing to, in milliseconds. */
const respite = 1_000;

/** Commands of tenants that another node is writing to, set aside so that they hold up no other tenant. */
export class SetAside {
  readonly #tenants = new Map<number, { again: number; commands: Waiting[] }>();

  get isEmpty(): boolean {
    return this.#tenants.size === 0;
  }

  /** How many commands are set aside. */
  get depth(): number {
    let depth = 0;
    for (const { commands } of this.#tenants.values()) depth += commands.length;
    return depth;
  }

  /** Sets a command aside behind earlier ones of its tenant. @returns false if the tenant is not set aside */
  add(waiting: Waiting): boolean {
    const { command } = waiting;
    const tenant = "tenant" in command ? this.#tenants.get(command.tenant) : undefined;
    tenant?.commands.push(waiting);
    return tenant !== undefined;
  }

  /**
   * Sets aside the commands of these tenants.
   *
   * @returns the commands of other tenants, and those that were already set aside for longer than
   *   `patience` milliseconds
   */
  hold(
    tenants: ReadonlySet<number>,
    commands: readonly Waiting[],
    patience: number,
  ): { others: Waiting[]; expired: Waiting[] } {
    const now = performance.now();
    const others: Waiting[] = [];
    const expired: Waiting[] = [];
    for (const tenant of tenants) this.#tenants.set(tenant, { again: now + respite, commands: [] });
    for (const waiting of commands) {
      const { command } = waiting;
      if (!("tenant" in command && this.#tenants.has(command.tenant))) others.push(waiting);
      else if (now - (waiting.held ??= now) > patience) expired.push(waiting);
      else this.add(waiting);
    }
    for (const [tenant, aside] of this.#tenants)
      if (aside.commands.length === 0) this.#tenants.delete(tenant);
    return { others, expired };
  }

  /** Removes and returns the commands that are due for another attempt. */
  due(): Waiting[] {
    const due: Waiting[] = [];
    for (const [tenant, { again, commands }] of this.#tenants) {
      if (again > performance.now()) continue;
      this.#tenants.delete(tenant);
      // The tenants that were set aside last come first, as they did in the queue.
      due.unshift(...commands);
    }
    return due;
  }
}
