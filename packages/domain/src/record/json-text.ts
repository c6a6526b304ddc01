import type { Fault } from "../errors.ts";
import { pointer } from "./pointer.ts";

/**
 * The search stops at this many faults, at this many characters in their pointers, and at a depth that no
 * valid request has.
 */
const most = { faults: 100, characters: 65_536, depth: 1_000 } as const;

/**
 * Parses JSON and reports values that do not mean what the text says (RFC 7493, I-JSON):
 *
 * - a number that a double cannot hold: too large, or with too many digits (section 2.2);
 * - a key that occurs twice in an object (section 2.3).
 *
 * @throws SyntaxError if the text is not JSON
 */
export function parseJson(text: string): { value: unknown; faults: Fault[] } {
  const value: unknown = JSON.parse(text);
  return { value, faults: isWrittenLike(value, text) ? [] : lossesOf(text) };
}

/**
 * Whether a value serialises back to the text, so nothing was lost. True for most requests, which come from
 * `JSON.stringify`.
 */
function isWrittenLike(value: unknown, text: string): boolean {
  try {
    return JSON.stringify(value) === text;
  } catch {
    // Nested too deeply for `JSON.stringify`.
    return false;
  }
}

/** An array or object that is being parsed. */
interface Level {
  /** The keys so far; undefined for an array. */
  keys: Set<string> | undefined;
  /** The current key or index. */
  at: string | number;
}

/** Matches a token that is neither a string nor white space. */
const token = /[{}[\],:]|[^\s{}[\],:"]+/y;

/** Finds the losses in a valid JSON text. */
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
  for (let i = 0; i < text.length;) {
    if (levels.length > most.depth) {
      faults.push({ pointer: "", code: "too_deep", message: `is nested deeper than ${most.depth} levels` });
      break;
    }
    if (faults.length >= most.faults || characters > most.characters) {
      faults.push({ pointer: "", code: "too_many", message: "has too many faults to name them all" });
      break;
    }
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
        report("out_of_range", "is a number that a double cannot hold exactly; write it as a text");
      }
    }
  }
  return faults;
}

/** The index of the quote that ends the string starting at `start`. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text.charCodeAt(end - 1 - escapes) === 0x5c) escapes++;
    if (escapes % 2 === 0) return end;
  }
}

/** An integer of at most this many characters always fits a double. */
const surelyKept = 15;

/** Whether a literal is not a number, or is one that a double holds exactly. */
const isKept = (literal: string): boolean => {
  if (literal.length <= surelyKept && /^-?\d+$/.test(literal)) return true;
  if (!/^[-\d]/.test(literal)) return true;
  const number = Number(literal);
  return Number.isFinite(number) && decimal(literal) === decimal(String(number));
};

/** The canonical form of a decimal number: its significant digits, and the power of ten of the last digit. */
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
