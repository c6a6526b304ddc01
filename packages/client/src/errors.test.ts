import { errorCodes, RosterError, type ErrorBody, type ErrorCode } from "@roster/domain";
import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { abortError } from "./abort.ts";
import {
  faults,
  isAborted,
  isConflict,
  isDenied,
  isInvalid,
  isKeyMismatch,
  isNetworkFailure,
  isNotFound,
  isStale,
  isUnavailable,
  isUncertain,
  isVersionRequired,
  itemErrors,
  networkFailure,
  rosterError,
  versionConflict,
} from "./errors.ts";
import { NetworkFailure } from "./network-failure.ts";

const conflict = { expectedVersion: 3, currentVersion: 5, changedSince: [] };
const thrown = (error: ErrorBody) =>
  TRPCClientError.from({
    error: { message: error.message, code: -32600, data: { code: "BAD_REQUEST", httpStatus: 400, error } },
  });
const refused = (code: ErrorCode) =>
  thrown({ code, message: "no", ...(code === "STALE_VERSION" && { conflict }) });

/** Values that no call of Roster throws. */
const strangers = [
  undefined,
  null,
  "text",
  new Error("other"),
  { data: { error: { code: "CONFLICT", message: "only looks like it" } } },
  new TRPCClientError("aborted"),
  TRPCClientError.from({ error: { message: "another server's", code: -32600, data: { code: "CONFLICT" } } }),
];

const helpers = {
  isConflict,
  isStale,
  isVersionRequired,
  isKeyMismatch,
  isNotFound,
  isInvalid,
  isDenied,
  isUnavailable,
  isUncertain,
};
const expected: Record<ErrorCode, (keyof typeof helpers)[]> = {
  MALFORMED: [],
  INVALID: ["isInvalid"],
  UNAUTHENTICATED: ["isDenied"],
  FORBIDDEN: ["isDenied"],
  NOT_FOUND: ["isNotFound"],
  DELETED: ["isNotFound"],
  CONFLICT: ["isConflict"],
  STALE_VERSION: ["isConflict", "isStale"],
  VERSION_REQUIRED: ["isVersionRequired"],
  IDEMPOTENCY_MISMATCH: ["isKeyMismatch"],
  METHOD_NOT_ALLOWED: [],
  TOO_LARGE: [],
  UNSUPPORTED_MEDIA_TYPE: [],
  OVERLOADED: ["isUnavailable"],
  UNAVAILABLE: ["isUnavailable"],
  UNCERTAIN: ["isUncertain"],
  INTERNAL: [],
};

it.each(errorCodes)("%s is recognised by its own helpers and no others", (code) => {
  const error = refused(code);
  const saying = Object.entries(helpers).filter(([, helper]) => helper(error));
  expect(saying.map(([name]) => name).toSorted()).toEqual(expected[code].toSorted());
  expect(rosterError(error)?.code).toBe(code);
  expect(isNetworkFailure(error)).toBe(false);
});

it("an error that is not from Roster is not recognised by any helper", () => {
  for (const stranger of strangers) {
    expect(rosterError(stranger)).toBeUndefined();
    expect(faults(stranger)).toEqual({});
    expect(itemErrors(stranger)).toEqual([]);
    for (const helper of [...Object.values(helpers), isNetworkFailure, isAborted])
      expect(helper(stranger)).toBe(false);
  }
});

describe("an error from another copy of this package or of tRPC, or a wrapped one,", () => {
  /** Recreates an error with a class that this program does not know. */
  const foreign = (error: Error): Error =>
    Object.assign(
      new Error(error.message),
      Object.fromEntries([...Object.entries(error), ["name", error.name]]),
    );
  const around = (cause: unknown): Error => new Error("saving failed", { cause });
  const wraps: [string, (error: Error) => unknown][] = [
    ["of another copy", foreign],
    ["as the cause of another error", around],
    ["deep below others", (error) => around(around({ cause: foreign(error) }))],
    ["wrapped by another copy of tRPC", (error) => Object.assign(around(error), { data: undefined })],
  ];

  it.each(wraps)("is recognised %s, by every helper", (_name, wrap) => {
    for (const code of errorCodes) {
      const error = wrap(refused(code));
      expect(rosterError(error)).toMatchObject({ code });
      const found = Object.entries(helpers).filter(([, helper]) => helper(error));
      expect(found.map(([name]) => name)).toEqual(expected[code]);
    }
    const fault = { pointer: "/patch/email", code: "invalid_format", message: "no" } as const;
    const item = { index: 3, error: { code: "NOT_FOUND", message: "no" } } as const;
    const detailed = wrap(
      thrown({ code: "INVALID", message: "no", faults: [fault], items: [item], conflict }),
    );
    expect(faults(detailed)).toEqual({ "/patch/email": [fault] });
    expect(itemErrors(detailed)).toEqual([item]);
    expect(versionConflict(detailed)).toEqual(conflict);

    const failure = foreign(new NetworkFailure("no answer", { status: 502, sent: false }));
    const network = wrap(TRPCClientError.from(failure));
    expect(isNetworkFailure(network)).toBe(true);
    expect(networkFailure(network)).toMatchObject({ status: 502, sent: false });
    expect(isAborted(network)).toBe(false);
    expect(isAborted(wrap(TRPCClientError.from(abortError())))).toBe(true);
  });

  it("is not searched for endlessly in circular causes", () => {
    const [one, other] = [new Error("one"), new Error("other")];
    one.cause = other;
    other.cause = one;
    expect(rosterError(one)).toBeUndefined();
    expect(isNetworkFailure(one)).toBe(false);
  });
});

it("an aborted call throws an AbortError, whatever reason was given", () => {
  for (const reason of [undefined, "enough", new Error("enough"), new DOMException("enough", "AbortError")]) {
    const error = abortError(reason);
    expect(error.name).toBe("AbortError");
    expect(isAborted(error)).toBe(true);
    if (error !== reason) expect(error.cause).toBe(reason);
  }
  expect(isAborted(new Error("other"))).toBe(false);
});

it("a stale version comes with the changes since", () => {
  const error: unknown = refused("STALE_VERSION");
  expect(isStale(error) && versionConflict(error)).toEqual(conflict);
});

it("a network failure is distinguished from a refusal", () => {
  const error = TRPCClientError.from(new NetworkFailure("no answer", { status: 502 }));
  expect(networkFailure(error)?.status).toBe(502);
  expect(rosterError(error)).toBeUndefined();
});

describe("faults", () => {
  it("are found by their JSON Pointers, even several at one place", () => {
    const { faults: list = [] } = new RosterError("INVALID", "no", {
      faults: [
        { pointer: "/patch/email", code: "invalid_format", message: "is not an email" },
        { pointer: "/patch/a~1b", code: "unknown_field", message: "is not a known field" },
        { pointer: "/patch/email", code: "too_long", message: "is too long" },
        { pointer: "", code: "ambiguous", message: "is ambiguous" },
      ],
    });
    const found = faults(thrown({ code: "INVALID", message: "no", faults: list }));
    expect(Object.keys(found)).toEqual(["/patch/email", "/patch/a~1b", ""]);
    expect(found["/patch/email"]?.map(({ code }) => code)).toEqual(["invalid_format", "too_long"]);
    expect(found["/patch/name"]).toBeUndefined();
  });

  it("are empty if the refusal has none", () => {
    expect(faults(refused("NOT_FOUND"))).toEqual({});
  });
});

describe("the item errors of an atomic bulk request", () => {
  const items = [
    { index: 1, error: { code: "NOT_FOUND", message: "there is no such customer" } },
    { index: 4, error: { code: "STALE_VERSION", message: "at version 5", conflict } },
  ] as const;
  const error: unknown = thrown({ code: "CONFLICT", message: "2 items were refused", items: [...items] });

  it("come with the error of each item", () => {
    expect(itemErrors(error)).toEqual(items);
    expect(itemErrors(error)[1]?.error.conflict?.currentVersion).toBe(5);
  });

  it("do not count as a stale version of the whole request", () => {
    const stale = thrown({ code: "STALE_VERSION", message: "an item was refused", items: [items[1]] });
    expect(isConflict(stale)).toBe(true);
    expect(isStale(stale)).toBe(false);
  });

  it("are empty if the refusal has none", () => {
    expect(itemErrors(refused("INVALID"))).toEqual([]);
  });
});
