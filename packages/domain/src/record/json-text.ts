import type { Fault } from "../errors.ts";
import { pointer } from "./pointer.ts";

/**
 * Where the search ends: at so many faults, at faults whose pointers come to so many characters, and
 * at a depth that no request has which is right.
 */
const most = { faults: 100, characters: 65_536, depth: 1_000 } as const;

/**
 * Reads JSON, and says where the value is not all that the text says (RFC 7493, I-JSON):
 *
 * - a number that a double does not hold, so that another one would be written back: too large, or of
 *   too many digits (section 2.2);
 * - a key that an object has twice, of which the last would win (section 2.3).
 *
 * @throws SyntaxError for what is no JSON
 */
export function parseJson(text: string): { value: unknown; faults: Fault[] } {
  const value: unknown = JSON.parse(text);
  return { value, faults: isWrittenLike(value, text) ? [] : lossesOf(text) };
}

/** Whether a value comes out as it went in, so that nothing was lost. Most requests are written by a `JSON.stringify`. */
function isWrittenLike(value: unknown, text: string): boolean {
  try {
    return JSON.stringify(value) === text;
  } catch {
    // Nested too deep to be written.
    return false;
  }
}

/** An array or an object that is being read. */
interface Level {
  /** The keys so far; undefined in an array. */
  keys: Set<string> | undefined;
  /** The key, or the index, of what is read now. */
  at: string | number;
}

/** Matches at what is neither a string nor white space. */
const token = /[{}[\],:]|[^\s{}[\],:"]+/y;

/** What is lost of a text that is JSON. */
function lossesOf(text: string): Fault[] {
  const faults: Fault[] = [];
  const levels: Level[] = [];
  let characters = 0;
  const report = (code: Fault["code"], message: string) => {
    const at = pointer(...levels.map((level) => level.at));
    characters += at.length;
    faults.push({ pointer: at, code, message });
  };
  let expectsKey = false;
  const isEnough = () =>
    faults.length >= most.faults || characters > most.characters || levels.length > most.depth;
  for (let i = 0; i < text.length && !isEnough();) {
    const char = text.charCodeAt(i);
    if (char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09) {
      i++;
    } else if (char === 0x22) {
      const end = endOfString(text, i);
      const level = levels.at(-1);
      if (expectsKey && level?.keys) {
        const raw = text.slice(i + 1, end);
        level.at = raw.includes("\\") ? (JSON.parse(text.slice(i, end + 1)) as string) : raw;
        if (level.keys.has(level.at)) report("ambiguous", "this key is given more than once");
        level.keys.add(level.at);
        expectsKey = false;
      }
      i = end + 1;
    } else {
      token.lastIndex = i;
      const found = token.exec(text)?.[0] ?? text.slice(i);
      i += found.length;
      const level = levels.at(-1);
      if (found === "{") {
        levels.push({ keys: new Set(), at: "" });
        expectsKey = true;
      } else if (found === "[") {
        levels.push({ keys: undefined, at: 0 });
      } else if (found === "}" || found === "]") {
        levels.pop();
        expectsKey = false;
      } else if (found === ",") {
        if (level && typeof level.at === "number") level.at++;
        else expectsKey = true;
      } else if (!isKept(found)) {
        report("out_of_range", "is a number that a double does not hold; write it as a text");
      }
    }
  }
  return faults;
}

/** Where the string that begins at a place ends. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

/** No whole number of so many characters is lost. */
const surelyKept = 15;

/** Whether a literal is no number, or one that a double writes back with the same value. */
const isKept = (literal: string): boolean => {
  if (literal.length <= surelyKept && /^-?\d+$/.test(literal)) return true;
  if (!/^[-\d]/.test(literal)) return true;
  const number = Number(literal);
  return Number.isFinite(number) && decimal(literal) === decimal(String(number));
};

/** A decimal number in one form: its significant digits, and the power of ten of the last. */
function decimal(literal: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(literal) ?? [];
  const digits = whole + fraction;
  let [first, last] = [0, digits.length];
  while (digits[first] === "0") first++;
  while (last > first && digits[last - 1] === "0") last--;
  if (first === last) return "0";
  return `${sign}${digits.slice(first, last)}e${Number(exponent) - fraction.length + digits.length - last}`;
}
