import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** A whole number, for an option. */
export const wholeNumber = (text: string): number => {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
};

/** Collects the values of an option that is given several times. */
export const repeated = (value: string, values: string[] | undefined): string[] => [...(values ?? []), value];

/** An instant, for an option. */
export const instant = (text: string): string => {
  if (Number.isNaN(Date.parse(text)) || !/^\d{4}-\d{2}-\d{2}/.test(text)) {
    throw new InvalidArgumentError("It must be an instant such as 2026-03-01T09:30:00Z.");
  }
  return new Date(text).toISOString();
};

/** A command with the options that all have. */
export const newCommand = (name: string) =>
  new Command(name)
    .addOption(
      new Option("--profile <name>", "use this profile instead of the current one or the environment"),
    )
    .showHelpAfterError("(add --help to see how it is used)");

/** Examples under the help of a command. */
export const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
