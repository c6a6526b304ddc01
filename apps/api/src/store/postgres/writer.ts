import type { ClientConfig } from "pg";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";

/** The connection for writes: one, made when it is needed, and anew when it was lost. */
export class Writer {
  readonly #address: Address;
  readonly #config: ClientConfig;
  readonly #renewed: () => void;
  #connection: Connection | undefined;
  #hadOne = false;

  /** @param renewed called when a connection takes the place of another: it may lead to another server */
  constructor(address: Address, renewed: () => void, config: ClientConfig = {}) {
    this.#address = address;
    this.#config = config;
    this.#renewed = renewed;
  }

  /**
   * A connection on which no transaction is open.
   * @throws Error when no primary can be reached
   */
  async connection(): Promise<Connection> {
    const current = this.#connection;
    if (current && !current.lost && current.idle) return current;
    // A transaction that could not be ended is ended by the server, with the connection.
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
