import { checkText, isPlainObject, pointer, recordTypes, type ErrorBody, type Fault } from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import type { AppRouter } from "./router.ts";

/**
 * Refuses calls whose input JSON would alter: before anything is sent, and in the form of Roster's
 * own refusals, with all faults.
 */
export const checkLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) => {
    const faults = lossesIn(op.input);
    if (faults.length === 0) return next(op);
    return observable((observer) => observer.error(TRPCClientError.from({ error: refusalOf(faults) })));
  };

function refusalOf(faults: Fault[]) {
  const message = faults.map((fault) => `${fault.pointer || "the input"} ${fault.message}`).join("; ");
  const error: ErrorBody = { code: "INVALID", message, faults };
  return {
    message,
    code: TRPC_ERROR_CODES_BY_KEY.BAD_REQUEST,
    data: { code: "BAD_REQUEST" as const, httpStatus: 400, error },
  };
}

/** Deeper than any request that Roster takes, and far from what the stack takes. */
const maxDepth = 100;

/** Where JSON fields stand in inputs: what is in them travels as it is, so that nothing may be converted. */
const jsonKeys = new Set([
  ...Object.values(recordTypes).flatMap((fields) =>
    Object.entries(fields).flatMap(([name, { kind }]) => (kind === "json" ? [name] : [])),
  ),
  // Of a schema for properties.
  "schema",
]);

/**
 * What of an input is not JSON, and would become something else on its way: NaN and Infinity, which
 * become null, as do dates that are none, and functions and `undefined` in arrays; objects that are
 * more than their keys; what no text can hold. A property that is `undefined` is not there. A Date is
 * an instant, outside of JSON fields.
 */
export function lossesIn(input: unknown): Fault[] {
  const faults: Fault[] = [];
  const above: unknown[] = [];
  const report = (at: string, code: Fault["code"], message: string) => {
    faults.push({ pointer: at, code, message });
  };

  const visit = (value: unknown, at: string, inJson: boolean): void => {
    switch (typeof value) {
      case "string":
        return checkText(value, at, faults);
      case "number":
        return Number.isFinite(value) ? undefined : report(at, "invalid_type", `is ${value}, which JSON cannot hold`);
      case "object":
        return value === null ? undefined : visitObject(value, at, inJson);
      case "boolean":
        return undefined;
      case "bigint":
        return report(at, "invalid_type", "is a BigInt; give a number, or a text that keeps all digits");
      default:
        return report(at, "invalid_type", `is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}, which JSON cannot hold`);
    }
  };
  const visitObject = (value: object, at: string, inJson: boolean): void => {
    if (isDate(value)) {
      if (Number.isNaN(value.getTime())) report(at, "invalid_format", "is a Date without a time: it was made from what is no date");
      else if (inJson) report(at, "invalid_type", "is a Date; in JSON give the text that is to be kept");
    } else if (above.includes(value)) {
      report(at, "invalid_type", "contains itself");
    } else if (above.length >= maxDepth) {
      report(at, "too_deep", `is nested deeper than ${maxDepth} levels`);
    } else if (Array.isArray(value)) {
      above.push(value);
      // Not `forEach`, which would leave out the holes of a sparse array.
      for (const [i, item] of value.entries()) visit(item, at + pointer(i), inJson);
      above.pop();
    } else if (isPlainObject(value)) {
      above.push(value);
      for (const [key, child] of Object.entries(value) as [string, unknown][]) {
        if (child === undefined) continue;
        const place = at + pointer(key);
        checkText(key, place, faults);
        visit(child, place, inJson || jsonKeys.has(key));
      }
      above.pop();
    } else {
      report(at, "invalid_type", "is not a plain object, and JSON would keep another value of it");
    }
  };

  if (input !== undefined) visit(input, "", false);
  return faults;
}

/** Also of another realm, such as a frame. */
const isDate = (value: object): value is Date => Object.prototype.toString.call(value) === "[object Date]";
