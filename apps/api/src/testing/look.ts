import BetterSqlite from "better-sqlite3";
import { Client } from "pg";

/** A database as another program sees it, without Roster's code. */
export interface Look {
  /** The rows of a query, by the names of its columns. A boolean is 0 or 1, and JSON is text. */
  all<Row>(sql: string): Promise<Row[]>;
}

const isPostgres = (url: string): boolean => /^postgres(ql)?:/.test(url);

/** The file of an SQLite database. */
export function fileOf(url: string): string {
  if (isPostgres(url)) throw new Error("a PostgreSQL database has no file");
  return url.replace(/^sqlite:/, "");
}

/**
 * Reads one state of a database, whatever others write meanwhile.
 * @param url as in `DATABASE_URL`
 */
export async function look<T>(url: string, at: (database: Look) => Promise<T>): Promise<T> {
  if (isPostgres(url)) {
    return withClient(url, async (client) => {
      await client.query("begin isolation level repeatable read read only");
      return at({ all: async <Row>(sql: string) => (await client.query(sql)).rows as Row[] });
    });
  }
  const file = new BetterSqlite(fileOf(url), { readonly: true, fileMustExist: true });
  try {
    file.exec("begin");
    return await at({ all: async <Row>(sql: string) => file.prepare(sql).all() as Row[] });
  } finally {
    file.close();
  }
}

/** Changes a database without Roster. */
export async function tamper(url: string, sql: string): Promise<void> {
  if (isPostgres(url)) {
    await withClient(url, (client) => client.query(sql));
    return;
  }
  const file = new BetterSqlite(fileOf(url), { fileMustExist: true });
  try {
    file.exec(sql);
  } finally {
    file.close();
  }
}

/** Parsers of the PostgreSQL types whose values are not read as text, by OID. */
const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => (text === "t" ? 1 : 0),
  20: Number,
  23: Number,
};

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    types: { getTypeParser: (oid: number) => parsers[oid] ?? String },
  });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
