import type { ChangedSince, Unfit } from "../errors.ts";
import type { FieldName, UniqueName } from "../record-types.ts";
import type { Reference } from "./field.ts";

/** The information that the rules need from their surroundings. No member may have side effects. */
export interface RuleContext {
  /** The current time, ISO 8601 UTC with milliseconds. */
  now: string;
  /** The name of the acting caller. */
  actor: string;
  /** The E.164 form of a phone number, a fault, or undefined for the default fault. */
  phone(written: string): string | Unfit | undefined;
  /** The ISO 3166-1 alpha-2 code of a country, a fault, or undefined for the default fault. */
  country(written: string): string | Unfit | undefined;
  /**
   * The stored form of a reference, or undefined if the record does not exist.
   * @param by the unique field that names the record; if missing, any unique field
   */
  resolve(reference: Reference, named: string | number, by?: UniqueName): string | number | undefined;
  /** Those of these values that name a live record. */
  existing(reference: Reference, named: readonly string[]): ReadonlySet<string>;
  /** The entries of a set that is kept apart from its record: those among the given ones, or all. */
  entries(id: string, field: FieldName, among: readonly string[] | undefined): readonly string[];
  /** Whether another live record has this value of a unique field. */
  taken(field: UniqueName, value: string | number, id: string): boolean;
  /** Whether every change must state the expected version. */
  requiresVersions(): boolean;
  /** The paths of a record that were changed after a version, each with its latest change; undefined if there is no log. */
  changedSince(id: string, version: number): readonly ChangedSince[] | undefined;
  /** A record as it was at an earlier version; undefined if there is no log. */
  asOf(current: { id: string; version: number }, version: number): object | undefined;
}
