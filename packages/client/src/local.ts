import { createTRPCClient, unstable_localLink, type TRPCLink } from "@trpc/client";
import { map } from "@trpc/server/observable";
import { checkLink } from "./checked-input.ts";
import { withFeed, type RosterClient } from "./client.ts";
import { resumeLink } from "./feed/resume-link.ts";
import { copy } from "./json.ts";
import { checkAtLeast, transformer } from "./links.ts";
import { ownSignalLink } from "./own-signal.ts";
import { retryLink } from "./retry.ts";
import type { AppRouter } from "./router.ts";
import { decodeLink } from "./wires.ts";

/** The part of an api that a local client needs; the server's `createApi` returns it. */
export interface LocalApi {
  router: AppRouter;
  /** The context for calls with a token. */
  context(token: string): object;
}

export interface LocalClientOptions {
  /** The API token. Rights and history are the same as over HTTP. */
  token: string;
  /** Maximum number of further attempts for a call that failed temporarily; default 3. */
  retries?: number | undefined;
}

/**
 * Makes a client of an api in the same process, with the type and behaviour of `createClient` but without
 * HTTP. It adds no idempotency keys: no answer can be lost here, and calls are repeated only if the api has
 * stored nothing, so a key would cost a row for no benefit. Keys given by the caller work as usual.
 *
 * @throws RangeError if `retries` is NaN or negative
 */
export const createLocalClient = (
  { router, context }: LocalApi,
  { token, retries = 3 }: LocalClientOptions,
): RosterClient => {
  checkAtLeast(0, { retries });
  return withFeed(
    createTRPCClient<AppRouter>({
      links: [
        checkLink,
        decodeLink,
        resumeLink(retries),
        retryLink(retries),
        ownSignalLink,
        jsonLink,
        unstable_localLink({ router, createContext: () => Promise.resolve(context(token)), transformer }),
      ],
    }),
  );
};

const jsonLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    next({ ...op, input: copy(op.input) }).pipe(
      map((envelope) => {
        const { result } = envelope;
        return "data" in result ? { ...envelope, result: { ...result, data: copy(result.data) } } : envelope;
      }),
    );
