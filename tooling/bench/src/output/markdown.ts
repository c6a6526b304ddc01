import type { Results } from "../results.ts";
import {
  circumstances,
  contenderTable,
  feedCells,
  feedColumns,
  memoryCells,
  memoryColumns,
  others,
  reachCells,
  reachColumns,
} from "./figures.ts";

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

function toMarkdown(results: Results, picture: string | undefined): string {
  const parts = [...circumstances(results).map((line) => `- ${line}`), ""];
  if (picture !== undefined) parts.push(`![The figures below as a picture](${picture})`, "");
  parts.push("### Reach", "", ...table(reachColumns, results.reach.map(reachCells), [0, 1, 4, 5]), "");
  for (const scenario of results.scenarios) {
    const { columns, rows } = contenderTable(scenario);
    parts.push(`### ${scenario.title}`, "", ...table(columns, rows), "");
  }
  if (results.feeds.length > 0) {
    parts.push(
      "### From an update to those who watch",
      "",
      ...table(feedColumns, results.feeds.map(feedCells)),
      "",
    );
  }
  if (results.memory.length > 0) {
    parts.push("### Memory", "", ...table(memoryColumns, results.memory.map(memoryCells)), "");
  }
  if (others(results).length > 0)
    parts.push("### Start and bundle", "", ...others(results).map((line) => `- ${line}`), "");
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
