import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** The refusal to send to an address. The message is for the owner of the webhook. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/**
 * IPv4 addresses outside the public internet: the IANA IPv4 Special-Purpose Address Registry, and multicast.
 */
const special4 = blockListOf([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  // The metadata services of clouds, which reveal credentials.
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]);
/** Global unicast IPv6 (RFC 4291). Among others, it excludes IPv4-mapped addresses. */
const global6 = blockListOf(["2000::/3"]);
/**
 * Special ranges within it: protocol assignments including Teredo, documentation, and 6to4, which embeds an
 * IPv4 address.
 */
const special6 = blockListOf(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]);

const isPublic = ({ address, family }: LookupAddress): boolean =>
  family === 4
    ? !special4.check(address, "ipv4")
    : global6.check(address, "ipv6") && !special6.check(address, "ipv6");

/**
 * The addresses that webhooks may use: the public internet over https, and networks that the installation
 * allows. Webhooks make this server send requests on behalf of their owners, who must not reach through it
 * what they cannot reach themselves.
 */
export class Targets {
  readonly #allowed: BlockList;

  /** @param allowed networks such as `10.1.0.0/16` or single addresses; they may use http and any port */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = blockListOf(allowed);
  }

  /** Why a URL is refused, as far as its text shows; host names are checked when they are resolved. */
  fault(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== "https:" && url?.protocol !== "http:") return "is not an https URL";
    if (url.username !== "" || url.password !== "") return "contains credentials";
    if (url.hash !== "") return "has a fragment";
    const address = literal(url);
    if (address) return this.#refusal(url, address);
    return this.#allowed.rules.length > 0 ? undefined : publicRefusal(url);
  }

  /**
   * The DNS lookup for a connection. It returns only permitted addresses, so that a name cannot resolve to
   * one address when it is checked and to another when it is used.
   *
   * @throws Unreachable if the URL contains a numeric address that is not permitted
   */
  lookupFor(url: URL): LookupFunction {
    const address = literal(url);
    const refused = address && this.#refusal(url, address);
    if (refused !== undefined) throw new Unreachable(`the address ${refused}`);
    return (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, "");
        const [first, ...others] = found.filter((one) => this.#refusal(url, one) === undefined);
        if (!first) return callback(new Unreachable("the name resolves to no permitted address"), "");
        if (options.all) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      });
    };
  }

  #refusal(url: URL, one: LookupAddress): string | undefined {
    if (this.#allowed.check(one.address, one.family === 4 ? "ipv4" : "ipv6")) return undefined;
    if (!isPublic(one)) return "is not on the public internet";
    return publicRefusal(url);
  }
}

/**
 * Why a URL may not be used on the public internet: it must be encrypted and must not use the port of another
 * service.
 */
function publicRefusal({ protocol, port }: URL): string | undefined {
  if (protocol !== "https:") return "is not an https URL";
  return port !== "" && Number(port) < 1024
    ? `uses port ${port}, which belongs to another service`
    : undefined;
}

/** The numeric address in a URL, in any notation. */
function literal({ hostname }: URL): LookupAddress | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(address);
  return family === 0 ? undefined : { address, family };
}

/** Whether a text is a network such as `10.1.0.0/16`, or a single address. */
export const isNetwork = (text: string): boolean => networkOf(text) !== undefined;

function networkOf(text: string): [address: string, prefix: number, type: "ipv4" | "ipv6"] | undefined {
  const [, address = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  const bits = family === 6 ? 128 : 32;
  const prefix = length === undefined ? bits : Number(length);
  return family === 0 || prefix > bits ? undefined : [address, prefix, family === 6 ? "ipv6" : "ipv4"];
}

/** @throws Error that names the invalid network */
function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const network = networkOf(text);
    if (!network) throw new Error(`${text} is not a network`);
    list.addSubnet(...network);
  }
  return list;
}
