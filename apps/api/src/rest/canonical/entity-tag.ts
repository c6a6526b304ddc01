import { createHash } from "node:crypto";
import type { RosterError } from "@roster/domain";
import { headerRefusal } from "../place.ts";

/** An entity tag (RFC 9110, section 8.8.3). */
export interface EntityTag {
  weak: boolean;
  /** The text between the quotes. */
  tag: string;
}

/** The entity tag of a record's version. */
export const tagOf = ({ version }: { version: number }): string => `"${version}"`;

/** An element of a list of entity tags, which may be empty (RFC 9110, section 5.6.1). */
const element = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(,|$)/y;

/**
 * Parses `If-Match` or `If-None-Match`.
 *
 * @returns undefined if the header is missing
 * @throws RosterError MALFORMED
 */
export function tagsIn(headers: Headers, name: "If-Match" | "If-None-Match"): "*" | EntityTag[] | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  if (value.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  element.lastIndex = 0;
  for (;;) {
    const found = element.exec(value);
    if (!found) throw malformed(name);
    const [, weak, tag, end] = found;
    if (tag !== undefined) tags.push({ weak: weak !== undefined, tag });
    if (end === "") break;
  }
  if (tags.length === 0) throw malformed(name);
  return tags;
}

const malformed = (name: string): RosterError =>
  headerRefusal(name, `must be * or entity tags in double quotes, such as "7"`);

/** The entity tag of a file, without quotes. */
export const contentTag = (content: Uint8Array): string =>
  createHash("sha256").update(content).digest("base64url");

/** Whether the caller has the content with this tag. @throws RosterError MALFORMED */
export function isKnownTag({ headers }: Request, tag: string): boolean {
  const known = tagsIn(headers, "If-None-Match");
  return known === "*" || known?.some((one) => one.tag === tag) === true;
}
