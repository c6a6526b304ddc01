import { RosterError, type ExpectedVersion } from "@roster/domain";
import { inHeader } from "../place.ts";
import { tagOf, tagsIn } from "./entity-tag.ts";
import type { RecordJson } from "./resource.ts";

/**
 * The versions of which a change may be, by `If-Match` (RFC 9110, section 13.1.1). The comparison is
 * strong: a weak tag is no version, and neither is a tag that was never given out.
 *
 * @returns undefined where any will do
 * @throws RosterError MALFORMED
 */
export function expectedVersions(headers: Headers): ExpectedVersion | undefined {
  if (headers.has("If-None-Match")) {
    const message = "goes with GET only; If-Match guards a change";
    throw new RosterError("MALFORMED", `If-None-Match: ${message}`, {
      faults: [{ pointer: inHeader("If-None-Match"), code: "unknown_field", message }],
    });
  }
  const tags = tagsIn(headers, "If-Match");
  if (tags === undefined || tags === "*") return undefined;
  return tags.filter(({ weak, tag }) => !weak && /^[1-9]\d{0,14}$/.test(tag)).map(({ tag }) => Number(tag));
}

/**
 * Whether the caller has the record as it is, by `If-None-Match` (RFC 9110, section 13.1.2), whose
 * comparison is weak.
 *
 * A record below another one inherits, and what it inherits changes without its version. So the
 * version does not say that such a record is as it was.
 */
export function isKnown(headers: Headers, record: RecordJson): boolean {
  const tags = tagsIn(headers, "If-None-Match");
  if (tags === undefined || tags === "*") return tags === "*";
  const inherits = record.parent !== undefined && record.parent !== null;
  return !inherits && tags.some(({ tag }) => `"${tag}"` === tagOf(record));
}
