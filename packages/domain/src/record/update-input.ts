/** The update grammar, as callers write it. */
export interface UpdateInput<Where, Patch, Replace, Sets> {
  /** Names one record by exactly one of its unique values. */
  where: Where;
  /**
   * An absent or `undefined` field is kept, `null` clears it, a value sets it, and JSON objects merge by RFC
   * 7396.
   */
  patch?: Patch | undefined;
  /** JSON fields only: replaces the whole value. */
  replace?: Replace | undefined;
  /** Set fields only: entries to add. The set need not be read first. */
  add?: Sets | undefined;
  /** Set fields only: entries to remove. */
  remove?: Sets | undefined;
  /** Refuses the update if the record is at another version. */
  expectedVersion?: number | undefined;
  /**
   * The behaviour if the record is at another version. `reject` (default) refuses. `rebase` proceeds if no
   * one has since changed the same fields, or the same keys of a JSON field.
   */
  onConflict?: "reject" | "rebase" | undefined;
  /** The reason, kept in the history; at most 1,000 characters. */
  reason?: string | undefined;
  /** Checks the request and answers as usual, but stores nothing. */
  dryRun?: boolean | undefined;
}

/** One item of `upsertMany`: an update whose `where` is a key. */
export type UpsertItem<Update, Key> = Omit<Update, "where" | "dryRun"> & {
  /** The key: exactly one value that at most one live record has. */
  where: Key;
};
