/**
 * The error of an operation that the caller aborted: always an `AbortError`, so that it can be told from a
 * failure. Any other reason given becomes its `cause`.
 */
export function abortError(reason?: unknown): Error {
  if (reason instanceof Error && reason.name === "AbortError") return reason;
  const error = new Error("aborted by the caller", reason === undefined ? undefined : { cause: reason });
  error.name = "AbortError";
  return error;
}
