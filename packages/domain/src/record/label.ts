import type { Field, FieldGroup } from "./field.ts";

/** Parts of names that are written as they are. */
const acronyms: Readonly<Record<string, string>> = { url: "URL", uuid: "UUID", sso: "SSO" };

/** The name of a field or of a type of record within a sentence, such as `user group`. */
export const wordsOf = (name: string): string =>
  name
    .split(/(?=[A-Z])/)
    .map((word) => acronyms[word.toLowerCase()] ?? word.toLowerCase())
    .join(" ");

/** The name of a field that people read, such as `Date of birth`. */
export function labelOf(name: string, { label }: Pick<Field, "label"> = {}): string {
  if (label !== undefined) return label;
  const words = wordsOf(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The part of a page about one record that shows a field. */
export function groupOf({ group, kind, access, unique, spells, refers, items }: Field): FieldGroup {
  if (group !== undefined) return group;
  if (kind === "json") return "properties";
  if (access === "read" || unique || spells !== undefined) return "technical";
  if (kind === "email" || kind === "phone" || items === "email") return "contact";
  if (kind === "country") return "address";
  if (refers === "customer" || refers === "hierarchyLevel") return "hierarchy";
  return "other";
}
