/** The one update grammar, as callers write it. */
export interface UpdateInput<Where, Patch, Replace, Sets> {
  /** Names one record by exactly one of its unique values. */
  where: Where;
  /** Absent or `undefined` keeps, `null` clears, a value sets; JSON objects merge by RFC 7396. */
  patch?: Patch | undefined;
  /** JSON fields only: the whole value. */
  replace?: Replace | undefined;
  /** Set fields only: entries to add, without reading the set first. */
  add?: Sets | undefined;
  /** Set fields only: entries to take out. */
  remove?: Sets | undefined;
  /** Refuse the update when the record has another version. */
  expectedVersion?: number | undefined;
  /**
   * What happens when the record has another version: `reject` (default), or `rebase`: go on when
   * nobody has touched the same fields, or the same keys of a JSON field, since.
   */
  onConflict?: "reject" | "rebase" | undefined;
  /** Why, for the history; at most 1,000 characters. */
  reason?: string | undefined;
  /** Check and answer as usual, and store nothing. */
  dryRun?: boolean | undefined;
}
