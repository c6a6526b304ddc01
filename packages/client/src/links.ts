import { maxCalls } from "@roster/domain";
import { httpBatchStreamLink, splitLink, type Operation, type TRPCLink } from "@trpc/client";
import { checkLink } from "./checked-input.ts";
import { eventsLink } from "./feed/events-link.ts";
import { resumeLink } from "./feed/resume-link.ts";
import { idempotencyLink } from "./idempotency.ts";
import { handedOver, networkLink, rosterFetch, type Fetch } from "./network.ts";
import { retryLink } from "./retry.ts";
import type { AppRouter } from "./router.ts";
import { decodeLink } from "./wires.ts";

/** A value, or what gives it before each request. */
export type Given<T> = T | (() => T | Promise<T>);

export interface ClientOptions {
  /** Where Roster listens, such as `https://roster.example.com`. */
  url: string | URL;
  /** The API token, or a function that gives the one to use now. */
  token: Given<string>;
  /** Further headers of each request. */
  headers?: Given<Record<string, string>> | undefined;
  /** What makes requests; default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /**
   * How often a call that failed is made again, where that is safe; default 3. Calls are made again
   * when the network or Roster fails for a moment; of mutations, those that have an idempotency key,
   * and others only when nothing of them can have been stored.
   */
  retries?: number | undefined;
  /**
   * Whether each mutation that may be made again and has no idempotency key gets one; default true.
   * Roster keeps a key and its answer for a day.
   */
  idempotency?: boolean | undefined;
  /**
   * The most calls that share a request, which those of one kind do that are made in one go; default 32.
   * Above 100, which is what Roster takes, it counts as 100.
   */
  maxBatch?: number | undefined;
}

/** The wire is plain JSON: `decodeLink` makes of it what the types say. */
export const transformer = {
  serialize: (value: unknown): unknown => value,
  deserialize: (value: unknown): unknown => value,
};

/** In characters. Queries travel in the URL, and proxies take some 8,000 of those. */
const urlLimit = 8_000;
/**
 * In characters, of which each may be three bytes: what the inputs of one request may come to, so
 * that calls which are fine alone are not refused together for the 1 MiB that Roster takes.
 */
const bodyLimit = 300_000;

/** Whether a call is too large to share a request with others. */
const isLarge =
  (maxBatch: number) =>
  ({ type, input }: Operation): boolean => {
    const text = JSON.stringify(input) ?? "";
    return type === "query"
      ? encodeURIComponent(text).length > urlLimit / 4
      : text.length > Math.max(1_000, bodyLimit / maxBatch);
  };

/** @throws RangeError when an option is less, or NaN, of which a count of attempts would never have enough */
export function checkAtLeast(least: number, option: { [name: string]: number }): void {
  for (const [name, value] of Object.entries(option)) {
    if (!(value >= least)) throw new RangeError(`${name}: must be a number, ${least} or more`);
  }
}

/**
 * Roster's address without a slash at its end; in a browser it may be relative to the page.
 * @throws TypeError when it is none, without repeating it: there may be a password in it
 */
function baseOf(url: string | URL): string {
  const { location } = globalThis as { location?: { href: string } };
  try {
    const { protocol, username, origin, pathname, search, hash } = new URL(url, location?.href);
    if (/^https?:$/.test(protocol) && username + search + hash === "") {
      return origin + pathname.replace(/\/+$/, "");
    }
  } catch {
    // The same is wrong with it.
  }
  throw new TypeError("url: must be http(s), without a user and a query, such as https://roster.example.com");
}

/**
 * The header of a token.
 * @throws TypeError when no header can hold it; what `fetch` throws then would show it
 */
function bearer(token: unknown): string {
  if (typeof token !== "string") throw new TypeError("token: must be text");
  if (!/^[ -~]*$/.test(token.trim())) throw new TypeError("token: must be printable ASCII");
  return `Bearer ${token.trim()}`;
}

/**
 * The links of a client over HTTP, for whatever makes tRPC clients by itself; `createClient` makes
 * the usual one of them.
 *
 * @throws TypeError or RangeError when an option cannot be right
 */
export function rosterLinks({
  url,
  token,
  headers = {},
  fetch = (input, init) => globalThis.fetch(input, init),
  retries = 3,
  idempotency = true,
  maxBatch = 32,
}: ClientOptions): TRPCLink<AppRouter>[] {
  checkAtLeast(0, { retries });
  checkAtLeast(1, { maxBatch });
  const base = baseOf(url);
  const given = async () => ({
    ...(typeof headers === "function" ? await headers() : headers),
    authorization: bearer(typeof token === "function" ? await token() : token),
  });
  const options = {
    url: `${base}/trpc`,
    transformer,
    fetch: rosterFetch(fetch),
    async headers({ opList }: { opList: readonly Operation[] }) {
      const all = await given();
      for (const { context } of opList) context[handedOver] = true;
      return all;
    },
  };
  return [
    checkLink,
    decodeLink,
    // Above the attempts, so that all of them have the key; of no use where there is only one.
    idempotencyLink(idempotency && retries > 0),
    resumeLink(retries),
    retryLink(retries),
    networkLink,
    eventsLink({ url: base, fetch, headers: given }),
    splitLink({
      condition: isLarge(maxBatch),
      true: httpBatchStreamLink({ ...options, maxItems: 1 }),
      false: httpBatchStreamLink({
        ...options,
        maxItems: Math.min(maxBatch, maxCalls),
        maxURLLength: urlLimit,
      }),
    }),
  ];
}
