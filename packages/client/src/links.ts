import { maxCalls } from "@roster/domain";
import { httpBatchLink, httpLink, splitLink, type Operation, type TRPCLink } from "@trpc/client";
import { checkLink } from "./checked-input.ts";
import { eventsLink } from "./feed/events-link.ts";
import { resumeLink } from "./feed/resume-link.ts";
import { idempotencyLink } from "./idempotency.ts";
import { handedOver, networkLink, rosterFetch, type Fetch } from "./network.ts";
import { ownSignalLink } from "./own-signal.ts";
import { retryLink } from "./retry.ts";
import type { AppRouter } from "./router.ts";
import { shareLink } from "./share-link.ts";
import { decodeLink } from "./wires.ts";

/** A value, or a function that returns it before each request. */
export type Given<T> = T | (() => T | Promise<T>);

/** Instead of a token: the session of a page that Roster itself serves. The browser sends its cookie. */
export const pageSession: unique symbol = Symbol("pageSession");

export interface ClientOptions {
  /** Roster's address, such as `https://roster.example.com`. */
  url: string | URL;
  /** The API token, or a function that returns the current one; or `pageSession`. */
  token: Given<string> | typeof pageSession;
  /**
   * The person on whose behalf the program acts: an id, an address or a name of at most 255 characters, which
   * the history shows beside the token. Needs a token with the scope `act-for`.
   */
  onBehalfOf?: Given<string | undefined>;
  /** Further headers for each request. */
  headers?: Given<Record<string, string>> | undefined;
  /** Makes the requests; default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * Maximum number of further attempts for a call that failed temporarily; default 3. A mutation is repeated
   * only if it has an idempotency key or if it certainly stored nothing.
   */
  retries?: number | undefined;
  /**
   * Whether mutations without an idempotency key get one; default true. Roster keeps a key and its answer for
   * a day.
   */
  idempotency?: boolean | undefined;
  /**
   * Maximum number of calls in one request; calls of one kind made in the same tick share it. Default 32;
   * capped at 100, the server's maximum.
   */
  maxBatch?: number | undefined;
  /**
   * Sends calls that share a request. The default is tRPC's `httpBatchLink`: they are answered together. With
   * its `httpBatchStreamLink` they are answered one by one, so that a fast call does not wait for a slow one;
   * that costs Roster more for each call, and a web page some kilobytes of code.
   */
  batchLink?: typeof httpBatchLink<AppRouter> | undefined;
}

/** The wire is plain JSON; `decodeLink` converts it to the typed form. */
export const transformer = {
  serialize: (value: unknown): unknown => value,
  deserialize: (value: unknown): unknown => value,
};

/** Maximum characters of a URL, which holds the input of queries. Proxies accept about 8,000. */
const urlLimit = 8_000;
/**
 * Maximum characters of all inputs in a request, at up to three bytes each, so that calls which are
 * acceptable alone do not together exceed the server's 1 MiB.
 */
const bodyLimit = 300_000;

/** Whether a call is too large to share a request. */
const isLarge =
  (maxBatch: number) =>
  ({ type, input }: Operation): boolean => {
    const text = JSON.stringify(input) ?? "";
    return type === "query"
      ? encodeURIComponent(text).length > urlLimit / 4
      : text.length > Math.max(1_000, bodyLimit / maxBatch);
  };

/**
 * Checks that numeric options are not below a minimum. NaN fails too: as a number of attempts it would never
 * be reached.
 * @throws RangeError
 */
export function checkAtLeast(least: number, option: { [name: string]: number }): void {
  for (const [name, value] of Object.entries(option)) {
    if (!(value >= least)) throw new RangeError(`${name}: must be a number, ${least} or more`);
  }
}

/**
 * Roster's address without trailing slashes. In a browser it may be relative to the page.
 * @throws TypeError if it is not a valid address; the message omits it, because it may contain a password
 */
function baseOf(url: string | URL): string {
  const { location } = globalThis as { location?: { href: string } };
  try {
    const { protocol, username, origin, pathname, search, hash } = new URL(url, location?.href);
    if (/^https?:$/.test(protocol) && username + search + hash === "") {
      return origin + pathname.replace(/\/+$/, "");
    }
  } catch {
    // Reported below.
  }
  throw new TypeError("url: must be http(s), without a user and a query, such as https://roster.example.com");
}

/**
 * The authorization header for a token.
 * @throws TypeError if a header cannot hold it; the error of `fetch` would reveal the token
 */
function bearer(token: unknown): string {
  if (typeof token !== "string") throw new TypeError("token: must be text");
  if (!/^[ -~]*$/.test(token.trim())) throw new TypeError("token: must be printable ASCII");
  return `Bearer ${token.trim()}`;
}

/**
 * The header that names the person on whose behalf the program acts.
 * @throws TypeError if it cannot be encoded
 */
function encoded(principal: string): string {
  try {
    return encodeURIComponent(principal);
  } catch {
    throw new TypeError("onBehalfOf: must be well-formed text");
  }
}

const current = <T extends string | object | undefined>(given: Given<T>): T | Promise<T> =>
  typeof given === "function" ? given() : given;

/**
 * The links of a client over HTTP, for libraries that create tRPC clients themselves. `createClient` uses the
 * same.
 *
 * @throws TypeError or RangeError if an option is invalid
 */
export function rosterLinks({
  url,
  token,
  onBehalfOf,
  headers = {},
  fetch = (input, init) => globalThis.fetch(input, init),
  retries = 3,
  idempotency = true,
  maxBatch = 32,
  batchLink = httpBatchLink,
}: ClientOptions): TRPCLink<AppRouter>[] {
  checkAtLeast(0, { retries });
  checkAtLeast(1, { maxBatch });
  const base = baseOf(url);
  const given = async () => {
    const all = { ...(await current(headers)) };
    if (token === pageSession) all["roster-console"] = "1";
    else all["authorization"] = bearer(await current(token));
    const principal = await current(onBehalfOf);
    if (principal !== undefined) all["roster-on-behalf-of"] = encoded(principal);
    return all;
  };
  const options = {
    url: `${base}/trpc`,
    transformer,
    fetch: rosterFetch(fetch),
    async headers(sent: { op: Operation } | { opList: readonly Operation[] }) {
      const all = await given();
      for (const { context } of "op" in sent ? [sent.op] : sent.opList) context[handedOver] = true;
      return all;
    },
  };
  const alone = httpLink(options);
  return [
    checkLink,
    decodeLink,
    // Above the retries, so that all attempts share the key. A single attempt needs none.
    idempotencyLink(idempotency && retries > 0),
    resumeLink(retries),
    retryLink(retries),
    ownSignalLink,
    networkLink,
    eventsLink({ url: base, fetch, headers: given }),
    splitLink({
      condition: isLarge(maxBatch),
      true: alone,
      false: shareLink(
        alone,
        batchLink({ ...options, maxItems: Math.min(maxBatch, maxCalls), maxURLLength: urlLimit }),
      ),
    }),
  ];
}
