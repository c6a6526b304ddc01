import type { Fault } from "../errors.ts";
import { emailKey } from "./email.ts";
import type { Field, Fields } from "./field.ts";
import {
  absentTerm,
  byCodePoint,
  findables,
  property,
  propertyPointer,
  propertyTerm,
  termOf,
  termsOf,
  type Findable,
  type FoundType,
  type PropertyScalar,
} from "./find.ts";
import { canonicalName } from "./identifier.ts";
import { isPlainObject } from "./json.ts";
import { unknownNames } from "./nearest-name.ts";
import { operatorsOf, type Operator } from "./operator.ts";
import { pointer } from "./pointer.ts";
import { isIdentifier, parseValue } from "./value.ts";

/** The operators that every condition can use. All that a condition uses must hold. */
interface Condition<Value> {
  equals?: Value | undefined;
  /** One of these values, at most 100. */
  in?: readonly Value[] | undefined;
  /** Whether there is a value. */
  present?: boolean | undefined;
}
/** A condition on a text. */
export interface TextCondition<Value = string> extends Condition<Value> {
  /** The start of the value. */
  startsWith?: string | undefined;
}
/** A condition on a number, a date or an instant. */
export interface RangeCondition<Value> extends Condition<Value> {
  /** Greater than or equal to this value. */
  gte?: Value | undefined;
  gt?: Value | undefined;
  /** Less than or equal to this value. */
  lte?: Value | undefined;
  lt?: Value | undefined;
}
/** A condition on a set. */
export interface SetCondition {
  /** This entry, or all of these. */
  contains?: string | readonly string[] | undefined;
  /** At least one of these entries. */
  in?: readonly string[] | undefined;
  /** Whether there is an entry. */
  present?: boolean | undefined;
}
/** A condition on an indexed property. Texts, numbers and booleans never equal one another. */
export interface PropertyCondition extends Omit<RangeCondition<PropertyScalar>, "gte" | "gt" | "lte" | "lt"> {
  startsWith?: string | undefined;
  gte?: string | number | undefined;
  gt?: string | number | undefined;
  lte?: string | number | undefined;
  lt?: string | number | undefined;
}
/** Conditions by property: a dotted path such as `address.city`, or a JSON Pointer such as `/address/city`. */
export type PropertyFilter = Readonly<Record<string, PropertyScalar | null | PropertyCondition | undefined>>;

type ValueOf<F> =
  F extends Field<infer Json, infer _Decoded, infer Input>
    ? { value: NonNullable<Input>; none: null extends Json ? null : never }
    : never;
/** A value is short for `equals`, and null for `present: false`. */
type ConditionOf<F> = F extends { kind: "set" }
  ? string | null | SetCondition
  : F extends { kind: "date" | "instant" | "integer" }
    ? ValueOf<F>["value"] | ValueOf<F>["none"] | RangeCondition<ValueOf<F>["value"]>
    : F extends { kind: "text" | "email" | "phone" }
      ? ValueOf<F>["value"] | ValueOf<F>["none"] | TextCondition<ValueOf<F>["value"]>
      : ValueOf<F>["value"] | ValueOf<F>["none"] | Condition<ValueOf<F>["value"]>;

type Shown<F extends Fields, K extends keyof F> = F[K] extends {
  secret: false;
  computed: false;
  apart: false;
}
  ? F[K] extends { kind: "json" }
    ? never
    : K
  : never;
/** Conditions on the fields of a policy. */
export type FieldFilter<F extends Fields> = {
  -readonly [K in keyof F as Shown<F, K>]?: ConditionOf<F[K]> | undefined;
};
/** The fields by which records can be sorted. */
export type SortKey<F extends Fields> = {
  [K in keyof F]: F[K] extends { kind: "set" | "json" }
    ? never
    : F[K] extends { indexed: string } | { unique: true }
      ? K
      : never;
}[keyof F] &
  string;

const ofProperties: readonly Operator[] = ["equals", "in", "startsWith", "gte", "gt", "lte", "lt", "present"];

/** The most values of `in` and `contains`. */
export const maxValues = 100;

/** A condition that has been checked, with its values in their stored form; null for `present: false`. */
export type ParsedCondition = PropertyScalar | null | Partial<Record<Operator, unknown>>;

/** Reads one value of a condition. @returns undefined if it is invalid */
type ReadValue = (value: unknown, at: string, faults: Fault[]) => PropertyScalar | undefined;

/** The policy of one value of a condition: a reference is an id as stored, not the caller's own. */
export function valuePolicy({ kind, items, refers: _, options, min, ...policy }: Field): Field {
  const own: Field = { ...policy, kind, nullable: false };
  if (kind === "set") return { ...own, kind: items ?? "text", max: 255, min: 1 };
  if (kind === "choice") return { ...own, options: options ?? [] };
  return { ...own, min: kind === "integer" ? (min ?? 0) : 1 };
}

const reader = (policy: Field): ReadValue => {
  const one = valuePolicy(policy);
  const isName = (isIdentifier(policy) || policy.refers !== undefined) && policy.kind !== "id";
  const isEmail = one.kind === "email";
  return (value, at, faults) => {
    const read = parseValue({ ...one, unique: false }, value, at, faults) as PropertyScalar | undefined;
    if (typeof read !== "string") return read;
    return isName ? canonicalName(read) : isEmail ? emailKey(read) : read;
  };
};

/** Reads the start of a value. An address has no space, and its domain is stored in ASCII. */
const startReader =
  ({ kind }: Pick<Field, "kind">): ReadValue =>
  (value, at, faults) => {
    const policy: Field = { kind: "text", min: 1, max: 255, nullable: false, description: "" };
    const read = parseValue(policy, value, at, faults) as string | undefined;
    if (kind !== "email" || read === undefined) return read;
    const message = /\s/.test(read)
      ? "contains a space, which no address does; in a URL query, + means a space and %2B means +"
      : /@.*\P{ASCII}/u.test(read)
        ? "has a domain in Unicode; write its start in ASCII, such as xn--mnchen-3ya for münchen"
        : undefined;
    if (message === undefined) return read;
    faults.push({ pointer: at, code: "invalid_format", message });
    return undefined;
  };

const readScalar: ReadValue = (value, at, faults) => {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  if (typeof value === "string") return reader({ kind: "text", description: "" })(value, at, faults);
  faults.push({ pointer: at, code: "invalid_type", message: "must be a text, a number or a boolean" });
  return undefined;
};

function readList(read: ReadValue, value: unknown, at: string, faults: Fault[]): unknown {
  if (!Array.isArray(value) || value.length === 0 || value.length > maxValues) {
    const tooMany = Array.isArray(value) && value.length > 0;
    faults.push({
      pointer: at,
      code: tooMany ? "too_many" : "invalid_type",
      message: `must be a list of 1 to ${maxValues} values`,
    });
    return undefined;
  }
  return Array.from(value, (one: unknown, i) => read(one, at + pointer(i), faults));
}

/** Reads a condition: a value, null, or an object with operators. @returns undefined with faults */
function readCondition(
  written: unknown,
  operators: readonly Operator[],
  nullable: boolean,
  read: ReadValue,
  readStart: ReadValue,
  at: string,
  faults: Fault[],
): ParsedCondition | undefined {
  if (written === null) {
    if (nullable) return null;
    faults.push({ pointer: at, code: "not_nullable", message: "always has a value; null finds nothing" });
    return undefined;
  }
  if (!isPlainObject(written)) return read(written, at, faults);
  const parsed: Partial<Record<Operator, unknown>> = {};
  const unknown = unknownNames(() => [...operators], faults);
  for (const [name, value] of Object.entries(written)) {
    const here = at + pointer(name);
    const operator = operators.find((one) => one === name);
    if (operator === undefined) unknown(name, here);
    else if (value !== undefined)
      parsed[operator] = readOperand(
        operator,
        value,
        operator === "startsWith" ? readStart : read,
        here,
        faults,
      );
  }
  return parsed;
}

function readOperand(
  operator: Operator,
  value: unknown,
  read: ReadValue,
  at: string,
  faults: Fault[],
): unknown {
  if (operator === "in" || (operator === "contains" && Array.isArray(value)))
    return readList(read, value, at, faults);
  if (operator !== "present") {
    const operand = read(value, at, faults);
    if (operator === "equals" || operator === "startsWith" || typeof operand !== "boolean") return operand;
    faults.push({ pointer: at, code: "invalid_type", message: "must be a text or a number" });
    return undefined;
  }
  if (typeof value === "boolean") return value;
  faults.push({ pointer: at, code: "invalid_type", message: "must be true or false" });
  return undefined;
}

/** Reads the condition on a field. */
export const parseCondition = (
  { policy }: Findable,
  written: unknown,
  at: string,
  faults: Fault[],
): ParsedCondition | undefined =>
  readCondition(
    written,
    operatorsOf(policy),
    policy.nullable !== false || policy.kind === "set",
    reader(policy),
    startReader(policy),
    at,
    faults,
  );

/** Reads conditions on properties. */
export function parseProperties(
  written: unknown,
  at: string,
  faults: Fault[],
): Record<string, ParsedCondition> | undefined {
  if (!isPlainObject(written)) {
    faults.push({
      pointer: at,
      code: "invalid_type",
      message: "must be an object of conditions by property",
    });
    return undefined;
  }
  const parsed = new Map<string, ParsedCondition>();
  for (const [name, condition] of Object.entries(written)) {
    const here = at + pointer(name);
    if (propertyPointer(name) === undefined)
      faults.push({ pointer: here, code: "invalid_format", message: "is neither a path nor a JSON Pointer" });
    else if (condition !== undefined) {
      const read = readCondition(
        condition,
        ofProperties,
        true,
        readScalar,
        startReader({ kind: "text" }),
        here,
        faults,
      );
      if (read !== undefined) parsed.set(name, read);
    }
  }
  return Object.fromEntries(parsed);
}

/** Terms from `low` to before `high`; one term if they are equal. */
export type Span = readonly [low: string, high: string];

/** One requirement of a filter: the record has a term in one of the spans or, with none, has no term. */
export interface Criterion {
  by: Findable;
  /** Whether the value is a property of the caller's. */
  property: boolean;
  /** Empty if the record must have no value. */
  spans: readonly Span[];
  /** The place in the filter. */
  pointer: string;
}

/** All terms of values, without the term of absence. */
const anyTerm: Span = ["", absentTerm];
const anyTermBut = ({ absent }: Findable): Span => [absent === "" ? justAfter : "", absentTerm];
/** Sorts before all letters. */
export const justAfter = "\u0001";
/** The first term after a term of a fixed length. */
export const afterTerm = (term: string): string => term + justAfter;
const beginning = (term: string): Span => [term, term + absentTerm];

/** A term that no record has. */
const nothing: Span = [absentTerm + absentTerm, absentTerm + absentTerm];

/** The spans that each operator of a condition allows. */
function spansOf(
  condition: ParsedCondition,
  term: (value: PropertyScalar) => string,
  startOf: (value: string) => string,
  bounds: (term: string) => Span,
  any: Span,
): (readonly Span[])[] {
  const exact = (value: unknown): Span => [term(value as PropertyScalar), term(value as PropertyScalar)];
  if (condition === null) return [[]];
  if (typeof condition !== "object") return [[exact(condition)]];
  const all: (readonly Span[])[] = [];
  for (const [operator, operand] of Object.entries(condition) as [Operator, unknown][]) {
    switch (operator) {
      case "equals":
        all.push([exact(operand)]);
        break;
      case "in":
        all.push((operand as unknown[]).map(exact));
        break;
      case "contains":
        all.push(...[operand].flat().map((one) => [exact(one)]));
        break;
      case "present":
        all.push(operand === true ? [any] : []);
        break;
      case "startsWith":
        all.push([beginning(startOf(operand as string))]);
        break;
      case "gte":
      case "gt":
      case "lte":
      case "lt": {
        const edge = term(operand as PropertyScalar);
        const [low, high] = bounds(edge);
        const bound = operator === "gt" || operator === "lte" ? afterTerm(edge) : edge;
        all.push([operator === "gte" || operator === "gt" ? [bound, high] : [low, bound]]);
      }
    }
  }
  return all;
}

/** Two bounds of the same value make one span. */
function narrowed(all: readonly (readonly Span[])[]): (readonly Span[])[] {
  let range: Span | undefined;
  const others: (readonly Span[])[] = [];
  for (const spans of all) {
    const [span] = spans;
    if (spans.length !== 1 || !span || span[0] === span[1]) others.push(spans);
    else
      range = range
        ? [
            byCodePoint(span[0], range[0]) > 0 ? span[0] : range[0],
            byCodePoint(span[1], range[1]) < 0 ? span[1] : range[1],
          ]
        : span;
  }
  if (!range) return others;
  return [[byCodePoint(range[0], range[1]) < 0 ? range : nothing], ...others];
}

/** The criteria of one condition on a field. */
export function criteriaOfField(by: Findable, condition: ParsedCondition, at: string): Criterion[] {
  const term = (value: PropertyScalar) => termOf(by.policy, value);
  const startOf = (value: string) =>
    by.policy.kind === "email" || by.policy.items === "email" ? value.toLowerCase() : term(value);
  // Sets have several terms, so that two bounds need not hold for the same one; no set has bounds.
  return narrowed(spansOf(condition, term, startOf, () => anyTerm, anyTermBut(by))).map((spans) => ({
    by,
    property: false,
    spans,
    pointer: at,
  }));
}

/** The criteria of one condition on a property. */
export function criteriaOfProperty(place: string, condition: ParsedCondition, at: string): Criterion[] {
  const by = property(place);
  // A bound allows values of its own type only.
  const bounds = (edge: string): Span => [edge.charAt(0), edge.charAt(0) + absentTerm];
  const startOf = (value: string) => propertyTerm(value);
  return spansOf(condition, propertyTerm, startOf, bounds, anyTerm).map((spans) => ({
    by,
    property: true,
    spans,
    pointer: at,
  }));
}

/** The criteria of a filter that has been checked, by the names of its fields. */
export function criteriaOf(type: FoundType, filter: Readonly<Record<string, unknown>>): Criterion[] {
  return Object.entries(filter).flatMap(([name, condition]) => {
    if (condition === undefined) return [];
    const at = pointer("filter", name);
    if (name === "properties")
      return Object.entries(condition as Record<string, ParsedCondition>).flatMap(([own, of]) =>
        criteriaOfProperty(propertyPointer(own) ?? "", of, at + pointer(own)),
      );
    const by = findables(type).get(name);
    return by ? criteriaOfField(by, condition, at) : [];
  });
}

export const isWithinSpan = (term: string, [low, high]: Span): boolean =>
  low === high ? term === low : byCodePoint(term, low) >= 0 && byCodePoint(term, high) < 0;

/** Whether a record, in its stored form, meets every criterion. */
export const meets = (record: object, criteria: readonly Criterion[]): boolean =>
  criteria.every(({ by, spans }) => {
    const terms = termsOf(by, record);
    const values = by.absent === "" ? terms.filter((term) => term !== "") : terms;
    return spans.length === 0
      ? values.length === 0
      : values.some((term) => spans.some((span) => isWithinSpan(term, span)));
  });
