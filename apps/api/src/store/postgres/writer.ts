import type { Address } from "./address.ts";
import { usualAnswerTimeout } from "./connect.ts";
import { Connection } from "./connection.ts";

/** The write connection: one, opened on demand, and again after it was lost. */
export class Writer {
  readonly #address: Address;
  readonly #answerTimeout: number;
  readonly #renewed: () => void;
  #connection: Connection | undefined;
  #hadOne = false;
  #opened = 0;

  /**
   * @param renewed called when a new connection replaces another: it may lead to another server
   * @param answerTimeout the time limit for the answer to a statement, in milliseconds
   */
  constructor(address: Address, renewed: () => void, answerTimeout: number = usualAnswerTimeout) {
    this.#address = address;
    this.#answerTimeout = answerTimeout;
    this.#renewed = renewed;
  }

  /**
   * @returns a connection on which no transaction is open
   * @throws Error if no primary can be reached
   */
  async connection(): Promise<Connection> {
    const current = this.#connection;
    if (current && !current.lost && current.idle) return current;
    // If a transaction could not be ended, closing the connection makes the server end it.
    current?.abandon();
    this.#connection = undefined;
    this.#connection = await Connection.open(this.#address, { query_timeout: this.#answerTimeout });
    this.#opened = performance.now();
    if (this.#hadOne) this.#renewed();
    this.#hadOne = true;
    return this.#connection;
  }

  /**
   * Gives up the connection if it is older than the time limit for an answer: its server makes the node wait,
   * and may have been succeeded.
   */
  leaveIfOld(): void {
    if (performance.now() - this.#opened >= this.#answerTimeout) this.#connection?.abandon();
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}
