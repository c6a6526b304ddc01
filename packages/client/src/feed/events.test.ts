import { describe, expect, it } from "vitest";
import { eventParser, type StreamEvent } from "./events.ts";

const text = [
  'event: position\nid: 7\ndata: {"seq":7}\n\n',
  ":\n\n",
  'id: 8\ndata: {"name":"id: 9, or data: x"}\n\n',
  'id: 10\ndata: "ü€𐐷"\n\n',
].join("");

const read = (...parts: string[]): StreamEvent[] => {
  const events: StreamEvent[] = [];
  const parse = eventParser((event) => events.push(event));
  for (const part of parts) parse(part);
  return events;
};

describe("an event stream", () => {
  it("is parsed without its heartbeats", () => {
    expect(read(text)).toEqual([
      { id: "7", type: "position", data: '{"seq":7}' },
      { id: "8", type: "", data: '{"name":"id: 9, or data: x"}' },
      { id: "10", type: "", data: '"ü€𐐷"' },
    ]);
  });

  it("gives the same events wherever it is cut", () => {
    const whole = read(text);
    for (let i = 0; i <= text.length; i++) {
      expect(read(text.slice(0, i), text.slice(i))).toEqual(whole);
    }
    expect(read(...Array.from(text))).toEqual(whole);
  });

  it("ends a line only at a line feed, not at U+2028 and the like, which JSON text may contain", () => {
    const data = '"a\u2028b\u2029c\u0085d"';
    expect(read(`id: 8\ndata: ${data}\n\n`)).toEqual([{ id: "8", type: "", data }]);
  });

  it("gives no part of an unfinished event", () => {
    expect(read("id: 8\ndata: {}\n")).toEqual([]);
  });
});
