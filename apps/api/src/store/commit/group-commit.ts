import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { RosterError } from "@roster/domain";
import type { Logger } from "pino";
import {
  endsTransaction,
  Held,
  Lost,
  NotBegun,
  Superseded,
  Taken,
  TimedOut,
  Unconfirmed,
  type Database,
  type TenantWant,
  type WriteTransaction,
} from "../database.ts";
import { Outage } from "../outage.ts";
import { Batch } from "./batch.ts";
import type { Bookkeeping, Command, Series, TenantBookkeeping, Write } from "./command.ts";
import type { CommitObserver, TransactionObserver } from "./commit-observer.ts";
import { execute, isDivisible } from "./execute.ts";
import { Queue, type Line } from "./queue.ts";
import { split } from "./split.ts";
import { inDoubt, isKeyed, unavailable, uncertain, type Waiting } from "./waiting.ts";
import { WriteProbe } from "./write-probe.ts";

export interface GroupCommitOptions {
  /** The maximum number of commands that share a commit. */
  maxBatch?: number;
  /** The maximum number of waiting commands; further ones are refused as OVERLOADED. */
  maxQueue?: number;
  /** How long a command waits for another node that is writing to its tenant, in milliseconds. */
  patience?: number;
  /** Logs outages of the database; by default, one for group commit alone. */
  outage?: Outage;
}

/** The pause between two attempts to write to a tenant that another node is writing to, in milliseconds. */
const respite = 1_000;

/** How often a batch is retried after a deadlock or a serialization failure. */
const maxSuperseded = 10;

/** How many commands in a row must time out, each in a commit of its own, before the database itself counts as slow. */
const maxTimeouts = 2;

/** One attempt at a batch. */
interface Try {
  /** The number of earlier attempts that ended in a deadlock or a serialization failure. */
  superseded: number;
  /** Whether the parts of a series are written one by one. */
  apart: boolean;
}
const first: Try = { superseded: 0, apart: false };

/**
 * Group commit, one level above the database's own: commands that arrive during a commit share the
 * next one. No other code opens a write transaction.
 *
 * A database may have several writers: their transactions run at the same time, and are of different tenants.
 *
 * The commands of a tenant are decided in the order of their arrival, each on the state that the ones before
 * it leave. A refused command is answered alone. Answers are given once the commit is on disk.
 *
 * When a batch fails although the database works, one of its commands cannot be stored. The batch is
 * tried again in parts until that command is alone and fails alone.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #maxBatch: number;
  readonly #maxQueue: number;
  readonly #patience: number;
  readonly #outage: Outage;
  readonly #probe = new WriteProbe();
  readonly #committed: ((writes: readonly Write[]) => void)[] = [];
  readonly #idle: (() => void)[] = [];
  /** Commits run outside the asynchronous context of any request: many requests share one. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();
  #observer: CommitObserver | undefined;
  readonly #queue: Queue;
  readonly #writers: number;
  /** The numbers of the writers that have nothing to do. */
  readonly #free: number[];
  /** A writer is about to begin. */
  #starting = false;
  /** Commands of held tenants were refused, and none was stored since. */
  #heldRefused = false;
  /** Answers to commands that are on disk, not yet given. */
  #answers: (() => void)[] = [];
  /** How many commands in a row have timed out, each in a commit of its own. */
  #timeouts = 0;
  #closed = false;

  constructor(
    database: Database,
    logger: Logger,
    {
      maxBatch = 512,
      maxQueue = 10_000,
      patience = 10_000,
      outage = new Outage(logger),
    }: GroupCommitOptions = {},
  ) {
    // With a limit of 0 or NaN, no command would ever be taken.
    for (const [name, limit] of Object.entries({ maxBatch, maxQueue }))
      if (!(limit >= 1)) throw new RangeError(`${name}: must be 1 or more`);
    this.#database = database;
    this.#writers = database.writers ?? 1;
    this.#queue = new Queue(this.#writers, database.oneTenant ?? false);
    // The lowest number is taken first.
    this.#free = Array.from({ length: this.#writers }, (_, i) => i).toReversed();
    this.#logger = logger;
    this.#maxBatch = maxBatch;
    this.#maxQueue = maxQueue;
    this.#patience = patience;
    this.#outage = outage;
  }

  /** Calls back with the writes of each commit, before its commands are answered. */
  onCommitted(listener: (writes: readonly Write[]) => void): void {
    this.#committed.push(listener);
  }

  /** Reports commits and refusals to an observer from now on. */
  observe(observer: CommitObserver): void {
    this.#observer = observer;
  }

  /** The number of waiting commands. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Whether the latest commit, or the latest probe, succeeded. */
  get writable(): boolean {
    return this.#probe.writable;
  }

  /**
   * Queues a command for the next commit.
   *
   * @returns the command's reply, once its writes are on disk
   * @throws RosterError the command's own refusal; OVERLOADED; UNAVAILABLE if the database cannot write, and
   *   nothing of the command is stored; UNCERTAIN if the database was lost during the commit, and the command
   *   may or may not be stored
   * @throws the error because of which this command cannot be stored although others can; nothing of it is
   *   stored
   */
  submit<Reply, Part = unknown>(
    command: Command<Reply> | Series<Part, Reply> | Bookkeeping<Reply> | TenantBookkeeping<Reply>,
  ): Promise<Reply> {
    const refusal = this.#closed
      ? new RosterError("UNAVAILABLE", "the server is stopping")
      : this.depth >= this.#maxQueue
        ? new RosterError("OVERLOADED", `${this.#maxQueue} writes are waiting already`)
        : undefined;
    if (refusal) {
      this.#observer?.refused(refusal);
      return Promise.reject(refusal);
    }
    return new Promise<Reply>((resolve, reject) => {
      this.#queue.add({ command, resolve, reject, mark: this.#observer?.queued() } as Waiting);
      if (this.#queue.isReady) this.#start();
    });
  }

  /**
   * Checks whether changes can be stored: by the outcome of the latest commit or, if that is more than a
   * second old, by a commit that changes nothing.
   *
   * @throws RosterError UNAVAILABLE or UNCERTAIN, as a command would be refused
   */
  async check(): Promise<void> {
    if (this.#closed) throw new RosterError("UNAVAILABLE", "the server is stopping");
    await this.#probe.check(() => this.#start());
  }

  /** Refuses new commands, and returns once all accepted ones are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#free.length === this.#writers && this.#queue.isEmpty;
  }

  /** Lets a writer begin, if one is free. It lets the next one begin, if there is work for both. */
  #start(): void {
    const writer = this.#starting ? undefined : this.#free.pop();
    if (writer === undefined) return;
    this.#starting = true;
    // Runs after the I/O of this turn of the event loop, so that requests that came in together share a
    // commit.
    this.#inNoRequest(() => setImmediate(() => void this.#run(writer)));
  }

  /** Writes batches, until none is left for this writer. */
  async #run(writer: number): Promise<void> {
    this.#starting = false;
    for (;;) {
      const line = this.#queue.next();
      if (!line && !this.#probe.isAsked) break;
      if (line) {
        if (this.#queue.isReady) this.#start();
        const committed = this.#commit(writer, line, this.#queue.take(line, this.#maxBatch));
        // The previous batch is answered while the database works on this one.
        this.#tell();
        await committed;
        this.#queue.release(line);
        if (this.#queue.isReady && !this.#probe.isAsked) continue;
      }
      this.#tell();
      if (this.#probe.isAsked) await this.#probe.answer(() => this.#touch(writer));
      // Lets the answers out and new requests in.
      await new Promise(setImmediate);
    }
    this.#free.push(writer);
    if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Answers the commands that are on disk. */
  #tell(): void {
    for (const answer of this.#answers.splice(0)) answer();
  }

  #stored(): void {
    if (!this.#probe.writable) this.#outage.works("changes");
    this.#probe.note();
    if (!this.#heldRefused || this.#queue.held > 0) return;
    this.#heldRefused = false;
    this.#outage.works("changes to held tenants");
  }

  /** Commits a write that changes nothing, in a transaction of its own so that its failure harms no command. */
  async #touch(writer: number): Promise<void> {
    const transaction = this.#database.begin(writer);
    try {
      await transaction.touch();
      await transaction.commit();
      this.#stored();
    } catch (error) {
      await this.#harmless("a rollback", () => transaction.rollback());
      this.#lose([], error);
      return;
    }
    await this.#harmless("the removal of erased data", () => transaction.tidy());
  }

  async #commit(writer: number, line: Line, batch: readonly Waiting[], how = first): Promise<void> {
    const [only, ...others] = batch;
    if (!only) return;
    const observer = this.#observer?.begun(batch.map(({ mark }) => mark));
    try {
      await this.#attempt(this.#database.begin(writer), batch, how, observer);
      this.#timeouts = 0;
    } catch (error) {
      if (error instanceof Superseded && how.superseded < maxSuperseded) {
        observer?.ended("superseded");
        // A random pause: two nodes that met in a deadlock must not meet again.
        await pause(20 * Math.random());
        await this.#commit(writer, line, batch, { ...how, superseded: how.superseded + 1 });
      } else if (error instanceof Held) {
        observer?.ended("superseded");
        this.#hold(line, batch, error);
      } else if (this.#isLost(error, batch)) {
        observer?.ended("failed");
        // The waiting commands would only wait for the same failure.
        const waiting = error instanceof NotBegun || error instanceof TimedOut ? this.#queue.clear() : [];
        this.#lose([...batch, ...waiting], error);
      } else if (others.length > 0) {
        observer?.ended("split");
        this.#queue.putBack(
          line,
          batch,
          split(batch, error).map(({ length }) => length),
        );
      } else if (isDivisible(only.command) && !how.apart && !endsTransaction(error)) {
        observer?.ended("split");
        await this.#commit(writer, line, batch, { ...how, apart: true });
      } else {
        observer?.ended("failed");
        this.#fail(only, error);
      }
    }
  }

  /** Throws, with no command answered, when the transaction is not committed or its commit is not confirmed. */
  async #attempt(
    transaction: WriteTransaction,
    commands: readonly Waiting[],
    { apart }: Try,
    observer: TransactionObserver | undefined,
  ): Promise<void> {
    const answers: (() => void)[] = [];
    const writes: Write[] = [];
    try {
      const batch = new Batch(transaction);
      await batch.start(tenantsOf(commands), wantsOf(commands, apart));
      for (const { command, resolve, reject, mark } of commands) {
        const outcome = await execute(batch, command, { apart, defect: this.#defect });
        if ("error" in outcome) {
          answers.push(() => {
            this.#observer?.refused(outcome.error, mark);
            reject(outcome.error);
          });
        } else {
          writes.push(...outcome.writes);
          answers.push(() => resolve(outcome.reply));
        }
      }
      await batch.flush();
      observer?.committing();
      await transaction.commit();
      observer?.ended("stored");
      if (writes.length > 0) this.#stored();
    } catch (error) {
      await this.#harmless("a rollback", () => transaction.rollback());
      throw error;
    }
    await this.#harmless("the removal of erased data", () => transaction.tidy());
    for (const listener of this.#committed) {
      await this.#harmless("a commit listener", () => listener(writes));
    }
    this.#answers.push(...answers);
  }

  /** Whether a failure is the database's rather than a command's. */
  #isLost(error: unknown, batch: readonly Waiting[]): boolean {
    if (!(error instanceof TimedOut)) return error instanceof Lost;
    if (batch.length === 1) this.#timeouts++;
    return this.#timeouts >= maxTimeouts;
  }

  /** Lets the commands of tenants rest that another node is writing to, and refuses those that waited too long. */
  #hold(line: Line, batch: readonly Waiting[], error: Held): void {
    this.#queue.putBack(line, batch, []);
    const now = performance.now();
    const isExpired = (waiting: Waiting) => now - (waiting.held ??= now) > this.#patience;
    for (const tenant of error.tenants)
      for (const waiting of this.#queue.hold(tenant, line, respite, isExpired, () => this.#start())) {
        this.#heldRefused = true;
        this.#outage.failed("changes to held tenants", error);
        this.#refuse(waiting, isKeyed(waiting) ? inDoubt(error) : unavailable(error));
      }
  }

  /** Refuses commands because the database cannot store anything, or did not confirm the commit. */
  #lose(batch: readonly Waiting[], error: unknown): void {
    this.#outage.failed("changes", error, batch.length);
    const unconfirmed = error instanceof Unconfirmed;
    this.#probe.note(unconfirmed ? uncertain(error) : unavailable(error));
    for (const waiting of batch)
      this.#refuse(waiting, unconfirmed ? uncertain(error) : unavailable(error, isKeyed(waiting)));
  }

  /** Refuses a command that cannot be stored, although the database can store others. */
  #fail(waiting: Waiting, error: unknown): void {
    const refused =
      error instanceof Taken
        ? new RosterError("CONFLICT", error.message, { cause: error })
        : error instanceof Superseded
          ? unavailable(error, isKeyed(waiting))
          : undefined;
    if (refused) this.#logger.warn({ err: error }, "a change could not be stored");
    this.#refuse(waiting, refused ?? error);
  }

  #refuse({ reject, mark }: Waiting, failure: unknown): void {
    this.#observer?.refused(failure, mark);
    reject(failure);
  }

  readonly #defect = (error: unknown): void =>
    this.#logger.error({ err: error }, "a part of a request failed unexpectedly");

  /** Runs work whose failure cannot change any answer; the failure is logged. */
  async #harmless(what: string, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.error({ err: error }, `${what} failed`);
    }
  }
}

function* tenantsOf(commands: readonly Waiting[]): Generator<number> {
  for (const { command } of commands) if ("tenant" in command) yield command.tenant;
}

/** The data that commands surely need: the answers under their idempotency keys, and their own wants. */
function wantsOf(commands: readonly Waiting[], apart: boolean): TenantWant[] {
  const wants: TenantWant[] = [];
  for (const { command } of commands) {
    if (!("tenant" in command)) continue;
    const { tenant, idempotency } = command;
    if (idempotency) wants.push({ tenant, want: { kind: "key", key: idempotency.key } });
    // Parts written one by one load their wants themselves: one of the wants may be what fails.
    if (!apart) for (const want of command.wants) wants.push({ tenant, want });
  }
  return wants;
}
