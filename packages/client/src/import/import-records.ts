import {
  customerFields,
  fieldsWhere,
  userFields,
  type Change,
  type ChangeSet,
  type Field,
  type Fields,
} from "@roster/domain";
import { abortError } from "../abort.ts";
import type { RosterClient } from "../client.ts";
import { isKeyMismatch } from "../errors.ts";
import { isReplay } from "../idempotency.ts";
import { digestOf, open, type Source } from "./bytes.ts";
import { textReader } from "./cell.ts";
import { findColumns, pick, type Column } from "./columns.ts";
import { FileError } from "./file-error.ts";
import { inspect, readRows, type FileInfo, type FileOptions, type FileRow } from "./file.ts";
import { itemOf, keyColumn, type Item, type ItemRules, type RowFault } from "./item.ts";
import { KeyTable } from "./key-table.ts";
import { ahead, persistently } from "./persistently.ts";
import { reasonOf, RefusedRows } from "./refused-rows.ts";
import { RowSet } from "./row-set.ts";
import { StepSender, type BulkCalls, type Outcome } from "./send-step.ts";
import { parseTarget, writeTarget, type Target } from "./target.ts";

/** The types of records that files hold. */
export type FileType = "customer" | "user";

export const fieldsOf: Record<FileType, Fields> = { customer: customerFields, user: userFields };

/**
 * Looks at a file before it is imported: its format and encoding, and what its columns mean. Its `problems` say
 * why it cannot be imported as it is.
 */
export const inspectFile = (source: Source, options: FileOptions & { type: FileType }): Promise<FileInfo> =>
  inspect(source, fieldsOf[options.type], options);

export interface ImportOptions extends FileOptions {
  type: FileType;
  /**
   * The field by which a row finds its record: a unique field, an email address, or a property that has an index,
   * such as `properties.crmId`. A row whose value no live
   * record has makes a new one, except by `id` and `number`, which Roster assigns. Undefined: every row makes a
   * new record.
   */
  key?: string | undefined;
  /** Whether an empty cell keeps the value (default) or clears it. */
  empty?: "keep" | "clear" | undefined;
  /** Stop after asking the server what the rows would do. Nothing is stored. */
  dryRun?: boolean | undefined;
  /** Ask the server what all rows would do before any is stored. Default true. */
  rehearse?: boolean | undefined;
  /** Stop when more rows than this are refused. Before anything is stored, if they are found by then. */
  maxErrors?: number | undefined;
  /** Names the change set, such as the name of the file. */
  name?: string | undefined;
  /** The reason, kept with the change set and in the history. */
  reason?: string | undefined;
  /** Receives the text of a file of the refused rows, piece by piece. Not called if there are none. */
  refused?: ((text: string) => unknown) | undefined;
  progress?: ((progress: ImportProgress) => void) | undefined;
  /**
   * Receives what became of each row, or in a dry run would become of it. Rows that name others of the file may
   * come once more.
   */
  outcome?: ((outcome: RowOutcome) => void) | undefined;
  /** Stops after the request in flight. The same import, started again, goes on from there. */
  signal?: AbortSignal | undefined;
}

/** The outcome of a row; in a dry run, the expected outcome. */
export interface RowOutcome {
  /** The number of the row, as in a spreadsheet. */
  row: number;
  /** The texts of a CSV row in the order of the columns, or the value of a JSON row. */
  content: { cells: readonly string[] } | { value: unknown };
  /** `undecided`: the row names another of the file, so that only the import itself can tell. Dry runs only. */
  outcome: keyof ImportCounts | "undecided";
  /** The changes that an update would make. Dry runs only. */
  changes: readonly Change[];
  /** Why the row is refused. */
  faults: readonly RowFault[];
}

/** The numbers of rows by outcome. */
export interface ImportCounts {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
}

export interface ImportProgress extends ImportCounts {
  /** `check`: the file is read and checked; `rehearse`: the server says what it would do; `store`: it does it. */
  phase: "check" | "rehearse" | "store";
  /** The rows that this phase has dealt with. */
  rows: number;
  /** All rows; undefined until the file has been read once. */
  total: number | undefined;
  rowsPerSecond: number;
  secondsLeft: number | undefined;
  /** The id of the change set; null until it is opened. */
  changeSet: string | null;
}

export interface ImportResult extends ImportCounts {
  /** The rows of the file, without the header. */
  rows: number;
  /** The id of the change set; null if nothing was stored. */
  changeSet: string | null;
  /** Whether it stopped because more rows were refused than `maxErrors`. */
  stopped: boolean;
  /** The rows that an earlier, interrupted run of the same import had dealt with. */
  resumed: number;
  /** Dry runs only: rows that name a record of the file itself, so that only the import can tell. */
  undecided: number;
  /** The first 20 rows that were refused: their numbers, as in a spreadsheet, and why. */
  examples: { row: number; reason: string }[];
}

/** The most bytes of items in one request; Roster takes a mebibyte. */
const mostBytes = 900_000;
const mostRows = 1_000;
/** The most refused rows that are kept in memory. */
const mostExamples = 1_000;

/** Rows in order, of which some are sent. */
interface Step {
  /** The number of the first row. */
  first: number;
  rows: readonly Item[];
  sent: readonly Item[];
}

/**
 * Imports the rows of a CSV or JSON file as customers or users, in steps of up to 1,000 rows and in constant
 * memory, apart from some 20 bytes for the key of each row.
 *
 * First the whole file is read and checked by the domain's rules. Then the server says what all rows would do.
 * Only then are they stored, all in one change set that can be undone. A row that is refused does not stop the
 * others.
 *
 * Each step has an idempotency key that follows from the file, the options and the rows, so that an import that
 * was interrupted and is started again within a day does nothing twice.
 *
 * @throws FileError if the file cannot be used; nothing was sent
 * @throws what calls throw if Roster refuses a step as a whole or cannot be reached for a minute
 * @throws AbortError if the signal aborts
 */
export async function importRecords(
  client: RosterClient,
  source: Source,
  options: ImportOptions,
): Promise<ImportResult> {
  const fields = fieldsOf[options.type];
  const info = await inspect(source, fields, options);
  return new Import(client, source, options, info, rulesOf(fields, info, options)).run();
}

function rulesOf(fields: Fields, info: FileInfo, options: ImportOptions): ItemRules {
  const { type, empty = "keep" } = options;
  const problems = [...info.problems];
  const key = options.key === undefined ? undefined : keyTarget(fields, options.key);
  if (typeof key === "string") problems.push(key);
  else if (key && info.headers.length > 0 && !keyColumn({ columns: info.columns, key })) {
    problems.push(`no column of the file is for the key ${options.key}`);
  }
  if (typeof key === "string" || problems.length > 0) throw new FileError(...problems);
  const byName = new Map<string, Column | undefined>(info.columns.map((column) => [column.header, column]));
  return {
    type,
    fields,
    key,
    empty,
    reader: textReader(options),
    columns: info.columns,
    columnOf(name) {
      if (!byName.has(name)) {
        const mapping = pick(options.mapping, [name]);
        const { columns, problems: unfit } = findColumns(fields, [name], [], { ...options, mapping });
        byName.set(name, unfit.length === 0 ? columns[0] : undefined);
      }
      return byName.get(name);
    },
  };
}

/** @returns where the value of a key is, or why it cannot be one */
function keyTarget(fields: Fields, key: string): Target | string {
  const target = parseTarget(fields, key);
  const canBe = ({ unique, kind, secret }: Field) => !secret && (unique || kind === "email");
  if (typeof target !== "string" && target.op === "set") {
    if (target.path.length > 0 ? target.policy.indexable : canBe(target.policy)) return target;
  }
  const others =
    fieldsWhere(fields, ({ indexable }) => indexable).length > 0 ? ", or an indexed property" : "";
  return `${key} cannot be the key; a key is one of ${fieldsWhere(fields, canBe).join(", ")}${others}`;
}

class Import {
  readonly #client: RosterClient;
  readonly #source: Source;
  readonly #options: ImportOptions;
  readonly #info: FileInfo;
  readonly #rules: ItemRules;
  readonly #sender: StepSender;
  readonly #out: RefusedRows | undefined;
  readonly #keys = new KeyTable();
  #total: number | undefined;
  #changeSet: string | null = null;

  constructor(
    client: RosterClient,
    source: Source,
    options: ImportOptions,
    info: FileInfo,
    rules: ItemRules,
  ) {
    this.#client = client;
    this.#source = source;
    this.#options = options;
    this.#info = info;
    this.#rules = rules;
    const calls = client[options.type] as unknown as BulkCalls;
    this.#sender = new StepSender(calls, rules, (call) => this.#ask(call));
    this.#out = options.refused && new RefusedRows(info, options.refused);
  }

  async run(): Promise<ImportResult> {
    const { dryRun = false, rehearse = true } = this.#options;
    const checked = await this.#check();
    if (checked.stopped) return this.#concluded(checked);
    if (dryRun || rehearse) {
      const rehearsed = new Tally("rehearse", this.#options);
      await this.#pass(rehearsed, { dryRun: true });
      if (dryRun || rehearsed.stopped) return this.#concluded(rehearsed);
    }
    return this.#store();
  }

  /** Reads and checks every row, and remembers which keys occur twice. */
  async #check(): Promise<Tally> {
    const tally = new Tally("check", this.#options);
    for await (const row of readRows(this.#source, this.#info)) {
      const item = itemOf(row, this.#rules);
      if (item.key !== undefined && this.#keys.add(item.key)) item.faults.push(this.#repeated());
      tally.rows++;
      if (item.faults.length > 0) tally.refuse(item.row, item.faults);
      if (tally.rows % mostRows === 0) this.#tell(tally);
      if (tally.isOver()) break;
    }
    if (!tally.stopped) this.#total = tally.rows;
    this.#tell(tally);
    return tally;
  }

  /** The fault of a row whose key other rows have too. */
  #repeated(): RowFault {
    const message = `other rows of the file have the same ${this.#options.key}`;
    return { column: keyColumn(this.#rules)?.header, code: "ambiguous", message };
  }

  /** Stores the rows, as a change set that is the same for each attempt at this import. */
  async #store(): Promise<ImportResult> {
    for (let run = 0; ; run++) {
      const set = await this.#open(run);
      if (!set) continue;
      const request = { changeSet: set.id };
      this.#changeSet = set.id;
      const tally = new Tally("store", this.#options);
      const waiting = new RowSet();
      await this.#pass(tally, request, { waiting });
      // Rows that name records of later rows. Each round can help others of them.
      for (let round = 1, before = Infinity; waiting.size > 0 && !tally.stopped; round++) {
        const helps = waiting.size < before;
        before = waiting.size;
        const only = waiting.takeAll();
        await this.#pass(tally, request, { round, only, ...(helps && { waiting }) });
      }
      if (!tally.stopped)
        await this.#ask(() => this.#client.changeSet.close.mutate({ where: { id: set.id } }));
      return this.#concluded(tally, set.id);
    }
  }

  /**
   * Opens the change set of the import's n-th run. A set that is closed belongs to a run that has ended or was
   * undone. @returns undefined if it is
   */
  async #open(run: number): Promise<ChangeSet | undefined> {
    const { name, reason } = this.#options;
    const idempotencyKey = `import-${this.#info.digest.slice(0, 32)}-${await this.#fingerprint()}-${run}`;
    const calls = this.#client.changeSet;
    try {
      const set = await this.#ask(() => calls.open.mutate({ kind: "import", name, reason, idempotencyKey }));
      if (!isReplay(set)) return set;
      const now = await this.#ask(() => calls.get.query({ where: { id: set.id } }));
      return now.closedAt === null ? now : undefined;
    } catch (error) {
      // Somebody else has imported the same file.
      if (isKeyMismatch(error)) return undefined;
      throw error;
    }
  }

  /** A digest of everything besides the file on which the requests depend. */
  async #fingerprint(): Promise<string> {
    const { type, key, empty, mapping, unmapped, name, reason } = this.#options;
    const { locale, dateFormat, timeZone, listSeparator, trim } = this.#options;
    const { format, encoding, delimiter, columns } = this.#info;
    const meanings = columns.map(({ target, values }) => [target && writeTarget(target), ...values]);
    const reading = [locale, dateFormat, timeZone, listSeparator, trim, format, encoding, delimiter];
    const all = [type, key, empty, mapping, unmapped, name, reason, reading, meanings];
    return (await digestOf(open(JSON.stringify(all)))).slice(0, 16);
  }

  /**
   * Sends all rows, or some of them.
   *
   * @param request the members of every request besides its items
   * @param only the rows to send; default all
   * @param waiting receives the rows that may be taken once later rows are stored; without it, they are refused
   */
  async #pass(
    tally: Tally,
    request: { dryRun: true } | { changeSet: string },
    { round = 0, only, waiting }: { round?: number; only?: RowSet; waiting?: RowSet } = {},
  ): Promise<void> {
    const isLast = "changeSet" in request || this.#options.dryRun === true;
    const common = { ...request, reason: this.#options.reason };
    for await (const { first, rows, sent } of ahead(this.#steps(only))) {
      const key = "changeSet" in request ? `${request.changeSet}-${round}-${first}` : undefined;
      const { outcomes, resumed } = await this.#sender.send(common, sent, key);
      if (resumed) tally.resumed += rows.length;
      if (round === 0) tally.rows += rows.length;
      const byItem = new Map(sent.map((item, i) => [item, outcomes[i]]));
      for (const item of rows) {
        const outcome = byItem.get(item) ?? { faults: item.faults };
        const tell = (became: RowOutcome["outcome"]) => isLast && this.#became(item.row, became, outcome);
        if ("outcome" in outcome) {
          tally[outcome.outcome]++;
          tell(outcome.outcome);
        } else if ((waiting ?? "dryRun" in request) && this.#mayFollow(item, outcome.faults)) {
          tally.undecided++;
          waiting?.add(item.row.row);
          tell("undecided");
        } else {
          tally.refuse(item.row, outcome.faults);
          tell("refused");
          if (isLast) await this.#out?.add(item.row, outcome.faults);
        }
      }
      this.#tell(tally);
      if (tally.isOver()) break;
    }
  }

  /** The steps of a pass. They follow from the file and the options alone. */
  async *#steps(only: RowSet | undefined): AsyncGenerator<Step, void> {
    let rows: Item[] = [];
    let sent: Item[] = [];
    let bytes = 0;
    const encoder = new TextEncoder();
    for await (const row of readRows(this.#source, this.#info)) {
      if (only && !only.has(row.row)) continue;
      const item = itemOf(row, this.#rules);
      if (item.key !== undefined && this.#keys.isRepeated(item.key)) item.faults.push(this.#repeated());
      const isSent = item.faults.length === 0;
      const size = isSent ? encoder.encode(JSON.stringify(item.input)).length + 1 : 0;
      if (rows.length >= mostRows || (sent.length > 0 && bytes + size > mostBytes)) {
        yield { first: rows[0]?.row.row ?? 0, rows, sent };
        [rows, sent, bytes] = [[], [], 0];
      }
      rows.push(item);
      if (isSent) sent.push(item);
      bytes += size;
    }
    if (rows.length > 0) yield { first: rows[0]?.row.row ?? 0, rows, sent };
  }

  /** Whether a refused row names a record of the file that may not be there yet. */
  #mayFollow({ refers }: Item, faults: readonly RowFault[]): boolean {
    const { key } = this.#rules;
    // Parents are named by these.
    return (
      key?.field === "providedId" &&
      faults.every(({ code }) => code === "not_found") &&
      refers.some((name) => this.#keys.has(name))
    );
  }

  #became(row: FileRow, became: RowOutcome["outcome"], outcome: Outcome): void {
    this.#options.outcome?.({
      row: row.row,
      content: row,
      outcome: became,
      changes: "outcome" in outcome ? (outcome.changes ?? []) : [],
      faults: "outcome" in outcome ? [] : outcome.faults,
    });
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (signal?.aborted) throw abortError(signal.reason);
    return persistently(call, signal);
  }

  #tell(tally: Tally): void {
    this.#options.progress?.({ ...tally.progress(this.#total), changeSet: this.#changeSet });
  }

  async #concluded(tally: Tally, changeSet: string | null = null): Promise<ImportResult> {
    const { created, updated, unchanged, refused, stopped, resumed, undecided, rows, examples } = tally;
    // Until the last phase, refused rows are only counted.
    if (stopped && changeSet === null && this.#options.dryRun !== true) {
      for (const { row, faults } of examples) await this.#out?.add(row, faults);
    }
    await this.#out?.end();
    return {
      created,
      updated,
      unchanged,
      refused,
      rows: this.#total ?? rows,
      changeSet,
      stopped,
      resumed,
      undecided: changeSet === null ? undecided : 0,
      examples: examples.slice(0, 20).map(({ row, faults }) => ({ row: row.row, reason: reasonOf(faults) })),
    };
  }
}

/** The counts of one phase. */
class Tally implements ImportCounts {
  rows = 0;
  created = 0;
  updated = 0;
  unchanged = 0;
  refused = 0;
  resumed = 0;
  undecided = 0;
  stopped = false;
  /** The first rows that were refused. */
  readonly examples: { row: FileRow; faults: readonly RowFault[] }[] = [];
  readonly #phase: ImportProgress["phase"];
  readonly #most: number;
  readonly #begun = Date.now();

  constructor(phase: ImportProgress["phase"], { maxErrors = Infinity }: ImportOptions) {
    this.#phase = phase;
    this.#most = maxErrors;
  }

  refuse(row: FileRow, faults: readonly RowFault[]): void {
    this.refused++;
    if (this.examples.length < mostExamples) this.examples.push({ row, faults });
  }

  /** Whether more rows were refused than the caller allows. */
  isOver(): boolean {
    this.stopped ||= this.refused > this.#most;
    return this.stopped;
  }

  progress(total: number | undefined): Omit<ImportProgress, "changeSet"> {
    const { rows, created, updated, unchanged, refused } = this;
    const seconds = Math.max(Date.now() - this.#begun, 1) / 1_000;
    const rowsPerSecond = rows / seconds;
    const secondsLeft = total === undefined || rows === 0 ? undefined : (total - rows) / rowsPerSecond;
    return {
      phase: this.#phase,
      rows,
      total,
      created,
      updated,
      unchanged,
      refused,
      rowsPerSecond,
      secondsLeft,
    };
  }
}
