import { createParser, type EventSourceMessage } from "eventsource-parser";

/** Reads a stream of events over plain HTTP, as programs in other languages do. */
export interface EventReader {
  status: number;
  /** Everything received so far. */
  events: EventSourceMessage[];
  /** The ids of the changes received so far. */
  ids(): number[];
  /** Waits until this many events were received. @throws Error if the stream ends before */
  until(count: number): Promise<void>;
  /** Waits until the server ends the stream. */
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
      // The connection was broken by either side.
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
