import {
  checkText,
  isPlainObject,
  pointer,
  type ErrorBody,
  type Fault,
  type JsonFieldName,
} from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { AppRouter } from "./router.ts";

/**
 * Refuses calls whose input JSON would alter, before anything is sent, with all faults, in the form of
 * Roster's own refusals.
 */
export const checkLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const faults = lossesIn(op.input);
    if (faults.length === 0) return next(op);
    const message = faults.map((fault) => `${fault.pointer}: ${fault.message}`).join("; ");
    const error: ErrorBody = { code: "INVALID", message, faults };
    const code = "BAD_REQUEST";
    const shape = {
      message,
      code: TRPC_ERROR_CODES_BY_KEY[code],
      data: { code, httpStatus: 400, error },
    } as const;
    return observable((observer) => observer.error(TRPCClientError.from({ error: shape })));
  };

/** Deeper than any request that Roster accepts, and well within the stack. */
const maxDepth = 100;

/**
 * The keys of JSON fields in inputs, whose contents are sent as they are, without conversion. They are named
 * here because a client must not carry the field policies; the compiler refuses a name that is missing or wrong.
 */
const jsonKeys: Readonly<Record<JsonFieldName | "schema", true>> = {
  properties: true,
  mapping: true,
  computedProperties: true,
  computedMapping: true,
  propertiesSchema: true,
  // The schema for customers' properties.
  schema: true,
};

/**
 * Finds the values in an input that JSON would drop or change: NaN, Infinity and invalid dates, and functions
 * and `undefined` in arrays, which become null; class instances; and text that is not well formed. Undefined
 * properties count as absent. A Date counts as an instant, except inside JSON fields.
 */
export function lossesIn(input: unknown): Fault[] {
  const faults: Fault[] = [];
  const above: unknown[] = [];

  const report = (at: string, what: string, code: Fault["code"] = "invalid_type") => {
    faults.push({ pointer: at, code, message: `is ${what}, which JSON cannot hold` });
  };
  const visit = (value: unknown, at: string, inJson: boolean): void => {
    const type = typeof value;
    if (typeof value === "string") checkText(value, at, faults);
    else if (typeof value === "number") void (Number.isFinite(value) || report(at, String(value)));
    else if (typeof value === "object" && value !== null) visitObject(value, at, inJson);
    else if (type !== "boolean" && value !== null) report(at, `of the type ${type}`);
  };
  const visitObject = (value: object, at: string, inJson: boolean): void => {
    const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
    if (name === "Date") {
      // Checked by name, so that a Date of another realm, such as a frame's, is recognised.
      if (Number.isNaN(Number(value))) report(at, "an invalid Date", "invalid_format");
      else if (inJson) report(at, "a Date");
    } else if (above.length >= maxDepth || above.includes(value)) {
      report(at, "nested too deeply or contains itself", "too_deep");
    } else if (!Array.isArray(value) && !isPlainObject(value)) {
      report(at, `an instance of a class (${name})`);
    } else {
      above.push(value);
      visitParts(value, at, inJson);
      above.pop();
    }
  };
  const visitParts = (value: readonly unknown[] | object, at: string, inJson: boolean): void => {
    const { toJSON } = value as { toJSON?: unknown };
    // The object decides itself what is sent.
    if (typeof toJSON === "function") return visit(toJSON.call(value), at, inJson);
    // `Object.entries` would skip the holes of a sparse array.
    for (const [key, part] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
      const place = at + pointer(key);
      if (typeof key === "string") {
        if (part === undefined) continue;
        checkText(key, place, faults);
      }
      visit(part, place, inJson || Object.hasOwn(jsonKeys, key));
    }
  };

  if (input !== undefined) visit(input, "", false);
  return faults;
}
