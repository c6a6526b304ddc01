/**
 * Every way in which Roster refuses a request. The set is closed: each surface (tRPC, REST, the
 * documented third-party formats) maps it in one exhaustive place.
 */
export const errorCodes = [
  /** The request could not be read at all: broken JSON, XML or form encoding. */
  "MALFORMED",
  /** The request was read and breaks rules; `faults` lists every one of them. */
  "INVALID",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  /** The record exists but is deleted; it can be restored. */
  "DELETED",
  /** A unique value is taken, or the record's state does not allow the change. */
  "CONFLICT",
  /** The record has another version than the caller expected; `conflict` says what changed. */
  "STALE_VERSION",
  /** The tenant wants updates to say which version they are of. */
  "VERSION_REQUIRED",
  /** The idempotency key was used before, for another request. */
  "IDEMPOTENCY_MISMATCH",
  "METHOD_NOT_ALLOWED",
  "TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  /** More writes are waiting than the server is willing to queue; try again later. */
  "OVERLOADED",
  /** The database cannot be reached or cannot write; this attempt changed nothing. Try again later. */
  "UNAVAILABLE",
  /** The database was lost in the midst of a commit: the change may or may not be stored. Repeat it with its idempotency key. */
  "UNCERTAIN",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What is wrong with one value of a request. */
export const faultCodes = [
  "required",
  "invalid_type",
  "invalid_format",
  "invalid_choice",
  "out_of_range",
  "too_short",
  "too_long",
  "too_many",
  "too_deep",
  "too_large",
  "not_nullable",
  "unknown_field",
  "read_only",
  "forbidden_key",
  "ambiguous",
  "not_found",
  "taken",
  "level_required",
  "level_order",
  "cycle",
  "in_use",
  "schema",
] as const;

export type FaultCode = (typeof faultCodes)[number];

/** One fault of a request: where (RFC 6901 JSON Pointer into the request), what kind, and in words. */
export interface Fault {
  pointer: string;
  code: FaultCode;
  message: string;
}

/** What is wrong with a value, wherever it stands. */
export type Unfit = Omit<Fault, "pointer">;

/** A field that changed since the version that a caller expected: by whom, when, in which version. */
export interface ChangedSince {
  path: string;
  version: number;
  at: string;
  actor: string;
}

export interface VersionConflict {
  /** What the caller had seen: of several versions that it named, the latest that is past. Missing when it named none. */
  expectedVersion?: number;
  currentVersion: number;
  changedSince: ChangedSince[];
}

/** A refusal as it travels: plain data. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  faults?: Fault[];
  conflict?: VersionConflict;
  /** What was wrong with which items of a request for many. */
  items?: ItemError[];
}

/** What was wrong with one item of a request for many. */
export interface ItemError {
  index: number;
  error: ErrorBody;
}

/** A refusal as it is thrown. Anything else that is thrown is a defect, and answered as INTERNAL. */
export class RosterError extends Error {
  override readonly name = "RosterError";
  readonly code: ErrorCode;
  readonly faults: Fault[] | undefined;
  readonly conflict: VersionConflict | undefined;
  readonly items: ItemError[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: { faults?: Fault[]; conflict?: VersionConflict; items?: ItemError[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.faults = more.faults;
    this.conflict = more.conflict;
    this.items = more.items;
  }

  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.faults && { faults: this.faults }),
      ...(this.conflict && { conflict: this.conflict }),
      ...(this.items && { items: this.items }),
    };
  }
}

/** The most faults that one refusal lists: more would only make the answer larger than the request. */
export const maxFaults = 1_000;

/**
 * The refusal for a list of faults: CONFLICT when all that is wrong is that values are taken or in
 * use (the request itself is fine and may succeed another time), INVALID otherwise.
 */
export function refusal(faults: Fault[]): RosterError {
  const clash = faults.every((fault) => fault.code === "taken" || fault.code === "in_use");
  const words = faults.slice(0, 3).map((fault) => `${fault.pointer || "/"}: ${fault.message}`);
  const shown = words.join("; ") + (faults.length > 3 ? `; and ${faults.length - 3} more` : "");
  return new RosterError(clash ? "CONFLICT" : "INVALID", shown, { faults: faults.slice(0, maxFaults) });
}

/** An error as tRPC sends it. `Code` is JSON-RPC's number of the tRPC code in `data.code`. */
export interface RpcErrorShape<Code extends number, Key extends string> {
  message: string;
  code: Code;
  data: { code: Key; httpStatus: number; path?: string; error: ErrorBody };
}
