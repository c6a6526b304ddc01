import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createApi } from "@roster/api";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { audit } from "../guarantees/audit.ts";
import { operate } from "../operations/run.ts";
import { rpcOf } from "../rpc.ts";
import { spawnServer, startServer } from "../server.ts";

/** The files of an SQLite database: valid paths, permissions, and missing files. */

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roster-files-"));
  file = join(folder, "roster.db");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts the server on a file; the start must fail. */
async function start(path: string): Promise<{ code: number | null; output: string }> {
  const { output, exit } = spawnServer({ DATABASE_URL: `sqlite:${path}` });
  return { code: await exit, output: output() };
}
const refused = (path: string, why: string) => ({
  code: 1,
  output: expect.stringMatching(
    new RegExp(
      `^roster: DATABASE_URL sqlite:${path.replaceAll(/[.+*]/g, "\\$&")} cannot be used: [^\\n]*${why}[^\\n]*\\n$`,
    ),
  ) as string,
});

describe("a start reports in one line why a file cannot be the database, and exits with 1", () => {
  it.each<[what: string, path: () => Promise<string> | string, why: string]>([
    ["a folder that cannot be made", () => "/proc/nope/x.db", "the folder /proc/nope cannot be made"],
    [
      "a folder below a file",
      async () => (await writeFile(file, ""), join(file, "x", "y.db")),
      "cannot be made",
    ],
    ["a folder", () => folder, "is a folder"],
    ["a device", () => "/dev/null", "is a device"],
    ["a pipe", () => (execFileSync("mkfifo", [file]), file), "is a pipe"],
    ["a pipe in the place of the log", () => (execFileSync("mkfifo", [`${file}-wal`]), file), "is a pipe"],
    [
      "a file that is no database",
      async () => (await writeFile(file, "x".repeat(5_000)), file),
      "not a database",
    ],
    ["a link to itself", async () => (await symlink(file, file), file), ""],
    ["a name that ends in a slash", () => `${folder}/new/`, ""],
  ])("%s", async (_what, path, why) => {
    const given = await path();
    expect(await start(given)).toEqual(refused(given, why));
  });

  it("a NUL in the name", async () => {
    await expect(createApi({ databaseUrl: `sqlite:${folder}/a\0b` })).rejects.toThrow("no NUL");
  });

  it("a link to a missing file leads to a new database", async () => {
    await symlink(join(folder, "target.db"), file);
    const server = await startServer({ DATABASE_URL: `sqlite:${file}` });
    expect((await stat(join(folder, "target.db"))).size).toBeGreaterThan(0);
    await server.dispose();
  });

  describe("a read-only file or folder", () => {
    beforeEach(async () => {
      const server = await startServer({ DATABASE_URL: `sqlite:${file}` });
      await server.stop();
    });

    it("the file", async () => {
      await chmod(file, 0o444);
      expect(await start(file)).toEqual(refused(file, `the file ${file} is read-only`));
    });

    it("the folder", async () => {
      await chmod(folder, 0o555);
      expect(await start(file)).toEqual(refused(file, `the folder ${folder} is read-only`));
      await chmod(folder, 0o700);
    });
  });
});

describe("the operator's commands refuse a file that would block them for ever", () => {
  it.each([["status"], ["migrate"], ["backup", "--to", "copy.db"]])("db:%s", async (...args) => {
    execFileSync("mkfifo", [file]);
    expect(await operate(args, { DATABASE_URL: `sqlite:${file}` })).toMatchObject({
      exit: 1,
      complained: `roster: ${file} is a pipe and no file\n`,
    });
  });
});

describe("only their owner can read", () => {
  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

  it("the database, its log, the folders created for it, and copies of it", async () => {
    const database = `sqlite:${join(folder, "new", "deep", "roster.db")}`;
    const server = await startServer({ DATABASE_URL: database });
    const env = { DATABASE_URL: database };
    const to = join(folder, "backup.db");
    expect((await operate(["backup", "--to", to], env)).exit).toBe(0);
    const copy = join(folder, "copies", "copy.db");
    expect(await operate(["copy", "--live", "--from", database, "--to", `sqlite:${copy}`])).toMatchObject({
      exit: 0,
    });
    const deep = join(folder, "new", "deep");
    const files = [...(await readdir(deep)).map((name) => join(deep, name)), to, copy];
    expect(files.map((path) => basename(path))).toEqual(
      expect.arrayContaining(["roster.db", "roster.db-wal", "roster.db-shm", "backup.db", "copy.db"]),
    );
    for (const path of files) expect([path, await modeOf(path)]).toEqual([path, "600"]);
    for (const name of ["new", "new/deep", "copies"]) expect(await modeOf(join(folder, name))).toBe("700");
    await server.dispose();
  });
});

describe("a file that is deleted or replaced under a running server", () => {
  it.each<[what: string, how: () => Promise<unknown>, back: () => Promise<unknown>]>([
    ["the database is moved away", () => rename(file, `${file}.moved`), () => rename(`${file}.moved`, file)],
    [
      "the database is replaced",
      async () => {
        await rename(file, `${file}.moved`);
        await writeFile(file, "something else");
      },
      () => rename(`${file}.moved`, file),
    ],
    [
      "the log is moved away",
      () => rename(`${file}-wal`, `${file}.moved`),
      () => rename(`${file}.moved`, `${file}-wal`),
    ],
  ])("%s: no change is accepted, /readyz fails, and the log gives the reason", async (_what, how, back) => {
    const server = await startServer({ DATABASE_URL: `sqlite:${file}` });
    const rpc = rpcOf(server.url, server.token);
    const { id } = (await rpc("customer.create", { name: "before" })).data;
    const update = () =>
      rpc("customer.update", { where: { id }, patch: { name: "after" }, idempotencyKey: "key" });
    const ready = async () => (await fetch(`${server.url}/readyz`)).status;
    expect(await ready()).toBe(200);

    await how();
    expect(await ready()).toBe(503);
    expect(await update()).toMatchObject({ status: 503, error: { code: "UNAVAILABLE" } });
    expect(await ready()).toBe(503);
    await expect
      .poll(() => server.output())
      .toMatch(
        /roster\.db(-wal)? was (deleted|replaced) under the running server, which must be started again/,
      );
    expect((await rpc("customer.get", { where: { id } })).data).toMatchObject({ name: "before" });

    await back();
    expect((await update()).data).toMatchObject({ applied: true, version: 2 });
    expect(await ready()).toBe(200);
    await server.stop();
    const again = await startServer({ DATABASE_URL: `sqlite:${file}` });
    const { data } = await rpcOf(again.url, again.token)("customer.get", { where: { id } });
    expect(data).toMatchObject({ name: "after", version: 2 });
    expect((await audit(again.database)).problems).toEqual([]);
    await again.dispose();
  });

  it("is served from its new path by the next start, with every change acknowledged since", async () => {
    const server = await startServer({ DATABASE_URL: `sqlite:${file}` });
    const rpc = rpcOf(server.url, server.token);
    const copy = join(folder, "backup.db");
    expect((await operate(["backup", "--to", copy], { DATABASE_URL: server.database })).exit).toBe(0);
    for (const ending of ["", "-wal", "-shm"]) await rm(file + ending);
    await rename(copy, file);
    expect((await rpc("customer.create", { name: "lost" })).status).toBe(503);
    await server.stop("SIGKILL");
    const again = await startServer({ DATABASE_URL: `sqlite:${file}` });
    expect((await rpcOf(again.url, again.token)("customer.create", { name: "new" })).data).toMatchObject({
      number: 1,
    });
    await again.dispose();
  });
});

describe("the write-ahead log", () => {
  it("is short again after a long read has prevented it from being emptied", async () => {
    const server = await startServer({ DATABASE_URL: `sqlite:${file}` });
    const rpc = rpcOf(server.url, server.token);
    const reader = new BetterSqlite(file, { readonly: true });
    reader.exec("begin");
    reader.prepare("select count(*) from customers").get();
    const { id } = (await rpc("customer.create", {})).data;
    const large = async (i: number) => {
      const properties = { text: `${i}${"x".repeat(60_000)}` };
      expect((await rpc("customer.update", { where: { id }, patch: { properties } })).status).toBe(200);
    };
    const length = async () => (await stat(`${file}-wal`)).size;
    const limit = 16 * 1024 * 1024;
    for (let i = 0; (await length()) < limit * 1.5; i++) await large(i);
    reader.exec("commit");
    reader.close();
    for (let i = 0; i < 3; i++) await large(i);
    expect(await length()).toBeLessThanOrEqual(limit);
    await server.dispose();
  });
});

describe("a database in memory, for tests", () => {
  it("is separate for each api, works like a file, and leaves nothing behind", async () => {
    const before = await readdir(tmpdir());
    const apis = await Promise.all(
      [1, 2].map(() => createApi({ databaseUrl: "sqlite::memory:", token: "secret" })),
    );
    const call = async (api: (typeof apis)[number], path: string, input: object): Promise<unknown> => {
      const response = await api.fetch(
        new Request(`http://roster.example/trpc/${path}`, {
          method: "POST",
          headers: { authorization: "Bearer secret", "content-type": "application/json" },
          body: JSON.stringify(input),
        }),
      );
      return ((await response.json()) as { result?: { data: unknown } }).result?.data;
    };
    for (const api of apis) {
      const made = await Promise.all([1, 2, 3].map((i) => call(api, "customer.create", { name: `c${i}` })));
      expect(made).toEqual([1, 2, 3].map((number) => expect.objectContaining({ number, version: 1 })));
      const ready = await api.fetch(new Request("http://roster.example/readyz"));
      expect(ready.status).toBe(200);
    }
    const [folderOfOne] = (await readdir(tmpdir())).filter(
      (name) => !before.includes(name) && name.startsWith("roster-memory-"),
    );
    expect(folderOfOne).toBeDefined();
    await Promise.all(apis.map((api) => api.close()));
    const left = (await readdir(tmpdir())).filter((name) => !before.includes(name));
    expect(left.filter((name) => name.startsWith("roster-memory-"))).toEqual([]);
  });

  it("cannot be opened by a command", async () => {
    const { exit, complained } = await operate(["status", "--database", "sqlite::memory:"]);
    expect([exit, complained]).toEqual([
      1,
      "roster: a database in memory is gone with the server that made it\n",
    ]);
  });
});
