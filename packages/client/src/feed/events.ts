/** An event of an event stream. */
export interface StreamEvent {
  id: string;
  /** The value of `event:`; empty if there is none. */
  type: string;
  data: string;
}

/**
 * Parses an event stream (HTML Standard, "Server-sent events") of the kind that Roster sends: lines end with
 * a line feed, and data is a single line.
 *
 * @returns a function that takes the next chunk of text, which may end anywhere
 */
export function eventParser(onEvent: (event: StreamEvent) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() as string;
    for (const block of blocks) {
      // Only a line feed ends a line: a value may contain U+2028, where `.` and `$` of a pattern would end one.
      const lines = block.split("\n");
      const valueOf = (field: string) =>
        lines.find((line) => line.startsWith(`${field}: `))?.slice(field.length + 2) ?? "";
      const event = { id: valueOf("id"), type: valueOf("event"), data: valueOf("data") };
      // An event without data is a heartbeat.
      if (event.data) onEvent(event);
    }
  };
}
