import { pino } from "pino";
import { expect, it, vi } from "vitest";
import { newSqliteFile } from "../../testing/new-sqlite-file.ts";
import { Outage } from "../outage.ts";
import { Connection } from "./connection.ts";
import { openSqlite, sqliteDatabase } from "./sqlite-database.ts";
import { Writer } from "./writer.ts";

it("reads that the disk refuses are UNAVAILABLE, are logged as one outage, and work again afterwards", async () => {
  const { file, remove } = await newSqliteFile();
  await (await openSqlite(file)).close();
  const lines: string[] = [];
  const logger = pino(
    {},
    { write: (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const reader = new Connection(file, { readonly: true });
  const database = sqliteDatabase(new Writer(file), reader, new Outage(logger));
  const disk = vi.spyOn(reader, "all").mockImplementation(() => {
    throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_READ" });
  });
  for (let reads = 0; reads < 3; reads++)
    await expect(database.isEmpty()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  disk.mockRestore();
  expect(await database.isEmpty()).toBe(true);
  expect(lines).toEqual(["the database is not available", "the database is available again"]);

  vi.spyOn(reader, "all").mockImplementation(() => {
    throw Object.assign(new Error("no such table"), { code: "SQLITE_ERROR" });
  });
  await expect(database.isEmpty()).rejects.toThrow("no such table");
  vi.restoreAllMocks();
  await database.close();
  await remove();
});
