import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sqliteOperations } from "./sqlite-operations.ts";

let home: string;
beforeAll(async () => void (home = await mkdtemp(join(tmpdir(), "roster-backup-"))));
afterAll(() => rm(home, { recursive: true, force: true }));

/** Makes a database file of about twenty megabytes. */
async function largeFile(name: string): Promise<string> {
  const file = join(home, name);
  await sqliteOperations(file).migrate();
  const database = new BetterSqlite(file);
  database.exec(
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000)
     insert into idempotency_keys (tenant, key, fingerprint, reply, at) select 1, i, '', hex(zeroblob(10000)), '' from n`,
  );
  database.close();
  return file;
}

it("a backup copies each page once, however often the file is written meanwhile, and is the state of one moment", async () => {
  const file = await largeFile("live.db");
  const other = new BetterSqlite(file);
  const seen: number[] = [];
  await sqliteOperations(file).backup(join(home, "copy.db"), (done) => {
    seen.push(done);
    other.exec("update idempotency_keys set at = at || 'later'");
  });
  other.close();
  expect(seen.length, "writes happened during the backup").toBeGreaterThan(1);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.length).toBeLessThan(10);
  const copy = new BetterSqlite(join(home, "copy.db"), { readonly: true });
  expect(copy.prepare("select distinct at from idempotency_keys").pluck().all()).toEqual([""]);
  copy.close();
});

it("a copy that fails its check does not get the name, and is removed", async () => {
  const file = await largeFile("broken.db");
  const database = new BetterSqlite(file);
  database.exec("insert into tenant_counters values (1, 5, 0, 0, 0)");
  database.close();
  await expect(sqliteOperations(file).backup(join(home, "of-broken.db"), () => {})).rejects.toThrow(
    "the log of tenant 1 is not complete in the copy",
  );
  expect((await readdir(home)).filter((name) => name.startsWith("of-broken"))).toEqual([]);
});

it("of two backups to the same file, one gets the name, and the other is refused", async () => {
  const file = await largeFile("twice.db");
  const to = join(home, "of-twice.db");
  const backups = [1, 2].map(() => sqliteOperations(file).backup(to, () => {}));
  const refused = (await Promise.allSettled(backups)).filter(({ status }) => status === "rejected");
  expect(refused).toMatchObject([{ reason: { message: `${to} exists already` } }]);
  expect((await readdir(home)).filter((name) => name.startsWith("of-twice"))).toEqual(["of-twice.db"]);
  const copy = new BetterSqlite(to, { readonly: true });
  expect(copy.prepare("select count(*) from idempotency_keys").pluck().get()).toBe(1_000);
  copy.close();
});

it("a backup to a folder that does not exist names the folder", async () => {
  const file = await largeFile("lonely.db");
  const folder = join(home, "missing");
  await expect(sqliteOperations(file).backup(join(folder, "copy.db"), () => {})).rejects.toThrow(
    `the folder ${folder} does not exist`,
  );
});
