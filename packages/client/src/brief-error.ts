/** Members of tRPC's error that repeat its `data`, or hold the whole answer. */
const hidden = ["shape", "meta"] as const;

/**
 * Leaves out of a printed error what tells its reader nothing. The members stay where they are, for
 * whoever asks for them by name.
 */
export function brief<E extends object>(error: E): E {
  for (const name of hidden)
    if (Object.hasOwn(error, name)) Object.defineProperty(error, name, { enumerable: false });
  return error;
}
