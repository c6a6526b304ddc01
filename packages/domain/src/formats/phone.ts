import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/max";
import type { Unfit } from "../errors.ts";

/**
 * A phone number in E.164. Numbers are taken as people write them, also with what phones and
 * spreadsheets add: marks of direction, spaces of any kind, digits of any script, `00` or `(0)`, and
 * as a `tel:` URI (RFC 3966).
 *
 * @param defaultCountry the ISO 3166-1 alpha-2 country of numbers without a country code
 * @returns the number, which can be written back as it is; or why there is none: no numbering plan
 *   has it, or it has an extension, which E.164 cannot say
 */
export function readPhone(written: string, defaultCountry: string | null): string | Unfit {
  const text = plainDigits(written);
  const uri = /^tel:(.*)$/i.exec(text)?.[1];
  const number = uri === undefined ? text : fromUri(uri);
  if (typeof number !== "string") return number;
  const international = defaultCountry === null ? number.replace(/^00(?=\s*[1-9])/, "+") : number;
  const parsed = parse(international, defaultCountry);
  if (parsed?.ext) return withExtension;
  if (!parsed?.isPossible()) return impossible;
  // A local number of a country without area codes in it is no number elsewhere.
  const again = parse(parsed.number, null);
  return again?.number === parsed.number && again.isPossible() ? parsed.number : impossible;
}

const impossible: Unfit = {
  code: "invalid_format",
  message: "is not a possible phone number; write it with + and the country code",
};
const withExtension: Unfit = {
  code: "invalid_format",
  message: "has an extension, which a number in E.164 cannot have; keep it elsewhere",
};

const parse = (text: string, defaultCountry: string | null) =>
  parsePhoneNumberFromString(text, {
    extract: false,
    ...(defaultCountry !== null && { defaultCountry: defaultCountry as CountryCode }),
  });

/** The text without what cannot be seen, with plain spaces, signs and digits. */
const plainDigits = (written: string): string =>
  written
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll(/[\uff01-\uff5e\ufe62]/g, (wide) => wide.normalize("NFKC"))
    .replaceAll(/(?![0-9])\p{Nd}/gu, digit)
    .replaceAll(/\s/g, " ")
    .trim()
    // What a spreadsheet puts before, or around, a text that looks like a number.
    .replaceAll(/^=?["'’]?|["'’]$/g, "")
    .replace(/^[([] *(\+ *\d+) *[)\]]/, "$1 ");

/** A decimal digit of any script: in each, ten or more follow one another from zero on. */
function digit(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((point - zero) % 10);
}

/** The number of a `tel:` URI, without its scheme. */
function fromUri(uri: string): string | Unfit {
  const [number = "", ...parameters] = uri.split(";");
  let prefix = "";
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=");
    if (name.toLowerCase() !== "phone-context") return withExtension;
    if (!value.startsWith("+")) {
      return { code: "invalid_format", message: "is a number of a domain, which E.164 cannot say" };
    }
    prefix = value;
  }
  return prefix + number;
}
