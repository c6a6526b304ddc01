import type { Unfit } from "../errors.ts";

/** The characters of a dot-atom (RFC 5322, section 3.2.3). */
const atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const dotAtom = new RegExp(`^${atext}(?:\\.${atext})*$`);
/** A domain label: letters, digits and hyphens, without a hyphen at either end (RFC 1123, section 2.1). */
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Maximum octets before the @ (RFC 5321, section 4.5.3.1.1) and of the domain. The field limits the whole
 * address.
 */
const limits = { local: 64, domain: 253 } as const;

/**
 * Reads an email address: a dot-atom, @ and a domain name in ASCII or, if internationalized, in Unicode (RFC
 * 5890). Quoted local parts and IP addresses are refused.
 *
 * @returns the address as written, with a Unicode domain converted to ASCII; or the fault
 */
export function readEmail(written: string): string | Unfit {
  if (/\s/.test(written)) {
    return unfit("contains a space; in a URL query, + means a space and %2B means +");
  }
  const at = written.lastIndexOf("@");
  if (at < 1) return unfit("is not an email address: a name, @ and a domain");
  const local = written.slice(0, at);
  if (local.length > limits.local) {
    return { code: "too_long", message: `has more than ${limits.local} characters before the @` };
  }
  if (!dotAtom.test(local)) {
    return unfit("has a character or a dot before the @ where an email address cannot have it");
  }
  const domain = asciiDomain(written.slice(at + 1));
  if (domain === undefined) return unfit("has no valid domain name after the @");
  return `${local}@${domain}`;
}

const unfit = (message: string): Unfit => ({ code: "invalid_format", message });

/** The key by which addresses are compared, without regard to case. Domains are already in ASCII form. */
export const emailKey = (address: string): string => address.toLowerCase();

/** The domain in ASCII, or undefined if it is not a domain name of at least two labels. */
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

const isAscii = /^\p{ASCII}*$/u;
/** Characters that would end the host of a URL or be decoded in it. */
const delimiters = /[/\\?#@:%[\]]/;

/** The platform's URL parser, which has the UTS #46 tables. They are too large to include here. */
const { URL } = globalThis as unknown as { URL?: new (url: string) => { hostname: string } };

function toAscii(domain: string): string | undefined {
  if (URL === undefined || delimiters.test(domain)) return undefined;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return undefined;
  }
}
