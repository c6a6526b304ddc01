import { DatabaseError } from "pg";

/** The SQLSTATE of an error from PostgreSQL; undefined for other errors. */
const stateOf = (error: unknown): string | undefined =>
  error instanceof DatabaseError ? error.code : undefined;

const isOfClass = (state: string | undefined, ...classes: string[]): boolean =>
  state !== undefined && classes.includes(state.slice(0, 2));

/** Whether another record has one of the unique values. */
export const isTaken = (error: unknown): boolean => stateOf(error) === "23505";

/** PostgreSQL's function that executes RAISE, for instance in a trigger. */
const raise = "exec_stmt_raise";

/**
 * The SQLSTATE of an error that PostgreSQL itself found; undefined for a raised one, which says nothing about
 * the server.
 */
const ownStateOf = (error: unknown): string | undefined =>
  error instanceof DatabaseError && error.routine !== raise ? error.code : undefined;

/** Whether a statement, or its wait for a lock, timed out. */
export const isTimeout = (error: unknown): boolean => ["57014", "55P03"].includes(ownStateOf(error) ?? "");

/** Whether an error occurred inside a function or a trigger: PostgreSQL then gives its context. */
const isWithin = (error: unknown): boolean => Boolean((error as DatabaseError).where);

/**
 * Whether an error means that PostgreSQL cannot store anything now: the connection failed, resources are
 * missing, its system fails, it is shutting down, it is read-only, or it has ended the session.
 */
export function isLost(error: unknown): boolean {
  const state = ownStateOf(error);
  if (state === undefined) return false;
  // A trigger may read files or call other servers, which may not be available.
  if (isOfClass(state, "08", "58")) return !isWithin(error);
  return (
    isOfClass(state, "53") || state.startsWith("57P") || ["25006", "25P03", "25P04", "40003"].includes(state)
  );
}

/** Whether a statement was ignored because an earlier one in its transaction failed. */
export const isIgnored = (error: unknown): boolean => ownStateOf(error) === "25P02";

/**
 * Whether an error is a deadlock or a serialization failure, so that a retry may succeed. A trigger that
 * raises one asks for another attempt.
 */
export const isSuperseded = (error: unknown): boolean => ["40001", "40P01"].includes(stateOf(error) ?? "");

/** Whether the wait for a lock timed out. */
export const isLockTimeout = (error: unknown): boolean => ownStateOf(error) === "55P03";

/**
 * Whether a failed COMMIT has certainly stored nothing: PostgreSQL answered it with an error that it finds
 * before it commits. If the server ended or did not answer, the outcome is unknown.
 */
export const isSurelyAborted = (error: unknown): boolean =>
  stateOf(error) !== undefined && !isLost(error) && !isOfClass(ownStateOf(error), "XX");

/** PostgreSQL's function that reports a refused boolean setting, such as that of "read write". */
const settingRefused = "call_bool_check_hook";

/**
 * Whether the server refused to write because it is a standby, at a write or at the beginning of a write
 * transaction.
 */
const isStandby = (error: unknown): boolean =>
  ownStateOf(error) === "25006" ||
  (stateOf(error) === "0A000" && (error as DatabaseError).routine === settingRefused);

/** Whether the connection was lost, was ended by the server, or leads to a standby. */
export const isLoss = (error: unknown): boolean =>
  error instanceof DatabaseError
    ? (ownStateOf(error) ?? "").startsWith("57P") || isStandby(error)
    : isUnavailable(error);

/** Whether the database cannot be reached, or cannot answer now. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return error instanceof Error && !(error instanceof TypeError);
  return isStandby(error) || isOfClass(error.code, "08", "25", "28", "40", "53", "55", "57", "58", "XX");
}
