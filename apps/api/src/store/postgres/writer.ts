import type { ClientConfig } from "pg";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";

/** The write connection: one, opened on demand, and again after it was lost. */
export class Writer {
  readonly #address: Address;
  readonly #config: ClientConfig;
  readonly #renewed: () => void;
  #connection: Connection | undefined;
  #hadOne = false;

  /** @param renewed called when a new connection replaces another: it may lead to another server */
  constructor(address: Address, renewed: () => void, config: ClientConfig = {}) {
    this.#address = address;
    this.#config = config;
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
    this.#connection = await Connection.open(this.#address, this.#config);
    if (this.#hadOne) this.#renewed();
    this.#hadOne = true;
    return this.#connection;
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}
