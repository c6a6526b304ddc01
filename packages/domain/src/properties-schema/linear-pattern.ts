import { RE2JS } from "re2js";

/** Bounds of one pattern: characters, and instructions of its program. */
export const patternLimits = { length: 500, size: 4_000 } as const;

/**
 * A regular expression that takes time linear in the text, whatever the two are. Its language is that
 * of RE2: JavaScript's without lookaround and backreferences, which no linear engine can have.
 */
export class LinearPattern {
  /** Instructions of its program. A test takes at most this many steps for each character. */
  readonly size: number;
  readonly #source: string;
  readonly #pattern: RE2JS;

  /** @throws Error that says what is wrong with the pattern */
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
    // Not `test`, which is faster on most texts but keeps megabytes of states, and is slower on the worst.
    return this.#pattern.matcher(text).find();
  }

  /** By this, ajv tells patterns apart. */
  toString(): string {
    return this.#source;
  }
}

/** The steps that a test of a text takes at most. */
export const stepsOf = (pattern: LinearPattern, text: string): number => pattern.size * (text.length + 1);

const escaped = /\\(?:[pPux]\{[^}]*\}|.)/suy;
const bracketed = /\[\^?\]?(?:\\.|[^\]\\])*\]/suy;
const opening = /\((?:\?(?:P?<[^>]*>|[A-Za-z-]*:?))?/y;
const repeated = /\{(\d+)(?:(,)(\d*))?\}/y;

/**
 * About how many instructions a pattern has when its counted repetitions are written out, as the
 * compiler does. Told from the text alone, since to compile a large one is what must not be done.
 */
export function writtenOut(source: string): number {
  const matchAt = (expression: RegExp, at: number) => {
    expression.lastIndex = at;
    return expression.exec(source);
  };
  /** The sizes of the groups that are open, the innermost last. */
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
