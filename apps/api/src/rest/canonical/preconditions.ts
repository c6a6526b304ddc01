import { RosterError, type ExpectedVersion, type Fault } from "@roster/domain";
import { inHeader } from "../place.ts";
import { tagOf, tagsIn, type EntityTag } from "./entity-tag.ts";
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
  return tags.filter(isVersion).map(({ tag }) => Number(tag));
}

const isVersion = ({ weak, tag }: EntityTag): boolean => !weak && /^[1-9]\d{0,14}$/.test(tag);

/** What is wrong with the tags of `If-Match` that are those of no version, for a refusal that says so. */
export function tagFaults(headers: Headers): Fault[] {
  const tags = tagsIn(headers, "If-Match");
  if (tags === undefined || tags === "*") return [];
  return tags
    .filter((tag) => !isVersion(tag))
    .map((tag) => ({ pointer: inHeader("If-Match"), code: "invalid_format", message: altered(tag) }));
}

/** Proxies that compress an answer make its tag weak, or add `-gzip` or the like to it. */
function altered({ weak, tag }: EntityTag): string {
  const written = `${weak ? "W/" : ""}"${tag}"`;
  const [, version] = /^([1-9]\d{0,14})(?:\W.*)?$/.exec(tag) ?? [];
  if (version === undefined) return `${written} is not the entity tag of a version`;
  return `${written} is the entity tag "${version}" as a proxy has altered it, and does not match`;
}

/**
 * Whether the caller has the record as it is, by the preconditions of its request in the order of
 * RFC 9110, section 13.2.2: first `If-Match`, whose comparison is strong, then `If-None-Match`, whose
 * comparison is weak.
 *
 * A record below another one inherits, and what it inherits changes without its version. So the
 * version does not say that such a record is as it was.
 *
 * @throws RosterError MALFORMED, or STALE_VERSION when `If-Match` does not name the record's version
 */
export function isKnown(headers: Headers, record: RecordJson): boolean {
  const isOwn = ({ tag }: EntityTag) => `"${tag}"` === tagOf(record);
  const wanted = tagsIn(headers, "If-Match");
  const known = tagsIn(headers, "If-None-Match");
  if (Array.isArray(wanted) && !wanted.some((tag) => !tag.weak && isOwn(tag))) {
    throw new RosterError(
      "STALE_VERSION",
      `the record is at version ${record.version}, which If-Match does not name`,
    );
  }
  if (known === undefined || known === "*") return known === "*";
  const inherits = record.parent !== undefined && record.parent !== null;
  return !inherits && known.some(isOwn);
}
