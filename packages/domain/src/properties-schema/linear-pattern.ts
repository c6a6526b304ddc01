import { RE2JS } from "re2js";

/** The limits of one pattern: its characters, and the instructions of its compiled program. */
export const patternLimits = { length: 500, size: 4_000 } as const;

/**
 * A regular expression whose matching time is linear in the text. The language is RE2's: JavaScript's without
 * lookaround and backreferences, which no linear engine can support.
 */
export class LinearPattern {
  /** Instructions of the compiled program. A test takes at most this many steps per character. */
  readonly size: number;
  readonly #source: string;
  readonly #pattern: RE2JS;

  /** @throws Error with the fault of the pattern */
  constructor(source: string) {
    if (source.length > patternLimits.length) {
      throw new Error(`has ${source.length} characters, more than ${patternLimits.length}`);
    }
    if (writtenOut(source) > patternLimits.size) {
      throw new Error("is too large once its repetitions are written out");
    }
    this.#source = source;
    this.#pattern = RE2JS.compile(RE2JS.translateRegExp(source));
    this.size = this.#pattern.programSize();
  }

  test(text: string): boolean {
    // RE2JS's `test` is faster on most texts, but it caches megabytes of states and is slower in the worst
    // case.
    return this.#pattern.matcher(text).find();
  }

  /** Ajv identifies patterns by this text. */
  toString(): string {
    return this.#source;
  }
}

/** The maximum number of steps to test a text. */
export const stepsOf = (pattern: LinearPattern, text: string): number => pattern.size * (text.length + 1);

const escaped = /\\(?:[pPux]\{[^}]*\}|.)/suy;
const bracketed = /\[\^?\]?(?:\\.|[^\]\\])*\]/suy;
const opening = /\((?:\?(?:P?<[^>]*>|[A-Za-z-]*:?))?/y;
const repeated = /\{(\d+)(?:(,)(\d*))?\}/y;

/**
 * Estimates a pattern's instructions after its counted repetitions are expanded, as the compiler does. It
 * reads only the text, because compiling a large pattern is what it must prevent.
 */
export function writtenOut(source: string): number {
  const matchAt = (expression: RegExp, at: number) => {
    expression.lastIndex = at;
    return expression.exec(source);
  };
  /** Sizes of the open groups, innermost last. */
  const open = [0];
  let last = 0;
  const add = (size: number) => {
    last = size;
    open.push((open.pop() as number) + size);
  };
  for (let at = 0; at < source.length;) {
    const character = source[at] as string;
    let length = 1;
    if (character === "(") {
      open.push(0);
      length = matchAt(opening, at)?.[0].length ?? 1;
    } else if (character === ")" && open.length > 1) {
      add((open.pop() as number) + 2);
    } else if (character === "{") {
      const [text = "{", least = "1", more, most = ""] = matchAt(repeated, at) ?? [];
      const times = Math.max(Number(least), Number(most || 0), 1) + (more && !most ? 1 : 0);
      const size = last;
      add(size * (times - 1));
      last = size * times;
      ({ length } = text);
    } else {
      const token = matchAt(character === "\\" ? escaped : character === "[" ? bracketed : /./suy, at);
      length = token?.[0].length ?? 1;
      add(1);
    }
    at += length;
  }
  return open.reduce((sum, size) => sum + size, 0);
}
