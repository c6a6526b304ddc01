import type { GoalRow } from "../results.ts";
import type { ContenderResult, Results, ScenarioResult } from "../results.ts";
import { circumstances, rate, goalCells } from "./figures.ts";

/**
 * The results as a picture: the updates per second of each contender, their growth with the number of
 * connections, and how far each goal is reached. The SVG is written by hand: three charts need no library.
 */
export function plot(results: Results): string {
  const [when = "", ...where] = circumstances(results).map((line) => line.replaceAll("`", ""));
  const panels = [
    bars(
      results.scenarios.find(({ id }) => id === "update-32"),
      "The floors check nothing and require no token. The programs written by hand keep no history. A thin line is the range of the rounds.",
    ),
    bars(
      results.scenarios.find(({ id }) => id === "postgres-32"),
      "All on the same PostgreSQL, which waits for the disk at each commit. The floor checks nothing; PostGraphile keeps no history.",
    ),
    curves(results.scenarios.filter(({ id }) => /^update-\d+$/.test(id))),
    goalsPanel(results.goals.filter(({ figure }) => figure !== undefined)),
  ].filter((panel) => panel !== undefined);

  let y = 112;
  const drawn = panels.map((panel) => {
    const at = y;
    y += panel.height + 96;
    return group(left, at, [
      text("title", 0, 0, panel.title),
      text("note", 0, 20, panel.note),
      group(0, 44, panel.marks),
    ]);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 44}" role="img" aria-label="The benchmark of Roster">`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${width}" height="${y + 44}" rx="12"/>`,
    text("headline", left, 40, "Roster, measured"),
    text("note", left, 61, when),
    ...drawn,
    ...where.map((line, i) => text("note", left, y + i * 18, line)),
    "</svg>",
    "",
  ].join("\n");
}

const width = 960;
const left = 36;
const inner = width - 2 * left;

const style = `
svg { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 13px;
  --paper: #ffffff; --ink: #1c2330; --faint: #667085; --line: #e4e7ec; --roster: #3b5bdb; --floor: #98a2b3; --hand: #e8833a; --pass: #2b8a5e; --miss: #c92a2a }
@media (prefers-color-scheme: dark) { svg {
  --paper: #12161f; --ink: #e6e9f0; --faint: #98a2b3; --line: #2a3140; --roster: #7d97ff; --floor: #667085; --hand: #f0a064; --pass: #4cc38a; --miss: #ff7b72 } }
text { fill: var(--ink) } .paper { fill: var(--paper) }
.headline { font-size: 24px; font-weight: 700 } .title { font-size: 17px; font-weight: 650 } .note { fill: var(--faint); font-size: 12px }
.value { font-variant-numeric: tabular-nums } .right { text-anchor: end } .middle { text-anchor: middle } .strong { font-weight: 650 }
.grid { stroke: var(--line); stroke-width: 1 } .bound { stroke: var(--ink); stroke-width: 1.5 } .spread { stroke: var(--ink); stroke-width: 1.2; opacity: 0.55 }
.roster { --of: var(--roster) } .floor { --of: var(--floor) } .hand { --of: var(--hand) } .pass { --of: var(--pass) } .miss { --of: var(--miss) }
.bar { fill: var(--of) } .curve { stroke: var(--of); stroke-width: 2.2; fill: none } .dot { fill: var(--of) } .label { fill: var(--of); font-size: 12px }
`;

interface Panel {
  title: string;
  note: string;
  height: number;
  marks: string[];
}

const classOf = ({ kind }: ContenderResult): string =>
  kind === "by hand" || kind === "peer" ? "hand" : kind;

/** Updates per second, the highest first, with the range of the rounds. */
function bars(scenario: ScenarioResult | undefined, note: string): Panel | undefined {
  if (!scenario) return undefined;
  const sorted = scenario.contenders
    .filter(({ perSecond }) => perSecond !== undefined)
    .toSorted((a, b) => (b.perSecond?.median ?? 0) - (a.perSecond?.median ?? 0));
  const names = 290;
  const most = Math.max(1, ...sorted.map(({ perSecond }) => perSecond?.high ?? 0));
  const x = (value: number) => (value / most) * (inner - names - 90);
  const step = 30;
  const marks = sorted.flatMap((contender, i) => {
    const { title, perSecond, kind } = contender;
    if (!perSecond) return [];
    const { median, low, high } = perSecond;
    const y = i * step;
    const strong = kind === "roster" ? " strong" : "";
    return [
      text(`right${strong}`, names - 12, y + 15, title),
      `<rect class="bar ${classOf(contender)}" x="${names}" y="${y + 2}" width="${number(Math.max(1.5, x(median)))}" height="18" rx="3"/>`,
      ...(low === high ? [] : [line("spread", names + x(low), y + 11, names + x(high), y + 11)]),
      text(`value${strong}`, names + Math.max(x(median), x(high)) + 8, y + 15, rate(median)),
    ];
  });
  return {
    title: `${scenario.title}: how many in a second`,
    note,
    height: sorted.length * step,
    marks,
  };
}

/** Updates per second by the number of connections. */
function curves(scenarios: readonly ScenarioResult[]): Panel | undefined {
  const [first] = scenarios;
  if (!first || scenarios.length < 2) return undefined;
  const height = 300;
  const from = 56;
  const to = inner - 300;
  const at = scenarios.map((_, i) => from + 40 + ((to - from - 60) * i) / (scenarios.length - 1));
  const series = first.contenders
    .map((contender) => ({
      contender,
      values: scenarios.map(
        ({ contenders }) => contenders.find(({ id }) => id === contender.id)?.perSecond?.median ?? 0,
      ),
    }))
    .filter(({ values }) => values.every((value) => value > 0));
  const all = series.flatMap(({ values }) => values);
  const bottom = Math.log10(Math.min(...all) * 0.8);
  const top = Math.log10(Math.max(...all) * 1.25);
  const y = (value: number) => height - ((Math.log10(value) - bottom) / (top - bottom)) * height;

  const marks: string[] = [];
  for (let power = Math.floor(bottom); power <= top; power++) {
    for (const value of [1, 2, 5].map((digit) => digit * 10 ** power)) {
      if (y(value) < 0 || y(value) > height) continue;
      marks.push(
        line("grid", from, y(value), to, y(value)),
        text("note right", from - 8, y(value) + 4, value.toLocaleString("en")),
      );
    }
  }
  for (const [i, { connections }] of scenarios.entries())
    marks.push(text("note middle", at[i] ?? 0, height + 20, String(connections)));
  for (const { contender, values } of series) {
    const points = values.map((value, i) => [at[i] ?? 0, y(value)] as const);
    marks.push(
      `<polyline class="curve ${classOf(contender)}" points="${points.map(([a, b]) => `${number(a)},${number(b)}`).join(" ")}"/>`,
      ...points.map(
        ([a, b]) => `<circle class="dot ${classOf(contender)}" cx="${number(a)}" cy="${number(b)}" r="3.5"/>`,
      ),
    );
  }
  // Puts each name at the end of its line, moved apart where lines end close together.
  const ends = series
    .map(({ contender, values }) => ({ contender, y: y(values.at(-1) as number) }))
    .toSorted((a, b) => a.y - b.y);
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { contender, y: wanted } of ends) {
    lowest = Math.max(wanted, lowest + 16);
    const x = at.at(-1) ?? to;
    marks.push(
      line("grid", x + 6, wanted, x + 22, lowest),
      text(`label ${classOf(contender)}`, x + 26, lowest + 4, contender.title),
    );
  }
  return {
    title: "Updates per second by the number of connections",
    note: "The upright scale goes in powers of ten.",
    height: height + 24,
    marks,
  };
}

/** Each goal as a bar that should reach the line: the multiple of the wanted figure, or the margin below the allowed one. */
function goalsPanel(rows: readonly GoalRow[]): Panel | undefined {
  if (rows.length === 0) return undefined;
  const names = 510;
  const values = 100;
  const most = 2;
  const x = (share: number) => names + (Math.min(share, most) / most) * (inner - names - values);
  const step = 22;
  const height = rows.length * step;
  const marks = rows.flatMap((row, i) => {
    const { figure, bound, reached } = row;
    if (!figure) return [];
    const share = "least" in bound ? figure.median / bound.least : bound.most / figure.median;
    const [what = "", wants = "", measured = ""] = goalCells(row);
    const y = i * step;
    const verdict = reached ? "pass" : "miss";
    return [
      text("", 0, y + 13, what),
      text("note right", names - 12, y + 13, wants),
      `<rect class="bar ${verdict}" x="${names}" y="${y + 2}" width="${number(Math.max(1.5, x(share) - names))}" height="14" rx="2.5"/>`,
      ...(share > most ? [text(`label ${verdict}`, x(most) + 4, y + 13, "▸")] : []),
      text(`label value right strong ${verdict}`, inner, y + 13, measured),
    ];
  });
  return {
    title: `Goals: ${rows.filter(({ reached }) => reached).length} of ${rows.length} reached`,
    note: "The upright line is the aim; no bar is longer than twice that. Where a figure is to be small, a longer bar stands for a smaller one.",
    height,
    marks: [...marks, line("bound", x(1), -6, x(1), height + 2)],
  };
}

const escape = (plain: string): string =>
  plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const number = (value: number): string => String(Math.round(value * 10) / 10);
const text = (name: string, x: number, y: number, content: string): string =>
  `<text${name === "" ? "" : ` class="${name}"`} x="${number(x)}" y="${number(y)}">${escape(content)}</text>`;
const line = (name: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${name}" x1="${number(x1)}" y1="${number(y1)}" x2="${number(x2)}" y2="${number(y2)}"/>`;
const group = (x: number, y: number, marks: readonly string[]): string =>
  `<g transform="translate(${x} ${y})">\n${marks.join("\n")}\n</g>`;
