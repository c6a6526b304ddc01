import countries from "i18n-iso-countries";
import english from "i18n-iso-countries/langs/en.json" with { type: "json" };
import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/max";

countries.registerLocale(english);

/**
 * A phone number in E.164.
 *
 * @param defaultCountry the ISO 3166-1 alpha-2 country of numbers without a country code
 * @returns undefined where the numbering plan has no such number, or it has an extension, which
 *   E.164 cannot say
 */
export function normalizePhone(written: string, defaultCountry: string | null): string | undefined {
  const number = parsePhoneNumberFromString(written, {
    extract: false,
    ...(defaultCountry && { defaultCountry: defaultCountry as CountryCode }),
  });
  return number?.isPossible() && !number.ext ? number.number : undefined;
}

/**
 * The ISO 3166-1 alpha-2 code of a country.
 * @param written its alpha-2, alpha-3 or numeric code, or its English name
 */
export function normalizeCountry(written: string): string | undefined {
  const text = written.trim();
  if (/^\d{1,3}$/.test(text)) return countries.numericToAlpha2(text.padStart(3, "0"));
  if (text.length === 2) return countries.isValid(text.toUpperCase()) ? text.toUpperCase() : undefined;
  if (text.length === 3) return countries.alpha3ToAlpha2(text.toUpperCase());
  return countries.getAlpha2Code(text, "en");
}

/** The ISO 3166-1 numeric code of an alpha-2 code, as an integer. */
export const countryNumber = (alpha2: string): number => Number(countries.alpha2ToNumeric(alpha2));

/** The English short name of an alpha-2 code. */
export const countryName = (alpha2: string): string => countries.getName(alpha2, "en") ?? alpha2;

/** Every country: alpha-2, alpha-3, numeric code and English name. */
export const allCountries = (): { alpha2: string; alpha3: string; numeric: number; name: string }[] =>
  Object.entries(countries.getAlpha2Codes()).map(([alpha2, alpha3]) => ({
    alpha2,
    alpha3,
    numeric: countryNumber(alpha2),
    name: countryName(alpha2),
  }));
