import { parseJson } from "@roster/domain";
import { FileError } from "./file-error.ts";

/** Words for true and false by language. English ones are always understood. */
const words: Record<string, [yes: string, no: string]> = {
  en: ["true yes y t 1 on", "false no n f 0 off"],
  cs: ["ano pravda", "ne nepravda"],
  da: ["ja sand", "nej falsk"],
  de: ["ja wahr j", "nein falsch n"],
  es: ["sí si verdadero s", "no falso n"],
  fi: ["kyllä tosi k", "ei epätosi e"],
  fr: ["oui vrai o", "non faux n"],
  it: ["sì si vero s", "no falso n"],
  nl: ["ja waar j", "nee onwaar n"],
  no: ["ja sann", "nei usann"],
  pl: ["tak prawda", "nie fałsz"],
  pt: ["sim verdadeiro s", "não nao falso n"],
  sv: ["ja sant", "nej falskt"],
  tr: ["evet doğru", "hayır yanlış"],
};

/** Reads booleans and numbers as a language writes them. */
export interface LocaleReader {
  /** @returns undefined if the text is neither true nor false */
  boolean(text: string): boolean | undefined;
  /** @returns undefined if the text is no number, or one that a double cannot hold exactly */
  number(text: string): number | undefined;
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * @param locale a BCP 47 language tag, such as `de` or `en-IN`. Without one, numbers have a decimal point and
 * no separators between thousands, because `1.234` means different numbers in different languages.
 * @throws FileError if the tag is malformed, or of a language whose numbers are not known
 */
export function localeReader(locale: string | undefined): LocaleReader {
  const language = languageOf(locale);
  const booleans = new Map<string, boolean>();
  for (const code of ["en", language]) {
    const [yes = "", no = ""] = words[code] ?? [];
    for (const word of yes.split(" ")) booleans.set(word, true);
    for (const word of no.split(" ")) booleans.set(word, false);
  }
  const plain = locale === undefined ? (text: string) => text : plainNumber(locale);
  return {
    boolean: (text) => booleans.get(text.trim().normalize("NFC").toLowerCase()),
    number(text) {
      const literal = plain(text.trim());
      if (literal === undefined || !jsonNumber.test(literal)) return undefined;
      const { value, faults } = parseJson(literal);
      return faults.length === 0 ? (value as number) : undefined;
    },
  };
}

function languageOf(locale: string | undefined): string {
  if (locale === undefined) return "en";
  try {
    const { language } = new Intl.Locale(locale);
    // Intl would replace a language that it does not support with that of the system.
    if (Intl.NumberFormat.supportedLocalesOf(locale).length > 0) return language;
  } catch {
    // Reported below.
  }
  throw new FileError(`${JSON.stringify(locale)} is not the tag of a known language, such as de or en-IN`);
}

/** Returns a function that writes a language's numbers as JSON does. */
function plainNumber(locale: string): (text: string) => string | undefined {
  const parts = new Intl.NumberFormat(locale).formatToParts(-123_456_789.5);
  const part = (type: Intl.NumberFormatPartTypes) => parts.find((found) => found.type === type)?.value ?? "";
  const decimal = part("decimal");
  const group = part("group");
  const digits = Array.from(
    new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210),
  ).toReversed();
  // Spaces and apostrophes between thousands are typed in several ways.
  const groups = /\s/.test(group) ? "\\s" : /['’]/.test(group) ? "'’" : escaped(group);
  const grouped = new RegExp(
    `^([-+]?)(\\d+|\\d{1,3}(?:[${groups}]\\d{2,3})*[${groups}]\\d{3})(?:${escaped(decimal)}(\\d+))?$`,
  );
  return (text) => {
    let western = text.replaceAll("\u2212", "-");
    for (const [value, digit] of digits.entries()) {
      if (digit !== String(value)) western = western.replaceAll(digit, String(value));
    }
    const [, sign, whole, fraction] = grouped.exec(western) ?? [];
    if (whole === undefined) return undefined;
    const number = whole.replaceAll(/\D/g, "");
    return (sign === "-" ? "-" : "") + number + (fraction === undefined ? "" : `.${fraction}`);
  };
}

const escaped = (text: string): string => text.replaceAll(/[\\\]^.*+?(){}|$[-]/g, String.raw`\$&`);
