import { fieldsWhere, recordTypes, type Field, type JsonValue, type RecordType } from "@roster/domain";

/**
 * Recognisable values, which show what a reply contains of a record: each identifies its noun, its field, and
 * whether it is the current or an earlier value.
 */

export type Age = "now" | "old";

/** Years and country codes distinguish the dates and phone numbers of nouns. */
const years: Partial<Record<RecordType, Record<Age, number>>> = {
  customer: { now: 1911, old: 1912 },
  user: { now: 1921, old: 1922 },
  token: { now: 2931, old: 2932 },
};
const phones: Partial<Record<RecordType, Record<Age, string>>> = {
  customer: { now: "+493090182011", old: "+493090182012" },
  user: { now: "+442079460121", old: "+442079460122" },
};

const mark = (type: RecordType, field: string, age: Age): string => `zz-${type}-${field}-${age}`;

let serial = 0;

/** A recognisable value of a field; undefined if the field is too short for one, or refers to a record. */
function markOf(type: RecordType, name: string, field: Field, age: Age): JsonValue | undefined {
  if (field.refers || field.access === "read") return undefined;
  const text = mark(type, name, age) + (field.unique ? `-${++serial}` : "");
  const year = years[type]?.[age];
  switch (field.kind) {
    case "text":
      return text;
    case "email":
      return `${text}@marks.example`;
    case "json":
      return { [`${text}-key`]: `${text}-value` };
    case "date":
      return `${year}-05-06`;
    case "instant":
      return `${year}-05-06T07:08:09.000Z`;
    case "phone":
      return phones[type]?.[age];
    case "set":
      return field.options ? undefined : [field.items === "email" ? `${text}@marks.example` : text];
    default:
      return undefined;
  }
}

/** A recognisable value for every writable field of a noun that can have one. */
export function marked(type: RecordType, age: Age): Record<string, JsonValue> {
  const fields: Record<string, Field> = recordTypes[type];
  const values: Record<string, JsonValue> = {};
  for (const name of fieldsWhere(fields, ({ access }) => access === "write")) {
    const value = markOf(type, name, fields[name] as Field, age);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** The marks of a noun's values that a text contains. */
export function marksIn(text: string, type: RecordType, age: Age): string[] {
  const year = years[type]?.[age];
  const phone = phones[type]?.[age];
  const patterns = [
    `zz-${type}-\\w+-${age}`,
    ...(year === undefined ? [] : [`\\b${year}-\\d\\d-\\d\\d`]),
    ...(phone === undefined ? [] : [phone.replace("+", "\\+")]),
  ];
  return [...new Set(text.match(new RegExp(patterns.join("|"), "g")) ?? [])];
}
