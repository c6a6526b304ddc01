import type { Unfit } from "../errors.ts";
import type { UniqueName } from "../record-types.ts";
import type { Reference } from "./field.ts";
import type { ChangeEntryJson } from "./history.ts";

/** What a rule needs of the world. Nothing here may have an effect. */
export interface RuleContext {
  /** The present, ISO 8601 UTC with milliseconds. */
  now: string;
  /** Who acts. */
  actor: string;
  /** The E.164 form of a phone number; or why there is none, or undefined. */
  phone(written: string): string | Unfit | undefined;
  /** The ISO 3166-1 alpha-2 code of a country; or why there is none, or undefined. */
  country(written: string): string | Unfit | undefined;
  /**
   * The stored form of what a field names, or undefined where it does not exist.
   * @param by the unique field that names it; any that can when missing
   */
  resolve(reference: Reference, named: string | number, by?: UniqueName): string | number | undefined;
  /** Whether another live record has this value of a unique field. */
  taken(field: UniqueName, value: string | number, id: string): boolean;
  /** Whether every change must say which version of the record it is of. */
  requiresVersions(): boolean;
  /** The log rows of a record after a version, oldest first, or undefined where there is no log. */
  changesSince(id: string, version: number): readonly ChangeEntryJson[] | undefined;
}
