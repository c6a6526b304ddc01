import type { Relations, Reported, ReportedFields } from "../store/reports/reported.ts";

/** The queries and the results of reports, by the type that a report reads. */

type Operators<Value> = { readonly [K in "$eq" | "$ne"]?: Value } & {
  readonly [K in "$gt" | "$gte" | "$lt" | "$lte"]?: NonNullable<Value>;
} & { readonly [K in "$in" | "$nin"]?: readonly NonNullable<Value>[] };
/** The fields of a type that are no JSON. */
type Scalars<T extends Reported> = {
  [
    K in keyof ReportedFields<T> as ReportedFields<T>[K] extends string | number | boolean | null ? K : never
  ]: ReportedFields<T>[K];
};
type Target<T extends Reported, R extends keyof Relations<T>> = Relations<T>[R] & Reported;

/** Conditions in MikroORM's notation; all of them must hold. One on a relation is about a live record. */
export type ReportWhere<T extends Reported> = {
  readonly [K in keyof Scalars<T>]?: Scalars<T>[K] | Operators<Scalars<T>[K]>;
} & { readonly [R in keyof Relations<T>]?: ReportWhere<Target<T, R>> } & {
  readonly [Group in "$and" | "$or"]?: readonly ReportWhere<T>[];
} & { readonly $not?: ReportWhere<T> };

/** Relations to load, such as `parentRecord.parentRecord`: four at most, one after the other. */
export type ReportPath<T extends Reported, Steps extends unknown[] = []> = Steps["length"] extends 4
  ? never
  : {
      [R in keyof Relations<T> & string]: R | `${R}.${ReportPath<Target<T, R>, [...Steps, R]>}`;
    }[keyof Relations<T> & string];

export interface ReportOptions<T extends Reported, Path extends string = never> {
  /** Missing values come first in ascending order; rows that are equal, in the order of their making. */
  readonly orderBy?: { readonly [K in keyof Scalars<T>]?: "asc" | "desc" };
  readonly populate?: readonly Path[];
  /** Deleted records instead of live ones (default false), or both; relations then lead to deleted ones too. */
  readonly deleted?: boolean | "any";
  /** At most this many rows, 1 to 200; default 50. */
  readonly limit?: number;
  /** How many rows are passed over; default 0. */
  readonly offset?: number;
}

/** A record as it is stored, or an entry of the log, and the records that were loaded with it. */
export type ReportRow<T extends Reported, Path extends string = never> = ReportedFields<T> & {
  [
    R in keyof Relations<T> as R extends Path | (Path extends `${infer First}.${string}` ? First : never)
      ? R
      : never
  ]: ReportRow<Target<T, R>, Path extends `${R & string}.${infer Rest}` ? Rest : never> | null;
};

/**
 * Reads records and the change log of one tenant, as far as the scopes of a token go. All methods throw
 * RosterError: UNAUTHENTICATED, FORBIDDEN, INVALID with each fault of the question, or UNAVAILABLE when the
 * database cannot be read or takes longer than 30 seconds.
 */
export interface Reports {
  find<T extends Reported, const Path extends ReportPath<T> = never>(
    type: T,
    where: ReportWhere<T>,
    options?: ReportOptions<T, Path>,
  ): Promise<ReportRow<T, Path>[]>;
  /** The first of the rows, or null. */
  findOne<T extends Reported, const Path extends ReportPath<T> = never>(
    type: T,
    where: ReportWhere<T>,
    options?: Omit<ReportOptions<T, Path>, "limit">,
  ): Promise<ReportRow<T, Path> | null>;
  /** How many rows there are. */
  count<T extends Reported>(
    type: T,
    where?: ReportWhere<T>,
    options?: Pick<ReportOptions<T>, "deleted">,
  ): Promise<number>;
}
