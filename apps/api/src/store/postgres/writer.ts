import { Connection } from "./connection.ts";

/** The connection for writes: one, made when it is needed, and anew when it was lost. */
export class Writer {
  readonly #url: string;
  #connection: Connection | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * A connection on which no transaction is open.
   * @throws Error when the database cannot be reached
   */
  async connection(): Promise<Connection> {
    const current = this.#connection;
    if (current && !current.lost) {
      if (current.idle) return current;
      // Its last transaction could not be ended; the server ends it with the connection.
      current.abandon();
    }
    this.#connection = undefined;
    return (this.#connection = await Connection.open(this.#url));
  }

  async close(): Promise<void> {
    await this.#connection?.close();
  }
}
