import { RosterError } from "@roster/domain";
import { Pool, type PoolClient, type QueryArrayConfig, type QueryArrayResult } from "pg";
import { settings } from "./connection.ts";
import { isLoss, isUnavailable } from "./errors.ts";
import { isPooled } from "./pooled.ts";
import { nameOf } from "./statements.ts";
import { isNowhere } from "./values.ts";

/**
 * Reads are by an index, and end as soon as a page is full: plans that read much at once to save a
 * little at each row are not for them.
 */
const settingsOfReads = [
  "statement_timeout = '30s'",
  ...["enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_bitmapscan", "jit"].map(
    (name) => `${name} = off`,
  ),
];
const each = (set: string): string => settingsOfReads.map((setting) => `${set} ${setting}`).join("; ");
const setUp = `set default_transaction_read_only = on; ${each("set")}`;
const begin = `begin read only; ${each("set local")}`;

/** The connections for reads. They refuse writes, so that nothing can be written past GroupCommit. */
export class Reader {
  readonly #pool: Pool;
  readonly #connections: number;
  /** Connections on which nothing may be left at the end of a transaction. */
  readonly #pooled = new WeakSet<PoolClient>();

  /** @param connections the most that are open at a time */
  constructor(url: string, connections = 8) {
    const onConnect = async (client: PoolClient): Promise<void> => {
      // Who waits for an answer is told; the event, if nobody heard it, would end the process.
      client.on("error", () => undefined);
      if (await isPooled(client)) this.#pooled.add(client);
      else await client.query(setUp);
    };
    this.#connections = connections;
    this.#pool = new Pool({
      ...settings(url),
      pipeline: true,
      max: connections,
      onConnect: onConnect as never,
    });
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
    const start = performance.now();
    for (let failed = 1; ; failed++) {
      try {
        return (await this.#once({ text, values: [...values], rowMode: "array" })).rows;
      } catch (error) {
        // Connections that were lost while nobody used them fail at once, one after the other. To read twice is harmless.
        if (!isLoss(error) || failed > this.#connections || performance.now() - start > 1_000) throw error;
      }
    }
  }

  async #once(query: QueryArrayConfig): Promise<QueryArrayResult<unknown[]>> {
    const client = await this.#pool.connect();
    let failure: unknown;
    try {
      if (this.#pooled.has(client)) return await inTransaction(client, query);
      const name = nameOf(query.text);
      return await client.query<unknown[]>(name === undefined ? query : { ...query, name });
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      client.release(isLoss(failure));
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

/** A read with a transaction of its own around it, all of it sent at once. */
async function inTransaction(
  client: PoolClient,
  query: QueryArrayConfig,
): Promise<QueryArrayResult<unknown[]>> {
  const [begun, answer] = await Promise.allSettled([
    client.query(begin),
    client.query<unknown[]>(query),
    client.query("commit"),
  ]);
  if (begun.status === "rejected") throw begun.reason;
  if (answer.status === "rejected") throw answer.reason;
  return answer.value;
}
