import type { Unfit } from "../errors.ts";

/** The characters of a dot-atom (RFC 5322, section 3.2.3). */
const atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const dotAtom = new RegExp(`^${atext}(?:\\.${atext})*$`);
/** A label of a domain: letters, digits and hyphens, and no hyphen at either end (RFC 1123, section 2.1). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Octets before the @ (RFC 5321, section 4.5.3.1.1), and of a domain as text. The field limits the whole. */
const limits = { local: 64, domain: 253 } as const;

/**
 * Reads an email address: a dot-atom, @ and a domain name, in the ASCII form or, for an
 * internationalized domain name, in Unicode (RFC 5890). Quoted names and IP addresses are not taken.
 *
 * @returns the address as it is kept, as written but for a domain in Unicode, which is kept in its
 *   ASCII form; or what is wrong with it
 */
export function readEmail(written: string): string | Unfit {
  if (/\s/.test(written)) {
    return unfit("contains a space; in the query of a URL a + stands for one, and %2B for a +");
  }
  const at = written.lastIndexOf("@");
  if (at < 1) return unfit("is not an email address: a name, @ and a domain");
  const local = written.slice(0, at);
  if (local.length > limits.local) {
    return { code: "too_long", message: `has more than ${limits.local} characters before the @` };
  }
  if (!dotAtom.test(local)) {
    return unfit(
      "has characters before the @ that an email address cannot have there, or dots in a wrong place",
    );
  }
  const domain = asciiDomain(written.slice(at + 1));
  if (domain === undefined) return unfit("has no valid domain name after the @");
  return `${local}@${domain}`;
}

const unfit = (message: string): Unfit => ({ code: "invalid_format", message });

/** What makes two addresses the same: their case does not matter, and every domain is in its ASCII form. */
export const emailKey = (address: string): string => address.toLowerCase();

/** The domain in ASCII, or undefined where it is no domain name of two labels or more. */
function asciiDomain(written: string): string | undefined {
  const domain = isAscii.test(written) ? written : toAscii(written);
  const labels = domain?.split(".") ?? [];
  const fits =
    domain !== undefined &&
    domain.length <= limits.domain &&
    labels.length > 1 &&
    labels.every((part) => label.test(part)) &&
    !/^\d+$/.test(labels.at(-1) ?? "");
  return fits ? domain : undefined;
}

const isAscii = /^[\u0000-\u007f]*$/;
/** What would end the host of a URL, or be decoded in it. */
const delimiters = /[/\\?#@:%[\]]/;

/** The URL parser of the platform: it has the tables of UTS #46, which are too large to bring along. */
const { URL } = globalThis as unknown as { URL?: new (url: string) => { hostname: string } };

function toAscii(domain: string): string | undefined {
  if (URL === undefined || delimiters.test(domain)) return undefined;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
}
