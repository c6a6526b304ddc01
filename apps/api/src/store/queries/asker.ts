import type { Scalar } from "../rows.ts";
import { valuesOf, type Compiled, type Question, type SqlDialect } from "./build.ts";

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
 * Asks a question about many places of a tenant in one statement, about equal places only once.
 * @param places the values to ask about, each in the order of the question's columns
 * @returns the answers, in the order of the places
 */
export async function askAll<Answer>(
  asker: Asker,
  question: Question<Answer>,
  tenant: number,
  places: readonly (readonly Scalar[])[],
): Promise<Answer[]> {
  const rows: (readonly Scalar[])[] = [];
  const known = new Map<string, number>();
  // Many commands ask the same: about their tenant's settings, or about a tag.
  const at = places.map((values) => {
    if (values.some(isNowhere)) return -1;
    if (places.length === 1) return rows.push(values) - 1;
    const key = values.join("\0");
    const place = known.get(key) ?? rows.push(values) - 1;
    known.set(key, place);
    return place;
  });
  const found: unknown[][][] = rows.map(() => []);
  if (rows.length > 0) {
    const bound = { ...asker.dialect.bindRows(question.columns, rows), tenant };
    for (const row of await asker.all(question.sql, valuesOf(question, bound)))
      found[(row[0] as number) - 1]?.push(row);
  }
  const answers = found.map((some) => question.answer(some));
  return at.map((place) => (place < 0 ? question.answer([]) : (answers[place] as Answer)));
}

/** Asks a question about one place of a tenant. */
export const askOne = async <Answer>(
  asker: Asker,
  question: Question<Answer>,
  tenant: number,
  ...values: readonly Scalar[]
): Promise<Answer> => (await askAll(asker, question, tenant, [values]))[0] as Answer;
