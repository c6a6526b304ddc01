import { RosterError } from "@roster/domain";
import { initTRPC, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { transformer } from "../links.ts";
import type { Fetch } from "../network.ts";

/** Handles a call of the fake: returns its result or throws. */
export type Handler = (input: unknown, path: string, idempotencyKey: unknown) => unknown;

interface SentRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/**
 * A fake server that speaks Roster's wire format, to test how clients handle requests and answers. Its
 * `fetch` needs no socket.
 */
export function fakeRoster(handler: Handler) {
  const t = initTRPC.create({
    isDev: false,
    transformer,
    errorFormatter({ shape: { code, data }, error: { cause } }) {
      const error =
        cause instanceof RosterError ? cause.toBody() : { code: "INTERNAL", message: String(cause) };
      return { message: error.message, code, data: { ...data, error } };
    },
  });
  const call = async ({ input, path }: { input: unknown; path: string }) => {
    try {
      const { idempotencyKey, ...own } = (input ?? {}) as { idempotencyKey?: unknown };
      return await handler(input === undefined ? input : own, path, idempotencyKey);
    } catch (error) {
      throw error instanceof RosterError ? new TRPCError({ code: "BAD_REQUEST", cause: error }) : error;
    }
  };
  const procedure = t.procedure.input((raw: unknown) => raw);
  const router = t.router({
    customer: t.router({
      get: procedure.query(call),
      list: procedure.query(call),
      create: procedure.mutation(call),
      update: procedure.mutation(call),
      updateMany: procedure.mutation(call),
    }),
    me: t.router({ get: procedure.query(call) }),
  });
  const requests: SentRequest[] = [];
  const fetch: Fetch = (url, init) => {
    requests.push({ url: new URL(url), method: init.method, headers: init.headers, body: init.body });
    return fetchRequestHandler({ endpoint: "/trpc", req: new Request(url, init), router });
  };
  return { fetch, requests };
}

/** A `fetch` that runs the given steps one per call, and then forwards to the last one. */
export function inTurn(last: Fetch, ...first: (() => Response | Promise<Response>)[]) {
  let calls = 0;
  const fetch: Fetch = (url, init) => {
    const step = first[calls++];
    return step ? Promise.resolve().then(step) : last(url, init);
  };
  return { fetch, calls: () => calls };
}

/** Throws as Node's `fetch` does, with the code of the reason; a browser gives none. */
export const networkError = (code: string | undefined) => () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
};

/** The answer of a proxy that got none from Roster. */
export const proxyAnswer = (status: number) => () =>
  new Response("<html>", { status, headers: { "content-type": "text/html" } });
