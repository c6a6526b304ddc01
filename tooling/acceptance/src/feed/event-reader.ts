import { createParser, type EventSourceMessage } from "eventsource-parser";

/** A stream of events as a program reads it that is not TypeScript: over plain HTTP. */
export interface EventReader {
  status: number;
  /** All that has come so far. */
  events: EventSourceMessage[];
  /** The ids of the changes that have come. */
  ids(): number[];
  /** Returns when as many events have come. @throws when the stream ends before */
  until(count: number): Promise<void>;
  /** Returns when the server has ended the stream. */
  ended: Promise<void>;
  end(): void;
}

export async function readEvents(
  url: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, accept: "text/event-stream", ...headers },
    signal: abort.signal,
  });
  const events: EventSourceMessage[] = [];
  let over = false;
  let wake = () => {};
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const ended = (async () => {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        parser.feed(decoder.decode(chunk, { stream: true }));
        wake();
      }
    } catch {
      // Broken off, by this side or the other.
    }
    over = true;
    wake();
  })();
  return {
    status: response.status,
    events,
    ids: () => events.filter(({ event }) => event === undefined).map(({ id }) => Number(id)),
    async until(count) {
      while (events.length < count) {
        if (over) throw new Error(`the stream has ended after ${events.length} events`);
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    ended,
    end: () => abort.abort(),
  };
}
