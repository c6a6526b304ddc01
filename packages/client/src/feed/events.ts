/** An event of a stream. */
export interface StreamEvent {
  id: string;
  /** What `event:` says; empty for none. */
  type: string;
  data: string;
}

/**
 * Reads a stream of events (HTML Standard, "Server-sent events") of the kind that Roster sends: lines
 * end in a line feed, and data is one line.
 *
 * @returns what takes the next part of the text, wherever it is cut
 */
export function eventParser(onEvent: (event: StreamEvent) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const valueOf = (field: string) => new RegExp(`^${field}: (.*)$`, "m").exec(block)?.[1] ?? "";
      const event = { id: valueOf("id"), type: valueOf("event"), data: valueOf("data") };
      // Without data it is a sign of life.
      if (event.data) onEvent(event);
    }
  };
}
