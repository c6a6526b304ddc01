import { recordTypes } from "../record-types.ts";
import { fieldsByTest } from "./field.ts";
import type { FoundType } from "./find.ts";
import { caseFolded } from "./fold.ts";

/**
 * Search by some letters. The searched values of a record make one text of words, each after two spaces. The
 * letters of a request make words too: each must be somewhere in the text.
 */

/** Letters without regard to case and accents. */
const bare = (written: string): string =>
  caseFolded(written).normalize("NFD").replaceAll(/\p{M}/gu, "").normalize("NFC");

const wordsOf = (written: string): string[] => bare(written).match(/[\p{L}\p{N}]+/gu) ?? [];

/** At most as many words of a request count. */
const maxWords = 10;

/** The words of a search, without duplicates. A phone number is one word, however it is spaced. */
export function searchWords(letters: string): string[] {
  if (/^[+\d\s()./-]+$/.test(letters)) {
    const digits = letters.replaceAll(/\D/g, "").replace(/^0+/, "");
    if (digits.length >= 5) return [digits];
  }
  return [...new Set(wordsOf(letters))].slice(0, maxWords);
}

const searchedFields = fieldsByTest(({ searched }) => searched);

/** The fields whose letters `search` looks for. */
export const searchedOf = (type: FoundType): readonly string[] => searchedFields(recordTypes[type]);

/** The searched text of a record. Texts of a type of record that nothing is searched by are empty. */
export function searchText(type: FoundType, record: object): string {
  const values = searchedOf(type).flatMap((name) => (record as Record<string, unknown>)[name]);
  const words = new Set(
    values.flatMap((value) =>
      typeof value === "string" || typeof value === "number" ? wordsOf(`${value}`) : [],
    ),
  );
  return [...words].map((word) => `  ${word}`).join("") + "  ";
}

/** How well words match, the best first. */
export const searchRanks = ["words", "beginnings", "anywhere"] as const;
export type SearchRank = (typeof searchRanks)[number];

/** Shorter words match any word that begins with them, and nothing else. */
const shortest = 3;

/** The parts that a text must contain to match words with a rank. */
export const searchParts = (words: readonly string[], rank: SearchRank): string[] =>
  words.map((word) =>
    rank === "beginnings" || Array.from(word).length < shortest
      ? `  ${word}`
      : rank === "words"
        ? `  ${word}  `
        : word,
  );

/** The best rank with which words match a text; undefined if they do not. */
export const searchRank = (words: readonly string[], text: string): SearchRank | undefined =>
  searchRanks.find((rank) => searchParts(words, rank).every((part) => text.includes(part)));
