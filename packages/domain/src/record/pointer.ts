/**
 * Builds a JSON Pointer (RFC 6901).
 * @param segments unescaped reference tokens
 */
export function pointer(...segments: (string | number)[]): string {
  let text = "";
  for (const segment of segments) {
    text += "/" + (typeof segment === "number" ? segment : escape(segment));
  }
  return text;
}

/** The reference tokens of a pointer, unescaped. */
export function segments(text: string): string[] {
  return text === "" ? [] : text.slice(1).split("/").map(unescape);
}

const escape = (token: string): string =>
  token.includes("~") || token.includes("/") ? token.replaceAll("~", "~0").replaceAll("/", "~1") : token;
const unescape = (token: string): string =>
  token.includes("~") ? token.replaceAll("~1", "/").replaceAll("~0", "~") : token;

/** Whether a text is a JSON Pointer (RFC 6901, section 3). */
export const isPointer = (text: string): boolean => /^(?:\/(?:[^~/]|~[01])*)*$/.test(text);

/** Whether a pointer names the same place as another one, or a part of it. */
export const isWithin = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(outer + "/");
