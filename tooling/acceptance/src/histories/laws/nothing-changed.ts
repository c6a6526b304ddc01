import { hash } from "node:crypto";
import { look } from "@roster/api/testing/look";
import type { Server } from "../../server.ts";

/** Tables that change without a request, and those of SQLite's search. */
const restless = /^(token_uses|webhook_\w+|search_index\w*|sqlite_\w+)$/;

/** What the database contains: the rows of each table, as a digest. */
export const contents = ({ database: url }: Server): Promise<Record<string, string>> =>
  look(url, async (database) => {
    const sql = url.startsWith("sqlite:")
      ? "select name from sqlite_schema where type = 'table' order by 1"
      : "select tablename as name from pg_tables where schemaname = 'public' order by 1";
    const digests: Record<string, string> = {};
    for (const { name } of await database.all<{ name: string }>(sql)) {
      if (restless.test(name)) continue;
      const rows = (await database.all<object>(`select * from ${name}`)).map((row) => JSON.stringify(row));
      digests[name] = hash("sha256", rows.toSorted().join("\n"));
    }
    return digests;
  });
