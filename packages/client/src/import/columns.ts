import { nearestName, type FieldName, type Fields } from "@roster/domain";
import { localeReader } from "./locale.ts";
import { parseTarget, writeTarget, type Target, type ValueType } from "./target.ts";

/** The meaning of one column of a file. */
export interface Column {
  header: string;
  /** Where its values go; undefined if they are not imported. */
  target: Target | undefined;
  /** The word in the file for each value that the field knows by another, such as `w` for `female`. */
  values: ReadonlyMap<string, string>;
  /** Why it means this: the mapping, or a guess from the header or values; or why it is not imported. */
  by: "mapping" | "header" | "values" | "read-only" | "ignored" | "reason";
}

/** A column's target, such as `properties.plan`; null to leave the column out. */
export type ColumnMapping =
  | string
  | null
  | {
      field: string;
      /** The words of the file and what they mean, such as `{ "w": "female" }`. */
      values?: Readonly<Record<string, string>> | undefined;
    };

/** Columns by header. */
export type Mapping = Readonly<Record<string, ColumnMapping>>;

/** The part of a mapping that is about some columns. */
export const pick = (mapping: Mapping | undefined, headers: readonly string[]): Mapping =>
  Object.fromEntries(Object.entries(mapping ?? {}).filter(([header]) => headers.includes(header)));

export interface GuessOptions {
  mapping?: Mapping | undefined;
  /**
   * Columns that match no field: `refuse` (default) refuses the file, `ignore` leaves the columns out,
   * `properties` makes a property of each.
   */
  unmapped?: "refuse" | "ignore" | "properties" | undefined;
  locale?: string | undefined;
}

/** The header of the column with the reasons in a file of refused rows. An import leaves the column out. */
export const reasonHeader = "refused because";

/** Headers that people write, by the field that they mean. Field names themselves need no entry. */
const synonyms: { [Name in FieldName]?: readonly string[] } = {
  providedId: [
    "external id",
    "customer id",
    "customer number",
    "customer no",
    "account number",
    "kundennummer",
    "kunden nr",
  ],
  username: ["user name", "login", "benutzername"],
  name: ["company", "company name", "customer", "customer name", "display name", "full name", "firma", "nom"],
  firstName: ["first", "given name", "forename", "vorname", "prénom"],
  lastName: ["last", "surname", "family name", "nachname"],
  email: ["mail", "email address", "primary email"],
  emails: ["other emails", "further emails", "additional emails"],
  phone: ["telephone", "tel", "mobile", "phone number", "mobile phone", "telefon", "téléphone"],
  dateOfBirth: ["birthday", "birth date", "dob", "born", "geburtsdatum"],
  birthday: ["date of birth", "birth date", "dob", "born", "geburtsdatum"],
  gender: ["sex", "geschlecht"],
  job: ["job title", "position", "occupation", "role", "beruf"],
  title: ["job title", "job", "position"],
  organization: ["company", "organisation", "employer"],
  addressStreet: ["street", "street address", "address line 1", "straße", "strasse"],
  addressCity: ["city", "town", "ort", "stadt", "ville"],
  addressState: ["state", "province", "region", "bundesland"],
  addressCountry: ["country", "country code", "land", "pays"],
  country: ["country code", "land", "pays"],
  groupTags: ["tags", "tag", "labels"],
  hierarchyLevel: ["level"],
  parent: ["parent id", "parent customer"],
  stripeCustomerId: ["stripe id", "stripe customer"],
  avatarUrl: ["avatar", "picture", "photo"],
  active: ["is active", "enabled"],
};

/** A header without case, accents, spaces and punctuation. */
const plain = (header: string): string =>
  header
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

const isAddress = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
const isPhone = (text: string): boolean => /^\+[\d\s()/.-]{7,}$/.test(text.trim());

/**
 * Finds what the columns of a file mean: as the mapping says, otherwise by their headers, otherwise by their
 * values. What it finds follows from the beginning of the file alone, so a file means the same each time.
 *
 * @param samples the first rows
 * @returns the columns, and what is wrong with them
 */
export function findColumns(
  fields: Fields,
  headers: readonly string[],
  samples: readonly (readonly string[])[],
  { mapping = {}, unmapped = "refuse", locale }: GuessOptions = {},
): { columns: Column[]; problems: string[] } {
  const problems: string[] = [];
  const known = spellingsOf(fields);
  const columns = headers.map((written, index): Column => {
    const header = written.trim();
    const given = Object.hasOwn(mapping, header) ? mapping[header] : undefined;
    if (given !== undefined) return mapped(fields, header, given, problems);
    if (header === reasonHeader) return left(header, "reason");
    const exact = parseTarget(fields, header);
    if (typeof exact !== "string") return found(header, exact, "header");
    const name = known.get(plain(header));
    if (name !== undefined) return found(header, fieldTarget(fields, name), "header");
    const values = samples.map((row) => row[index] ?? "").filter((value) => value !== "");
    const guessed =
      values.length === 0
        ? undefined
        : values.every(isAddress)
          ? "email"
          : values.every(isPhone)
            ? "phone"
            : undefined;
    if (
      guessed !== undefined &&
      Object.hasOwn(fields, guessed) &&
      !isTaken(fields, headers, known, guessed)
    ) {
      return found(header, fieldTarget(fields, guessed), "values");
    }
    if (unmapped === "properties" && header !== "" && fields["properties"]?.kind === "json") {
      const target: Target = {
        field: "properties",
        policy: fields["properties"],
        path: [header],
        op: "set",
        type: undefined,
      };
      return found(header, target, "header");
    }
    if (unmapped === "refuse") {
      const near = nearestName(Object.keys(fields))(header);
      const meant = near === undefined ? "" : `did you mean ${near}? Otherwise `;
      problems.push(
        header === ""
          ? `column ${index + 1} has no header`
          : `the column ${JSON.stringify(header)} matches no field; ${meant}map it, or say what becomes of such columns`,
      );
    }
    return left(header, "ignored");
  });
  for (const header of Object.keys(mapping)) {
    if (!columns.some((column) => column.header === header))
      problems.push(`there is no column ${JSON.stringify(header)}`);
  }
  problems.push(...collisions(columns));
  return { columns: columns.map((column, index) => typed(column, index, samples, locale)), problems };
}

const left = (header: string, by: Column["by"]): Column => ({
  header,
  target: undefined,
  values: new Map(),
  by,
});

/** A column with a target; one that Roster sets itself is left out. */
const found = (header: string, target: Target, by: Column["by"]): Column =>
  target.policy.access === "read"
    ? { header, target, values: new Map(), by: "read-only" }
    : { header, target, values: new Map(), by };

const fieldTarget = (fields: Fields, field: string): Target => parseTarget(fields, field) as Target;

function mapped(fields: Fields, header: string, given: ColumnMapping, problems: string[]): Column {
  if (given === null) return left(header, "mapping");
  const { field, values = {} } = typeof given === "string" ? { field: given } : given;
  const target = parseTarget(fields, field);
  if (typeof target === "string") {
    problems.push(`the column ${JSON.stringify(header)}: ${target}`);
    return left(header, "mapping");
  }
  return { ...found(header, target, "mapping"), values: new Map(Object.entries(values)) };
}

/** The fields by how a header may spell them. A spelling of two fields means neither. */
function spellingsOf(fields: Fields): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  const others = new Map<string, string | undefined>();
  for (const name of Object.keys(fields)) {
    known.set(plain(name), name);
    for (const word of synonyms[name as FieldName] ?? []) {
      const spelled = plain(word);
      others.set(spelled, others.has(spelled) ? undefined : name);
    }
  }
  for (const [spelled, name] of others)
    if (name !== undefined && !known.has(spelled)) known.set(spelled, name);
  return known;
}

/** Whether a header names a field. */
const isTaken = (
  fields: Fields,
  headers: readonly string[],
  known: ReadonlyMap<string, string>,
  field: string,
): boolean =>
  headers.some((header) => {
    const target = parseTarget(fields, header.trim());
    return (typeof target === "string" ? known.get(plain(header)) : target.field) === field;
  });

/** Two columns for one value. */
function collisions(columns: readonly Column[]): string[] {
  const first = new Map<string, string>();
  return columns.flatMap(({ header, target, by }) => {
    if (!target || by === "read-only") return [];
    const place = writeTarget({ ...target, type: undefined });
    const other = first.get(place);
    if (other === undefined) first.set(place, header);
    return other === undefined
      ? []
      : [`the columns ${JSON.stringify(other)} and ${JSON.stringify(header)} are both for ${place}`];
  });
}

/** The column of a property with a type: number or boolean if all samples are, otherwise text. */
function typed(
  column: Column,
  index: number,
  samples: readonly (readonly string[])[],
  locale: string | undefined,
): Column {
  const { target } = column;
  if (!target || target.path.length === 0 || target.type !== undefined) return column;
  const values = samples.map((row) => row[index] ?? "").filter((value) => value !== "");
  const reader = localeReader(locale);
  const all = (test: (value: string) => boolean) => values.length > 0 && values.every(test);
  const type: ValueType = all((value) => reader.number(value) !== undefined)
    ? "number"
    : all((value) => value.trim().length > 1 && reader.boolean(value) !== undefined)
      ? "boolean"
      : "text";
  return { ...column, target: { ...target, type } };
}
