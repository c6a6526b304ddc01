import { maxFaults, type Fault } from "../errors.ts";

/** Longer names are not compared: no name of ours is that long, and comparing takes time. */
const maxLength = 40;

/** The number of typing mistakes to tolerate: none in a very short name. */
const mistakesIn = (name: string): number => (name.length < 3 ? 0 : name.length < 6 ? 1 : 2);

/** A known name in the form used for comparison. */
interface Known {
  name: string;
  spelled: string;
  letters: number;
}

/**
 * Returns a function that suggests the name meant by a wrong one: the same name in another spelling
 * (`first_name`), otherwise the nearest by mistyped, missing, extra or swapped letters (`emial`). It must be
 * fast, because a request may have very many wrong names.
 */
export function nearestName(names: readonly string[]): (wrong: string) => string | undefined {
  const known = names.map((name): Known => {
    const spelled = spell(name);
    return { name, spelled, letters: lettersOf(spelled) };
  });
  const spellings = new Map(known.map(({ name, spelled }) => [spelled, name]));
  return (wrong) => {
    if (wrong.length > maxLength) return undefined;
    const spelled = spell(wrong);
    const same = spellings.get(spelled);
    if (same !== undefined) return same;
    const letters = lettersOf(spelled);
    let limit = mistakesIn(spelled);
    let nearest: string | undefined;
    for (const other of known) {
      if (limit === 0) break;
      // One mistake changes at most two letters.
      if (bits(letters ^ other.letters) > 2 * limit) continue;
      const mistakes = distance(spelled, other.spelled, limit);
      if (mistakes > limit) continue;
      nearest = other.name;
      limit = mistakes - 1;
    }
    return nearest;
  };
}

/** Prepared lookups by list of names, so that each list is prepared once. */
const prepared = new WeakMap<readonly string[], ReturnType<typeof nearestName>>();

/**
 * Returns a function that reports unknown names with a suggestion. It stops reporting once the refusal is
 * full.
 */
export function unknownNames(
  known: () => readonly string[],
  faults: Fault[],
  words = "is not a known field",
): (name: string, at: string) => void {
  let nearest: ReturnType<typeof nearestName> | undefined;
  return (name, at) => {
    if (faults.length >= maxFaults) return;
    if (!nearest) {
      const names = known();
      nearest = prepared.get(names) ?? nearestName(names);
      prepared.set(names, nearest);
    }
    const near = nearest(name);
    const message = words + (near === undefined ? "" : `; did you mean ${near}?`);
    faults.push({ pointer: at, code: "unknown_field", message });
  };
}

const spell = (name: string): string => name.toLowerCase().replaceAll(/[_-]/g, "");

/** The set of letters in a name, one bit each. */
function lettersOf(name: string): number {
  let letters = 0;
  for (let i = 0; i < name.length; i++) letters |= 1 << (name.charCodeAt(i) & 31);
  return letters;
}

function bits(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * The optimal string alignment distance (Damerau-Levenshtein without editing a letter twice).
 * @returns the distance, or limit + 1 if it exceeds the limit
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let [row, previous, before] = rows as [Uint8Array, Uint8Array, Uint8Array];
  for (let j = 0; j <= b.length; j++) previous[j] = j;
  for (let i = 1; i <= a.length; i++) {
    let least = (row[0] = i);
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let edits = at(previous, j - 1) + (same ? 0 : 1);
      edits = Math.min(edits, at(previous, j) + 1, at(row, j - 1) + 1);
      const isSwap =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (isSwap) edits = Math.min(edits, at(before, j - 2) + 1);
      row[j] = edits;
      least = Math.min(least, edits);
    }
    if (least > limit) return limit + 1;
    [row, previous, before] = [before, row, previous];
  }
  return at(previous, b.length);
}

/**
 * The rows of one calculation, made once because it runs for very many pairs of names. A name of ours that is
 * compared has two letters more than the longest wrong one at most.
 */
const rows = Array.from({ length: 3 }, () => new Uint8Array(maxLength + 3));
const at = (row: Uint8Array, index: number): number => row[index] as number;
