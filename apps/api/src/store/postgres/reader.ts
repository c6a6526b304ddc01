import { RosterError } from "@roster/domain";
import type { Outage } from "../outage.ts";
import { Pool } from "../pool.ts";
import type { Address } from "./address.ts";
import { WrongState } from "./connect.ts";
import { Connection, type Result } from "./connection.ts";
import { isLoss, isUnavailable } from "./errors.ts";

/**
 * Reads use an index and end when a page is full, so plans that read much at once to save a little per row
 * are disabled.
 */
const settingsOfReads = [
  "statement_timeout = '30s'",
  ...["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "jit"].map(
    (name) => `${name} = off`,
  ),
];
const each = (set: string): string => settingsOfReads.map((setting) => `${set} ${setting}`).join("; ");
/** The plan of a search: an index without an order gives all its matches at once. */
const switched = (set: string, bitmap: string, others: string): string =>
  [`bitmapscan = ${bitmap}`, `indexscan = ${others}`, `indexonlyscan = ${others}`]
    .map((setting) => `${set} enable_${setting}`)
    .join("; ");
const [unorderedOn, unorderedOff] = [switched("set", "on", "off"), switched("set", "off", "on")];
const setUp = `set default_transaction_read_only = on; ${each("set")}`;
/** A pooler may lead to another server than when the connection was opened. */
const begin = `begin read only; ${each("set local")}; select pg_is_in_recovery()`;

export interface ReaderOptions {
  /** The maximum number of open connections. */
  connections?: number;
  /** The name of these reads in the log. */
  name?: string;
  outage?: Outage | undefined;
}

/** The read connections. They refuse writes, so that nothing can be written except through GroupCommit. */
export class Reader {
  readonly #pool: Pool<Connection>;
  readonly #primaryOnly: boolean;
  readonly #connections: number;
  readonly #name: string;
  readonly #outage: Outage | undefined;

  constructor(address: Address, { connections = 8, name = "reads", outage }: ReaderOptions = {}) {
    this.#primaryOnly = address.target === "primary" || address.target === "read-write";
    this.#connections = connections;
    this.#name = name;
    this.#outage = outage;
    this.#pool = new Pool(() => open(address), connections);
  }

  /**
   * @param unordered whether the statement reads an index that has no order
   * @returns the rows, each with its values in the order of the statement
   * @throws RosterError UNAVAILABLE if the database cannot be read
   */
  async all(text: string, values: readonly unknown[] = [], unordered = false): Promise<unknown[][]> {
    try {
      const rows = await this.#query(text, values, unordered);
      this.#outage?.works(this.#name);
      return rows;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#outage?.failed(this.#name, error);
      throw new RosterError("UNAVAILABLE", "the database cannot be read", { cause: error });
    }
  }

  async #query(text: string, values: readonly unknown[], unordered: boolean): Promise<unknown[][]> {
    const start = performance.now();
    for (let failed = 1; ; failed++) {
      const connection = await this.#pool.take();
      try {
        return (await this.#once(connection, text, values, unordered)).rows;
      } catch (error) {
        // Connections lost while idle fail at once, one after another. Repeating a read is harmless.
        if (!isLoss(error) || failed > this.#connections || performance.now() - start > 1_000) throw error;
      } finally {
        this.#pool.release(connection);
      }
    }
  }

  /** Through a pooler, a read gets a transaction of its own, sent in one go. */
  async #once(
    connection: Connection,
    text: string,
    values: readonly unknown[],
    unordered: boolean,
  ): Promise<Result> {
    if (!connection.pooled) {
      if (!unordered) return connection.run(text, values);
      const [, found] = await Promise.all([
        connection.script(unorderedOn),
        connection.run(text, values),
        connection.script(unorderedOff),
      ]);
      return found;
    }
    const [begun, answer] = await Promise.allSettled([
      connection.script(unordered ? `${begin}; ${switched("set local", "on", "off")}` : begin),
      connection.run(text, values),
      connection.script("commit"),
    ]);
    if (begun.status === "rejected") throw begun.reason;
    const isStandby = begun.value.at(-1)?.rows[0]?.[0] === true;
    if (isStandby && this.#primaryOnly) {
      connection.abandon();
      throw new WrongState("the server is a standby, not the primary");
    }
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  /** Answers later reads on connections opened after this call. */
  renew(): void {
    this.#pool.renew();
  }

  /** The numbers of busy and idle connections, and of waiting reads. */
  connections(): { busy: number; idle: number; waiting: number } {
    return this.#pool.figures;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

async function open(address: Address): Promise<Connection> {
  const connection = await Connection.open(address);
  try {
    if (!connection.pooled) await connection.script(setUp);
    return connection;
  } catch (error) {
    connection.abandon();
    throw error;
  }
}
