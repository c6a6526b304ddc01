import { Argument, Option } from "@commander-js/extra-typings";
import {
  findables,
  maxCount,
  nearestName,
  searchedOf,
  type ChangeEntry,
  type JsonObject,
} from "@roster/domain";
import { writeCsv } from "@roster/client/import";
import { parseAssignments } from "../assignments.ts";
import type { Context } from "../context.ts";
import { parseFilters } from "../filters.ts";
import { parseNaming } from "../naming.ts";
import { callsOf, type Noun, type Read } from "../nouns.ts";
import { examples, instant, newCommand, repeated, wholeNumber } from "../options.ts";
import { UsageError } from "../usage-error.ts";
import { changeLines, shown } from "../values.ts";

/** `roster customer`, `roster user` and `roster user-group`. */
export function recordCommand(context: Context, noun: Noun) {
  const { type, fields, own, example } = noun;
  const roster = `roster ${noun.command}`;
  const record = new Argument(
    "<record>",
    own === "id" ? "its id" : `its ${own} or id, or a unique field such as number=12`,
  );
  const where = (word: string) => parseNaming(fields, own, word);
  const json = () => new Option("--json", "print JSON");
  const reason = () => new Option("--reason <text>", "the reason, kept in the history");
  const dryRun = () => new Option("--dry-run", "show what would change, and store nothing");
  const expect = () =>
    new Option("--expect <version>", "refuse if the record is at another version").argParser(wholeNumber);
  const rebase = () =>
    new Option("--rebase", "with --expect: go on if nobody has changed the same fields since");
  const calls = async (options: { profile?: string | undefined }) =>
    callsOf(await context.client(options), noun);

  /** The name that people know, such as the first and last name of a customer without a name. */
  const nameOf = (item: Read) => findables(type).get("name")?.read(item)[0];
  const printRecord = async (found: Read, asJson: true | undefined) => {
    if (asJson) return context.printJson(found);
    await context.printFields(Object.entries(found).map(([name, value]) => [name, shown(value)]));
  };
  const printUpdate = async (result: Read, asJson: true | undefined, dry: boolean) => {
    if (asJson) return context.printJson(result);
    const { version, applied, changes } = result as { version: number; applied: boolean; changes: [] };
    for (const line of changeLines(changes)) await context.line(line);
    if (changes.length === 0) await context.line("nothing changes");
    else if (dry) await context.note("dry run: nothing was stored");
    else if (applied) await context.line(`version ${version}`);
  };
  const isSearched = searchedOf(type).length > 0;
  const command = newCommand(noun.command)
    .description(`find and change ${noun.words}s`)
    .addHelpText(
      "after",
      examples(
        `${roster} list`,
        `${roster} get ${example.named} --json`,
        `${roster} update ${example.named} ${example.updates[0]}`,
      ),
    );

  command.addCommand(
    newCommand("get")
      .description(`show a ${noun.words}`)
      .addArgument(record)
      .addOption(json())
      .option("--deleted", `also if it is deleted; name it by its id${own === "id" ? "" : " or number"}`)
      .addOption(new Option("--at <instant>", "as it was at this instant").argParser(instant))
      .addOption(
        new Option("--version <number>", "as it was in this version").argParser(wholeNumber).conflicts("at"),
      )
      .addHelpText(
        "after",
        examples(
          `${roster} get ${example.named}`,
          ...(own === "id" ? [] : [`${roster} get number=12 --json`]),
          `${roster} get ${example.named} --at 2026-01-01T00:00:00Z`,
        ),
      )
      .action(async (word, options) => {
        const { at, get } = await calls(options);
        const named = { where: where(word) };
        const moment = options.at === undefined ? options.version : options.at;
        const found =
          moment === undefined
            ? await get.query({ ...named, ...(options.deleted && { deleted: true }) }, context.call)
            : await at.query(
                { ...named, ...(typeof moment === "string" ? { at: moment } : { version: moment }) },
                context.call,
              );
        await printRecord(found, options.json);
      }),
  );

  command.addCommand(
    newCommand("list")
      .description(`list ${noun.words}s`)
      .argument(
        "[conditions...]",
        `such as ${example.condition} or 'updatedAt>=2026-01-01T00:00:00Z'; all must hold`,
      )
      .addOption(new Option("--filter <condition>", "a condition, like an argument").argParser(repeated))
      .option("--search <letters>", "letters of names, addresses, phones, ids, jobs or tags")
      .option("--sort <field>", "the field that gives the order")
      .option("--desc", "in descending order")
      .option("--columns <fields>", "the columns, separated by commas")
      .addOption(new Option("--limit <number>", "at most this many").argParser(wholeNumber).default(50))
      .option("--all", "without a limit")
      .addOption(new Option("--deleted [any]", "deleted ones instead; with any: both").choices(["any"]))
      .option("--count", "print only how many there are")
      .addOption(json())
      .addOption(new Option("--csv", "print CSV").conflicts("json"))
      .addHelpText(
        "after",
        examples(
          ...(isSearched ? [`${roster} list --search 'ann 0182'`] : []),
          `${roster} list ${example.condition} --columns id,version`,
          `${roster} list 'updatedAt>=2026-01-01T00:00:00Z' --all --json`,
        ),
      )
      .action(async (conditions, options) => {
        const { list, count } = await calls(options);
        const { search, sort, desc, all, deleted } = options;
        if (search !== undefined && !isSearched)
          throw new UsageError(`no letters of ${noun.words}s are searched`);
        const filter: JsonObject = {
          ...parseFilters(type, [...conditions, ...(options.filter ?? [])]),
          ...(deleted !== undefined && { deleted }),
        };
        const asked = { filter, ...(search !== undefined && { search }) };
        if (options.count) {
          const found = await count.query(asked, context.call);
          if (options.json) return context.printJson(found);
          const bound = found.exact ? "" : found.count === maxCount ? "more than " : "at least ";
          return context.line(bound + String(found.count));
        }
        const input = { ...asked, ...(sort !== undefined && { sort }), ...(desc && { order: "desc" }) };
        const columns = options.columns?.split(",").map((name) => name.trim()) ?? [...noun.columns];
        const unknown = columns.filter(
          (name) => name !== "name" && !Object.hasOwn(fields, name.split(".")[0] as string),
        );
        if (unknown.length > 0) {
          const nearest = nearestName(["name", ...Object.keys(fields)]);
          const hint = (near?: string) => (near === undefined ? "" : `; did you mean ${near}?`);
          throw new UsageError(...unknown.map((name) => `there is no field ${name}${hint(nearest(name))}`));
        }
        const rows: string[][] = [];
        const items: Read[] = [];
        let left = all ? Infinity : options.limit;
        if (options.csv) await context.print(writeCsv(columns, ","));
        for (let cursor: string | null | undefined; cursor !== null && left > 0;) {
          const page = await list.query(
            { ...input, limit: Math.min(left, 200), ...(cursor !== undefined && { cursor }) },
            context.call,
          );
          left -= page.items.length;
          cursor = page.nextCursor;
          const cells = page.items.map((item) =>
            columns.map((name) => shown(name === "name" ? nameOf(item) : valueAt(item, name))),
          );
          if (options.csv) await context.print(cells.map((row) => writeCsv(row, ",")).join(""));
          else if (options.json) items.push(...page.items);
          else rows.push(...cells);
        }
        if (options.json) await context.printJson(items);
        else if (!options.csv) await context.printTable(columns, rows);
      }),
  );

  command.addCommand(
    newCommand("create")
      .description(`create a ${noun.words}`)
      .argument("[assignments...]", `such as ${example.create}`)
      .addOption(json())
      .addHelpText("after", examples(`${roster} create ${example.create}`))
      .action(async (words, options) => {
        const { patch, replace, add, remove } = parseAssignments(fields, words);
        if (remove) throw new UsageError("a new record has nothing to remove");
        const { create } = await calls(options);
        await printRecord(await create.mutate({ ...patch, ...replace, ...add }), options.json);
      }),
  );

  command.addCommand(
    newCommand("update")
      .description(`change a ${noun.words}`)
      .addArgument(record)
      .argument("<assignments...>", `such as ${example.updates[0]}`)
      .addOption(expect())
      .addOption(rebase())
      .addOption(reason())
      .addOption(dryRun())
      .addOption(json())
      .addHelpText(
        "after",
        examples(...example.updates.map((assignments) => `${roster} update ${example.named} ${assignments}`)),
      )
      .action(async (word, words, options) => {
        const { update } = await calls(options);
        const result = await update.mutate({
          where: where(word),
          ...(parseAssignments(fields, words) as JsonObject),
          ...stated(options),
          ...(options.dryRun && { dryRun: true }),
        });
        await printUpdate(result, options.json, options.dryRun === true);
      }),
  );

  command.addCommand(
    newCommand("history")
      .description(`show the changes of a ${noun.words}, newest first`)
      .addArgument(record)
      .addOption(new Option("--limit <number>", "at most this many").argParser(wholeNumber).default(20))
      .addOption(json())
      .action(async (word, options) => {
        const { history } = await calls(options);
        const entries: ChangeEntry[] = [];
        for (let cursor: string | null | undefined; cursor !== null && entries.length < options.limit;) {
          const limit = Math.min(options.limit - entries.length, 200);
          const page = await history.query(
            { where: where(word), limit, ...(cursor !== undefined && { cursor }) },
            context.call,
          );
          entries.push(...page.items);
          cursor = page.nextCursor;
        }
        if (options.json) return context.printJson(entries);
        for (const { version, at, action, actor, source, reason: why, changes } of entries) {
          const because = why === null ? "" : ` (${why})`;
          await context.line(
            `version ${version}  ${at.toISOString()}  ${action} by ${actor} through ${source}${because}`,
          );
          for (const line of changeLines(changes)) await context.line(`  ${line}`);
        }
      }),
  );

  command.addCommand(
    newCommand("diff")
      .description("show the changes between two versions")
      .addArgument(record)
      .argument("<from>", "a version", wholeNumber)
      .argument("<to>", "another version", wholeNumber)
      .addOption(json())
      .action(async (word, from, to, options) => {
        const { diff } = await calls(options);
        const { changes } = await diff.query({ where: where(word), from, to }, context.call);
        if (options.json) return context.printJson(changes);
        for (const line of changeLines(changes)) await context.line(line);
      }),
  );

  command.addCommand(
    newCommand("revert")
      .description("take a record, or a part of it, back to an earlier version")
      .addArgument(record)
      .addOption(new Option("--to <version>", "the version").argParser(wholeNumber).makeOptionMandatory())
      .option("--field <path>", "only this field, or this part of one, such as /properties/plan")
      .addOption(expect())
      .addOption(rebase())
      .addOption(reason())
      .addOption(dryRun())
      .addOption(json())
      .addHelpText(
        "after",
        examples(
          `${roster} revert ${example.named} --to 3 --dry-run`,
          `${roster} revert ${example.named} --to 3 --field ${example.updates[0]?.split("=")[0]}`,
        ),
      )
      .action(async (word, options) => {
        const { revert } = await calls(options);
        const result = await revert.mutate({
          where: where(word),
          to: options.to,
          ...(options.field !== undefined && { field: options.field }),
          ...stated(options),
          ...(options.dryRun && { dryRun: true }),
        });
        await printUpdate(result, options.json, options.dryRun === true);
      }),
  );

  for (const [verb, done, describe] of [
    ["delete", "deleted", `delete a ${noun.words}; it keeps its history and can be restored`],
    [
      "restore",
      "restored",
      `restore a deleted ${noun.words}; name it by its id${own === "id" ? "" : " or number"}`,
    ],
  ] as const) {
    command.addCommand(
      newCommand(verb)
        .description(describe)
        .addArgument(record)
        .addOption(reason())
        .addOption(json())
        .action(async (word, options) => {
          const all = await calls(options);
          const result = await all[verb].mutate({ where: where(word), ...stated(options) });
          if (options.json) return context.printJson(result);
          await context.line(`${done} ${shown(result["id"])}`);
        }),
    );
  }

  command.addCommand(
    newCommand("erase")
      .description(`erase a ${noun.words} and its history for good`)
      .addArgument(record)
      .addOption(reason())
      .addOption(json())
      .option("--yes", "do not ask")
      .addHelpText(
        "after",
        examples(`${roster} erase ${example.named} --yes --reason "request of 2026-03-01"`),
      )
      .action(async (word, options) => {
        const { erase } = await calls(options);
        if (!options.yes && !(await context.confirm(`Erase ${word} and its history for good?`))) {
          throw new UsageError("nothing was erased; --yes erases without asking");
        }
        const result = await erase.mutate({ where: where(word), ...stated(options) });
        if (options.json) return context.printJson(result);
        await context.line(`erased ${shown(result["id"])}`);
      }),
  );

  command.addCommand(
    newCommand("data")
      .description("print everything that is kept about a person, as JSON")
      .addArgument(record)
      .action(async (word, options) => {
        const { export: data } = await calls(options);
        await context.printJson(await data.query({ where: where(word) }, context.call));
      }),
  );
  return command;
}

/** The options of a change, as the call takes them. */
function stated(options: {
  expect?: number | undefined;
  rebase?: true | undefined;
  reason?: string | undefined;
}): JsonObject {
  if (options.rebase && options.expect === undefined) throw new UsageError("--rebase needs --expect");
  return {
    ...(options.expect !== undefined && { expectedVersion: options.expect }),
    ...(options.rebase && { onConflict: "rebase" }),
    ...(options.reason !== undefined && { reason: options.reason }),
  };
}

/** The value of a column: a field, or a key of a JSON field such as `properties.plan`. */
function valueAt(item: Read, column: string): unknown {
  let value: unknown = item;
  for (const key of column.split(".")) {
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Read)[key]
        : undefined;
  }
  return value;
}
