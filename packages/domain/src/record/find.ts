import type { RecordType } from "../record-types.ts";
import { recordTypes } from "../record-types.ts";
import { emailKey } from "./email.ts";
import type { Field } from "./field.ts";
import { caseFolded } from "./fold.ts";
import { canonicalName } from "./identifier.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { isPointer, pointer, segments } from "./pointer.ts";

/**
 * How records are found by their values. A value becomes a *term*: a text that sorts by code points as the
 * values do. Every condition of a filter is a set of spans of terms, so that one index serves equality,
 * ranges, prefixes, presence and order, and one pure test decides whether a record matches.
 */

/** The types of record that have filters, search, counts and sorts. */
export const foundTypes = ["customer", "user", "userGroup"] as const satisfies readonly RecordType[];
export type FoundType = (typeof foundTypes)[number];
export const isFoundType = (type: RecordType): type is FoundType =>
  (foundTypes as readonly RecordType[]).includes(type);

/** The structure that serves a condition or an order. */
export type IndexKind =
  /** The terms that Roster keeps beside the records. */
  | "terms"
  /** The index of a unique column; for values that callers write, of live records only. */
  | "column"
  /** The change log, which has the order of `updatedAt`. */
  | "log";

/** A value by which records are found. */
export interface Findable {
  /** The name in filters and sorts. */
  name: string;
  /** The policy of the value. */
  policy: Field;
  /** The fields from which it is read. */
  from: readonly string[];
  read(record: object): readonly unknown[];
  /** The kind of index that serves it; undefined if none does. */
  kind: IndexKind | undefined;
  /** The name of the index in the terms; several values can share one. */
  index: string;
  /** The term of a record without a value, if the index has one. */
  absent: string | undefined;
}

/** Sorts after every term of a value. */
export const absentTerm = "\u{10FFFF}";

const valueOf = (record: object, field: string): unknown => (record as Record<string, unknown>)[field];
const text = (record: object, field: string): string | null =>
  (valueOf(record, field) as string | null | undefined) ?? null;
const joined = (...parts: (string | null)[]): string | null => parts.filter(Boolean).join(" ") || null;

/** Values that are not simply those of the field with the same name. */
const special: Record<FoundType, Record<string, Partial<Findable>>> = {
  customer: {
    // The name that a reader sees: that of the customer, or else of the person.
    name: {
      from: ["name", "firstName", "lastName"],
      read: (record) => [
        text(record, "name") ?? joined(text(record, "firstName"), text(record, "lastName")) ?? "",
      ],
      absent: "",
    },
    // Any of the addresses.
    email: {
      from: ["email", "emails"],
      read: (record) => [valueOf(record, "email"), ...(valueOf(record, "emails") as string[])],
      index: "emails",
    },
    emails: { index: "emails" },
  },
  user: {
    name: {
      policy: {
        kind: "text",
        max: 255,
        indexed: "folded",
        description: "The full name, or else the username.",
      },
      from: ["firstName", "lastName", "username"],
      read: (record) => [
        joined(text(record, "firstName"), text(record, "lastName")) ?? text(record, "username") ?? "",
      ],
      absent: "",
    },
    userName: {
      policy: {
        kind: "text",
        max: 255,
        indexed: "folded",
        description: "The username, in any case.",
      },
      from: ["username"],
      read: (record) => [valueOf(record, "username")],
    },
    // Any of the addresses, with those that an identity provider has sent.
    email: {
      from: ["email", "properties"],
      read: (record) => [valueOf(record, "email"), ...sentEmails(valueOf(record, "properties"))],
      index: "emails",
    },
  },
  userGroup: {
    name: {
      policy: { kind: "text", max: 255, nullable: false, indexed: "folded", description: "The name." },
      from: ["displayName"],
      read: (record) => [valueOf(record, "displayName")],
      index: "displayName",
    },
    // The record does not contain its members, so only the index knows them.
    member: {
      policy: {
        kind: "id",
        nullable: false,
        indexed: "exact",
        apart: true,
        description: "The id of a member.",
      },
      from: [],
      read: () => [],
    },
  },
};

/** The email addresses in the properties of a user that an identity provider has sent. */
function sentEmails(properties: unknown): string[] {
  const scim = isJsonObject(properties) ? properties["scim"] : undefined;
  const emails = isJsonObject(scim) && Array.isArray(scim["emails"]) ? scim["emails"] : [];
  return emails.flatMap((one) =>
    isJsonObject(one) && typeof one["value"] === "string" ? [cut(one["value"])] : [],
  );
}

/** The order by a value of which a record can have several is that of the main one. */
const sortedBy: Record<FoundType, Record<string, Partial<Findable>>> = {
  customer: { email: { from: ["email"], read: (record) => [valueOf(record, "email")], index: "email" } },
  user: { email: { from: ["email"], read: (record) => [valueOf(record, "email")], index: "email" } },
  userGroup: {},
};

function plain(name: string, policy: Field): Findable {
  const kind: IndexKind | undefined = policy.unique
    ? "column"
    : name === "updatedAt"
      ? "log"
      : policy.indexed && "terms";
  return {
    name,
    policy,
    from: [name],
    read: (record) => [valueOf(record, name)].flat(),
    kind,
    index: name,
    absent: policy.indexedAbsence ? absentTerm : undefined,
  };
}

const isShown = ({ secret, computed, apart, kind }: Field): boolean =>
  !secret && !computed && !apart && kind !== "json";

function allOf(type: FoundType, more: Record<string, Partial<Findable>>): ReadonlyMap<string, Findable> {
  const fields: Record<string, Field> = recordTypes[type];
  const found = new Map<string, Findable>();
  for (const [name, policy] of Object.entries(fields))
    if (isShown(policy)) found.set(name, { ...plain(name, policy), ...more[name] });
  for (const [name, { policy, ...rest }] of Object.entries(more))
    if (policy && !found.has(name)) found.set(name, { ...plain(name, policy), ...rest });
  return found;
}

const filterable = new Map(foundTypes.map((type) => [type, allOf(type, special[type])]));
const sorted = new Map(
  foundTypes.map((type) => [
    type,
    new Map(
      [...allOf(type, { ...special[type], ...sortedBy[type] })].filter(
        ([, { kind, policy }]) => kind !== undefined && policy.kind !== "set" && !policy.apart,
      ),
    ),
  ]),
);

/** The values by which a filter finds records of a type, by name. */
export const findables = (type: FoundType): ReadonlyMap<string, Findable> =>
  filterable.get(type) as ReadonlyMap<string, Findable>;

/** The values by which records of a type can be sorted, by name. */
export const sortables = (type: FoundType): ReadonlyMap<string, Findable> =>
  sorted.get(type) as ReadonlyMap<string, Findable>;

/** In code points; the rest of a text is ignored. An index entry of PostgreSQL holds 2,704 bytes. */
const longestTerm = 600;
const lastOfTexts = "\u{10FFFE}";
/** A text that fits into a term, and sorts before the end of each span: U+10FFFF counts as U+10FFFE. */
const cut = (folded: string): string => {
  const short = folded.length <= longestTerm ? folded : Array.from(folded).slice(0, longestTerm).join("");
  return short.includes(absentTerm) ? short.replaceAll(absentTerm, lastOfTexts) : short;
};

/** The form by which texts are found and sorted without regard to case or Unicode normalization. */
export const foldedTerm = (written: string): string => cut(caseFolded(written));

/** The term of a value. */
export function termOf(policy: Field, value: unknown): string {
  if (policy.kind === "json") return propertyTerm(value as PropertyScalar);
  if (typeof value === "number") return String(value).padStart(16, "0");
  if (typeof value !== "string") return String(value);
  if (policy.kind === "email" || policy.items === "email") return emailKey(value);
  if (policy.indexed === "folded") return foldedTerm(value);
  // A column of its own has the text as it is.
  return policy.unique ? value : cut(value);
}

/** The distinct terms of a record for a value; empty if it has none. */
export const termsOf = ({ policy, read }: Findable, record: object): string[] => [
  ...new Set(
    read(record)
      .filter((value) => value !== null && value !== undefined)
      .map((value) => termOf(policy, value)),
  ),
];

/** The JSON Pointer of a property that is named by a dotted path or a pointer; undefined for neither. */
export function propertyPointer(name: string): string | undefined {
  if (name.startsWith("/")) return isPointer(name) ? name : undefined;
  return name === "" ? undefined : pointer(...name.split("."));
}

/** The value that a sort names: a field or, of customers, a property, as in `properties.plan`. */
export function sortable(type: FoundType, name: string): Findable | undefined {
  if (type !== "customer") return sortables(type).get(name);
  const [, path, place] = /^(?:properties\.(.+)|\/properties(\/.*))$/s.exec(name) ?? [];
  const named = propertyPointer(path ?? place ?? "");
  return named === undefined ? sortables(type).get(name) : property(named);
}

/** The prefix of the names of indexed properties. */
export const propertyPrefix = "properties/";

/** An indexed property, by its JSON Pointer within `properties`. */
export function property(place: string): Findable {
  const path = segments(place);
  return {
    name: "properties" + place,
    policy: { kind: "json", description: "" },
    from: ["properties"],
    read(record) {
      let value: unknown = valueOf(record, "properties");
      for (const key of path) {
        if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
        value = (value as JsonObject)[key];
      }
      return [value].flat().filter((one) => isScalar(one));
    },
    kind: "terms",
    index: "properties" + place,
    absent: absentTerm,
  };
}

export type PropertyScalar = string | number | boolean;
const isScalar = (value: unknown): value is PropertyScalar =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";

/** The term of a value of a property: values of one type sort together. */
export function propertyTerm(value: PropertyScalar): string {
  if (typeof value === "boolean") return value ? "b1" : "b0";
  return typeof value === "string" ? "s" + cut(canonicalName(value)) : "n" + sortableNumber(value);
}

/** A double as 16 hexadecimal digits that sort as the numbers do. */
function sortableNumber(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  // Adding 0 turns -0 into 0.
  view.setFloat64(0, value + 0);
  const bits = view.getBigUint64(0);
  const sortable = bits >> 63n === 1n ? ~bits & 0xffff_ffff_ffff_ffffn : bits | (1n << 63n);
  return sortable.toString(16).padStart(16, "0");
}

/** Compares texts by code points, as the databases do; JavaScript compares UTF-16 code units. */
export function byCodePoint(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return weight(x) - weight(y);
  }
  return a.length - b.length;
}
/** Surrogates, which begin at U+D800, stand for code points after U+FFFF. */
const weight = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;

/** The keyword by which a properties schema marks a property that an index finds. */
export const indexKeyword = "x-roster-index";
/** The most indexed properties of a tenant. */
export const maxIndexedProperties = 32;

const known = new WeakMap<JsonObject, readonly string[]>();

/** The JSON Pointers of the properties that a properties schema marks with `x-roster-index: true`, sorted. */
export function indexedProperties(schema: JsonObject | null): readonly string[] {
  if (schema === null) return [];
  let pointers = known.get(schema);
  if (!pointers) known.set(schema, (pointers = markedIn(schema, "").toSorted()));
  return pointers;
}

function markedIn(schema: JsonObject, at: string): string[] {
  const { properties } = schema;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, part]) => {
    if (!isJsonObject(part)) return [];
    const here = at + pointer(name);
    return [...(part[indexKeyword] === true ? [here] : []), ...markedIn(part, here)];
  });
}
