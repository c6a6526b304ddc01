import { RosterError, type ExpectedVersion, type Fault } from "@roster/domain";
import { headerRefusal, inHeader } from "../place.ts";
import { tagOf, tagsIn, type EntityTag } from "./entity-tag.ts";
import type { RecordJson } from "./resource.ts";

/**
 * The versions that `If-Match` allows a change to apply to (RFC 9110, section 13.1.1). The comparison is
 * strong, so a weak tag, or a tag that was never issued, matches no version.
 *
 * @returns undefined if any version matches
 * @throws RosterError MALFORMED
 */
export function expectedVersions(headers: Headers): ExpectedVersion | undefined {
  if (headers.has("If-None-Match")) {
    const message = "is for GET only; use If-Match to guard a change";
    throw headerRefusal("If-None-Match", message, "unknown_field");
  }
  const tags = tagsIn(headers, "If-Match");
  if (tags === undefined || tags === "*") return undefined;
  return tags.filter(isVersion).map(({ tag }) => Number(tag));
}

const isVersion = ({ weak, tag }: EntityTag): boolean => !weak && /^[1-9]\d{0,14}$/.test(tag);

/** The faults of tags in `If-Match` that are not versions, for the refusal. */
export function tagFaults(headers: Headers): Fault[] {
  const tags = tagsIn(headers, "If-Match");
  if (tags === undefined || tags === "*") return [];
  return tags
    .filter((tag) => !isVersion(tag))
    .map((tag) => ({ pointer: inHeader("If-Match"), code: "invalid_format", message: altered(tag) }));
}

/**
 * Explains a tag that is not a version: proxies that compress an answer make its tag weak or append `-gzip`
 * or the like.
 */
function altered({ weak, tag }: EntityTag): string {
  const written = `${weak ? "W/" : ""}"${tag}"`;
  const [, version] = /^([1-9]\d{0,14})(?:\W.*)?$/.exec(tag) ?? [];
  if (version === undefined) return `${written} is not the entity tag of a version`;
  return `${written} is the entity tag "${version}" altered by a proxy, so it does not match`;
}

/**
 * Whether the caller's copy of a record is current, by the preconditions in the order of RFC 9110, section
 * 13.2.2: first `If-Match` with strong comparison, then `If-None-Match` with weak comparison.
 *
 * A record with a parent inherits values, which can change without a new version, so its copy never counts as
 * current.
 *
 * @throws RosterError MALFORMED, or STALE_VERSION if `If-Match` does not name the record's version
 */
export function isKnown(headers: Headers, record: Pick<RecordJson, "version" | "parent">): boolean {
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
