import { bookkeeping, type Kept } from "./bookkeeping.ts";
import { snake, tables, type ColumnType } from "./tables.ts";

/** A table, as `db:copy` copies it from one database to another. */
export interface CopiedTable {
  name: string;
  columns: readonly { name: string; type: ColumnType }[];
  /** The columns of the primary key. Both databases sort it by code points. */
  key: readonly string[];
}

/** All tables of the schema with all their columns; `schema.test.ts` compares them with the entities. */
export const copiedTables: readonly CopiedTable[] = [
  ...Object.values(tables).map(({ name, columns }): CopiedTable => ({
    name,
    columns: [{ name: "tenant", type: "integer" }, { name: "seq", type: "integer" }, ...columns],
    key: ["tenant", "id"],
  })),
  ...Object.entries<Record<string, Kept>>(bookkeeping).map(([entity, of]) => {
    const columns = Object.entries(of).map(([field, column]) => ({ name: snake(field), ...column }));
    return {
      name: snake(entity),
      columns,
      key: columns.filter(({ options }) => options.primary).map(({ name }) => name),
    };
  }),
];

/** Column or table names in quotes and separated by commas: `user` is a reserved word of PostgreSQL. */
export const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");

/** A `select` of all rows of a table in the order of its key. */
export const selectAll = ({ name, columns, key }: CopiedTable): string =>
  `select ${quoted(columns.map((column) => column.name))} from ${quoted([name])} order by ${quoted(key)}`;
