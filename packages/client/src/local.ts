import { createTRPCClient, unstable_localLink, type TRPCLink } from "@trpc/client";
import { map } from "@trpc/server/observable";
import type { RosterClient } from "./client.ts";
import { transformer } from "./links.ts";
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
 * without HTTP.
 */
export const createLocalClient = (
  { router, context }: LocalApi,
  { token, retries = 3 }: LocalClientOptions,
): RosterClient =>
  createTRPCClient<AppRouter>({
    links: [
      decodeLink,
      retryLink(retries),
      jsonLink,
      unstable_localLink({ router, createContext: () => Promise.resolve(context(token)), transformer }),
    ],
  });

/** What JSON makes of a value: all that the other side would see of it, and nothing shared with it. */
const copy = (value: unknown): unknown =>
  value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);

const jsonLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    next({ ...op, input: copy(op.input) }).pipe(
      map((envelope) => {
        const { result } = envelope;
        return "data" in result ? { ...envelope, result: { ...result, data: copy(result.data) } } : envelope;
      }),
    );
