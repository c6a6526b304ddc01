import { parsePhoneNumberFromString, type CountryCode } from "libphonenumber-js/max";
import type { Unfit } from "../errors.ts";

/**
 * Reads a phone number. It accepts numbers as people write them, including what phones and spreadsheets add:
 * direction marks, any kind of space, digits of any script, `00`, `(0)`, and `tel:` URIs (RFC 3966).
 *
 * @param defaultCountry ISO 3166-1 alpha-2 country of numbers without a country code
 * @returns the number in E.164, which reads back as itself; or the fault, if no numbering plan has the number
 * or it has an extension, which E.164 cannot express
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
  // A local number of a country without area codes is not a valid number elsewhere.
  const again = parse(parsed.number, null);
  return again?.number === parsed.number && again.isPossible() ? parsed.number : impossible;
}

/**
 * Reads the start of a phone number with its country code, in any spelling of `readPhone`.
 *
 * @returns the start of the number in E.164; or the fault
 */
export function readPhoneStart(written: string): string | Unfit {
  const start = plainDigits(written)
    .replace(/^tel:/i, "")
    .replace(/^00(?=\D*[1-9])/, "+")
    .replace("(0)", "")
    .replaceAll(/[\s().\-/]/g, "");
  return /^\+\d*$/.test(start)
    ? start
    : {
        code: "invalid_format",
        message: "is not the start of a phone number with + and the country code",
      };
}

const impossible: Unfit = {
  code: "invalid_format",
  message: "is not a possible phone number; write it with + and the country code",
};
const withExtension: Unfit = {
  code: "invalid_format",
  message: "has an extension, which E.164 cannot express; store it in another field",
};

const parse = (text: string, defaultCountry: string | null) =>
  parsePhoneNumberFromString(text, {
    extract: false,
    ...(defaultCountry !== null && { defaultCountry: defaultCountry as CountryCode }),
  });

/** The text without invisible characters, with plain spaces, signs and digits. */
const plainDigits = (written: string): string =>
  written
    .replaceAll(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll(/[\uff01-\uff5e\ufe62]/g, (wide) => wide.normalize("NFKC"))
    .replaceAll(/(?![0-9])\p{Nd}/gu, digit)
    .replaceAll(/\s/g, " ")
    .trim()
    // Spreadsheets put these before or around a text that looks like a number.
    .replaceAll(/^=?["'’]?|["'’]$/g, "")
    .replace(/^[([] *(\+ *\d+) *[)\]]/, "$1 ");

/** The value of a decimal digit of any script. Unicode keeps the ten digits of a script in sequence. */
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
      return {
        code: "invalid_format",
        message: "has a domain as its phone-context, which E.164 cannot express",
      };
    }
    prefix = value;
  }
  return prefix + number;
}
