import type { ChangeEntryJson, ChangeWatchInput, FeedEvent } from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { createParser } from "eventsource-parser";
import { answeredError, handedOver, NetworkFailure, type Fetch } from "../network.ts";
import type { AppRouter } from "../router.ts";

/** For how long nothing may come before a connection is taken for lost, in milliseconds: three heartbeats. */
const silence = 30_000;

export interface EventsOptions {
  /** Where Roster listens. */
  url: string;
  fetch: Fetch;
  /** The headers of a request, with the token. */
  headers(): Promise<Record<string, string>>;
}

/**
 * Reads the feed of changes as a stream of events, by `fetch`: the `EventSource` of browsers can send
 * no token. One connection: what comes after its end is the business of the link above.
 */
export const eventsLink =
  ({ url, fetch, headers }: EventsOptions): TRPCLink<AppRouter> =>
  () =>
  ({ op }) =>
    observable((observer) => {
      const ending = new AbortController();
      const end = (reason?: unknown) => ending.abort(reason);
      let timer: ReturnType<typeof setTimeout> | undefined;
      const listen = () => {
        clearTimeout(timer);
        timer = setTimeout(end, silence, new NetworkFailure("nothing is heard of Roster any more"));
      };
      const parser = createParser({
        onEvent({ id = "", event, data }) {
          const change = event === "position" ? null : (JSON.parse(data) as ChangeEntryJson);
          const feed: FeedEvent<ChangeEntryJson> = { seq: Number(id), change };
          observer.next({ result: { id, data: { id, data: feed } } });
        },
      });

      const read = async (): Promise<void> => {
        const { query, resuming } = requestOf((op.input ?? {}) as ChangeWatchInput);
        const init = { ...(await headers()), ...resuming, accept: "text/event-stream" };
        listen();
        op.context[handedOver] = true;
        const { signal } = ending;
        const response = await fetch(`${url}/api/changes?${query}`, { method: "GET", headers: init, signal });
        if (!response.ok || !response.headers.get("content-type")?.includes("event-stream")) {
          throw TRPCClientError.from({ error: await answeredError(url, response) });
        }
        observer.next({ result: { type: "started" } });
        const texts = response.body?.pipeThrough(new TextDecoderStream() as never).getReader();
        for (;;) {
          const { done, value } = (await texts?.read()) ?? { done: true };
          if (done) return;
          listen();
          parser.feed(value as unknown as string);
        }
      };

      op.signal?.addEventListener("abort", end);
      if (op.signal?.aborted) end();
      void read()
        .then(
          () => observer.complete(),
          (error: unknown) => {
            const thrown: unknown =
              ending.signal.reason instanceof NetworkFailure ? ending.signal.reason : error;
            observer.error(TRPCClientError.from(thrown as Error));
          },
        )
        .finally(() => {
          clearTimeout(timer);
          op.signal?.removeEventListener("abort", end);
        });
      return end;
    });

/** A request for the feed in the form of `GET /api/changes`. */
function requestOf({ lastEventId, ...input }: ChangeWatchInput): {
  query: URLSearchParams;
  resuming: Record<string, string>;
} {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) if (value !== undefined) query.set(name, String(value));
  return { query, resuming: lastEventId === undefined ? {} : { "last-event-id": lastEventId } };
}
