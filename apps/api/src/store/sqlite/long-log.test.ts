import { longLogCases } from "../../testing/long-log.cases.ts";
import { sqliteTestDatabase } from "../../testing/sqlite-test-database.ts";
import { Connection } from "./connection.ts";
import { Writer } from "./writer.ts";

const counts: number[] = [];
const { all } = Connection.prototype;
const { run } = Writer.prototype;
Connection.prototype.all = function (sql, ...values) {
  const rows = all.call(this, sql, ...values);
  counts.push(rows.length);
  return rows;
};
Writer.prototype.run = async function (statements, transaction) {
  const results = await run.call(this, statements, transaction);
  for (const rows of results.flat()) counts.push(rows.length);
  return results;
};

longLogCases(sqliteTestDatabase, (text) => text, { take: () => counts.splice(0) });
