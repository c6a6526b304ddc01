import { stripVTControlCharacters, styleText } from "node:util";

/** How the tour looks. Colours appear on a terminal only, and never where `NO_COLOR` is set. */

/** Widest line of the tour, in columns. */
export const width = Math.min(100, Math.max(72, process.stdout.columns ?? 100));

type Format = Parameters<typeof styleText>[0];

/** Text in a format; plain where standard output shows no colours. */
export const paint = (format: Format, text: string): string =>
  text === "" ? "" : styleText(format, text, { stream: process.stdout });

export const dim = (text: string): string => paint("dim", text);
export const bold = (text: string): string => paint("bold", text);

/** Columns that a text takes up. The tour has no characters of double width. */
export const columnsOf = (text: string): number => [...stripVTControlCharacters(text)].length;

export const print = (...lines: string[]): void => {
  for (const line of lines) process.stdout.write(`${line.trimEnd()}\n`);
};

/** Prints lines two columns from the edge. */
export const printIn = (...lines: string[]): void => print(...lines.map((line) => `  ${line}`));

let sections = 0;
/** Prints the heading of the next section. */
export function section(title: string): void {
  const text = ` ${++sections}  ${title} `;
  print("", paint(["bold", "cyan"], text) + dim("─".repeat(Math.max(0, width - columnsOf(text)))), "");
}

/** Breaks plain text at its spaces. */
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
 * Lays out a table, indented. The last column wraps where the width ends.
 * @param rows a cell for each column; painted cells are fine
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const gap = 2;
  const widths = columns.map(({ title }, i) =>
    Math.max(columnsOf(title), ...rows.map((row) => columnsOf(row[i] ?? ""))),
  );
  const last = columns.length - 1;
  const before = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + gap, 0);
  widths[last] = Math.max(20, Math.min(widths[last] ?? 0, width - 2 - before));
  const pad = (cell: string, i: number) => {
    const space = " ".repeat(Math.max(0, (widths[i] ?? 0) - columnsOf(cell)));
    return columns[i]?.align === "right" ? space + cell : cell + space;
  };
  const line = (cells: readonly string[]) => cells.map(pad).join(" ".repeat(gap));
  return [
    dim(line(columns.map(({ title }) => title))),
    ...rows.flatMap((row) => {
      const [first = "", ...rest] = wrap(row[last] ?? "", widths[last] ?? 0);
      return [line([...row.slice(0, last), first]), ...rest.map((more) => " ".repeat(before) + more)];
    }),
  ];
}

export interface LayoutOptions {
  columns: number;
  /** JavaScript's spelling, with keys that need no quotes. */
  code?: boolean;
  /** One member a line at the top, as a person would write it. */
  spread?: boolean;
}

/** A JSON value as text, in as few lines as its width allows. */
export function layout(value: unknown, { columns, code = false, spread = false }: LayoutOptions): string[] {
  const flat = inline(value, code);
  if (typeof value !== "object" || value === null) return [flat];
  if (!spread && flat.length <= columns) return [flat];
  const lines: string[] = [];
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  let open = false;
  for (const [i, [key, member]] of members.entries()) {
    const name = Array.isArray(value) ? "" : `${spell(key, code)}: `;
    const [first = "", ...rest] = layout(member, { columns: columns - 2 - name.length, code });
    const comma = i < members.length - 1 || spread ? "," : "";
    const start = `${name}${first}`;
    const current = lines.at(-1) ?? "";
    if (rest.length === 0) {
      const text = start + comma;
      const fits = open && !spread && current.length + 1 + text.length <= columns;
      if (fits) lines[lines.length - 1] = `${current} ${text}`;
      else lines.push(`  ${text}`);
      open = true;
    } else {
      lines.push(`  ${start}`, ...rest.map((line) => `  ${line}`));
      lines[lines.length - 1] += comma;
      open = false;
    }
  }
  return Array.isArray(value) ? ["[", ...lines, "]"] : ["{", ...lines, "}"];
}

const spell = (key: string, code: boolean): string =>
  code && /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);

function inline(value: unknown, code: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => inline(item, code)).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${spell(key, code)}: ${inline(member, code)}`);
  return members.length > 0 ? `{ ${members.join(", ")} }` : "{}";
}

const token =
  /(?<key>"(?:[^"\\]|\\.)*"(?=\s*:)|\b[A-Za-z_$][\w$]*(?=:\s))|(?<text>"(?:[^"\\]|\\.)*")|(?<word>\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?\b)/g;

/** Laid-out JSON or code, with its keys, texts and other values in colours of their own. */
export const highlight = (line: string): string =>
  line.replaceAll(token, (match, key?: string, text?: string) =>
    paint(key !== undefined ? "cyan" : text !== undefined ? "green" : "yellow", match),
  );

/** A value on one line, for the cell of a table; a long one is cut. */
export function cell(value: unknown, columns = 40): string {
  const flat = inline(value, false);
  const cut = flat.length > columns ? `${flat.slice(0, columns - 1)}…` : flat;
  return highlight(cut);
}
