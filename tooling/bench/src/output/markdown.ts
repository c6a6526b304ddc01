import type { Results } from "../results.ts";
import { circumstances, goalCells, goalColumns } from "./figures.ts";

const begin = "<!-- figures: npm run bench writes from here -->";
const end = "<!-- to here -->";

/**
 * Puts the results between the two marks of a document.
 * @param picture the link from the document to the plot, if there is one
 * @throws Error if a mark is missing
 */
export function fillIn(document: string, results: Results, picture?: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document lacks the lines ${begin} and ${end}`);
  return `${document.slice(0, from)}${begin}\n\n${toMarkdown(results, picture)}\n${document.slice(to)}`;
}

/** The goals only; the terminal and `--json` have the figures of every contender. */
function toMarkdown(results: Results, picture: string | undefined): string {
  const parts = [...circumstances(results).map((line) => `- ${line}`), ""];
  if (picture !== undefined) parts.push(`![The figures as a picture](${picture})`, "");
  parts.push("### Goals", "", ...table(goalColumns, results.goals.map(goalCells), [0, 1, 4, 5]), "");
  return parts.join("\n");
}

/** A table in the form that the repository's formatter leaves unchanged. */
function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string[] {
  const widths = columns.map((title, i) =>
    Math.max(3, ...[title, ...rows.map((row) => row[i] ?? "")].map((text) => Array.from(text).length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells
      .map((cell, i) => {
        const space = " ".repeat((widths[i] ?? 0) - Array.from(cell).length);
        return left.includes(i) ? cell + space : space + cell;
      })
      .join(" | ")} |`;
  const rule = widths.map((width, i) => (left.includes(i) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(columns), line(rule), ...rows.map(line)];
}
