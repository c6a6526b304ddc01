import {
  authorize,
  deleted,
  may,
  notFound,
  type Actor,
  type RecordType,
  type StoredRecords,
  type Where,
} from "@roster/domain";
import type { TenantReader } from "../store/database.ts";
import type { Alternatives, Store } from "./command.ts";
import type { Noun } from "./noun.ts";

/** Reads the records of one type. Every method checks the actor's scope first. */
export class RecordReader<T extends RecordType, Json> {
  protected readonly noun: Noun<T, Json>;
  protected readonly store: Store;

  constructor(noun: Noun<T, Json>, store: Store) {
    this.noun = noun;
    this.store = store;
  }

  /** @param withDeleted whether to return a deleted record, too, found by its id or number */
  async get(actor: Actor, where: Alternatives, withDeleted = false): Promise<Json> {
    const stored = await this.read(actor, where);
    if (stored.deletedAt !== null && !withDeleted) throw deleted(this.noun.type, stored);
    return this.noun.show(stored, await ancestors(this.of(actor), stored));
  }

  /**
   * The live record that a record of another type refers to, for an answer about the latter.
   * @returns undefined if there is none, or the actor may not read records of this type
   */
  async related(actor: Actor, where: Where): Promise<Json | undefined> {
    if (!may(actor, this.noun.scopes.read)) return undefined;
    const stored = await this.of(actor).find(this.noun.type, where);
    if (!stored || stored.deletedAt !== null) return undefined;
    return this.noun.show(stored, await ancestors(this.of(actor), stored));
  }

  /** The record that a request names, deleted or not. */
  protected async read(actor: Actor, where: Alternatives): Promise<StoredRecords[T]> {
    authorize(actor, this.noun.scopes.read);
    for (const alternative of where) {
      const record = await this.of(actor).find(this.noun.type, alternative);
      if (record) return record;
    }
    throw notFound(this.noun.type);
  }

  protected of(actor: Actor): TenantReader {
    return this.store.database.tenant(actor.tenant.number);
  }
}

/** The ancestors of a record, nearest first. */
export const ancestors = async (
  reader: TenantReader,
  record: StoredRecords[RecordType],
): Promise<readonly StoredRecords["customer"][]> =>
  "parent" in record && record.parent !== null ? reader.ancestors(record.id) : [];
