/** Members of tRPC's error that repeat its `data` or hold the whole answer. */
const hidden = ["shape", "meta"] as const;

/** Hides redundant members when an error is printed. They stay accessible by name. */
export function brief<E extends object>(error: E): E {
  for (const name of hidden)
    if (Object.hasOwn(error, name)) Object.defineProperty(error, name, { enumerable: false });
  return error;
}
