import type { InferKyselyDB } from "@mikro-orm/sql";
import type { RecordType } from "@roster/domain";
import {
  DummyDriver,
  Kysely,
  sql,
  type Compilable,
  type Dialect as KyselyDialect,
  type RawBuilder,
  type SqlBool,
} from "kysely";
import type { Dialect, Entity } from "../entities.ts";
import type { Scalar } from "../rows.ts";
import type { ColumnType } from "../tables.ts";

/**
 * Builds the statements of the store. Each is built with Kysely, typed from the entities, once per shape and
 * database. From then on it is a text, which the connections of the database prepare.
 */

/** A value as the drivers return it: JSON is text, and SQLite has numbers for booleans. */
type Driven<Value> = Value extends string | number | null
  ? Value
  : Value extends boolean
    ? boolean | number
    : string;
type Entities = InferKyselyDB<Entity>;
/** The tables and columns of the store, by their names in SQL. */
export type DB = { [T in keyof Entities]: { [C in keyof Entities[T]]: Driven<Entities[T][C]> } };
/** For statements whose table is a parameter of their shape. */
export type AnyDB = Record<string, Record<string, unknown>>;
export const anyTable = (db: unknown): Kysely<AnyDB> => db as Kysely<AnyDB>;

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

/** A named parameter of a statement. */
class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export const param = <T extends Scalar = Scalar>(name: string): RawBuilder<T> =>
  sql<T>`${new Parameter(name)}`;

/** A literal of the program, which becomes part of the statement. */
export const text = <T extends string>(value: T): RawBuilder<T> => sql.lit(value);

/** A statement, and the names of its parameters in order. */
export interface Compiled {
  readonly sql: string;
  readonly names: readonly string[];
  /** Reads an index that has no order, all matches at once. */
  readonly unordered?: boolean;
}

const builders = new Map<SqlDialect, Kysely<DB>>();
function builderOf(dialect: SqlDialect): Kysely<DB> {
  let builder = builders.get(dialect);
  if (!builder) {
    builder = new Kysely<DB>({ dialect: { ...dialect.kysely, createDriver: () => new DummyDriver() } });
    builders.set(dialect, builder);
  }
  return builder;
}

/** The name of the parameter by which a statement names its tenant, or takes the tenants of its rows. */
const tenantName = "tenant";

/**
 * Compiles a statement about a tenant.
 * @throws Error if it names no tenant, or contains a value that is neither a parameter nor a literal
 */
export function compile(dialect: SqlDialect, build: Build): Compiled {
  const compiled = compileAny(dialect, build);
  // On SQLite, rows are one parameter, in which the tenants do not show.
  if (dialect.name !== "sqlite" && !compiled.names.includes(tenantName))
    throw new Error(`a statement names no tenant: ${compiled.sql}`);
  return compiled;
}

/**
 * Compiles one of the few statements that are not about one tenant.
 * @param _why the reason, for readers
 * @throws Error if it contains a value that is neither a parameter nor a literal
 */
export const acrossTenants = (dialect: SqlDialect, _why: string, build: Build): Compiled =>
  compileAny(dialect, build);

type Build = (db: Kysely<DB>) => Compilable;
function compileAny(dialect: SqlDialect, build: Build): Compiled {
  const { sql: statement, parameters } = build(builderOf(dialect)).compile();
  const names = parameters.map((parameter) => {
    if (parameter instanceof Parameter) return parameter.name;
    throw new Error(`a statement contains a value that is no parameter: ${statement}`);
  });
  return { sql: statement, names };
}

/** Compiles a statement that is not made of Kysely's parts. */
export const compileRaw = (dialect: SqlDialect, statement: RawBuilder<unknown>): Compiled =>
  compile(dialect, (db) => ({ compile: () => statement.compile(db) }));

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

type Value<Type extends ColumnType> = Type extends "integer"
  ? number
  : Type extends "boolean"
    ? boolean | number
    : string;
/** The rows of a parameter, each with its index. */
type RowsOf<C extends RowColumns> = { [K in keyof C]: Value<C[K]> } & { i: number };

/** The rows of a parameter as a table `w`. */
export const rowsAs = <C extends RowColumns>(dialect: SqlDialect, columns: C) =>
  (dialect.rows(columns) as RawBuilder<RowsOf<C>>).as("w");

/**
 * A query about any number of places, whose first column is the tenant. The first value of each result row is
 * the index of its place.
 */
export interface Question<Answer> extends Compiled {
  readonly columns: RowColumns;
  answer(rows: readonly (readonly unknown[])[]): Answer;
}

/**
 * The tenant of the rows `w` of a parameter, or of another source: a column or, if all are of one tenant, a
 * parameter.
 */
export const tenantOf = (dialect: SqlDialect, source = "w"): RawBuilder<number> =>
  dialect.oneTenant ? param(tenantName) : sql.ref<number>(`${source}.${tenantName}`);

/** Splits rows, whose first value is their tenant, into those of one execution each. */
export function perTenant<Row extends readonly Scalar[]>(dialect: SqlDialect, rows: readonly Row[]): Row[][] {
  if (rows.length === 0) return [];
  if (!dialect.oneTenant) return [[...rows]];
  const tenants = new Set(rows.map(([tenant]) => tenant));
  return [...tenants].map((tenant) => rows.filter(([of]) => of === tenant));
}

/** @param build makes a select from the rows `w` of the places, and their tenant; its first column is `w.i` */
export const question = <const C extends RowColumns, Answer>(
  dialect: SqlDialect,
  columns: C,
  build: (db: Kysely<DB>, w: ReturnType<typeof rowsAs<C>>, tenant: RawBuilder<number>) => Compilable,
  answer: Question<Answer>["answer"],
): Question<Answer> => ({
  ...compile(dialect, (db) => build(db, rowsAs(dialect, columns), tenantOf(dialect))),
  columns,
  answer,
});

/** A statement that writes rows: all at once if the database takes sets, else once for each row. */
export interface WriteStatement extends Compiled {
  readonly columns: RowColumns;
  /** Whether it takes all its rows at once, whatever the database. */
  readonly together: boolean;
}

/** A statement and the rows it writes, each with its values in the order of the statement's columns. */
export interface Write {
  statement: WriteStatement;
  rows: Scalar[][];
  /**
   * Each row must change exactly one: the record whose tenant, id and version are its last values, or the row
   * that it adds, which a trigger may drop silently.
   */
  must?: "change" | "add" | undefined;
  /** The type of the changed records. */
  type?: RecordType | undefined;
}

/** The rows that a statement writes: a table `w` if the database takes sets, else parameters. */
class Written<C extends RowColumns> {
  readonly #dialect: SqlDialect;
  readonly #columns: C;
  readonly #isSet: boolean;

  constructor(dialect: SqlDialect, columns: C, together: boolean) {
    this.#dialect = dialect;
    this.#columns = columns;
    this.#isSet = together || dialect.writesSets;
  }

  /** A value of the row. */
  ref<K extends keyof C & string>(column: K): RawBuilder<Value<C[K]>> {
    const isParameter = !this.#isSet || (this.#dialect.oneTenant && column === tenantName);
    return !isParameter ? sql.ref(`w.${column}`) : (param(column) as RawBuilder<Value<C[K]>>);
  }

  /** Adds the rows to a select or an update, if the database takes sets. */
  from<Query>(query: Query): Query {
    return this.#reading(query, "from" in (query as object) ? "from" : "crossJoin");
  }

  /** Adds the rows to a delete, if the database takes sets. */
  using<Query>(query: Query): Query {
    return this.#reading(query, "using");
  }

  /** Limits a statement to rows in which these columns, behind an alias, equal those of the row written. */
  match<Query>(query: Query, alias: string, columns: readonly (keyof C & string)[]): Query {
    type Narrowed = { where(column: string, operator: "=", value: RawBuilder<unknown>): Narrowed };
    let narrowed = query as unknown as Narrowed;
    for (const column of columns) narrowed = narrowed.where(`${alias}.${column}`, "=", this.ref(column));
    return narrowed as unknown as Query;
  }

  #reading<Query>(query: Query, by: "from" | "crossJoin" | "using"): Query {
    if (!this.#isSet) return query;
    const reading = query as unknown as Record<typeof by, (rows: unknown) => Query>;
    return reading[by](rowsAs(this.#dialect, this.#columns));
  }

  /** A select of the row's values. */
  select(db: Kysely<DB>, names: readonly string[] = Object.keys(this.#columns)) {
    const any = anyTable(db);
    return this.#isSet
      ? any
          .selectFrom(rowsAs(this.#dialect, this.#columns))
          .select(names.map((name) => this.ref(name).as(name)))
      : any.selectNoFrom(names.map((name) => this.ref(name).as(name)));
  }

  /** An insert of the row into a table with the same columns. */
  insert(db: Kysely<DB>, table: string) {
    const into = anyTable(db).insertInto(table);
    const names = Object.keys(this.#columns);
    // SQLite takes `on conflict` behind a select only after a `where`.
    if (this.#isSet) return into.columns(names).expression(this.select(db).where(sql<SqlBool>`true`));
    return into.values(Object.fromEntries(names.map((name) => [name, param(name)])));
  }
}

/** @param together takes all rows at once, also where single rows are cheaper */
export const writing = <const C extends RowColumns>(
  dialect: SqlDialect,
  columns: C,
  build: (db: Kysely<DB>, w: Written<C>) => Compilable,
  { together = false }: { together?: boolean } = {},
): WriteStatement => ({
  ...compile(dialect, (db) => build(db, new Written(dialect, columns, together))),
  columns,
  together,
});
