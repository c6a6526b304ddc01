import type { InferKyselyDB } from "@mikro-orm/sql";
import {
  DummyDriver,
  Kysely,
  sql,
  type Compilable,
  type Dialect as KyselyDialect,
  type RawBuilder,
} from "kysely";
import type { Dialect, Entity } from "../entities.ts";
import type { Scalar } from "../rows.ts";
import type { ColumnType } from "../tables.ts";

/**
 * How the statements of the store are made: each is built with Kysely, typed from the entities, once for
 * each shape and database, and from then on is a text that the connections of the database prepare.
 */

/** A value as the drivers have it: JSON is text, and SQLite has numbers for truth. */
type Driven<Value> = Value extends string | number | null
  ? Value
  : Value extends boolean
    ? boolean | number
    : string;
type Entities = InferKyselyDB<Entity>;
/** The tables and columns of the store, by their names in SQL. */
export type DB = { [T in keyof Entities]: { [C in keyof Entities[T]]: Driven<Entities[T][C]> } };
/** For statements about a table that is a parameter of their shape. */
export type AnyDB = Record<string, Record<string, unknown>>;
export const anyTable = (db: unknown): Kysely<AnyDB> => db as Kysely<AnyDB>;

/** Columns of rows that a statement takes as a parameter. */
export type RowColumns = Readonly<Record<string, ColumnType>>;

/** What differs between the databases in the texts of statements. */
export interface SqlDialect {
  readonly name: Dialect;
  readonly kysely: Pick<KyselyDialect, "createAdapter" | "createQueryCompiler" | "createIntrospector">;
  /** The clock that all processes share which have the database open, in milliseconds. */
  readonly now: RawBuilder<number>;
  /** At the end of a select: passes over rows that another process has locked, where others can write at all. */
  readonly skipLocked: RawBuilder<unknown> | undefined;
  /** A select of the rows of a parameter, each with its place in it, `i`, from 1 on. */
  rows(columns: RowColumns): RawBuilder<unknown>;
  /** The values of that parameter, by the names that `rows` gives its parts. */
  bindRows(columns: RowColumns, rows: readonly (readonly Scalar[])[]): Record<string, Scalar>;
  /** Whether a statement that writes takes all its rows at once, and not one after the other. */
  readonly writesSets: boolean;
  /** How large the JSON of a column is, in bytes. */
  size(column: string): RawBuilder<number>;
  /** All rows as a JSON array of arrays of these columns; null of none. */
  jsonRows(names: readonly string[]): RawBuilder<string>;
  /** Whether a column has one of the values of a parameter, which `list` makes. */
  isIn(column: string, parameter: string): RawBuilder<boolean>;
  list(values: readonly string[]): Scalar;
}

/** A parameter in a statement, by its name. */
class Parameter {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
export const param = <T extends Scalar = Scalar>(name: string): RawBuilder<T> =>
  sql<T>`${new Parameter(name)}`;

/** A text of the program's own, which is part of the statement. */
export const text = <T extends string>(value: T): RawBuilder<T> => sql.lit(value);

/** A statement, and the names of its parameters in their order. */
export interface Compiled {
  readonly sql: string;
  readonly names: readonly string[];
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

/** Compiles a statement. */
export function compile(dialect: SqlDialect, build: (db: Kysely<DB>) => Compilable): Compiled {
  const { sql: statement, parameters } = build(builderOf(dialect)).compile();
  const names = parameters.map((parameter) => {
    if (parameter instanceof Parameter) return parameter.name;
    throw new Error(`a statement has a value of its own, which would be bound each time: ${statement}`);
  });
  return { sql: statement, names };
}

/** The values of a statement, in the order of its parameters. */
export const valuesOf = ({ names }: Compiled, values: Readonly<Record<string, Scalar>>): Scalar[] =>
  names.map((name) => values[name] ?? null);

/** How many statements of a shape are kept at the least, some ten kilobytes each; at most twice as many. */
const kept = 500;

/**
 * Makes something for each database and each choice of arguments, which are the shape of a statement, and
 * keeps it as long as it is in use. An update names the columns that have changed, and there are more
 * choices of columns than there is memory.
 */
export function shape<Args extends readonly (string | number | boolean | undefined)[], Made>(
  make: (dialect: SqlDialect, ...args: Args) => Made,
): (dialect: SqlDialect, ...args: Args) => Made {
  const empty = () => ({ recent: new Map<string, Made>(), earlier: new Map<string, Made>() });
  const made: Record<Dialect, ReturnType<typeof empty>> = { sqlite: empty(), postgres: empty() };
  return (dialect, ...args) => {
    const of = made[dialect.name];
    // Not `join`, which takes microseconds: this is done for each read.
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
/** The rows of a parameter: those asked about, with the place of each. */
type RowsOf<C extends RowColumns> = { [K in keyof C]: Value<C[K]> } & { i: number };

/** The rows of a parameter as a table `w`. */
export const rowsAs = <C extends RowColumns>(dialect: SqlDialect, columns: C) =>
  (dialect.rows(columns) as RawBuilder<RowsOf<C>>).as("w");

/** A question about any number of places: each row of its answer says first which of them it is about. */
export interface Question<Answer> extends Compiled {
  readonly columns: RowColumns;
  answer(rows: readonly (readonly unknown[])[]): Answer;
}

/** @param build makes a select whose first column is `w.i`, from the rows `w` that are asked about */
export const question = <const C extends RowColumns, Answer>(
  dialect: SqlDialect,
  columns: C,
  build: (db: Kysely<DB>, w: ReturnType<typeof rowsAs<C>>) => Compilable,
  answer: Question<Answer>["answer"],
): Question<Answer> => ({
  ...compile(dialect, (db) => build(db, rowsAs(dialect, columns))),
  columns,
  answer,
});

/** A statement that writes rows: all at once where the database takes sets, else run once for each. */
export interface WriteStatement extends Compiled {
  readonly columns: RowColumns;
}

/** The rows that a statement writes: a table `w` in the texts for sets, parameters in those for single rows. */
class Written<C extends RowColumns> {
  readonly #dialect: SqlDialect;
  readonly #columns: C;

  constructor(dialect: SqlDialect, columns: C) {
    this.#dialect = dialect;
    this.#columns = columns;
  }

  /** A value of the row. */
  ref<K extends keyof C & string>(column: K): RawBuilder<Value<C[K]>> {
    return this.#dialect.writesSets ? sql.ref(`w.${column}`) : (param(column) as RawBuilder<Value<C[K]>>);
  }

  /** Lets a select or an update that is for sets read the rows. */
  from<Query>(query: Query): Query {
    return this.#reading(query, "from" in (query as object) ? "from" : "crossJoin");
  }

  /** Lets a delete that is for sets read the rows. */
  using<Query>(query: Query): Query {
    return this.#reading(query, "using");
  }

  /** Narrows a statement to the rows whose columns of these names, behind an alias, are equal to those written. */
  match<Query>(query: Query, alias: string, columns: readonly (keyof C & string)[]): Query {
    type Narrowed = { where(column: string, operator: "=", value: RawBuilder<unknown>): Narrowed };
    let narrowed = query as unknown as Narrowed;
    for (const column of columns) narrowed = narrowed.where(`${alias}.${column}`, "=", this.ref(column));
    return narrowed as unknown as Query;
  }

  #reading<Query>(query: Query, by: "from" | "crossJoin" | "using"): Query {
    if (!this.#dialect.writesSets) return query;
    const reading = query as unknown as Record<typeof by, (rows: unknown) => Query>;
    return reading[by](rowsAs(this.#dialect, this.#columns));
  }

  /** A select of values of the row. */
  select(db: Kysely<DB>, names: readonly string[] = Object.keys(this.#columns)) {
    const any = anyTable(db);
    return this.#dialect.writesSets
      ? any.selectFrom(rowsAs(this.#dialect, this.#columns)).select(names.map((name) => `w.${name}`))
      : any.selectNoFrom(names.map((name) => param(name).as(name)));
  }

  /** An insert of the row, whose columns are those of the table. */
  insert(db: Kysely<DB>, table: string) {
    const into = anyTable(db).insertInto(table);
    const names = Object.keys(this.#columns);
    if (this.#dialect.writesSets) return into.columns(names).expression(this.select(db));
    return into.values(Object.fromEntries(names.map((name) => [name, param(name)])));
  }
}

export const writing = <const C extends RowColumns>(
  dialect: SqlDialect,
  columns: C,
  build: (db: Kysely<DB>, w: Written<C>) => Compilable,
): WriteStatement => ({ ...compile(dialect, (db) => build(db, new Written(dialect, columns))), columns });
