import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { readFileSync } from "node:fs";
import { changeSetCommand } from "./commands/change-sets.ts";
import { completionCommands } from "./commands/completion.ts";
import { fileCommands } from "./commands/files.ts";
import { loginCommands } from "./commands/login.ts";
import { addMembers } from "./commands/members.ts";
import { addMerge } from "./commands/merge.ts";
import { recordCommand } from "./commands/records.ts";
import {
  levelCommand,
  namedCommands,
  tenantCommand,
  tokenCommand,
  webhookCommand,
} from "./commands/settings.ts";
import { tailCommand } from "./commands/tail.ts";
import { Context } from "./context.ts";
import { exits } from "./exits.ts";
import { failureOf } from "./failure.ts";
import { nouns } from "./nouns.ts";
import { examples } from "./options.ts";
import { painter, type Terminal } from "./terminal.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** All commands. */
function makeProgram(context: Context): Command {
  const program = new Command("roster")
    .description("Find, change, import, export and undo the customer and user records that Roster keeps.")
    .addHelpText(
      "after",
      `
Where Roster is, and which token is used:
  ROSTER_URL and ROSTER_TOKEN in the environment, or else the profile of roster login.

Exit codes: 0 done, 2 wrong call, 3 rows refused, 4 refused by Roster, 5 not reached, 130 interrupted.
${examples("roster login http://127.0.0.1:4000", "roster customer list --search ann", "roster customer update acme properties.plan=pro", "roster import customers customers.csv --key providedId --dry-run", "roster export customers --output customers.csv")}`,
    )
    .version(version, "-V, --version", "print the version")
    // Behind a command, --version is an option of that command.
    .enablePositionalOptions()
    .showSuggestionAfterError();
  const customer = recordCommand(context, nouns.customer);
  addMerge(context, customer);
  const group = recordCommand(context, nouns.userGroup);
  addMembers(context, group);
  const commands: CommandUnknownOpts[] = [
    customer,
    recordCommand(context, nouns.user),
    group,
    ...fileCommands(context),
    changeSetCommand(context),
    tailCommand(context),
    ...namedCommands(context),
    levelCommand(context),
    tokenCommand(context),
    tenantCommand(context),
    webhookCommand(context),
    ...loginCommands(context),
  ];
  for (const command of commands) program.addCommand(command);
  const [completion, complete] = completionCommands(context, () => program);
  program.addCommand(completion as unknown as Command);
  program.addCommand(complete as unknown as Command, { hidden: true });
  return program;
}

/**
 * Runs one call.
 *
 * @param words those after `roster`
 * @returns the exit code
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const context = new Context(terminal);
  const program = makeProgram(context);
  prepare(program, terminal);
  try {
    await program.parseAsync(words, { from: "user" });
    return context.exitCode;
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.wrongCall;
    const { code, lines, body } = failureOf(error);
    if (words.includes("--json")) await context.printJson({ error: body });
    const paint = painter(terminal.stderr, terminal.env);
    const [first = "", ...others] = lines;
    await context.note(
      [
        paint("red", `roster: ${first}`),
        ...others.map((line) => (code === exits.wrongCall ? `roster: ${line}` : line)),
      ].join("\n"),
    );
    return code;
  }
}

/** Makes all commands write to the terminal, and throw instead of ending the process. */
function prepare(command: CommandUnknownOpts, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => void terminal.stderr.write(text),
    getOutHelpWidth: () => terminal.stdout.columns ?? 100,
    getErrHelpWidth: () => terminal.stderr.columns ?? 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) prepare(child, terminal);
}
