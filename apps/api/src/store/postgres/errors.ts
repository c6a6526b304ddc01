import { DatabaseError } from "pg";

/** The SQLSTATE of an error that PostgreSQL has sent. */
const stateOf = (error: unknown): string | undefined =>
  error instanceof DatabaseError ? error.code : undefined;

const isOfClass = (state: string | undefined, ...classes: string[]): boolean =>
  state !== undefined && classes.includes(state.slice(0, 2));

/** Another record has one of the unique values. */
export const isTaken = (error: unknown): boolean => stateOf(error) === "23505";

/** The function of PostgreSQL that carries out RAISE, in a trigger for instance. */
const raise = "exec_stmt_raise";

/** The SQLSTATE of an error that PostgreSQL itself has found: one that is raised says nothing of the server. */
const ownStateOf = (error: unknown): string | undefined =>
  error instanceof DatabaseError && error.routine !== raise ? error.code : undefined;

/** A statement took longer than it may, or waited longer than it may for a lock. */
export const isTimeout = (error: unknown): boolean => ["57014", "55P03"].includes(ownStateOf(error) ?? "");

/** The work of a function or a trigger has failed: PostgreSQL says where in it. */
const isWithin = (error: unknown): boolean => Boolean((error as DatabaseError).where);

/**
 * Whether PostgreSQL says that it cannot store anything at present: the connection failed, resources
 * are missing, its system fails, it is shutting down, it is read-only, or it has ended the session.
 */
export function isLost(error: unknown): boolean {
  const state = ownStateOf(error);
  if (state === undefined) return false;
  // A trigger may read files and call other servers, which may not be there.
  if (isOfClass(state, "08", "58")) return !isWithin(error);
  return (
    isOfClass(state, "53") || state.startsWith("57P") || ["25006", "25P03", "25P04", "40003"].includes(state)
  );
}

/** A statement was not looked at, because one before it in the same transaction has failed. */
export const isIgnored = (error: unknown): boolean => ownStateOf(error) === "25P02";

/**
 * A deadlock or a serialization failure: the transaction was ended for the sake of another. A trigger
 * that raises one asks for another attempt.
 */
export const isSuperseded = (error: unknown): boolean => ["40001", "40P01"].includes(stateOf(error) ?? "");

/** A lock was not to be had in time. */
export const isLockTimeout = (error: unknown): boolean => ownStateOf(error) === "55P03";

/**
 * Whether a COMMIT that failed has surely stored nothing: PostgreSQL has answered it, and with an
 * error that it finds before it commits. When the server ends, or nothing was answered, it is open.
 */
export const isSurelyAborted = (error: unknown): boolean =>
  stateOf(error) !== undefined && !isLost(error) && !isOfClass(ownStateOf(error), "XX");

/** The function of PostgreSQL that reports that a boolean setting, such as that of "read write", cannot be had. */
const settingRefused = "call_bool_check_hook";

/**
 * Whether the server has refused to write because it is a standby: as it says of a statement that
 * writes, or of the begin of a transaction that is to.
 */
const isStandby = (error: unknown): boolean =>
  ownStateOf(error) === "25006" ||
  (stateOf(error) === "0A000" && (error as DatabaseError).routine === settingRefused);

/** Whether the connection was lost, the server has ended it, or it leads to a standby. */
export const isLoss = (error: unknown): boolean =>
  error instanceof DatabaseError
    ? (ownStateOf(error) ?? "").startsWith("57P") || isStandby(error)
    : isUnavailable(error);

/** Whether the database cannot be reached, or cannot do what it is asked just now. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return error instanceof Error && !(error instanceof TypeError);
  return isStandby(error) || isOfClass(error.code, "08", "25", "28", "40", "53", "55", "57", "58", "XX");
}
