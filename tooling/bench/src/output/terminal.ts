import { stripVTControlCharacters, styleText } from "node:util";
import type { Results } from "../results.ts";
import {
  circumstances,
  contenderTable,
  feedCells,
  feedColumns,
  memoryCells,
  memoryColumns,
  others,
  goalCells,
  goalColumns,
} from "./figures.ts";

type Format = Parameters<typeof styleText>[0];
const paint = (format: Format, text: string): string =>
  text === "" ? "" : styleText(format, text, { stream: process.stdout });

/** The results as tables on the terminal. */
export function showOnTerminal(results: Results): void {
  const lines: string[] = ["", paint("bold", "Roster, measured")];
  lines.push(...circumstances(results).map((line) => paint("dim", line.replaceAll("`", ""))));
  for (const scenario of results.scenarios) {
    const { columns, rows } = contenderTable(scenario);
    const named = rows.map(([name = "", ...cells], i) => [
      paint(scenario.contenders[i]?.kind === "roster" ? "bold" : "dim", name),
      ...cells,
    ]);
    lines.push("", paint(["bold", "cyan"], scenario.title), ...table(columns, named));
  }
  if (results.feeds.length > 0) {
    const rows = results.feeds.map(feedCells);
    lines.push(
      "",
      paint(["bold", "cyan"], "Change feed: from an update to its watchers"),
      ...table(feedColumns, rows),
    );
  }
  if (results.memory.length > 0) {
    const rows = results.memory.map(memoryCells);
    lines.push("", paint(["bold", "cyan"], "Memory"), ...table(memoryColumns, rows));
  }
  if (others(results).length > 0) lines.push("", ...others(results));
  const rows = results.goals.map((row) => {
    const cells = goalCells(row);
    const verdict = cells[4] ?? "";
    cells[4] = paint(row.reached === undefined ? "dim" : row.reached ? "green" : "red", verdict);
    return cells;
  });
  lines.push("", paint(["bold", "cyan"], "Goals"), ...table(goalColumns, rows, [0, 1, 4, 5]), "");
  lines.push(...checked(results), "");
  process.stdout.write(lines.map((line) => `${line.trimEnd()}\n`).join(""));
}

function checked({ checks }: Results): string[] {
  const { answers, wrong, acknowledged, stored, failures } = checks;
  const count = (number: number) => number.toLocaleString("en");
  const line = `Checked: ${count(answers)} answers, ${count(wrong)} of them wrong; ${count(acknowledged)} updates acknowledged, ${count(stored)} found in the databases.`;
  return [
    paint(failures.length > 0 ? "red" : "green", line),
    ...failures.map((failure) => paint("red", failure)),
  ];
}

/** @param left the left-aligned columns; the others hold numbers */
function table(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[] = [0],
): string[] {
  const widthOf = (text: string) => Array.from(stripVTControlCharacters(text)).length;
  const widths = columns.map((title, i) =>
    Math.max(widthOf(title), ...rows.map((row) => widthOf(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const space = " ".repeat((widths[i] ?? 0) - widthOf(cell));
        return left.includes(i) ? cell + space : space + cell;
      })
      .join("  ");
  return [paint("dim", line(columns)), ...rows.map(line)];
}
