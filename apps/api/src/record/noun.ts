import {
  create,
  plainRules,
  recordTypes,
  type CustomerContext,
  type Inheritable,
  type Outcome,
  type ParsedCreate,
  type RecordRules,
  type RecordType,
  type RosterError,
  type Scope,
  type StoredRecords,
} from "@roster/domain";
import type { View } from "../store/commit/state.ts";
import type { StoredRow } from "../store/stored-row.ts";

/** The context of a rule, with the state of the store during the command. */
export interface DecisionContext extends CustomerContext {
  view: View;
  /** The scopes of the actor. */
  scopes: readonly Scope[];
}

/** A type of record, as the services handle it: its rules, its scopes, and its form for readers. */
export interface Noun<T extends RecordType, Json> {
  type: T;
  rules: RecordRules<StoredRecords[T], DecisionContext>;
  scopes: { read: Scope; write: Scope };
  /** Creates a record with this id and all else that Roster assigns. */
  create(id: string, parsed: ParsedCreate, context: DecisionContext): Outcome<StoredRecords[T]> | RosterError;
  /** The record as readers see it, with the values that it inherits. */
  show(stored: StoredRecords[T], ancestors: readonly Inheritable[]): Json;
  /** The JSON of `show`, from the record's row. */
  encode(row: StoredRow<T>, ancestors: readonly Inheritable[]): string;
}

/**
 * A noun without rules across fields: tags, levels, channels, access groups, tenants and tokens.
 *
 * @param assign the values that Roster gives a new record besides its id
 * @param show the record as readers see it
 */
export const plainNoun = <T extends RecordType, Json>(
  type: T,
  scopes: Noun<T, Json>["scopes"],
  show: (stored: StoredRecords[T]) => Json,
  assign: (context: DecisionContext) => Partial<StoredRecords[T]> = () => ({}),
): Noun<T, Json> => ({
  type,
  rules: plainRules(type, recordTypes[type]),
  scopes,
  create: (id, parsed, context) =>
    create<StoredRecords[T], DecisionContext>(
      recordTypes[type],
      { ...assign(context), id },
      parsed,
      () => [],
      context,
    ),
  show,
  encode: ({ record }) => JSON.stringify(show(record)),
});
