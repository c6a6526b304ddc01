import type { Dialect as KyselyDialect, RawBuilder } from "kysely";
import type { Dialect } from "../entities.ts";
import type { Scalar } from "../rows.ts";
import type { ColumnType } from "../tables.ts";

/** Statements as the store runs them: as texts, which `build.ts` has made once. */

/** The columns of rows that a statement takes as a parameter. */
export type RowColumns = Readonly<Record<string, ColumnType>>;

/** The differences between the databases in the text of statements. */
export interface SqlDialect {
  readonly name: Dialect;
  readonly kysely: Pick<KyselyDialect, "createAdapter" | "createQueryCompiler" | "createIntrospector">;
  /** The current time in milliseconds, by the clock that all processes with the database open share. */
  readonly now: RawBuilder<number>;
  /** The end of a select that skips rows locked by another process; undefined if there is only one writer. */
  readonly skipLocked: RawBuilder<unknown> | undefined;
  /** A select of the rows of a parameter, each with its index `i`, from 1. */
  rows(columns: RowColumns): RawBuilder<unknown>;
  /** The values of that parameter, by the parameter names in `rows`. */
  bindRows(columns: RowColumns, rows: readonly (readonly Scalar[])[]): Record<string, Scalar>;
  /**
   * Whether each execution of a statement names the one tenant that it is about, so that an engine that shards
   * by tenant can send it to one shard. Otherwise it may take rows of many tenants.
   */
  readonly oneTenant: boolean;
  /** Whether a write takes all its rows at once instead of one after another. */
  readonly writesSets: boolean;
  /** The size of a column's JSON, in bytes. */
  size(column: string): RawBuilder<number>;
  /** All rows as a JSON array of arrays of these columns; null if there are none. */
  jsonRows(names: readonly string[]): RawBuilder<string>;
  /** Whether a column has one of the values of a parameter, which `list` encodes. */
  isIn(column: string, parameter: string): RawBuilder<boolean>;
  list(values: readonly string[]): Scalar;
  /** How words are searched. */
  readonly search: SearchDialect;
}

/** The statements of a search. Each gives numbers and texts, by number, after the parameter `after`. */
interface SearchDialect {
  /**
   * Whether a text must be removed before it is written anew, by a statement of its own. If one statement did both
   * for several records, FTS5 of SQLite would lose letters that the old and the new texts share.
   */
  readonly removesFirst: boolean;
  /** The values of the parameters for the parts that texts must contain, or for some of their pieces. */
  bind(parts: readonly string[]): Record<string, Scalar>;
  /** The pieces that the index has, if looking for all of them would take long. */
  pieces?: {
    of(part: string): string[];
    /** Tells how rare the pieces of the parameter `parts` are: the greater the number, the rarer; no row if very. */
    rarity: RawBuilder<unknown>;
  };
  /** The matches among the records with the numbers up to the parameter `to`; undefined if `all` is as fast. */
  stretch(parts: number): RawBuilder<unknown> | undefined;
  /**
   * All matches, and third how many were found; if `found` are, which is the parameter's maximum, others may
   * come before these.
   */
  all(parts: number): RawBuilder<unknown>;
}

/** A statement, and the names of its parameters in order. */
export interface Compiled {
  readonly sql: string;
  readonly names: readonly string[];
  /** Reads an index that has no order, all matches at once. */
  readonly unordered?: boolean;
}

/** The values of a statement, in the order of its parameters. */
export const valuesOf = ({ names }: Compiled, values: Readonly<Record<string, Scalar>>): Scalar[] =>
  names.map((name) => values[name] ?? null);

/** The minimum number of statements kept per shape, about ten kilobytes each; the maximum is twice as many. */
const kept = 500;

/**
 * Caches `make` per database and arguments, which together are the shape of a statement, as long as it is in
 * use. The cache is bounded: an update names the columns that changed, and there are more sets of columns
 * than memory.
 */
export function shape<Args extends readonly (string | number | boolean | undefined)[], Made>(
  make: (dialect: SqlDialect, ...args: Args) => Made,
): (dialect: SqlDialect, ...args: Args) => Made {
  const empty = () => ({ recent: new Map<string, Made>(), earlier: new Map<string, Made>() });
  const made = new Map<SqlDialect, ReturnType<typeof empty>>();
  return (dialect, ...args) => {
    let of = made.get(dialect);
    if (!of) made.set(dialect, (of = empty()));
    // Not `join`, which takes microseconds: this runs for each read.
    const key = args.length < 3 ? `${args[0]} ${args[1]}` : args.join(" ");
    let found = of.recent.get(key);
    if (found !== undefined) return found;
    found = of.earlier.get(key) ?? make(dialect, ...args);
    // Whatever is not used until there are as many new ones again goes with the earlier ones.
    if (of.recent.size === kept) Object.assign(of, { earlier: of.recent, recent: new Map() });
    of.recent.set(key, found);
    return found;
  };
}

/**
 * A query about any number of places, whose first column is the tenant. The first value of each result row is
 * the index of its place.
 */
export interface Question<Answer> extends Compiled {
  readonly columns: RowColumns;
  answer(rows: readonly (readonly unknown[])[]): Answer;
}

/** Splits rows, whose first value is their tenant, into those of one execution each. */
export function perTenant<Row extends readonly Scalar[]>(dialect: SqlDialect, rows: readonly Row[]): Row[][] {
  if (rows.length === 0) return [];
  if (!dialect.oneTenant) return [[...rows]];
  const tenants = new Set(rows.map(([tenant]) => tenant));
  return [...tenants].map((tenant) => rows.filter(([of]) => of === tenant));
}

/** Runs reads on a connection or in a transaction. */
export interface Asker {
  readonly dialect: SqlDialect;
  /** @returns the rows, each with its values in the order of the statement */
  all(sql: string, values: readonly Scalar[], unordered?: boolean): Promise<unknown[][]>;
}

/** Whether no row can have a value: PostgreSQL stores no U+0000, and refuses it even in a query. */
const isNowhere = (value: Scalar): boolean => typeof value === "string" && value.includes("\0");

/** Runs a statement for one set of parameters, given by their names. @returns its rows */
export async function ask(
  { all }: Asker,
  statement: Compiled,
  values: Readonly<Record<string, Scalar>>,
): Promise<unknown[][]> {
  const bound = valuesOf(statement, values);
  return bound.some(isNowhere) ? [] : all(statement.sql, bound, statement.unordered);
}

/**
 * Asks a question about many places: in one statement, or in one for each tenant if the database wants that;
 * about equal places only once.
 * @param places the values to ask about, each in the order of the question's columns
 * @returns the answers, in the order of the places
 */
export async function askAll<Answer>(
  asker: Asker,
  question: Question<Answer>,
  places: readonly (readonly Scalar[])[],
): Promise<Answer[]> {
  const known = new Map<string, readonly Scalar[]>();
  // Many commands ask the same question: about their tenant, or about a tag.
  const asked = places.map((values) => {
    if (values.some(isNowhere)) return undefined;
    const key = places.length === 1 ? "" : values.join("\0");
    const same = known.get(key) ?? values;
    known.set(key, same);
    return same;
  });
  const answers = new Map<unknown, Answer>();
  const answered = async (rows: readonly (readonly Scalar[])[]) => {
    const found: unknown[][][] = rows.map(() => []);
    const bound = asker.dialect.bindRows(question.columns, rows);
    for (const row of await asker.all(question.sql, valuesOf(question, bound)))
      found[(row[0] as number) - 1]?.push(row);
    for (const [i, row] of rows.entries()) answers.set(row, question.answer(found[i] ?? []));
  };
  await Promise.all(perTenant(asker.dialect, [...known.values()]).map(answered));
  return asked.map((row) => (row ? (answers.get(row) as Answer) : question.answer([])));
}

/** Asks a question about one place. */
export const askOne = async <Answer>(
  asker: Asker,
  question: Question<Answer>,
  values: readonly Scalar[],
): Promise<Answer> => (await askAll(asker, question, [values]))[0] as Answer;
