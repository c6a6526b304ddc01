import { lookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** An address that nothing is sent to. What it says is for the owner of the webhook. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** IPv4 addresses that are not of the public internet: the IANA IPv4 Special-Purpose Address Registry, and multicast. */
const special4 = blockListOf([
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  // Where clouds answer machines about themselves, keys included.
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
/** All of IPv6 that is global unicast (RFC 4291); IPv4-mapped addresses, for one, are not. */
const global6 = blockListOf(["2000::/3"]);
/** But for what is special in there: protocol assignments with Teredo, documentation, 6to4, which has an IPv4 address inside. */
const special6 = blockListOf(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]);

const isPublic = ({ address, family }: LookupAddress): boolean =>
  family === 4
    ? !special4.check(address, "ipv4")
    : global6.check(address, "ipv6") && !special6.check(address, "ipv6");

/**
 * To where webhooks may lead: to the public internet by https, and to networks that the installation
 * allows. Whoever makes a webhook has this server send requests for them, and must not reach by that
 * what they cannot reach themselves.
 */
export class Targets {
  readonly #allowed: BlockList;

  /** @param allowed networks such as `10.1.0.0/16`, and single addresses: by http too, and at any port */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = blockListOf(allowed);
  }

  /** Why nothing is sent to an address, as far as it says so itself; what its name stands for is seen when it is sent. */
  fault(text: string): string | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol !== "https:" && url?.protocol !== "http:") return "is not an https address";
    if (url.username !== "" || url.password !== "") return "has credentials in it";
    if (url.hash !== "") return "has a fragment";
    const address = literal(url);
    if (address) return this.#refusal(url, address);
    return this.#allowed.rules.length > 0 ? undefined : publicRefusal(url);
  }

  /**
   * What finds the address that a connection is made to. It gives only such as may be reached, so that
   * a name cannot stand for one address when it is looked at and for another when it is used.
   *
   * @throws Unreachable when the address is a number already, and may not be reached
   */
  lookupFor(url: URL): LookupFunction {
    const address = literal(url);
    const refused = address && this.#refusal(url, address);
    if (refused !== undefined) throw new Unreachable(`the address ${refused}`);
    return (hostname, options, callback) => {
      lookup(hostname, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, "");
        const [first, ...others] = found.filter((one) => this.#refusal(url, one) === undefined);
        if (!first)
          return callback(new Unreachable("the name stands for no address that may be reached"), "");
        if (options.all) callback(null, [first, ...others]);
        else callback(null, first.address, first.family);
      });
    };
  }

  #refusal(url: URL, one: LookupAddress): string | undefined {
    if (this.#allowed.check(one.address, one.family === 4 ? "ipv4" : "ipv6")) return undefined;
    if (!isPublic(one)) return "is not one of the public internet";
    return publicRefusal(url);
  }
}

/** What may not be sent to the public internet: nothing that others can read, and nothing to other services than the web. */
function publicRefusal({ protocol, port }: URL): string | undefined {
  if (protocol !== "https:") return "is not an https address";
  return port !== "" && Number(port) < 1024 ? `has the port ${port}, which is another service's` : undefined;
}

/** The address that stands in a URL as a number, in whatever way it was written. */
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

/** @throws Error that names what is no network */
function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of networks) {
    const network = networkOf(text);
    if (!network) throw new Error(`${text} is not a network`);
    list.addSubnet(...network);
  }
  return list;
}
