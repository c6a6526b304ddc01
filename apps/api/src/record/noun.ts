import {
  create,
  edit,
  recordTypes,
  remove,
  restore,
  type CustomerContext,
  type Fields,
  type Outcome,
  type ParsedCreate,
  type RecordType,
  type RosterError,
  type Scope,
  type StoredRecords,
} from "@roster/domain";
import type { View } from "../store/batch.ts";

/** The context of a rule, and the store as the command sees it. */
export interface DecisionContext extends CustomerContext {
  view: View;
  /** The scopes of the actor. */
  scopes: readonly Scope[];
  /** Whether the tenant wants every update to say which version it is of. */
  requiresVersions(): boolean;
}

type Result<T extends RecordType> = Outcome<StoredRecords[T]> | RosterError;

/** A type of record as the services handle it: its rules, and what its readers see. */
export interface Noun<T extends RecordType, Json> {
  type: T;
  fields: Fields;
  scopes: { read: Scope; write: Scope };
  /** A new record with this id and whatever else Roster assigns. */
  create(id: string, parsed: ParsedCreate, context: DecisionContext): Result<T>;
  update(current: StoredRecords[T], parsed: ParsedCreate, context: DecisionContext): Result<T>;
  delete(current: StoredRecords[T], context: DecisionContext): Result<T>;
  restore(current: StoredRecords[T], context: DecisionContext): Result<T>;
  /** The record as readers see it. */
  show(stored: StoredRecords[T], ancestors: readonly StoredRecords["customer"][]): Json;
}

const noRules = () => [];

/**
 * A noun without rules over several fields: what customers and users refer to, and tokens.
 *
 * @param assign what Roster gives a new record besides its id
 * @param show the record as readers see it
 */
export const plainNoun = <T extends RecordType, Json>(
  type: T,
  scopes: Noun<T, Json>["scopes"],
  show: (stored: StoredRecords[T]) => Json,
  assign: (context: DecisionContext) => Partial<StoredRecords[T]> = () => ({}),
): Noun<T, Json> => {
  const fields: Fields = recordTypes[type];
  return {
    type,
    fields,
    scopes,
    create: (id, { edits, faults }, context) =>
      create<StoredRecords[T], DecisionContext>(
        fields,
        { ...assign(context), id },
        edits,
        faults,
        noRules,
        context,
      ),
    update: (current, { edits, faults }, context) => edit(fields, current, edits, faults, noRules, context),
    delete: (current, context) => remove(current, context),
    restore: (current, context) => restore(fields, current, noRules, context),
    show,
  };
};
