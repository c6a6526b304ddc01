/**
 * Every reason for which Roster refuses a request. The set is closed: each surface (tRPC, REST, the
 * third-party wire formats) maps it in one exhaustive place.
 */
export const errorCodes = [
  /** The request could not be parsed: broken JSON, XML or form encoding. */
  "MALFORMED",
  /** The request was parsed but breaks rules; `faults` lists all of them. */
  "INVALID",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  /** The record exists but is deleted; a customer, user or user group can be restored unless it is erased. */
  "DELETED",
  /** A unique value is taken, or the record's state does not allow the change. */
  "CONFLICT",
  /** The record is at another version than the caller expected; `conflict` says what changed. */
  "STALE_VERSION",
  /** The tenant requires updates to state the expected version. */
  "VERSION_REQUIRED",
  /** The idempotency key was used before for a different request. */
  "IDEMPOTENCY_MISMATCH",
  "METHOD_NOT_ALLOWED",
  "TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  /** The write queue is full; try again later. */
  "OVERLOADED",
  /** The database cannot be reached or cannot write. This attempt changed nothing; try again later. */
  "UNAVAILABLE",
  /**
   * The connection to the database was lost during a commit, so the change may or may not be stored. Repeat
   * the request with its idempotency key.
   */
  "UNCERTAIN",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** The kinds of fault that a value of a request can have. */
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
  /** No index serves a condition. */
  "no_index",
  /** The index that serves a condition is being built. */
  "index_building",
] as const;

export type FaultCode = (typeof faultCodes)[number];

/** One fault of a request: an RFC 6901 JSON Pointer into the request, a code and a message. */
export interface Fault {
  pointer: string;
  code: FaultCode;
  message: string;
}

/** A fault of a value, without its place in a request. */
export type Unfit = Omit<Fault, "pointer">;

/** A field that changed since the version that the caller expected, with its latest change. */
export interface ChangedSince {
  path: string;
  version: number;
  at: string;
  actor: string;
}

export interface VersionConflict {
  /**
   * The version that the caller expected; if it named several, the latest past one. Missing if it named none.
   */
  expectedVersion?: number;
  currentVersion: number;
  changedSince: ChangedSince[];
}

/** A refusal as plain data, the form on the wire. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  faults?: Fault[];
  conflict?: VersionConflict;
  /** The errors of single items of a bulk request. */
  items?: ItemError[];
}

/** The error of one item of a bulk request. */
export interface ItemError {
  index: number;
  error: ErrorBody;
}

/** A refusal. Anything else that is thrown is a defect and is answered as INTERNAL. */
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

/** The maximum number of faults in one refusal. It keeps the answer from outgrowing the request. */
export const maxFaults = 1_000;

/** Faults as a text, for formats that have no list of them. */
export const describeFaults = (faults: readonly Fault[]): string =>
  faults.map(({ pointer, message }) => `${pointer || "/"}: ${message}`).join("; ");

/**
 * Makes the refusal for a list of faults: CONFLICT if every fault is a taken or used value (the same request
 * may succeed later), otherwise INVALID.
 */
export function refusal(faults: Fault[]): RosterError {
  const clash = faults.every((fault) => fault.code === "taken" || fault.code === "in_use");
  const shown =
    describeFaults(faults.slice(0, 3)) + (faults.length > 3 ? `; and ${faults.length - 3} more` : "");
  return new RosterError(clash ? "CONFLICT" : "INVALID", shown, { faults: faults.slice(0, maxFaults) });
}

/** An error in the shape that tRPC sends. `Code` is the JSON-RPC number of the tRPC code in `data.code`. */
export interface RpcErrorShape<Code extends number, Key extends string> {
  message: string;
  code: Code;
  data: { code: Key; httpStatus: number; path?: string; error: ErrorBody };
}

/** The tRPC code under which each refusal travels. Its HTTP status follows from it. */
export const rpcCodes = {
  MALFORMED: "PARSE_ERROR",
  INVALID: "BAD_REQUEST",
  UNAUTHENTICATED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  DELETED: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  STALE_VERSION: "CONFLICT",
  VERSION_REQUIRED: "PRECONDITION_REQUIRED",
  IDEMPOTENCY_MISMATCH: "UNPROCESSABLE_CONTENT",
  METHOD_NOT_ALLOWED: "METHOD_NOT_SUPPORTED",
  TOO_LARGE: "PAYLOAD_TOO_LARGE",
  UNSUPPORTED_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  OVERLOADED: "SERVICE_UNAVAILABLE",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
  UNCERTAIN: "SERVICE_UNAVAILABLE",
  INTERNAL: "INTERNAL_SERVER_ERROR",
} as const satisfies Record<ErrorCode, string>;
