import type {
  ChangeEntryJson,
  Change,
  Action,
  ChangedSince,
  JsonObject,
  RecordType,
  StoredRecords,
  UniqueName,
} from "@roster/domain";
import {
  endsTransaction,
  erasedReply,
  type Counters,
  type Erasure,
  type Flush,
  type Found,
  type KeyWrite,
  type LogWrite,
  type Remembered,
  type RowWrite,
  type TenantWant,
  type Want,
  type WriteTransaction,
} from "./database.ts";
import type { Latest } from "./rows.ts";
import { held, tables, type AnyRecord } from "./tables.ts";

/**
 * What a command sees of its tenant while it decides: the state as the commands before it leave
 * it. What is not loaded yet is loaded by the batch, and the command decides again.
 */
export interface View {
  /** The record with a unique value; a deleted one only by a value that a deletion does not free. */
  find<T extends RecordType>(type: T, field: string, value: string | number): StoredRecords[T] | undefined;
  /** The records with these ids, those that there are, deleted or not. */
  findAll<T extends RecordType>(type: T, ids: readonly string[]): StoredRecords[T][];
  all<T extends RecordType>(type: T): StoredRecords[T][];
  /** The parents of a customer, from the nearest upwards. */
  ancestors(customer: Pick<StoredRecords["customer"], "parent">): StoredRecords["customer"][];
  childLevels(id: string): (string | null)[];
  levelInUse(level: string, parent?: string): boolean;
  /** Each path of a record that was changed after a version, with its latest change. */
  changedSince(type: RecordType, id: string, version: number): ChangedSince[];
  /** A record as it was at a version. */
  asOf(type: RecordType, id: string, version: number): AnyRecord | undefined;
  /** The log row of a version of a record. */
  entry(type: RecordType, id: string, version: number): ChangeEntryJson | undefined;
  lastTenant(): number;
  /** What an idempotency key has led to. */
  remembered(key: string): Remembered | undefined;
  /**
   * The ids of the live records that name a customer; or of the duplicates that were merged into it,
   * directly or by way of another. At most `limit`.
   */
  referring(
    type: "customer" | "user",
    field: "parent" | "customer" | "mergedInto",
    id: string,
    limit: number,
  ): string[];
  /** The live customers changed at an instant or later; undefined after more than `limit` changes in the tenant. */
  changedCustomers(at: string, limit: number): StoredRecords["customer"][] | undefined;
  /** The number that the next new record of this type gets. */
  nextNumber(type: NumberedType): number;
  /** When the tenant was changed last, empty where it never was. */
  latest(): string;
}

type NumberedType = Exclude<keyof Counters, "seq" | "latest">;

/** One record that a command has decided to write, and what the log says of it. */
export interface Write<T extends RecordType = RecordType> {
  type: T;
  before: StoredRecords[T] | undefined;
  record: StoredRecords[T];
  action: Action;
  changes: Change[];
  /** Why, where it is not the reason of the whole command. */
  reason?: string;
  /** What a merge has moved. */
  details?: JsonObject;
  /** For what is written in another tenant than the command's own: a new one. */
  tenant?: number;
}

/** Who writes, through which surface, and why: the same for all writes of one command. */
export interface Authorship {
  tenant: number;
  actor: string;
  source: string;
  reason: string | null;
  /** The caller's promise that the same request comes with the same key. */
  idempotency?: { key: string; fingerprint: string } | undefined;
}

/** Thrown by a view, caught by the batch: load this and decide again. */
class Missing {
  readonly wants: readonly Want[];
  constructor(...wants: Want[]) {
    this.wants = wants;
  }
}

/** More rounds than any command needs: one that goes on asking is a defect. */
const maxRounds = 300;

/** For how long decisions keep the event loop to themselves, in milliseconds. */
const slice = 20;

/** The state of one group commit: what is loaded, with the writes of its commands on top. */
export class Batch {
  readonly #transaction: WriteTransaction;
  readonly #counters = new Map<number, Counters>();
  readonly #records = new Map<string, Latest>();
  /** Which record has a unique value: its key in `#records`, or undefined for none. */
  readonly #keys = new Map<string, string | undefined>();
  readonly #lists = new Map<string, Set<string>>();
  /** Answers to questions about many records, good until the next write. */
  readonly #answers = new Map<string, unknown>();
  /** What idempotency keys have led to, in this batch or before. */
  readonly #remembered = new Map<string, Remembered | undefined>();
  #rows = new Map<string, RowWrite>();
  #log: LogWrite[] = [];
  #newKeys: KeyWrite[] = [];
  #erasures: Erasure[] = [];
  #sliceBegun = performance.now();

  constructor(transaction: WriteTransaction) {
    this.#transaction = transaction;
  }

  /** For what is kept beside the records. */
  get books(): Pick<WriteTransaction, "note"> {
    return this.#transaction;
  }

  async prepare(commands: readonly { tenant: number; wants: readonly Want[] }[]): Promise<void> {
    const tenants = [...new Set(commands.map(({ tenant }) => tenant))].toSorted((a, b) => a - b);
    const wants = this.#open(
      commands.flatMap(({ tenant, wants }) => wants.map((want) => ({ tenant, want }))),
    );
    const { counters, found } = await this.#transaction.start(tenants, wants);
    for (const [tenant, counts] of counters) this.#counters.set(tenant, counts);
    await this.#take(wants, found);
  }

  /**
   * Runs a pure decision, as often as it takes to load what it needs.
   *
   * @returns the decision, or what it threw; what the database throws is thrown
   */
  async decide<D>(tenant: number, decide: (view: View) => D): Promise<{ decision: D } | { error: unknown }> {
    // A batch of many costly decisions must not keep those waiting who only read.
    if (performance.now() - this.#sliceBegun > slice) {
      await new Promise(setImmediate);
      this.#sliceBegun = performance.now();
    }
    const view = this.#view(tenant);
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

  /** Takes the writes of a decision into the state; later commands see them. */
  apply(writes: readonly Write[], by: Authorship): void {
    for (const {
      type,
      before,
      record,
      action,
      changes,
      reason = by.reason,
      details,
      tenant = by.tenant,
    } of writes) {
      // With the guard on the stored version, this keeps a record's versions unique in the log.
      if (record.version !== (before?.version ?? 0) + 1)
        throw new Error(
          `${type} ${record.id} cannot be written: it is not at the version after the present one`,
        );
      const counters = this.#countersOf(tenant);
      if (!before && "number" in record && type in counters) counters[type as NumberedType] = record.number;
      const seq = ++counters.seq;
      const key = recordKey(tenant, type, record.id);
      const prevSeq = before ? (this.#records.get(key)?.seq ?? null) : null;
      this.#log.push({
        tenant,
        prevSeq,
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
        },
      });
      if (action === "erase") this.#erase(tenant, record.id, seq);
      counters.latest = record.updatedAt;
      // A record that several commands changed is written once.
      const row = this.#rows.get(key);
      this.#rows.set(key, { tenant, type, before: row ? row.before : before, record, seq });
      this.#remember(tenant, type, before, { record, seq });
      this.#answers.clear();
    }
  }

  /** Keeps the answer to a request under its idempotency key. */
  remember(
    tenant: number,
    key: string,
    remembered: Remembered,
    at: string,
    records: readonly string[],
  ): void {
    this.#remembered.set(`${tenant} ${key}`, remembered);
    this.#newKeys.push({ tenant, key, ...remembered, at, records });
  }

  /** Does some work, and takes everything back that it has done when it throws. */
  async attempt<T>(work: () => Promise<T>): Promise<T> {
    await this.flush();
    await this.#transaction.savepoint();
    const counters = [...this.#counters].map(([tenant, counts]) => [tenant, { ...counts }] as const);
    const records = [...this.#records];
    const keys = [...this.#keys];
    const lists = [...this.#lists].map(([key, members]) => [key, new Set(members)] as const);
    try {
      return await work();
    } catch (error) {
      if (endsTransaction(error)) throw error;
      await this.#transaction.rollbackToSavepoint();
      refill(this.#counters, counters);
      refill(this.#records, records);
      refill(this.#keys, keys);
      refill(this.#lists, lists);
      this.#answers.clear();
      this.#rows = new Map();
      this.#log = [];
      this.#erasures = [];
      throw error;
    }
  }

  /** Writes what has been applied since the last flush. */
  async flush(): Promise<void> {
    if (this.#log.length === 0 && this.#newKeys.length === 0) return;
    const flush: Flush = {
      rows: [...this.#rows.values()],
      log: this.#log,
      keys: this.#newKeys,
      erasures: this.#erasures,
      counters: [...this.#counters],
    };
    this.#rows = new Map();
    this.#log = [];
    this.#newKeys = [];
    this.#erasures = [];
    await this.#transaction.write(flush);
  }

  /** Writes what has been applied. @throws Error where any of it cannot be stored */
  async settle(): Promise<void> {
    await this.flush();
    await this.#transaction.settle();
  }

  /** An answer of this batch that holds what is erased now is not kept either. */
  #erase(tenant: number, id: string, seq: number): void {
    this.#erasures.push({ tenant, id, seq });
    this.#newKeys = this.#newKeys.map((key) => {
      if (key.tenant !== tenant || !key.records.includes(id)) return key;
      const emptied = { ...key, reply: erasedReply, records: [] };
      this.#remembered.set(`${tenant} ${key.key}`, emptied);
      return emptied;
    });
  }

  #countersOf(tenant: number): Counters {
    let counters = this.#counters.get(tenant);
    if (!counters)
      this.#counters.set(tenant, (counters = { seq: 0, customer: 0, user: 0, channel: 0, latest: "" }));
    return counters;
  }

  #remember(tenant: number, type: RecordType, before: AnyRecord | undefined, latest: Latest): void {
    const { record } = latest;
    const key = recordKey(tenant, type, record.id);
    this.#records.set(key, latest);
    this.#keys.set(uniqueKey(tenant, type, "id", record.id), key);
    this.#lists.get(listKey(tenant, type))?.add(key);
    for (const column of tables[type].unique) {
      const now = held(column, record);
      const old = before && held(column, before);
      if (old !== undefined && old !== now)
        this.#keys.set(uniqueKey(tenant, type, column.field, old), undefined);
      if (now !== undefined) this.#keys.set(uniqueKey(tenant, type, column.field, now), key);
    }
  }

  /** Those of the wants that are not loaded yet, each once: many commands want the same. */
  #open(wants: readonly TenantWant[]): TenantWant[] {
    const open = new Map<string, TenantWant>();
    for (const one of wants) {
      const { tenant, want } = one;
      const key =
        want.kind === "record"
          ? uniqueKey(tenant, want.type, want.field, want.value)
          : answerKey(tenant, want);
      const loaded =
        want.kind === "record"
          ? this.#keys.has(key)
          : want.kind === "key" && this.#remembered.has(`${tenant} ${want.key}`);
      if (!loaded) open.set(key, one);
    }
    return [...open.values()];
  }

  async #load(wants: readonly TenantWant[]): Promise<void> {
    const open = this.#open(wants);
    if (open.length === 0) return;
    // A question about many records is asked of the database, so it must know what is decided.
    if (open.some(({ want }) => want.kind !== "record" && want.kind !== "key")) await this.flush();
    await this.#take(open, await this.#transaction.load(open));
  }

  /** Takes in what was found. */
  async #take(wants: readonly TenantWant[], found: readonly unknown[]): Promise<void> {
    const customers: { tenant: number; record: StoredRecords["customer"] }[] = [];
    for (const [i, { tenant, want }] of wants.entries()) {
      if (want.kind === "record") {
        const latest = found[i] as Found["record"];
        this.#loaded(tenant, want, latest);
        if (want.type === "customer" && latest)
          customers.push({ tenant, record: latest.record as StoredRecords["customer"] });
      } else if (want.kind === "all") {
        const all = found[i] as Found["all"];
        for (const latest of all) this.#admit(tenant, want.type, latest);
        this.#lists.set(
          listKey(tenant, want.type),
          new Set(all.map(({ record }) => recordKey(tenant, want.type, record.id))),
        );
      } else if (want.kind === "key") {
        this.#remembered.set(`${tenant} ${want.key}`, found[i] as Found["key"]);
      } else {
        this.#answers.set(answerKey(tenant, want), found[i]);
      }
    }
    await this.#loadAncestors(customers);
  }

  /** Whoever looks at a customer looks at what it inherits. */
  async #loadAncestors(
    customers: readonly { tenant: number; record: StoredRecords["customer"] }[],
  ): Promise<void> {
    const below = customers.filter(
      ({ tenant, record: { parent } }) =>
        parent !== null && !this.#keys.has(uniqueKey(tenant, "customer", "id", parent)),
    );
    if (below.length === 0) return;
    const found = await this.#transaction.ancestors(
      below.map(({ tenant, record: { id } }) => ({ tenant, id })),
    );
    for (const { tenant, ...latest } of found) this.#admit(tenant, "customer", latest);
  }

  #loaded(tenant: number, want: Want & { kind: "record" }, latest: Latest | undefined): void {
    const wanted = uniqueKey(tenant, want.type, want.field, want.value);
    if (latest) this.#admit(tenant, want.type, latest);
    // The database may not know yet that the record has lost this value, or another has got it.
    if (!this.#keys.has(wanted)) this.#keys.set(wanted, undefined);
  }

  /** Takes in a record from the database, unless it is here already, maybe changed. */
  #admit(tenant: number, type: RecordType, latest: Latest): void {
    if (!this.#records.has(recordKey(tenant, type, latest.record.id)))
      this.#remember(tenant, type, undefined, latest);
  }

  #view(tenant: number): View {
    const find = <T extends RecordType>(type: T, field: UniqueName, value: string | number) => {
      const key = uniqueKey(tenant, type, field, value);
      if (!this.#keys.has(key)) throw new Missing({ kind: "record", type, field, value });
      const record = this.#keys.get(key);
      return record === undefined ? undefined : (this.#records.get(record)?.record as StoredRecords[T]);
    };
    const answer = <A>(want: Want): A => {
      const key = answerKey(tenant, want);
      if (!this.#answers.has(key)) throw new Missing(want);
      return this.#answers.get(key) as A;
    };
    return {
      find,
      findAll: <T extends RecordType>(type: T, ids: readonly string[]) => {
        const unknown = ids.filter((id) => !this.#keys.has(uniqueKey(tenant, type, "id", id)));
        if (unknown.length > 0)
          throw new Missing(...unknown.map((value): Want => ({ kind: "record", type, field: "id", value })));
        return ids.map((id) => find(type, "id", id)).filter((record) => record !== undefined);
      },
      all: <T extends RecordType>(type: T) => {
        const keys = this.#lists.get(listKey(tenant, type));
        if (!keys) throw new Missing({ kind: "all", type });
        return [...keys]
          .map((key) => this.#records.get(key)?.record as StoredRecords[T])
          .filter(({ deletedAt }) => deletedAt === null);
      },
      ancestors: (customer) => {
        const chain: StoredRecords["customer"][] = [];
        for (let { parent } = customer; parent !== null;) {
          const above = find("customer", "id", parent);
          if (!above) break;
          chain.push(above);
          parent = above.parent;
        }
        return chain;
      },
      childLevels: (id) => answer({ kind: "childLevels", id }),
      levelInUse: (level, parent) =>
        answer({ kind: "levelInUse", level, ...(parent !== undefined && { parent }) }),
      changedSince: (type, id, version) => answer({ kind: "changedSince", type, id, version }),
      asOf: (type, id, version) => answer({ kind: "asOf", type, id, version }),
      entry: (type, id, version) => answer({ kind: "entry", type, id, version }),
      lastTenant: () => answer({ kind: "lastTenant" }),
      remembered: (key) => {
        const known = `${tenant} ${key}`;
        if (!this.#remembered.has(known)) throw new Missing({ kind: "key", key });
        return this.#remembered.get(known);
      },
      referring: (type, field, id, limit) => answer({ kind: "referring", type, field, id, limit }),
      changedCustomers: (at, limit) => answer({ kind: "changedCustomers", at, limit }),
      nextNumber: (type) => this.#countersOf(tenant)[type] + 1,
      latest: () => this.#countersOf(tenant).latest,
    };
  }
}

function refill<K, V>(map: Map<K, V>, entries: readonly (readonly [K, V])[]): void {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
}

const recordKey = (tenant: number, type: RecordType, id: string): string => `${tenant} ${type} ${id}`;
const uniqueKey = (tenant: number, type: RecordType, field: string, value: unknown): string =>
  `${tenant} ${type} ${field} ${String(value)}`;
const listKey = (tenant: number, type: RecordType): string => `${tenant} ${type}`;
const answerKey = (tenant: number, want: Want): string => `${tenant} ${JSON.stringify(want)}`;
