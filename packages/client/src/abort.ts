/**
 * What is thrown when a caller has ended something: an `AbortError`, whatever reason the caller gave, so that
 * it can be told from a failure. A reason that is none is the `cause`.
 */
export function abortError(reason?: unknown): Error {
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  const error = new Error("ended by the caller", reason === undefined ? undefined : { cause: reason });
  error.name = "AbortError";
  return error;
}
