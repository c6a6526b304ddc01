import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Sizes } from "./world.ts";

/** The options of a run. */
export interface Options {
  /** The command line, shown with the results, without the options that name places on this machine. */
  command: string;
  help: boolean;
  quick: boolean;
  only: RegExp;
  rounds: number;
  /** The length of a measurement, of its warm-up, and of the first warm-up, in seconds. */
  seconds: number;
  warmUp: number;
  firstWarmUp: number;
  /** The wait before memory at rest is read, in milliseconds. */
  settle: number;
  sizes: Sizes;
  /** Whether missing peers may be installed. */
  install: boolean;
  /** The folder for databases; by default the system's temporary folder. */
  folder: string | undefined;
  /** The folder for CPU profiles. */
  profile: string | undefined;
  json: string | undefined;
  plot: string | undefined;
  markdown: string | undefined;
}

export const usage = `npm run bench -- [options]

  --quick            a few seconds only, with few customers: whether everything works, not how fast it is
  --only PATTERN     the scenarios whose name or title matches, and start-up and bundle where they do
  --rounds N         how often everything is measured (5)
  --seconds N        how long each time (3)
  --folder DIR       where the databases are made, several GB of them (the system's temporary folder)
  --profile DIR      CPU profiles of Roster's processes, for Chrome's developer tools and the like
  --json FILE        all figures
  --plot FILE        a picture of them, as SVG
  --markdown FILE    puts the tables into a document, between its two marks
  --help
`;

/** The options that name places on the machine and do not change what is measured. */
const ownPlaces = new Set(["folder", "json"]);

/** @throws Error that names the wrong option */
export function readOptions(args: readonly string[]): Options {
  const { values, tokens } = parseArgs({
    args: [...args],
    tokens: true,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
      seconds: { type: "string" },
      folder: { type: "string" },
      profile: { type: "string" },
      json: { type: "string" },
      plot: { type: "string" },
      markdown: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const { quick } = values;
  const { rounds, seconds, ...rest } = values;
  const shown = tokens.flatMap((token) =>
    token.kind === "option" && !ownPlaces.has(token.name)
      ? [token.rawName, ...(token.value === undefined ? [] : [token.value])]
      : [],
  );
  return {
    ...rest,
    command: ["npm run bench", ...(shown.length > 0 ? ["--", ...shown] : [])].join(" "),
    only: new RegExp(values.only, "i"),
    rounds: positive("--rounds", rounds, quick ? 1 : 5),
    seconds: positive("--seconds", seconds, quick ? 0.15 : 3),
    warmUp: quick ? 0.05 : 0.5,
    firstWarmUp: quick ? 0.05 : 2,
    settle: quick ? 0 : 2_000,
    sizes: quick
      ? {
          flat: 500,
          large: 2_000,
          tree: { children: 10, each: 20 },
          above: 20,
          watchers: { few: 10, many: 50 },
        }
      : {
          flat: 10_000,
          large: 1_000_000,
          tree: { children: 100, each: 999 },
          above: 20,
          watchers: { few: 1_000, many: 5_000 },
        },
    install: !quick,
    folder: values.folder,
    profile: values.profile && resolve(values.profile),
    json: values.json,
    plot: values.plot,
    markdown: values.markdown,
  };
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!(number > 0) || (name === "--rounds" && !Number.isInteger(number)))
    throw new Error(`${name} must be a number above 0, not ${text}`);
  return number;
}
