import { MikroORM, type Constructor, type EntitySchema, type IDatabaseDriver } from "@mikro-orm/core";
import { RosterError, type Field } from "@roster/domain";
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import { entitiesOf, type Dialect } from "../entities.ts";
import { Pool } from "../pool.ts";
import { snake } from "../tables.ts";
import { reported, reportedRecords, type Reported } from "./reported.ts";

/** How many reports read at a time; others wait for their turn, for five seconds at most. */
const maxConnections = 2;

/** A connection that refuses writes. */
export interface ReportConnection {
  /** It is not fit for another report. */
  readonly lost: boolean;
  /**
   * Runs a statement without parameters.
   * @returns its rows, by the names of their columns
   * @throws Error whose cause is the reason for the refusal: MikroORM passes on only the cause of an error
   */
  query(sql: string): Promise<object[]>;
  close(): Promise<void>;
}

/** Which rows of a tenant a report reads. It is checked: nothing in it is SQL, or unknown to `reported`. */
export interface ReportQuery {
  tenant: number;
  type: Reported;
  where: object;
  orderBy: Record<string, "asc" | "desc" | "asc nulls first" | "desc nulls last">[];
  limit: number;
  offset: number;
  /** Paths of relations to load. */
  populate: readonly string[];
  /** Whether relations lead to deleted records too. */
  relatedDeleted: boolean;
}

/** Reads by MikroORM. The rows are plain objects that lead back to nothing. */
export interface ReportStore {
  find(query: ReportQuery): Promise<object[]>;
  count(query: ReportQuery): Promise<number>;
  close(): Promise<void>;
}

type Row = Record<string, unknown>;

/**
 * Opens MikroORM on the entities that reports read. Loading this file loads MikroORM.
 * @param open opens a connection that refuses writes
 */
export async function openReportStore(
  dialect: Dialect,
  open: () => Promise<ReportConnection>,
): Promise<ReportStore> {
  const all: Readonly<Record<Reported, EntitySchema>> = entitiesOf(dialect);
  for (const type of reportedRecords)
    for (const [name, { field, type: target }] of reported[type].relations)
      // The tenant is part of the key: a record is joined with records of its own tenant only.
      all[type].addManyToOne(name, target, {
        entity: () => all[target],
        joinColumns: ["tenant", snake(field)],
        referencedColumnNames: ["tenant", "id"],
        ownColumns: [snake(field)],
        nullable: true,
        createForeignKeyConstraint: false,
      });
  const driver: Constructor<IDatabaseDriver> =
    dialect === "sqlite"
      ? (await import("@mikro-orm/sqlite")).SqliteDriver
      : (await import("@mikro-orm/postgresql")).PostgreSqlDriver;
  const orm = new MikroORM({
    driver,
    // The connections know which database they are on; MikroORM would make the one that is named here.
    dbName: "unused",
    ensureDatabase: false,
    entities: [...reportedRecords, "changeLog" as const].map((type) => all[type]),
    // Kysely only hands on the statements, which MikroORM has made for the right database: so it can be the
    // dialect that takes a pool.
    driverOptions: () => new PostgresDialect({ pool: poolOf(open) }),
    // All that a report reads, it reads by one statement.
    loadStrategy: "joined",
    // A field and its relation are one column; nothing is ever written.
    discovery: { checkDuplicateFieldNames: false },
    // Statements have personal data in them.
    logger: () => undefined,
  });
  const where = ({ tenant, where }: ReportQuery) => ({ $and: [{ tenant }, where] });
  /** MikroORM's own errors repeat the statement, and the values in it. */
  const rethrow = (error: unknown): never => {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  };
  return {
    async find(query) {
      const { type, limit, offset, orderBy, populate } = query;
      const options = { limit, offset, orderBy, populate: populate as never[] };
      const found = await orm.em.fork().find(all[type], where(query), options).catch(rethrow);
      return found.map((entity) => plain(type, entity as Row, query));
    },
    count: (query) => orm.em.fork().count(all[query.type], where(query)).catch(rethrow),
    close: () => orm.close(),
  };
}

/** The fields of an entity that reports show, and those of the records that were loaded with it. */
function plain(type: Reported, entity: Row, query: Pick<ReportQuery, "populate" | "relatedDeleted">): Row {
  const { fields, relations } = reported[type];
  const row: Row = {};
  for (const [name, field] of fields) row[name] = valueOf(field, entity[name]);
  for (const [name, relation] of relations) {
    const paths = query.populate.filter((path) => path === name || path.startsWith(`${name}.`));
    if (paths.length === 0) continue;
    const related = entity[name] as Row | null | undefined;
    const isShown = related && (query.relatedDeleted || related["deletedAt"] === null);
    const populate = paths.map((path) => path.slice(name.length + 1)).filter((path) => path !== "");
    row[name] = isShown ? plain(relation.type, related, { ...query, populate }) : null;
  }
  return row;
}

/** A value as records have it: MikroORM leaves the JSON of PostgreSQL as text, and makes its integers `bigint`. */
function valueOf({ kind }: Field, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  const isJson = kind === "json" || kind === "set";
  return isJson && typeof value === "string" ? JSON.parse(value) : (value ?? null);
}

/** The connections of reports as Kysely needs them. */
function poolOf(open: () => Promise<ReportConnection>): PostgresPool {
  const pool = new Pool(open, maxConnections);
  return {
    options: {},
    async connect() {
      const connection = await pool.take().catch((cause: unknown) => {
        const refusal = new RosterError("UNAVAILABLE", "there is no connection for the report", { cause });
        throw new Error("no connection", { cause: refusal });
      });
      const query = async (sql: string) => ({
        command: "SELECT",
        rowCount: 0,
        rows: await connection.query(sql),
      });
      const release = () => pool.release(connection);
      return { query: query as unknown as PostgresPoolClient["query"], release };
    },
    end: () => pool.close(),
  };
}
