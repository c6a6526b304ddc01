import stringWidth from "string-width";
import { visible } from "./terminal.ts";

/** The widest cell of a table, in columns of the terminal. */
const widest = 40;

/**
 * A table for people: aligned columns, each as wide as its widest cell.
 *
 * @param paint styles the header
 */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (text: string) => string = (text) => text,
): string {
  const cells = rows.map((row) => headers.map((_, i) => shortened(visible(row[i] ?? ""))));
  const widths = headers.map((header, i) =>
    Math.max(stringWidth(header), ...cells.map((row) => stringWidth(row[i] as string))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) =>
        i === row.length - 1 ? cell : cell + " ".repeat((widths[i] as number) - stringWidth(cell)),
      )
      .join("  ")
      .trimEnd();
  return [paint(line(headers)), ...cells.map(line)].map((text) => `${text}\n`).join("");
}

const graphemes = new Intl.Segmenter();

function shortened(text: string): string {
  if (stringWidth(text) <= widest) return text;
  let [kept, width] = ["", 1];
  for (const { segment } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > widest) break;
    kept += segment;
  }
  return `${kept}…`;
}
