import { Client, type ClientConfig, type QueryArrayConfig, type QueryArrayResult } from "pg";
import { isIgnored, isLoss } from "./errors.ts";
import { isPooled } from "./pooled.ts";
import { nameOf } from "./statements.ts";
import { types } from "./values.ts";

export type Result = QueryArrayResult<unknown[]>;

/** How long a connection may take to be made, and a statement to be answered, in milliseconds. */
const connectTimeout = 5_000;
const answerTimeout = 40_000;

/** What all connections have in common. */
export const settings = (url: string): ClientConfig => ({
  connectionString: url,
  fallback_application_name: "roster",
  connectionTimeoutMillis: connectTimeout,
  // Beyond this the server is taken for lost; it has time limits of its own, which are shorter.
  query_timeout: answerTimeout,
  keepAlive: true,
  types,
});

/** One connection. Statements are sent without waiting for the answers to those before them. */
export class Connection {
  readonly #client: Client;
  #lost = false;
  #corked = false;
  #pooled = false;
  /** The latest error that was not the mere consequence of another. */
  #failure: unknown;

  private constructor(client: Client) {
    this.#client = client;
    const lost = () => (this.#lost = true);
    client.on("error", lost);
    client.on("end", lost);
  }

  /** @throws Error when the database cannot be reached, or refuses */
  static async open(url: string): Promise<Connection> {
    const client = new Client({ ...settings(url), pipeline: true });
    const connection = new Connection(client);
    await client.connect();
    connection.#pooled = await isPooled(client);
    return connection;
  }

  /** It is closed or broken, and says nothing any more. */
  get lost(): boolean {
    return this.#lost;
  }

  /** No transaction is open on it. */
  get idle(): boolean {
    return this.#client.getTransactionStatus() === "I";
  }

  /** One statement with parameters; where that can be, prepared when it was first sent. */
  async run(text: string, values: readonly unknown[] = []): Promise<Result> {
    const name = this.#pooled ? undefined : nameOf(text);
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
