import { RosterError } from "@roster/domain";
import { Pool, type PoolClient } from "pg";
import { settings } from "./connection.ts";
import { isLoss, isUnavailable } from "./errors.ts";
import { nameOf } from "./statements.ts";
import { isNowhere } from "./values.ts";

/**
 * Reads are by an index, and end as soon as a page is full: plans that read much at once to save a
 * little at each row are not for them.
 */
const setUp = [
  "default_transaction_read_only = on",
  "statement_timeout = '30s'",
  ...["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "jit"].map(
    (name) => `${name} = off`,
  ),
]
  .map((setting) => `set ${setting}`)
  .join("; ");

/** The connections for reads. They refuse writes, so that nothing can be written past GroupCommit. */
export class Reader {
  readonly #pool: Pool;
  readonly #connections: number;

  /** @param connections the most that are open at a time */
  constructor(url: string, connections = 8) {
    const onConnect = async (client: PoolClient): Promise<void> => {
      await client.query(setUp);
    };
    this.#connections = connections;
    this.#pool = new Pool({ ...settings(url), max: connections, onConnect: onConnect as never });
    // A connection that is lost while nobody uses it is made anew by who needs one.
    this.#pool.on("error", () => undefined);
  }

  /**
   * @returns the rows, each with its values in the order of the statement
   * @throws RosterError UNAVAILABLE
   */
  async all(text: string, values: readonly unknown[] = []): Promise<unknown[][]> {
    if (values.some(isNowhere)) return [];
    try {
      return await this.#query(text, values);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      throw new RosterError("UNAVAILABLE", "the database cannot be read", { cause: error });
    }
  }

  async #query(text: string, values: readonly unknown[]): Promise<unknown[][]> {
    const name = nameOf(text);
    const query = () =>
      this.#pool.query<unknown[]>({
        text,
        values: [...values],
        ...(name !== undefined && { name }),
        rowMode: "array",
      });
    const start = performance.now();
    for (let failed = 1; ; failed++) {
      try {
        return (await query()).rows;
      } catch (error) {
        // Connections that were lost while nobody used them fail at once, one after the other. To read twice is harmless.
        if (!isLoss(error) || failed > this.#connections || performance.now() - start > 1_000) throw error;
      }
    }
  }

  /** How many there are, and how many reads wait for one. */
  connections(): { busy: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }
}
