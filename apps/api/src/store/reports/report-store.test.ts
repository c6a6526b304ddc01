import { RosterError } from "@roster/domain";
import { expect, it } from "vitest";
import { openReportStore, type ReportConnection, type ReportQuery } from "./report-store.ts";

const query: ReportQuery = {
  tenant: 7,
  type: "user",
  where: { $or: [{ email: "private@person.example" }, { customerRecord: { parentRecord: { name: "x" } } }] },
  orderBy: [{ id: "asc" }],
  limit: 10,
  offset: 0,
  populate: ["customerRecord.parentRecord"],
  relatedDeleted: false,
};

/** A connection to nothing, and what was sent over it. */
function connectionTo(answer: (sql: string) => object[]) {
  const sent: string[] = [];
  const run = async (sql: string) => (sent.push(sql), answer(sql));
  const connection: ReportConnection = {
    lost: false,
    query: run,
    close: async () => undefined,
  };
  return { connection, sent };
}

it("every table of a statement is bound to the tenant, by a condition or by the key of a join", async () => {
  const { connection, sent } = connectionTo(() => []);
  const store = await openReportStore("sqlite", async () => connection);
  expect(await store.find(query)).toEqual([]);
  await store.close();
  const selects = sent.filter((sql) => sql.startsWith("select"));
  expect(selects).toHaveLength(1);
  const [select = ""] = selects;
  expect(select).toMatch(/ where `u0`\.`tenant` = 7 and \(/);
  const aliases = [
    ...select.matchAll(/ join `\w+` as `(\w+)` on `(\w+)`\.`tenant` = `(\w+)`\.`tenant` and/g),
  ];
  expect(aliases.length).toBeGreaterThanOrEqual(2);
  expect(aliases).toHaveLength([...select.matchAll(/ join /g)].length);
  for (const [, alias, from, to] of aliases) expect([from, to]).toContain(alias);
});

it("a failure reveals none of the requested values", async () => {
  const { connection } = connectionTo((sql) => {
    if (sql.startsWith("select")) throw new Error("failed", { cause: new Error("disk I/O error") });
    return [];
  });
  const store = await openReportStore("sqlite", async () => connection);
  const error: unknown = await store.find(query).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ message: "disk I/O error" });
  expect((error as Error).stack).not.toContain("private@person.example");
  await store.close();
});

it("a report is refused while there is no connection for it, and the next one tries again", async () => {
  let up = false;
  const { connection } = connectionTo((sql) => (sql.includes("count") ? [{ count: 3 }] : []));
  const store = await openReportStore("sqlite", async () => {
    if (up) return connection;
    throw new Error("connection refused");
  });
  const error: unknown = await store.count(query).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RosterError);
  expect(error).toMatchObject({ code: "UNAVAILABLE", cause: { message: "connection refused" } });
  up = true;
  expect(await store.count(query)).toBe(3);
  await store.close();
});
