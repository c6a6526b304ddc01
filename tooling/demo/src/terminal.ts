import { stripVTControlCharacters, styleText } from "node:util";

/** The look of the tour. Colours appear only on a terminal, and never with `NO_COLOR` set. */

/** Widest line of the tour, in columns. */
export const width = Math.min(100, Math.max(72, process.stdout.columns ?? 100));

type Format = Parameters<typeof styleText>[0];

/** Text in a format; plain where standard output shows no colours. */
export const paint = (format: Format, text: string): string =>
  text === "" ? "" : styleText(format, text, { stream: process.stdout });

export const dim = (text: string): string => paint("dim", text);
export const bold = (text: string): string => paint("bold", text);

/** The columns that a text takes up. The tour has no characters of double width. */
const columnsOf = (text: string): number => Array.from(stripVTControlCharacters(text)).length;

export const print = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line.trimEnd()}\n`);
};

/** Prints lines two columns from the edge. */
export const printIn = (...lines: string[]): void => print(...lines.map((line) => `  ${line}`));

/** Prints a sentence two columns from the edge, on as many lines as it needs. */
export const say = (text: string): void => printIn(...wrap(text, width - 2));

let sections = 0;
/** Prints the heading of the next section. */
export function section(title: string): void {
  const text = ` ${++sections}  ${title} `;
  print("", paint(["bold", "cyan"], text) + dim("─".repeat(Math.max(0, width - columnsOf(text)))), "");
}

/** Wraps a text at its spaces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

export interface Column {
  title: string;
  align?: "right";
}

/**
 * Lays out an indented table. The last column wraps at the width.
 * @param rows the cells of each row, which may be coloured
 * @param below lines to print below a row
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  below: (row: number) => readonly string[] = () => [],
): string[] {
  const gap = 2;
  const widths = columns.map(({ title }, i) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[i] ?? ""))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + gap, 0);
  widths[last] = Math.min(widths[last] ?? 0, Math.max(20, width - 2 - before));
  const pad = (cell: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - columnsOf(cell)));
    return columns[i]?.align === "right" ? space + cell : cell + space;
  };
  const line = (cells: readonly string[]) => cells.map(pad).join(" ".repeat(gap));
  return [
    dim(line(columns.map(({ title }) => title))),
    ...rows.flatMap((row, i) => {
      const [first = "", ...rest] = wrap(row[last] ?? "", widths[last] ?? 0);
      return [
        line([...row.slice(0, last), first]),
        ...rest.map((more) => " ".repeat(before) + more),
        ...below(i),
      ];
    }),
  ];
}

/** A JSON value as text, in as few lines as its width allows. */
export function layout(value: unknown, columns: number): string[] {
  const flat = inline(value, JSON.stringify);
  if (typeof value !== "object" || value === null || flat.length <= columns) return [flat];
  const lines: string[] = [];
  let open = false;
  const members = Object.entries(value);
  for (const [i, [key, member]] of members.entries()) {
    const name = Array.isArray(value) ? "" : `${JSON.stringify(key)}: `;
    const [first = "", ...rest] = layout(member, columns - 2 - name.length);
    const comma = i < members.length - 1 ? "," : "";
    const text = `${name}${first}${rest.length === 0 ? comma : ""}`;
    const current = lines.at(-1);
    // Several short members share a line; one of many lines stands alone.
    if (open && current !== undefined && rest.length === 0 && current.length + text.length < columns) {
      lines[lines.length - 1] = `${current} ${text}`;
    } else {
      lines.push(`  ${text}`, ...rest.map((line, at) => `  ${line}${at === rest.length - 1 ? comma : ""}`));
    }
    open = rest.length === 0;
  }
  return Array.isArray(value) ? ["[", ...lines, "]"] : ["{", ...lines, "}"];
}

/**
 * An object as source code: one member per line unless it is short.
 * @param open whether to use several lines although it is short
 */
export function code(value: unknown, columns: number, open = false): string[] {
  const flat = inline(value, spell);
  if (typeof value !== "object" || value === null || (!open && flat.length <= columns)) return [flat];
  const lines = Object.entries(value).flatMap(([key, member]) => {
    const name = Array.isArray(value) ? "" : `${spell(key)}: `;
    const written = code(member, columns - 2 - name.length - 1);
    return written.map((line, i) => `  ${i === 0 ? name : ""}${line}${i === written.length - 1 ? "," : ""}`);
  });
  return Array.isArray(value) ? ["[", ...lines, "]"] : ["{", ...lines, "}"];
}

/** The name of a member in code, in quotes only if needed. */
const spell = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));

function inline(value: unknown, name: (key: string) => string): string {
  if (Array.isArray(value)) return `[${value.map((item) => inline(item, name)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => `${name(key)}: ${inline(member, name)}`);
  return members.length > 0 ? `{ ${members.join(", ")} }` : "{}";
}

const token =
  /(?<key>"(?:[^"\\]|\\.)*"(?=\s*:)|\b[A-Za-z_$][\w$]*(?=:\s))|(?<text>"(?:[^"\\]|\\.)*")|(?<word>\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?\b)/g;

/** Laid-out JSON or code with coloured keys, texts and other values. */
export const highlight = (line: string): string =>
  line.replaceAll(token, (match, key?: string, text?: string) =>
    paint(key !== undefined ? "cyan" : text !== undefined ? "green" : "yellow", match),
  );

/** A value on one line, for a table cell; a long one is cut. */
export function cell(value: unknown, columns = 40): string {
  const flat = inline(value, JSON.stringify);
  const cut = flat.length > columns ? `${flat.slice(0, columns - 1)}…` : flat;
  return highlight(cut);
}
