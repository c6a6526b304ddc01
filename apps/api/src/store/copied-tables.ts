import { entitiesOf, postgresTypes } from "./entities.ts";

/** A column of any table, with the type of its values on PostgreSQL. */
interface CopiedColumn {
  name: string;
  type: "text" | "bigint" | "boolean" | "json";
}

/** A table of the schema, as it is copied from database to database. */
export interface CopiedTable {
  name: string;
  columns: readonly CopiedColumn[];
  /** The primary key. On every database its order is that of the code points. */
  key: readonly string[];
}

/** What a column of an entity says of itself, in `entities.ts`. */
interface Described {
  type: string;
  columnType?: string;
  fieldName?: string;
  primary?: boolean;
}

/** All tables of the schema, with all of their columns: those of the entities, of which a test says that they are all. */
export function copiedTables(): CopiedTable[] {
  return entitiesOf(postgresTypes).map(({ meta }) => {
    const columns = Object.entries(meta.properties as unknown as Record<string, Described>).map(
      ([property, { type, columnType = type, fieldName = property, primary = false }]) => ({
        name: fieldName,
        type: columnType as CopiedColumn["type"],
        primary,
      }),
    );
    return {
      name: meta.tableName,
      columns: columns.map(({ name, type }) => ({ name, type })),
      key: columns.filter(({ primary }) => primary).map(({ name }) => name),
    };
  });
}

/** Names as they stand in SQL: one of them is a word of PostgreSQL's own. */
export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** `select … from … order by …`: a table's rows, in the order of its key. */
export const selectAll = ({ name, columns, key }: CopiedTable): string =>
  `select ${quoted(columns.map((column) => column.name))} from ${quoted([name])} order by ${quoted(key)}`;
