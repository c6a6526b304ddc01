import type { ChangeEntryJson, ChangeWatchInput, FeedEvent } from "@roster/domain";
import { TRPCClientError, type TRPCLink } from "@trpc/client";
import { observable } from "@trpc/server/observable";
import { NetworkFailure } from "../network-failure.ts";
import { answeredError, handedOver, isOf, type Fetch } from "../network.ts";
import type { AppRouter } from "../router.ts";
import { eventParser } from "./events.ts";

/** Milliseconds without data after which a connection counts as lost: three heartbeats. */
const silence = 30_000;

export interface EventsOptions {
  /** Roster's address. */
  url: string;
  fetch: Fetch;
  /** Returns the headers of a request, including the token. */
  headers(): Promise<Record<string, string>>;
}

/**
 * Reads the change feed as an event stream with `fetch`, because the browsers' `EventSource` cannot send a
 * token. It handles one connection; the link above reconnects.
 */
export const eventsLink =
  ({ url, fetch, headers }: EventsOptions): TRPCLink<AppRouter> =>
  () =>
  ({ op, next }) => {
    if (op.type !== "subscription") return next(op);
    return observable((observer) => {
      const ending = new AbortController();
      const end = () => ending.abort();
      let timer: ReturnType<typeof setTimeout> | undefined;
      let silent = false;
      const listen = () => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          silent = true;
          end();
        }, silence);
      };
      const parse = eventParser(({ id, type, data }) => {
        const change = type === "position" ? null : (JSON.parse(data) as ChangeEntryJson);
        const event: FeedEvent<ChangeEntryJson> = { seq: Number(id), change };
        observer.next({ result: { id, data: { id, data: event } } });
      });

      const read = async (): Promise<void> => {
        const { lastEventId, ...input } = (op.input ?? {}) as ChangeWatchInput;
        const query = new URLSearchParams();
        for (const [name, value] of Object.entries(input))
          if (value !== undefined) query.set(name, String(value));
        const all: Record<string, string> = { ...(await headers()), accept: "text/event-stream" };
        if (lastEventId !== undefined) all["last-event-id"] = lastEventId;
        op.context[handedOver] = true;
        listen();
        const response = await fetch(`${url}/api/changes?${query.toString()}`, {
          method: "GET",
          headers: all,
          signal: ending.signal,
        });
        if (!response.ok || !response.body || !isOf(response, "event-stream")) {
          throw TRPCClientError.from({ error: await answeredError(url, response) });
        }
        observer.next({ result: { type: "started" } });
        const reader = response.body.getReader();
        const decoder = new TextDecoder();
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          listen();
          parse(decoder.decode(part.value, { stream: true }));
        }
      };

      op.signal?.addEventListener("abort", end);
      if (op.signal?.aborted) end();
      void read()
        .then(
          () => observer.complete(),
          (error: Error) =>
            observer.error(
              TRPCClientError.from(silent ? new NetworkFailure("the connection has gone silent") : error),
            ),
        )
        .finally(() => {
          clearTimeout(timer);
          op.signal?.removeEventListener("abort", end);
        });
      return end;
    });
  };
