import type { Unfit } from "../errors.ts";

/** One normal form, so that two spellings that look the same name the same record. */
export const canonicalName = (written: string): string => written.normalize("NFC");

/** The forms in which a name may be stored, today's first. An earlier release stored names as written. */
export const nameForms = (written: string): string[] => [
  ...new Set([canonicalName(written), written, written.normalize("NFD")]),
];

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const isUuid = (text: string): boolean => uuid.test(text);

/**
 * The form of an id that Roster stores: UUIDs are accepted in any case and kept in lower case (RFC 9562,
 * section 4).
 */
export const canonicalId = (written: string): string => (isUuid(written) ? written.toLowerCase() : written);

/**
 * Invisible characters and look-alikes of a space: controls, direction and format marks, separators, blanks.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?![ \u3000])\p{Zs}/u;
/** Joiners and variation selectors where a script or an emoji needs them. */
const joining =
  /(?<=[\p{Script=Arabic}\p{Script=Mongolian}\p{M}])(?:\u200c|\u200d|[\u180b-\u180f])|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3])\u200d|(?<=[\p{Extended_Pictographic}#*0-9])\ufe0f/gu;

/**
 * The fault of a text that names a record, if it has one. The text must be visibly distinct and usable in a
 * URL path.
 */
export function identifierFault(text: string): Unfit | undefined {
  if (/^\s|\s$/.test(text)) return unfit("begins or ends with white space");
  if (text === "." || text === "..") return unfit("is a path segment that a URL cannot contain");
  const [found] = invisible.exec(text.replaceAll(joining, "")) ?? [];
  return found === undefined ? undefined : unfit(`contains the invisible character ${codeOf(found)}`);
}

const unfit = (message: string): Unfit => ({ code: "invalid_format", message });

const codeOf = (character: string): string =>
  "U+" + (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
