import { withChange, type StoredChangeSet } from "@roster/domain";
import {
  endsTransaction,
  erasedReply,
  type Erasure,
  type Found,
  type KeyWrite,
  type LogWrite,
  type Remembered,
  type RowWrite,
  type TenantWant,
  type Want,
  type WriteTransaction,
} from "../database.ts";
import type { Keeping } from "../keeping.ts";
import type { Authorship, Write } from "./command.ts";
import { memberChanges } from "../tables.ts";
import { Missing, State, type NumberedType, type View } from "./state.ts";

/** More rounds than any command needs; a command that needs more is defective. */
const maxRounds = 300;

/** How many changes of a bulk request are written while the next are decided. */
const portion = 128;

/** How long decisions may block the event loop, in milliseconds. */
const slice = 20;

/** The wants whose answers the state keeps true while its commands write. */
const single = new Set<Want["kind"]>(["record", "key", "member", "candidate"]);

/** One group commit: loads the data that its commands want, lets them decide, and collects their writes. */
export class Batch {
  readonly #transaction: WriteTransaction;
  readonly #state = new State();
  #rows = new Map<string, RowWrite>();
  #log: LogWrite[] = [];
  #newKeys: KeyWrite[] = [];
  #erasures: Erasure[] = [];
  #changeSets = new Map<string, Keeping>();
  #kept: Keeping[] = [];
  #sliceBegun = performance.now();
  /** The writes that decisions did not wait for. */
  #ahead: Promise<unknown> = Promise.resolve();

  constructor(transaction: WriteTransaction) {
    this.#transaction = transaction;
  }

  /** The part of the transaction that writes bookkeeping beside the records. */
  get books(): Pick<WriteTransaction, "note" | "buildIndex" | "keep"> {
    return this.#transaction;
  }

  /** Begins the transaction for these tenants, and loads the known wants. */
  async start(tenants: Iterable<number>, wanted: readonly TenantWant[]): Promise<void> {
    const wants = this.#state.open(wanted);
    const { counters, found } = await this.#transaction.start(
      [...new Set(tenants)].toSorted((a, b) => a - b),
      wants,
    );
    for (const [tenant, counts] of counters) this.#state.counters.set(tenant, counts);
    await this.#take(wants, found);
  }

  /**
   * Runs a pure decision, and runs it again each time it needs more data to be loaded.
   *
   * @returns the decision, or the error that it threw
   * @throws Error of the database
   */
  async decide<D>(tenant: number, decide: (view: View) => D): Promise<{ decision: D } | { error: unknown }> {
    // Many costly decisions in one batch must not hold up reads.
    if (performance.now() - this.#sliceBegun > slice) await this.#giveWay();
    const view = this.#state.view(tenant);
    for (let round = 0; round < maxRounds; round++) {
      let wants: readonly Want[];
      try {
        return { decision: decide(view) };
      } catch (error) {
        if (!(error instanceof Missing)) return { error };
        ({ wants } = error);
      }
      await this.#load(wants.map((want) => ({ tenant, want })));
    }
    return { error: new Error("a command wants more than can be loaded") };
  }

  /** Adds a decision's writes to the state, where later commands see them. */
  apply(writes: readonly Write[], by: Authorship): void {
    for (const write of writes) {
      const { type, before, record, action, changes, reason = by.reason, details } = write;
      const { tenant = by.tenant } = write;
      // With the guard on the stored version, this keeps a record's versions unique in the log.
      if (record.version !== (before?.version ?? 0) + 1)
        throw new Error(`${type} ${record.id} cannot be written: its version is not the next one`);
      const counters = this.#state.countersOf(tenant);
      if (!before && "number" in record && type in counters) counters[type as NumberedType] = record.number;
      const seq = ++counters.seq;
      this.#log.push({
        tenant,
        prevSeq: before ? this.#state.seqOf(tenant, type, record.id) : null,
        entry: {
          seq,
          recordType: type,
          recordId: record.id,
          version: record.version,
          action,
          at: record.updatedAt,
          actor: by.actor,
          source: by.source,
          reason,
          changes,
          ...(details && { details }),
          ...(by.changeSet && { changeSet: by.changeSet.id }),
          ...(by.onBehalfOf !== undefined && { onBehalfOf: by.onBehalfOf }),
        },
      });
      if (by.changeSet) this.#count(by, { seq, action, recordType: type });
      counters.latest = record.updatedAt;
      if (action === "erase") this.#erase(tenant, record.id, seq);
      // A record that several commands change is written once.
      const key = `${tenant} ${type} ${record.id}`;
      const row = this.#rows.get(key);
      const indexed = type === "customer" ? this.#state.indexedProperties(tenant) : [];
      this.#rows.set(key, { tenant, type, before: row ? row.before : before, record, seq, indexed });
      this.#state.write(tenant, type, before, { record, seq });
      for (const { member, isMember } of memberChanges(type, changes))
        this.#state.enter(tenant, record.id, member, isMember);
    }
  }

  /** Stores change sets as they are now. */
  putChangeSets(tenant: number, sets: readonly StoredChangeSet[]): void {
    for (const set of sets) {
      this.#state.putChangeSet(tenant, set);
      this.#changeSets.set(`${tenant} ${set.id}`, { tenant, table: "changeSets", put: set });
    }
  }

  /** Writes and removes rows that are no records. */
  keep(keepings: readonly Keeping[]): void {
    this.#kept.push(...keepings);
    this.#state.forget();
  }

  /** The change set of a command; undefined if it is not stored. */
  changeSetOf({ tenant, changeSet }: Authorship): StoredChangeSet | undefined {
    return changeSet && this.#state.changeSet(tenant, changeSet.id);
  }

  /** Counts items of a series that were refused. A change set that has nothing else is not stored for them. */
  countRefused(by: Authorship, refused: number): void {
    const set = this.changeSetOf(by);
    if (set && refused > 0) this.putChangeSets(by.tenant, [{ ...set, refused: set.refused + refused }]);
  }

  #count(by: Authorship, entry: Parameters<typeof withChange>[1]): void {
    const set = this.changeSetOf(by) ?? by.changeSet?.fresh;
    if (!set) throw new Error(`the change set ${by.changeSet?.id} is not loaded`);
    this.putChangeSets(by.tenant, [withChange(set, entry)]);
  }

  /**
   * Keeps the answer to a request under its idempotency key.
   * @param records the ids of the records that the answer shows
   */
  remember(
    tenant: number,
    key: string,
    remembered: Remembered,
    at: string,
    records: readonly string[],
  ): void {
    this.#state.remember(tenant, key, remembered);
    this.#newKeys.push({ tenant, key, ...remembered, at, records });
  }

  /** Runs work, and rolls back everything that it did if it throws. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    await this.flush();
    await this.#transaction.savepoint();
    const takeBack = this.#state.mark();
    try {
      return await work();
    } catch (error) {
      if (endsTransaction(error)) throw error;
      // Its failure, if it has one, goes with everything else.
      await this.#ahead.catch(() => undefined);
      this.#ahead = Promise.resolve();
      await this.#transaction.rollbackToSavepoint();
      takeBack();
      this.#rows = new Map();
      this.#log = [];
      this.#erasures = [];
      this.#changeSets.clear();
      throw error;
    }
  }

  /** Writes everything applied. */
  async flush(): Promise<void> {
    await this.#ahead;
    await this.#write(false);
  }

  /**
   * Begins to write the applied changes, if they are many, and lets further decisions go on meanwhile. If it
   * fails, the next flush throws.
   */
  async writeAhead(): Promise<void> {
    if (this.#log.length < portion) return;
    this.#ahead = Promise.all([this.#ahead, this.#write(true)]);
    this.#ahead.catch(() => undefined);
    await this.#giveWay();
  }

  /** Lets the event loop do other work. */
  async #giveWay(): Promise<void> {
    await new Promise(setImmediate);
    this.#sliceBegun = performance.now();
  }

  async #write(now: boolean): Promise<void> {
    if (this.#log.length + this.#newKeys.length + this.#changeSets.size + this.#kept.length === 0) return;
    const flush = {
      rows: [...this.#rows.values()],
      log: this.#log,
      keys: this.#newKeys,
      erasures: this.#erasures,
      kept: [...this.#kept, ...this.#changeSets.values()],
      counters: [...this.#state.counters],
    };
    this.#rows = new Map();
    this.#log = [];
    this.#newKeys = [];
    this.#erasures = [];
    this.#changeSets.clear();
    this.#kept = [];
    await this.#transaction.write(flush, now);
  }

  /** Writes everything applied. @throws Error if any of it cannot be stored */
  async settle(): Promise<void> {
    await this.flush();
    await this.#transaction.settle();
  }

  /** Registers an erasure, and empties this batch's own answers that show the erased record. */
  #erase(tenant: number, id: string, seq: number): void {
    this.#erasures.push({ tenant, id, seq });
    this.#newKeys = this.#newKeys.map((key) => {
      if (key.tenant !== tenant || !key.records.includes(id)) return key;
      const emptied = { ...key, reply: erasedReply, records: [] };
      this.#state.remember(tenant, key.key, emptied);
      return emptied;
    });
  }

  async #load(wants: readonly TenantWant[]): Promise<void> {
    const open = this.#state.open(wants);
    if (open.length === 0) return;
    // Queries over many records must see the decisions so far.
    if (open.some(({ want }) => !single.has(want.kind))) await this.flush();
    await this.#take(open, await this.#transaction.load(open));
  }

  /** Adds loaded data to the state, and loads the ancestors that the customers in it inherit from. */
  async #take(wants: readonly TenantWant[], found: readonly unknown[]): Promise<void> {
    const below: { tenant: number; id: string }[] = [];
    for (const [i, one] of wants.entries()) {
      this.#state.take(one, found[i]);
      const { tenant, want } = one;
      if (want.kind !== "record" || want.type !== "customer") continue;
      const record = (found[i] as Found["record"])?.record;
      if (!record || !("parent" in record) || record.parent === null) continue;
      if (!this.#state.has(tenant, "customer", record.parent)) below.push({ tenant, id: record.id });
    }
    if (below.length === 0) return;
    for (const { tenant, ...latest } of await this.#transaction.ancestors(below))
      this.#state.admit(tenant, "customer", latest);
  }
}
