import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { findables, recordTypes, sortables } from "@roster/domain";
import type { Context } from "../context.ts";
import { newCommand } from "../options.ts";
import { nouns, type Noun } from "../nouns.ts";

/** The completion script of each shell. It gets the words that can come next from `roster complete`. */
const scripts = {
  bash: `_roster() {
  local IFS=$'\\n'
  COMPREPLY=($(roster complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _roster roster
`,
  zsh: `#compdef roster
_roster() {
  local -a found
  found=(\${(f)"$(roster complete -- "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)"})
  if (( \${#found} )); then
    if [[ \${found[1]} == *= ]]; then compadd -S '' -- $found; else compadd -- $found; fi
  else
    _files
  fi
}
compdef _roster roster
`,
  fish: `complete -c roster -f -a '(roster complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null; or __fish_complete_path)'
`,
};

/** `roster completion`, and what its scripts call. */
export const completionCommands = (context: Context, program: () => CommandUnknownOpts) => [
  newCommand("completion")
    .description("print what makes a shell complete the words of roster")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"] as const))
    .addHelpText(
      "after",
      `
Set it up once:
  bash  echo 'source <(roster completion bash)' >> ~/.bashrc
  zsh   echo 'source <(roster completion zsh)' >> ~/.zshrc
  fish  roster completion fish > ~/.config/fish/completions/roster.fish
`,
    )
    .action((shell) => context.print(scripts[shell])),
  newCommand("complete")
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words) => {
      for (const word of candidates(program(), words)) await context.line(word);
    }),
];

/**
 * The words that can come last.
 *
 * @param words those after `roster`; the last is the one that is being written, possibly empty
 */
function candidates(program: CommandUnknownOpts, words: readonly string[]): string[] {
  const begun = words.at(-1) ?? "";
  let command = program;
  for (const word of words.slice(0, -1)) {
    command = command.commands.find((child) => child.name() === word) ?? command;
  }
  const previous = command.options.find(({ long }) => long !== undefined && long === words.at(-2));
  const all = previous?.required
    ? (previous.argChoices ??
      (previous.long === "--sort"
        ? [...sortables(nounOf(command).type).keys()]
        : previous.long === "--type"
          ? Object.keys(recordTypes)
          : conditionsOf(command, previous.long)))
    : begun.startsWith("-")
      ? command.options.flatMap(({ long }) => long ?? [])
      : [
          ...command.commands.filter((child) => child.name() !== "complete").map((child) => child.name()),
          ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
          ...assignable(command),
        ];
  return all.filter((word) => word.startsWith(begun) && word !== begun);
}

const nounOf = (command: CommandUnknownOpts): Noun =>
  Object.values(nouns).find((noun) => noun.command === command.parent?.name()) ?? nouns.customer;

/** The beginnings of assignments and conditions. */
function assignable(command: CommandUnknownOpts): string[] {
  const noun = nounOf(command);
  if (command.parent?.name() !== noun.command) return [];
  if (command.name() === "list") return conditionsOf(command, "--filter");
  if (command.name() !== "create" && command.name() !== "update") return [];
  return Object.entries(noun.fields).flatMap(([name, { access, kind }]) =>
    access === "read" ? [] : kind === "set" ? [`${name}=`, `${name}+=`, `${name}-=`] : [`${name}=`],
  );
}

const conditionsOf = (command: CommandUnknownOpts, option: string | undefined): string[] =>
  option === "--filter" ? [...findables(nounOf(command).type).keys()].map((name) => `${name}=`) : [];
