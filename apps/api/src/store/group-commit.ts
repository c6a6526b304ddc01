import { RosterError } from "@roster/domain";
import type { Logger } from "pino";
import { execute } from "./execute.ts";
import { Batch, type Authorship, type View, type Write } from "./batch.ts";
import type { Database, Want } from "./database.ts";

/** What a command has come to: the records to write, and the answer once they are on disk. */
export interface Decision<Reply> {
  writes: Write[];
  reply: Reply;
}

/** A pure decision over what the store holds. @throws RosterError when the change is refused */
export type Decide<Reply> = (view: View) => Decision<Reply>;

/** A change that somebody wants. Of one that is refused, nothing is written. */
export interface Command<Reply> extends Authorship {
  /** What the decision surely needs, so that a batch can load it in one go. */
  wants: readonly Want[];
  decide: Decide<Reply>;
}

/** Several changes under one answer, each decided on what those before it left. */
export interface Series<Part, Reply> extends Authorship {
  wants: readonly Want[];
  parts: readonly Decide<Part>[];
  /** All or nothing: when one part is refused, none is written. */
  atomic: boolean;
  /** Decide everything, write nothing. */
  dryRun: boolean;
  /** The answer. @throws RosterError when the whole is refused; only an atomic series can be */
  conclude(outcomes: readonly Outcome<Part>[]): Decision<Reply>["reply"];
}

/** What one part of a series has come to. */
export type Outcome<Part> = { reply: Part } | { error: RosterError };

type AnyCommand = Command<unknown> | Series<unknown, unknown>;

interface Waiting {
  command: AnyCommand;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions {
  /** The most commands that share a commit. */
  maxBatch?: number;
  /** The most commands that wait; one more is refused as OVERLOADED. */
  maxQueue?: number;
}

/**
 * Group commit, one level above the database's own: commands that arrive while a commit is under
 * way share the next one. It is the only code that opens a write transaction.
 *
 * Commands are decided in the order of their arrival, each on the state that those before it leave.
 * One that is refused is answered alone. An answer is given when the commit is on disk.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #maxBatch: number;
  readonly #maxQueue: number;
  readonly #committed: ((writes: readonly Write[]) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  #waiting: Waiting[] = [];
  #running = false;
  #closed = false;

  constructor(
    database: Database,
    logger: Logger,
    { maxBatch = 512, maxQueue = 10_000 }: GroupCommitOptions = {},
  ) {
    this.#database = database;
    this.#logger = logger;
    this.#maxBatch = maxBatch;
    this.#maxQueue = maxQueue;
  }

  /** Calls back with the writes of each commit, before its commands are answered. */
  onCommitted(listener: (writes: readonly Write[]) => void): void {
    this.#committed.push(listener);
  }

  /**
   * @returns the command's reply, when its writes are on disk
   * @throws RosterError the command's own refusal, OVERLOADED, or UNAVAILABLE when the database
   *   cannot write; nothing of the command is stored then
   */
  submit<Reply, Part = unknown>(command: Command<Reply> | Series<Part, Reply>): Promise<Reply> {
    if (this.#closed) return Promise.reject(new RosterError("UNAVAILABLE", "the server is stopping"));
    if (this.#waiting.length >= this.#maxQueue) {
      return Promise.reject(new RosterError("OVERLOADED", `${this.#maxQueue} writes are waiting already`));
    }
    return new Promise<Reply>((resolve, reject) => {
      this.#waiting.push({ command: command as AnyCommand, resolve: resolve as Waiting["resolve"], reject });
      if (this.#running) return;
      this.#running = true;
      // After the I/O of this turn of the event loop: requests that came in together share a commit.
      setImmediate(() => void this.#run());
    });
  }

  /** Refuses new commands, and returns when those accepted are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#running) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#maxBatch);
      await this.#commit(batch);
      // Lets the answers out and new requests in.
      await new Promise(setImmediate);
    }
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #commit(batch: Waiting[]): Promise<void> {
    try {
      await this.#attempt(batch);
    } catch (error) {
      const violated = this.#database.violated(error);
      // What only the database can see must fail its own command only.
      if (violated && batch.length > 1) {
        for (const waiting of batch) await this.#commit([waiting]);
        return;
      }
      this.#logger.error({ err: error, commands: batch.length }, "a commit failed");
      const failure =
        violated === "unique"
          ? new RosterError("CONFLICT", "another record has one of these values", { cause: error })
          : violated
            ? error
            : new RosterError("UNAVAILABLE", "the database could not store the change; nothing was changed", {
                cause: error,
              });
      for (const { reject } of batch) reject(failure);
    }
  }

  /** One transaction. Throws, with nothing stored and nobody answered, when it cannot be committed. */
  async #attempt(batch: Waiting[]): Promise<void> {
    const transaction = await this.#database.begin();
    const answers: (() => void)[] = [];
    const writes: Write[] = [];
    try {
      const state = new Batch(transaction);
      await state.prepare(batch.map(({ command }) => command));
      for (const { command, resolve, reject } of batch) {
        const outcome = await execute(state, command);
        if ("error" in outcome) {
          answers.push(() => reject(outcome.error));
        } else {
          writes.push(...outcome.writes);
          answers.push(() => resolve(outcome.reply));
        }
      }
      await state.flush();
      await transaction.commit();
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    for (const listener of this.#committed) {
      try {
        listener(writes);
      } catch (error) {
        // The writes are on disk, whatever a listener makes of them.
        this.#logger.error({ err: error }, "a listener to commits failed");
      }
    }
    for (const answer of answers) answer();
  }
}
