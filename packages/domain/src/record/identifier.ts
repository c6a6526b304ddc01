import type { Unfit } from "../errors.ts";

/** One normal form, so that two spellings that nobody can tell apart name the same record. */
export const canonicalName = (written: string): string => written.normalize("NFC");

/** The forms in which a name may be stored, that of today first: an earlier release kept names as they were written. */
export const nameForms = (written: string): string[] => [
  ...new Set([canonicalName(written), written, written.normalize("NFD")]),
];

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const isUuid = (text: string): boolean => uuid.test(text);

/** An id as Roster keeps it: UUIDs are read in any case, and written in lower case (RFC 9562, section 4). */
export const canonicalId = (written: string): string => (isUuid(written) ? written.toLowerCase() : written);

/**
 * Characters that show nothing, or look like an ordinary space: controls, marks of direction and
 * format, separators, blanks.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]|(?![ \u3000])\p{Zs}/u;
/** Joiners and selectors where a script, or an emoji, is not written right without them. */
const joining =
  /(?<=[\p{Script=Arabic}\p{Script=Mongolian}\p{M}])(?:\u200c|\u200d|[\u180b-\u180f])|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f\u20e3])\u200d|(?<=[\p{Extended_Pictographic}#*0-9])\ufe0f/gu;

/**
 * What is wrong with a text by which callers name a record. It must be told apart from others when
 * it is seen, and stand in the path of a URL.
 */
export function identifierFault(text: string): Unfit | undefined {
  if (/^\s|\s$/.test(text)) return unfit("begins or ends with white space");
  if (text === "." || text === "..") return unfit("is a part of paths that no URL can name");
  const [found] = invisible.exec(text.replaceAll(joining, "")) ?? [];
  return found === undefined
    ? undefined
    : unfit(`contains the character ${codeOf(found)}, which cannot be seen`);
}

const unfit = (message: string): Unfit => ({ code: "invalid_format", message });

const codeOf = (character: string): string =>
  "U+" + (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
