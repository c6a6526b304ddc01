import type { Scalar } from "../rows.ts";
import { perTenant, valuesOf, type Compiled, type Question, type SqlDialect } from "./build.ts";

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
  // Many commands ask the same: about their tenant, or about a tag.
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
