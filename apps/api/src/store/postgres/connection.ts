import type { Client, ClientConfig, QueryArrayConfig, QueryArrayResult } from "pg";
import type { Address } from "./address.ts";
import { connect, type Connected } from "./connect.ts";
import { isIgnored, isLoss } from "./errors.ts";
import { nameOf } from "./statements.ts";

/**
 * How long the plans of prepared statements are kept at first and at most, in milliseconds. A plan that
 * was made while a table was empty may read a whole index when the table has grown, and PostgreSQL itself
 * makes a new one only when the table is analyzed.
 */
const plansKept = { first: 1_000, most: 60_000 } as const;

export type Result = QueryArrayResult<unknown[]>;

/** The function of PostgreSQL that waits for synchronous standbys, in whatever language it reports. */
const waitForStandby = "SyncRepWaitForLSN";

/** One connection. Statements are sent without waiting for the answers to those before them. */
export class Connection {
  readonly #client: Client;
  /** It goes by way of a pooler: nothing may be left on it at the end of a transaction. */
  readonly pooled: boolean;
  #lost = false;
  #corked = false;
  #cancelledWaits = 0;
  #planned = performance.now();
  #plansKept: number = plansKept.first;
  /** The latest error that was not the mere consequence of another. */
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

  /** @throws Error when no server of the address can be reached, or each refuses or is in a wrong state */
  static async open(address: Address, config: ClientConfig = {}): Promise<Connection> {
    return new Connection(await connect(address, { ...config, pipeline: true }));
  }

  /** It is closed or broken, and says nothing any more. */
  get lost(): boolean {
    return this.#lost;
  }

  /** No transaction is open on it. */
  get idle(): boolean {
    return this.#client.getTransactionStatus() === "I";
  }

  /** Whether the plans of the prepared statements are to be discarded now: soon on a new connection, then ever less often. */
  plansAreOld(): boolean {
    const now = performance.now();
    if (this.pooled || now - this.#planned < this.#plansKept) return false;
    this.#planned = now;
    this.#plansKept = Math.min(2 * this.#plansKept, plansKept.most);
    return true;
  }

  /**
   * How often the server has stopped waiting for a synchronous standby: a transaction is committed on
   * the primary then, and maybe nowhere else. The commit itself is answered as any other.
   */
  get cancelledWaits(): number {
    return this.#cancelledWaits;
  }

  /** One statement with parameters; where that can be, prepared when it was first sent. */
  async run(text: string, values: readonly unknown[] = []): Promise<Result> {
    const name = this.pooled ? undefined : nameOf(text);
    const query = { text, values: [...values], ...(name !== undefined && { name }) };
    return this.#send({ ...query, rowMode: "array" });
  }

  /** Statements without parameters, in one message. */
  async script(text: string): Promise<Result[]> {
    const results: Result | Result[] = await this.#send({ text, rowMode: "array" });
    return Array.isArray(results) ? results : [results];
  }

  /** What was sent after a statement that failed is ignored by the server: the cause is that failure. */
  async #send(query: QueryArrayConfig): Promise<Result> {
    this.#cork();
    try {
      return await this.#client.query<unknown[]>(query);
    } catch (error) {
      if (isIgnored(error) && this.#failure !== undefined) throw this.#failure;
      this.#failure = error;
      // Before the end of it is reported, too.
      if (isLoss(error)) this.#lost = true;
      throw error;
    }
  }

  /** What is sent in one turn of the event loop goes out at its end, as one. */
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

  /** Gives it up, whatever is under way on it. */
  abandon(): void {
    this.#lost = true;
    void this.close();
  }
}
