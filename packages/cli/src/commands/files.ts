import { Argument, Option } from "@commander-js/extra-typings";
import {
  exportRecords,
  formats,
  importRecords,
  type FileType,
  type ImportOptions,
  type ImportProgress,
  type ImportResult,
  type Mapping,
} from "@roster/client/import";
import { createReadStream, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import type { Context } from "../context.ts";
import { exits } from "../exits.ts";
import { outputFile, spooled } from "../file-output.ts";
import { parseFilters } from "../filters.ts";
import { examples, newCommand, repeated, wholeNumber } from "../options.ts";
import { StatusLine } from "../status-line.ts";
import { isUnreadable, unreadableFile, UsageError } from "../usage-error.ts";

const types: Record<string, FileType> = { customers: "customer", users: "user" };
const what = () => new Argument("<what>", "what the file holds").choices(["customers", "users"] as const);

/** `roster import` and `roster export`. */
export const fileCommands = (context: Context) => [importCommand(context), exportCommand(context)];

/** The options of an import that a mapping file can hold besides its columns. */
const fileOptions = [
  "locale",
  "dateFormat",
  "timeZone",
  "listSeparator",
  "trim",
  "encoding",
  "delimiter",
  "empty",
  "unmapped",
] as const;

const importCommand = (context: Context) =>
  newCommand("import")
    .description("create and update records from a CSV or JSON file")
    .addArgument(what())
    .argument("<file>", "CSV with a header, JSON Lines or a JSON array; - for standard input")
    .addOption(
      new Option("--key <field>", "the field by which a row finds its record, such as providedId or email"),
    )
    .addOption(
      new Option("--create", "make a new record of every row, without looking for one").conflicts("key"),
    )
    .option("--map <file>", "a JSON file that says what the columns mean")
    .addOption(
      new Option(
        "--column <header=field>",
        "what one column means; without a field it is left out",
      ).argParser(repeated),
    )
    .addOption(
      new Option("--unmapped <how>", "what becomes of columns that match no field").choices([
        "refuse",
        "ignore",
        "properties",
      ] as const),
    )
    .option("--dry-run", "say what every row would do, and store nothing")
    .option("--refused <file>", "write refused rows here, with the reason; default: beside the file")
    .addOption(
      new Option("--max-errors <number>", "stop when more rows than this are refused").argParser(wholeNumber),
    )
    .addOption(
      new Option("--empty <how>", "what an empty cell does to the value").choices(["keep", "clear"] as const),
    )
    .option("--date-format <format>", "how dates are written, such as DD.MM.YYYY")
    .option("--time-zone <zone>", "the zone of times without an offset, such as Europe/Berlin; default UTC")
    .option("--locale <language>", "how numbers and booleans are written, such as de")
    .option("--list-separator <text>", "separates the entries of a set; default ;")
    .option("--trim", "remove white space at the ends of texts")
    .addOption(new Option("--format <format>", "default: found in the file").choices(formats))
    .option("--encoding <name>", "default: found in the file")
    .option("--delimiter <character>", "separates the cells of CSV; default: found in the file")
    .option("--no-rehearsal", "do not ask Roster what all rows would do before storing the first")
    .option("--name <text>", "names the change set; default: the name of the file")
    .option("--reason <text>", "the reason, kept in the history")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      examples(
        "roster import customers customers.csv --key providedId --dry-run",
        "roster import customers customers.csv --key providedId",
        "roster import customers leads.csv --key email --map leads.json --refused leads-refused.csv",
        "roster import users users.jsonl --key username --max-errors 0",
      ),
    )
    .action(async (type, file, options) => {
      if (options.key === undefined && !options.create)
        throw new UsageError("say by which field a row finds its record: --key providedId; or --create");
      const client = await context.client(options);
      const { columns, ...mapped } = options.map === undefined ? { columns: {} } : await readMap(options.map);
      const { unmapped, empty, dateFormat, timeZone, locale, listSeparator, trim } = options;
      const { format, encoding, delimiter, maxErrors } = options;
      const said = { unmapped, empty, dateFormat, timeZone, locale, listSeparator, trim, format, encoding };
      const given: ImportOptions = {
        type: types[type] as FileType,
        key: options.key,
        name: options.name ?? (file === "-" ? undefined : basename(file)),
        reason: options.reason,
        ...mapped,
        // Options on the command line take precedence over the mapping file.
        ...(Object.fromEntries(
          Object.entries(said).filter(([, value]) => value !== undefined),
        ) as typeof said),
        ...(delimiter !== undefined && { delimiter: unescaped(delimiter) }),
        mapping: { ...columns, ...parseColumns(options.column ?? []) },
        maxErrors,
        dryRun: options.dryRun === true,
        rehearse: options.rehearsal,
        signal: context.terminal.signal,
      };
      const refusedPath = options.refused ?? (file === "-" ? undefined : besideFile(file));
      if (refusedPath !== undefined && isSameFile(file, refusedPath))
        throw new UsageError(`--refused ${refusedPath}: is the imported file, which it would replace`);
      const refused = refusedPath === undefined ? undefined : outputFile(refusedPath);
      const status = new StatusLine(context.terminal);
      const input = file === "-" ? await spooled(context.terminal.stdin) : undefined;
      let result: ImportResult;
      try {
        result = await importRecords(client, () => createReadStream(input?.path ?? file), {
          ...given,
          ...(refused && { refused: (text) => refused.write(text) }),
          progress: (progress) => status.show(progressText(progress)),
        });
      } catch (error) {
        throw isUnreadable(error) ? unreadableFile(file, error) : error;
      } finally {
        status.clear();
        await refused?.end();
        await input?.remove();
      }
      if (result.refused > 0) context.exitCode = exits.rowsRefused;
      if (options.json) return context.printJson(result);
      await report(context, result, { ...given, refusedPath });
    });

/** A tab is hard to type in a shell. */
const unescaped = (delimiter: string): string => (delimiter === "\\t" ? "\t" : delimiter);

/** The name of the file of refused rows: `customers.refused.csv`. */
function besideFile(file: string): string {
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.refused${ext}`);
}

function isSameFile(one: string, other: string): boolean {
  const file = fileAt(one);
  return file !== undefined && file === fileAt(other);
}

/** Identifies the file at a path, under whatever name; undefined if there is none that can be reached. */
function fileAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** A mapping file: `{ "columns": { "E-Mail": "email" }, "dateFormat": "DD.MM.YYYY" }`. */
async function readMap(file: string): Promise<{ columns: Mapping } & Partial<ImportOptions>> {
  let map: unknown;
  try {
    map = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(`${file}: is not JSON`) : unreadableFile(file, error);
  }
  const { columns = {}, ...rest } = (typeof map === "object" && map !== null ? map : {}) as {
    columns?: Mapping;
  };
  const unknown = Object.keys(rest).filter((name) => !(fileOptions as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      ...unknown.map((name) => `${file}: ${name} is not one of columns, ${fileOptions.join(", ")}`),
    );
  }
  return { columns, ...rest };
}

/** Reads `--column Header=field`. */
function parseColumns(words: readonly string[]): Mapping {
  return Object.fromEntries(
    words.map((word) => {
      const [, header, field = ""] = /^(.+)=([^=]*)$/s.exec(word) ?? [];
      if (header === undefined) throw new UsageError(`--column ${word}: write header=field`);
      return [header, field === "" ? null : field];
    }),
  );
}

const phases = { check: "checking", rehearse: "asking what would happen", store: "storing" };
const number = new Intl.NumberFormat("en");

function progressText({
  phase,
  rows,
  total,
  created,
  updated,
  unchanged,
  refused,
  rowsPerSecond,
  secondsLeft,
}: ImportProgress): string {
  const share = total === undefined ? "" : ` of ${number.format(total)}`;
  const left = secondsLeft === undefined ? "" : `, ${duration(secondsLeft)} left`;
  const counts = [
    [created, "created"],
    [updated, "updated"],
    [unchanged, "unchanged"],
    [refused, "refused"],
  ].flatMap(([count, name]) => ((count as number) > 0 ? [`${number.format(count as number)} ${name}`] : []));
  return `${phases[phase]}: ${number.format(rows)}${share} rows, ${number.format(Math.round(rowsPerSecond))}/s${left}${counts.length > 0 ? `; ${counts.join(", ")}` : ""}`;
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60
    ? `${whole} s`
    : whole < 3_600
      ? `${Math.floor(whole / 60)} min ${whole % 60} s`
      : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Prints the outcome of an import as text for people. */
async function report(
  context: Context,
  result: ImportResult,
  { dryRun, refusedPath, maxErrors }: ImportOptions & { refusedPath: string | undefined },
): Promise<void> {
  const {
    created,
    updated,
    unchanged,
    refused,
    undecided,
    changeSet,
    stopped,
    resumed,
    examples: first,
  } = result;
  for (const { row, reason } of first) await context.note(`row ${row}: ${reason}`);
  if (refused > first.length) await context.note(`… and ${number.format(refused - first.length)} more`);
  if (refused > 0 && refusedPath !== undefined)
    await context.note(`refused rows, with reasons: ${refusedPath}`);
  if (resumed > 0) await context.note(`${number.format(resumed)} rows had been stored by an earlier run`);
  if (undecided > 0)
    await context.note(
      `${number.format(undecided)} rows name records of the file, so only the import can tell`,
    );
  if (stopped) {
    const stored =
      changeSet === null
        ? "nothing was stored"
        : "the rows before are stored; the same import goes on from there";
    await context.note(`stopped: more than ${maxErrors} rows were refused; ${stored}`);
  }
  const counts = `${number.format(created)} created, ${number.format(updated)} updated, ${number.format(unchanged)} unchanged, ${number.format(refused)} refused`;
  if (dryRun || changeSet === null) return context.line(`would be: ${counts}; nothing was stored`);
  await context.line(counts);
  await context.line(`change set ${changeSet} (to take it back: roster change-set undo ${changeSet})`);
}

const exportCommand = (context: Context) =>
  newCommand("export")
    .description("write records to a CSV or JSON Lines file, as they are at one moment")
    .addArgument(what())
    .addOption(
      new Option("--format <format>", "the format")
        .choices(["csv", "jsonl"] as const)
        .default("csv" as const),
    )
    .addOption(
      new Option("--filter <condition>", "such as addressCity=Lyon; all must hold").argParser(repeated),
    )
    .option(
      "--columns <fields>",
      "such as providedId,name,properties.plan; default: everything that can be imported",
    )
    .addOption(
      new Option("--since <seq>", "only what changed after this position of the change log").argParser(
        wholeNumber,
      ),
    )
    .option("--delimiter <character>", "separates the cells of CSV", ",")
    .option("--output <file>", "the file; default: standard output")
    .addHelpText(
      "after",
      examples(
        "roster export customers --format csv --output customers.csv",
        "roster export customers --filter addressCity=Lyon --filter groupTags=vip --columns providedId,name,email",
        "roster export users --format jsonl",
        "roster export customers --since 4711",
      ),
    )
    .action(async (what_, options) => {
      const type = types[what_] as FileType;
      const client = await context.client(options);
      const filter = options.filter && parseFilters(type, options.filter);
      const status = new StatusLine(context.terminal);
      let rows = 0;
      const { seq, text } = await exportRecords(client, {
        type,
        format: options.format,
        ...(filter && { filter }),
        ...(options.since !== undefined && { since: options.since }),
        ...(options.columns !== undefined && {
          fields: options.columns.split(",").map((name) => name.trim()),
        }),
        delimiter: unescaped(options.delimiter),
        signal: context.terminal.signal,
        progress(progress) {
          ({ rows } = progress);
          status.show(
            `${number.format(rows)} ${what_}, ${number.format(Math.round(progress.rowsPerSecond))}/s`,
          );
        },
      });
      const output = options.output === undefined ? undefined : outputFile(options.output);
      try {
        for await (const piece of text) await (output ? output.write(piece) : context.print(piece));
        await output?.end();
      } catch (error) {
        await output?.abandon();
        throw error;
      } finally {
        status.clear();
      }
      await context.note(`exported ${number.format(rows)} ${what_} as of seq ${seq}`);
    });
