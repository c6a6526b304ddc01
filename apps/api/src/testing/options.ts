import { parseArgs, type ParseArgsConfig } from "node:util";

/** An option: a whole number, one of some words, a text, or a text that may be given several times. */
type Option = { what: string } & (
  | { number: number | undefined; least?: number }
  | { oneOf: readonly [string, ...string[]] }
  | { text: string }
  | { texts: readonly string[] }
);

type Values<O extends Record<string, Option>> = {
  [Name in keyof O]: O[Name] extends { number: infer Default }
    ? number | Extract<Default, undefined>
    : O[Name] extends { oneOf: readonly (infer Word)[] }
      ? Word
      : O[Name] extends { text: string }
        ? string
        : readonly string[];
};

/**
 * Reads the options of a long test or a benchmark from the command line. `--help` explains them and ends the process with 0;
 * a wrong one is named and ends it with 2.
 *
 * @param script its name in package.json
 * @param about what it does
 * @param options the default of each; of words it is the first
 */
export function readOptions<const O extends Record<string, Option>>(
  script: string,
  about: string,
  options: O,
): Values<O> {
  const refuse = refusing(script);
  const strings = Object.entries(options).map(
    ([name, option]) => [name, { type: "string", multiple: "texts" in option }] as const,
  );
  const values: Record<string, string | boolean | (string | boolean)[] | undefined> = readArguments(
    script,
    helpOf(script, about, options),
    { options: Object.fromEntries(strings) },
  ).values;
  const read = ([name, option]: [string, Option]): unknown => {
    const value = values[name];
    if (value === undefined) return defaultOf(option);
    if ("oneOf" in option && !option.oneOf.includes(value as string))
      return refuse(`--${name} is ${option.oneOf.join(" or ")}, and not ${value as string}`);
    if (!("number" in option)) return value;
    const number = Number(value);
    const { least = 0 } = option;
    return Number.isSafeInteger(number) && number >= least
      ? number
      : refuse(`--${name} is a whole number from ${least} on, and not ${value as string}`);
  };
  return Object.fromEntries(
    Object.entries(options).map((each) => [each[0], read(each)]),
  ) as unknown as Values<O>;
}

/**
 * Reads the arguments of a script. `--help` explains them and ends the process with 0; a wrong one is named and
 * ends it with 2.
 *
 * @param script its name in package.json
 * @param help what `--help` prints
 */
export function readArguments<const C extends Omit<ParseArgsConfig, "args">>(
  script: string,
  help: string,
  config: C,
): ReturnType<typeof parseArgs<C>> {
  try {
    if (process.argv.slice(2).includes("--help")) {
      process.stdout.write(help);
      process.exit();
    }
    return parseArgs(config);
  } catch (error) {
    return refusing(script)(error instanceof Error ? error.message : String(error));
  }
}

const refusing =
  (script: string) =>
  (message: string): never => {
    process.stderr.write(`${message}\nnpm run ${script} -- --help explains the options\n`);
    process.exit(2);
  };

const defaultOf = (option: Option): unknown =>
  "number" in option
    ? option.number
    : "oneOf" in option
      ? option.oneOf[0]
      : "text" in option
        ? option.text
        : option.texts;

function helpOf(script: string, about: string, options: Record<string, Option>): string {
  const names = Object.entries(options).map(([name, option]) => {
    if ("number" in option) return `--${name} N`;
    if ("oneOf" in option) return `--${name} ${option.oneOf.join("|")}`;
    return `--${name} TEXT${"texts" in option ? " …" : ""}`;
  });
  const width = Math.max(...names.map(({ length }) => length), "--help".length);
  const lines = Object.values(options).map((option, i) => {
    const unless = [defaultOf(option)].flat().join(", ");
    return `  ${names[i]?.padEnd(width)}  ${option.what}${unless && ` (${unless})`}`;
  });
  return `npm run ${script} -- [options]\n\n${about}\n\n${lines.join("\n")}\n  --help\n\nExits with 1 if anything is wrong.\n`;
}

/** A number that chooses what happens at random; a run with the same one makes the same choices. */
export const newSeed = (): number => Math.floor(Math.random() * 1_000_000);
