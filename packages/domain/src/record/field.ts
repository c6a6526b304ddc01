import type { JsonObject } from "./json.ts";

/** The type of record that a field's value names. The record must exist. */
export type Reference =
  | "groupTag"
  | "hierarchyLevel"
  | "channel"
  | "accessGroup"
  | "customer"
  | "user"
  /** A user or a user group, by its id. */
  | "member";

export type FieldKind =
  | "id"
  | "text"
  | "email"
  | "phone"
  | "country"
  | "choice"
  | "date"
  | "instant"
  | "boolean"
  | "integer"
  | "json"
  | "set";

/** The parts of a page about one record, in their order. */
export const fieldGroups = [
  "identity",
  "contact",
  "address",
  "hierarchy",
  "other",
  "properties",
  "technical",
] as const;
export type FieldGroup = (typeof fieldGroups)[number];

interface FieldOptions {
  /** Shown to users and in the OpenAPI document. */
  description: string;
  /** The name that people read, if it is not the field's own in words: see `labelOf`. */
  label?: string;
  /** The part of a page about one record that shows the field, if its kind does not say: see `groupOf`. */
  group?: FieldGroup;
  /** Lists of records show the field as a column unless their reader chooses others. */
  listed?: boolean;
  /** Whether the field accepts `null` (no value). Default true. */
  nullable?: boolean;
  /** `read`: set by Roster. `write` (default): set by callers. */
  access?: "read" | "write";
  /** Personal data: never logged, and removed by an erasure. */
  personal?: boolean;
  /** Never leaves the store: in no reply and not in the change log. */
  secret?: boolean;
  /** At most one live record of a tenant has a given value, and `where` can name a record by it. */
  unique?: boolean;
  /** Derived when the record is read; not stored. */
  computed?: boolean;
  /**
   * A set that may be large, kept entry by entry beside the record: the record does not contain it, and a
   * change of an entry costs what that entry costs. Updates name it like any set; the log has one change for
   * each entry, at `/field/entry`.
   */
  apart?: boolean;
  /** The value in a new record if none is given. Default `null`. Updates never use it. */
  initial?: unknown;
  /** The type of record that a value names. The record must exist. */
  refers?: Reference;
  /** The SCIM attribute with this value, such as `name.givenName` (RFC 7643). */
  scim?: string;
  /**
   * The stricter field whose value this one keeps as the caller wrote it. Setting this text sets that field
   * to its normalised value, or to null if the text is not recognised. Changing that field clears this text.
   * The text is not kept if it equals that field's value.
   */
  spells?: string | undefined;
  /**
   * An index finds and sorts records by the field. `folded`: without regard to case and Unicode
   * normalization. A `unique` field always has an index.
   */
  indexed?: "exact" | "folded" | undefined;
  /** The index also finds the records without a value. */
  indexedAbsence?: boolean;
  /**
   * The tenant's properties schema can mark values within this JSON field with `x-roster-index`: an index then
   * finds and sorts records by them, and an upsert can name a record by one.
   */
  indexable?: boolean;
  /** `search` looks for letters of the value. */
  searched?: boolean;
}

/**
 * The policy of one field. Schemas, updates, diffs, storage, redaction, documentation and wire formats all
 * derive from it.
 *
 * The type parameters are the value as stored and on the wire (`Json`), as a typed client reads it
 * (`Decoded`), and as an update accepts it (`Input`).
 */
export interface Field<Json = unknown, Decoded = Json, Input = Json> extends FieldOptions {
  readonly kind: FieldKind;
  /** Maximum characters (Unicode code points) of a text, or entries of a set. */
  readonly max?: number;
  readonly min?: number;
  readonly options?: readonly string[];
  /** The kind of entries in a set. */
  readonly items?: "email" | "text" | "id";
  /** Exists for type inference only; never has a value. */
  readonly types?: { json: Json; decoded: Decoded; input: Input };
}

type Typed<O extends FieldOptions, Json, Decoded, Input> = Field<
  OrNull<O, Json>,
  OrNull<O, Decoded>,
  OrNull<O, Input>
> & {
  readonly access: O["access"] extends "read" ? "read" : "write";
  readonly nullable: O["nullable"] extends false ? false : true;
  readonly computed: O["computed"] extends true ? true : false;
  readonly apart: O["apart"] extends true ? true : false;
  readonly secret: O["secret"] extends true ? true : false;
  readonly unique: O["unique"] extends true ? true : false;
  readonly spells: O["spells"] extends string ? O["spells"] : undefined;
  readonly indexed: O["indexed"] extends string ? O["indexed"] : undefined;
  readonly indexable: O["indexable"] extends true ? true : false;
};
type OrNull<O extends FieldOptions, T> = O["nullable"] extends false ? T : T | null;

const kind =
  <Kind extends FieldKind, Json, Decoded = Json, Input = Json>(name: Kind, preset: Partial<Field> = {}) =>
  <const O extends FieldOptions & { max?: number; min?: number }>(options: O) =>
    ({
      access: "write",
      nullable: true,
      computed: false,
      apart: false,
      secret: false,
      unique: false,
      ...preset,
      ...options,
      kind: name,
    }) as unknown as Typed<O, Json, Decoded, Input> & { readonly kind: Kind };

/** A UUID that Roster assigns (version 7, RFC 9562), or that names a record. */
export const id = kind<"id", string>("id");
/** Text of at most `max` (255) characters. */
export const text = kind<"text", string>("text", { max: 255 });
/** An email address; kept as written, compared without regard to case. */
export const email = kind<"email", string>("email", { max: 255, personal: true });
/** A phone number, kept in E.164. The limit leaves room for a `tel:` URI. */
export const phone = kind<"phone", string>("phone", { max: 64, personal: true });
/** A country, kept as ISO 3166-1 alpha-2. */
export const country = kind<"country", string>("country", { max: 100 });
/** A calendar date, `YYYY-MM-DD`, without time or time zone. */
export const date = kind<"date", string>("date");
/** An instant: ISO 8601 UTC with milliseconds on the wire, a `Date` in clients. */
export const instant = kind<"instant", string, Date, string | Date>("instant");
export const boolean = kind<"boolean", boolean>("boolean");
export const integer = kind<"integer", number>("integer", { min: 0, max: Number.MAX_SAFE_INTEGER });

/** A patch of a JSON object (RFC 7396): `null` at any depth removes a key. */
export type JsonPatch = { [key: string]: JsonPatchValue };
export type JsonPatchValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonPatchValue[]
  | JsonPatch;

/** A JSON object. A patch merges into it by RFC 7396; `replace` sets it as a whole. */
export const json = kind<"json", JsonObject, JsonObject, JsonPatch>("json");

/** One of a closed list of words. */
export const choice = <const Options extends readonly string[], const O extends FieldOptions>(
  options: Options,
  more: O,
) => kind<"choice", Options[number]>("choice", { options })(more);

interface SetOptions extends FieldOptions {
  max?: number;
  /** The closed list of allowed entries. */
  options?: readonly string[];
}

const set = <const O extends SetOptions>(items: "email" | "text" | "id", options: O) =>
  kind<"set", string[], string[], readonly string[]>("set", { items, max: 100, initial: [] })({
    ...options,
    nullable: false,
  } as const);

/** A set of email addresses, unique without regard to case. */
export const emailSet = <const O extends SetOptions>(options: O) =>
  set("email", { personal: true, ...options });
/** A set of names, in the order in which they were added. */
export const textSet = <const O extends SetOptions>(options: O) => set("text", options);
/** A set of ids that may be large: see `apart`. */
export const idSet = <const O extends SetOptions>(options: O) =>
  set("id", { apart: true, ...options } as const);

export type Fields = Readonly<Record<string, Field>>;

/**
 * A key of a policy if its field matches, otherwise `never`. Used as the key of a mapped type over `keyof F`,
 * it keeps the link to the policy, so editors show the policy's comments on the properties.
 */
type KeyIf<F extends Fields, K extends keyof F, Match> = F[K] extends Match ? K : never;
type KeysWhere<F extends Fields, Match> = { [K in keyof F]: KeyIf<F, K, Match> }[keyof F];

type Writable = { access: "write" };
type Readable = { secret: false };
/** Part of the record itself. */
type Within = { apart: false };
type Stored = { computed: false; apart: false };

export type WritableKey<F extends Fields> = KeysWhere<F, Writable>;
export type UniqueKey<F extends Fields> = KeysWhere<F, { unique: true }>;

type TypeOf<F, Which extends "json" | "decoded" | "input"> =
  F extends Field<infer J, infer D, infer I> ? { json: J; decoded: D; input: I }[Which] : never;

/** A record as plain JSON, the form on the wire. */
export type JsonRecord<F extends Fields> = {
  -readonly [K in keyof F as KeyIf<F, K, Readable & Within>]: TypeOf<F[K], "json">;
};
/** A record as it is stored: with secret fields, without computed ones and sets kept apart. */
export type StoredRecord<F extends Fields> = {
  -readonly [K in keyof F as KeyIf<F, K, Stored>]: TypeOf<F[K], "json">;
};
/** A record as a typed client reads it, with instants as `Date`s. */
export type DecodedRecord<F extends Fields> = {
  -readonly [K in keyof F as KeyIf<F, K, Readable & Within>]: TypeOf<F[K], "decoded">;
};

/**
 * The fields that a caller may give for a new record. Fields that Roster sets are typed `undefined`, so that
 * passing a whole record is a type error.
 */
export type CreateInput<F extends Fields> = {
  -readonly [K in keyof F as KeyIf<F, K, Readable>]?: F[K] extends Writable
    ? TypeOf<F[K], "input"> | undefined
    : undefined;
};
/** An absent or `undefined` field is kept, `null` clears it, a value sets it, and JSON objects merge. */
export type PatchInput<F extends Fields> = CreateInput<F>;
/** An input that accepts only fields of one kind. */
type KindInput<F extends Fields, Kind extends FieldKind, Value> = {
  -readonly [K in keyof F as F[K] extends Writable ? KeyIf<F, K, { kind: Kind }> : KeyIf<F, K, Readable>]?:
    | (F[K] extends Writable ? Value : never)
    | undefined;
};
export type ReplaceInput<F extends Fields> = KindInput<F, "json", JsonObject | null>;
export type SetInput<F extends Fields> = KindInput<F, "set", readonly string[]>;
/** Names one record by exactly one of its unique values. */
export type WhereInput<F extends Fields> = OneOf<F, UniqueKey<F>>;

/**
 * One value within a JSON field, by a dotted path such as `crm.id` or a JSON Pointer such as `/crm/id`. It must
 * have an index.
 */
type KeyWithin = Readonly<Record<string, string | number>>;

/** Exactly one of these fields, with a value. */
type OneOf<F extends Fields, Names extends keyof F> = {
  [Name in Names]: {
    -readonly [K in keyof F as K extends Name ? K : never]: F[K] extends { indexable: true }
      ? KeyWithin
      : NonNullable<TypeOf<F[K], "json">>;
  } & { -readonly [K in keyof F as K extends Exclude<Names, Name> ? K : never]?: undefined };
}[Names];

type AddressKey<F extends Fields> = {
  [K in keyof F]: F[K] extends { kind: "email" } ? K : never;
}[keyof F];

/** The key of an upsert: a unique value, or an email address or an indexed one that at most one live record has. */
export type KeyInput<F extends Fields> = OneOf<
  F,
  UniqueKey<F> | AddressKey<F> | KeysWhere<F, { indexable: true }>
>;

/** The names of the fields that pass a test, in the order of the policy. */
export const fieldsWhere = (fields: Fields, test: (field: Field) => unknown): string[] =>
  Object.keys(fields).filter((name) => test(fields[name] as Field));

/** Whether a field is part of the stored record. */
export const isStored = ({ computed, apart }: Field): boolean => !computed && !apart;
/** Whether readers of the record see a field. */
export const isShown = ({ secret, apart }: Field): boolean => !secret && !apart;

/** A memoised `fieldsWhere` for tests that run often: each policy is searched once. */
export function fieldsByTest(test: (field: Field) => unknown): (fields: Fields) => readonly string[] {
  const known = new WeakMap<Fields, readonly string[]>();
  return (fields) => {
    let names = known.get(fields);
    if (!names) known.set(fields, (names = fieldsWhere(fields, test)));
    return names;
  };
}
