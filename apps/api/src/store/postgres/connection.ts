import type { Client, ClientConfig, QueryArrayConfig, QueryArrayResult } from "pg";
import type { Address } from "./address.ts";
import { connect, type Connected } from "./connect.ts";
import { isIgnored, isLoss } from "./errors.ts";

/**
 * How long plans of prepared statements are kept, at first and at most, in milliseconds. A plan made while a
 * table was empty may read a whole index once the table has grown, and PostgreSQL replaces it only when the
 * table is analyzed.
 */
const plansKept = { first: 1_000, most: 60_000 } as const;

/**
 * The number of statements that stay prepared on a connection, each with a plan. An update names the columns
 * that changed, and there are more sets of columns than memory.
 */
const mostPrepared = 500;

export type Result = QueryArrayResult<unknown[]>;

/**
 * PostgreSQL's function that waits for synchronous standbys. Unlike messages, its name does not depend on the
 * server's language.
 */
const waitForStandby = "SyncRepWaitForLSN";

/** A connection. Statements are pipelined: sent without waiting for earlier answers. */
export class Connection {
  readonly #client: Client;
  /** Whether it leads through a pooler: a transaction must leave nothing behind on it. */
  readonly pooled: boolean;
  #lost = false;
  #corked = false;
  #cancelledWaits = 0;
  /** The names of the prepared statements, by their text. */
  readonly #prepared = new Map<string, string>();
  #named = 0;
  #planned = performance.now();
  #plansKept: number = plansKept.first;
  /** The latest error that is not just a consequence of an earlier one. */
  #failure: unknown;

  private constructor({ client, pooled }: Connected) {
    this.#client = client;
    this.pooled = pooled;
    const lost = () => (this.#lost = true);
    client.on("error", lost);
    client.on("end", lost);
    client.on("notice", ({ routine }) => {
      if (routine === waitForStandby) this.#cancelledWaits++;
    });
  }

  /** @throws Error if no server of the address can be reached, or each refuses or is in the wrong state */
  static async open(address: Address, config: ClientConfig = {}): Promise<Connection> {
    return new Connection(await connect(address, { ...config, pipeline: true }));
  }

  /** Whether the connection is closed or broken. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether no transaction is open on the connection. */
  get idle(): boolean {
    return this.#client.getTransactionStatus() === "I";
  }

  /** Whether to discard the plans of the prepared statements now: soon on a new connection, then ever less often. */
  plansAreOld(): boolean {
    const now = performance.now();
    if (this.pooled || now - this.#planned < this.#plansKept) return false;
    this.#planned = now;
    this.#plansKept = Math.min(2 * this.#plansKept, plansKept.most);
    return true;
  }

  /**
   * The number of times that the server has stopped waiting for a synchronous standby. Each time, a
   * transaction is committed on the primary, and possibly nowhere else. The answer to the commit does not
   * show it.
   */
  get cancelledWaits(): number {
    return this.#cancelledWaits;
  }

  /** Runs a statement with parameters. It is prepared when first sent, if the connection allows it. */
  async run(text: string, values: readonly unknown[] = []): Promise<Result> {
    const name = this.pooled ? undefined : this.#nameOf(text);
    const query = { text, values: [...values], ...(name !== undefined && { name }) };
    return this.#send({ ...query, rowMode: "array" });
  }

  /**
   * The name under which a statement is prepared. When there are too many, all are let go, and those in use
   * are prepared again. No name is given twice, so a statement that could not be let go does no harm.
   */
  #nameOf(text: string): string {
    let name = this.#prepared.get(text);
    if (name !== undefined) return name;
    if (this.#prepared.size === mostPrepared) {
      this.#prepared.clear();
      Object.assign(this.#client.connection, { parsedStatements: {} });
      // In a transaction that has failed, PostgreSQL ignores it.
      this.script("deallocate all").catch(() => undefined);
    }
    name = `roster_${this.#named++}`;
    this.#prepared.set(text, name);
    return name;
  }

  /** Runs statements without parameters, sent in one message. */
  async script(text: string): Promise<Result[]> {
    const results: Result | Result[] = await this.#send({ text, rowMode: "array" });
    return Array.isArray(results) ? results : [results];
  }

  /** Sends a query. The server ignores statements sent after a failed one; these throw the first failure. */
  async #send(query: QueryArrayConfig): Promise<Result> {
    this.#cork();
    try {
      return await this.#client.query<unknown[]>(query);
    } catch (error) {
      if (isIgnored(error) && this.#failure !== undefined) throw this.#failure;
      this.#failure = error;
      // The `end` event may come later.
      if (isLoss(error)) this.#lost = true;
      throw error;
    }
  }

  /** Sends everything of one turn of the event loop at its end, as one packet. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    const { stream } = this.#client.connection;
    stream.cork();
    process.nextTick(() => {
      this.#corked = false;
      stream.uncork();
    });
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }

  /** Closes the connection, whatever is running on it. */
  abandon(): void {
    this.#lost = true;
    void this.close();
  }
}
