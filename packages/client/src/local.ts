import { createTRPCClient, unstable_localLink, type TRPCLink } from "@trpc/client";
import { map } from "@trpc/server/observable";
import { checkLink } from "./checked-input.ts";
import { withFeed, type RosterClient } from "./client.ts";
import { resumeLink } from "./feed/resume-link.ts";
import { copy } from "./json.ts";
import { checkAtLeast, transformer } from "./links.ts";
import { retryLink } from "./retry.ts";
import type { AppRouter } from "./router.ts";
import { decodeLink } from "./wires.ts";

/** What a local client needs of an api: `createApi` of the server gives it. */
export interface LocalApi {
  router: AppRouter;
  /** The context of calls by the owner of a token. */
  context(token: string): object;
}

export interface LocalClientOptions {
  /** The API token: rights and history are the same as over HTTP. */
  token: string;
  /** How often a call that failed is made again, where that is safe; default 3. */
  retries?: number | undefined;
}

/**
 * A client of an api in the same process: same type and same behaviour as that of `createClient`,
 * without HTTP. It gives mutations no idempotency keys: there is no network here to lose an answer,
 * and what is made again is only what the api says that it has stored nothing of. A key would cost
 * a row for nothing; one that the caller gives works as ever.
 *
 * @throws RangeError when `retries` is NaN or negative
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
