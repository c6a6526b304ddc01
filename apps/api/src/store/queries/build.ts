import type { InferKyselyDB } from "@mikro-orm/sql";
import type { RecordType } from "@roster/domain";
import { DummyDriver, Kysely, sql, type Compilable, type RawBuilder, type SqlBool } from "kysely";
import type { Entity } from "../entities.ts";
import type { Scalar } from "../rows.ts";
import type { ColumnType } from "../tables.ts";
import type { Compiled, Question, RowColumns, SqlDialect } from "./asker.ts";

/**
 * Builds the statements of the store. Each is built with Kysely, typed from the entities, once per shape and
 * database. From then on it is a text, which `asker.ts` runs.
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
/** The schema for statements whose table is a parameter of their shape. */
export type AnyDB = Record<string, Record<string, unknown>>;
export const anyTable = (db: unknown): Kysely<AnyDB> => db as Kysely<AnyDB>;

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
 * The tenant of the rows `w` of a parameter, or of another source: a column or, if all are of one tenant, a
 * parameter.
 */
export const tenantOf = (dialect: SqlDialect, source = "w"): RawBuilder<number> =>
  dialect.oneTenant ? param(tenantName) : sql.ref<number>(`${source}.${tenantName}`);

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
