import {
  authorize,
  deleted,
  may,
  notFound,
  type Actor,
  type Inheritable,
  type RecordType,
  type StoredRecords,
  type Where,
} from "@roster/domain";
import type { TenantReader } from "../store/database.ts";
import type { StoredRow } from "../store/stored-row.ts";
import type { Alternatives, Store } from "./command.ts";
import { EncodedRecord } from "./encoded.ts";
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
    return (await this.getEncoded(actor, where, withDeleted)).value;
  }

  /** Like `get`, for an answer that is sent as it is. */
  async getEncoded(actor: Actor, where: Alternatives, withDeleted = false): Promise<EncodedRecord<Json>> {
    const row = await this.#row(actor, where);
    if (row.field("deletedAt") !== null && !withDeleted) throw deleted(this.noun.type, row.record);
    const { parent } = row;
    const above = await inherited(this.of(actor), parent);
    return new EncodedRecord(
      { version: row.field("version"), parent },
      () => this.noun.encode(row, above),
      () => this.noun.show(row.record, above),
    );
  }

  /**
   * The live record that a record of another type refers to, for an answer about the latter.
   * @returns undefined if there is none, or the actor may not read records of this type
   */
  async related(actor: Actor, where: Where): Promise<Json | undefined> {
    if (!may(actor, this.noun.scopes.read)) return undefined;
    const stored = await this.of(actor).find(this.noun.type, where);
    if (!stored || stored.deletedAt !== null) return undefined;
    return this.noun.show(stored, await inherited(this.of(actor), parentOf(stored)));
  }

  /** The record that a request names, deleted or not. */
  protected async read(actor: Actor, where: Alternatives): Promise<StoredRecords[T]> {
    return (await this.#row(actor, where)).record;
  }

  async #row(actor: Actor, where: Alternatives): Promise<StoredRow<T>> {
    authorize(actor, this.noun.scopes.read);
    for (const alternative of where) {
      const row = await this.of(actor).findRow(this.noun.type, alternative);
      if (row) return row;
    }
    throw notFound(this.noun.type);
  }

  protected of(actor: Actor): TenantReader {
    return this.store.database.tenant(actor.tenant.number);
  }
}

/** The parent of a record that has one. */
export const parentOf = (record: StoredRecords[RecordType]): string | null =>
  "parent" in record ? record.parent : null;

/** The values that a record with this parent can inherit, from the nearest ancestor upwards. */
export const inherited = async (
  reader: TenantReader,
  parent: string | null | undefined,
): Promise<readonly Inheritable[]> => (typeof parent === "string" ? reader.inherited(parent) : []);
