// Not the package's main file, which loads the names of all countries in all languages.
import countries from "i18n-iso-countries/index.js";
import english from "i18n-iso-countries/langs/en.json" with { type: "json" };
import type { Unfit } from "../errors.ts";
import { caseFolded } from "../record/fold.ts";
import { ambiguousStates, countryNames, formsOfState, unclearNames } from "./country-names.ts";

/** A name in lower case without accents and punctuation, such as `cote divoire` for "Côte d’Ivoire". */
const plain = (name: string): string =>
  caseFolded(name)
    .normalize("NFD")
    .replaceAll(/[\p{M}.'’‘‛ʼʻʹʽ′`´]/gu, "")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

const abbreviated = new Map([
  ["st", "saint"],
  ["rep", "republic"],
  ["dem", "democratic"],
]);

/** The words of a name, sorted, without articles and conjunctions. */
const key = (name: string): string =>
  [...new Set(plain(name).split(" "))]
    .map((word) => abbreviated.get(word) ?? word)
    .filter((word) => !["the", "of", "and"].includes(word))
    .toSorted()
    .join(" ");

const codes = countries.getAlpha2Codes();
const library = english.countries as Record<string, string | string[]>;
const namesOf = (alpha2: string): string[] => [
  ...(countryNames[alpha2] ?? []),
  // The library uses one name for two countries.
  ...[library[alpha2] ?? []].flat().filter((name) => name !== "Congo"),
];

const byName = new Map(
  Object.keys(codes).flatMap((alpha2) => namesOf(alpha2).map((name) => [key(name), alpha2] as const)),
);
const unclear = new Map(Object.entries(unclearNames).map(([name, instead]) => [key(name), instead]));

/**
 * Reads a country.
 *
 * @param written an alpha-2, alpha-3 or numeric code, or an English name: the ISO 3166-1 short name, a common
 * name or an official name
 * @returns the ISO 3166-1 alpha-2 code, or the fault
 */
export function readCountry(written: string): string | Unfit {
  const whole = readName(written);
  if (typeof whole === "string") return whole;
  // Inputs such as "United Kingdom (UK)" or "England, UK" give several names of one country.
  const codes = new Set(
    written
      .split(/[()[\],/]/)
      .filter((part) => part.trim() !== "")
      .map(readName),
  );
  const [code] = codes;
  return codes.size === 1 && typeof code === "string" ? code : whole;
}

function readName(written: string): string | Unfit {
  const text = plain(written);
  const code = text.toUpperCase();
  const number = written.trim();
  if (/^\d{1,3}$/.test(number)) return countries.numericToAlpha2(number.padStart(3, "0")) ?? unknown;
  if (Object.hasOwn(codes, code)) return code;
  const alpha2 = /^[A-Z]{3}$/.test(code) ? countries.alpha3ToAlpha2(code) : undefined;
  if (alpha2 !== undefined) return alpha2;
  const name = key(text);
  const found = byName.get(name) ?? byOfficialName(text);
  if (found !== undefined) return found;
  const instead = unclear.get(name);
  return instead === undefined
    ? unknown
    : { ...unknown, message: `is not one country of ISO 3166-1; write ${instead}` };
}

const unknown: Unfit = { code: "invalid_format", message: "is not a country of ISO 3166-1" };

/** Finds a country by its official name: "Republic of Chad" without its form of state. */
function byOfficialName(text: string): string | undefined {
  const without = text.replace(/^the /, "").replace(formsOfState, "").replace(/^the /, "");
  return ambiguousStates.has(without) ? undefined : byName.get(key(without));
}

/** The ISO 3166-1 numeric code of an alpha-2 code, as an integer. */
export const countryNumber = (alpha2: string): number => Number(countries.alpha2ToNumeric(alpha2));

/** The ISO 3166-1 English short name of an alpha-2 code, without a trailing "(the)". */
export const countryName = (alpha2: string): string => namesOf(alpha2)[0] ?? alpha2;

/** Every country: alpha-2, alpha-3, numeric code and English short name. */
export const allCountries = (): { alpha2: string; alpha3: string; numeric: number; name: string }[] =>
  Object.entries(codes).map(([alpha2, alpha3]) => ({
    alpha2,
    alpha3,
    numeric: countryNumber(alpha2),
    name: countryName(alpha2),
  }));
