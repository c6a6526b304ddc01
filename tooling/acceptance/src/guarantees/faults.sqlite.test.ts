import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fileOf } from "@roster/api/testing/look";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rpcOf, type Rpc } from "../rpc.ts";
import { newDatabase, startServer, type Server, type TestDatabase } from "../server.ts";
import { entryPoints } from "../entry-points.ts";
import { audit } from "./audit.ts";

/** A running server whose disk or write lock fails: the answers of calls and of /readyz. */

let database: TestDatabase;
let server: Server;
let rpc: Rpc;
let id: string;

beforeEach(async () => {
  database = await newDatabase();
  await startAgain();
  id = (await rpc("customer.create", { providedId: "it", name: "before" })).data["id"] as string;
});
afterEach(async () => {
  await server.dispose();
  await database.drop();
});

/** Another process on the same file. */
async function startAgain(env: Record<string, string> = {}): Promise<void> {
  server = await startServer({ LOG_LEVEL: "silent", DATABASE_URL: database.url, ...env });
  rpc = rpcOf(server.url, server.token);
}

const update = (patch: object, idempotencyKey: string) =>
  rpc("customer.update", { where: { id }, patch, idempotencyKey });
const get = () => rpc("customer.get", { where: { id } });
const statusOf = async (path: string): Promise<number> => (await fetch(server.url + path)).status;

// A limit on file sizes makes every write fail with an I/O error, whichever user runs the test. The limits of
// a running process can be changed only on Linux.
describe.runIf(process.platform === "linux")("a disk that refuses every write (SQLITE_IOERR)", () => {
  const limit = (size: "0" | "unlimited") =>
    promisify(execFile)("prlimit", [`--pid=${server.child.pid}`, `--fsize=${size}:`]);
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  const all = () => Promise.all(keys.map((key, i) => update({ properties: { [key]: i } }, key)));

  it("makes changes UNAVAILABLE and /readyz 503; reads work throughout, and changes again afterwards", async () => {
    await limit("0");
    for (const { status, error } of await all()) {
      expect(status).toBe(503);
      expect(error).toEqual({
        code: "UNAVAILABLE",
        message: "the database could not store the change; this attempt changed nothing",
      });
    }
    const documented = await fetch(`${server.url}/api/update_customer/`, {
      method: "POST",
      headers: { "explo-authorization": `Token ${server.token}`, "content-type": "application/json" },
      body: JSON.stringify({ provided_id: "it", name: "after" }),
    });
    expect([documented.status, documented.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await documented.json()).toMatchObject({ success: 0 });
    const canonical = await fetch(`${server.url}/api/customers/${id}`, {
      method: "PATCH",
      headers: {
        authorization: `Bearer ${server.token}`,
        "content-type": "application/merge-patch+json",
      },
      body: JSON.stringify({ name: "after" }),
    });
    expect([canonical.status, canonical.headers.get("retry-after")]).toEqual([503, "1"]);
    const typed = await fetch(`${server.url}/trpc/customer.update`, {
      method: "POST",
      headers: { authorization: `Bearer ${server.token}`, "content-type": "application/json" },
      body: JSON.stringify({ where: { id }, patch: { name: "after" } }),
    });
    expect([typed.status, typed.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await canonical.json()).toMatchObject({ status: 503, code: "UNAVAILABLE" });

    expect(await statusOf("/readyz")).toBe(503);
    // This also holds after a while without writes.
    await pause(1_100);
    expect(await statusOf("/readyz")).toBe(503);
    expect(await statusOf("/healthz")).toBe(200);
    expect((await get()).data).toMatchObject({ name: "before", properties: null, version: 1 });

    await limit("unlimited");
    for (const { data } of await all()) expect(data).toMatchObject({ applied: true });
    for (const { data } of await all()) expect(data).toMatchObject({ applied: true, replayed: true });
    expect((await get()).data).toMatchObject({ version: keys.length + 1 });
    expect(await statusOf("/readyz")).toBe(200);
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("leaves nothing of refused changes, even if the process then dies", async () => {
    await limit("0");
    await all();
    await server.stop("SIGKILL");
    await startAgain();
    const { problems, log } = await audit(server.database);
    expect(problems).toEqual([]);
    expect(log.filter(({ recordId }) => recordId === id)).toHaveLength(1);
    for (const { data } of await all()) expect(data["replayed"]).toBeUndefined();
    expect((await get()).data).toMatchObject({ version: keys.length + 1 });
  });
});

/** Whether the tools to build `unsynced.c` are installed. */
const canRefuseSyncs =
  process.platform === "linux" && spawnSync("cc", ["--version"], { stdio: "ignore" }).status === 0;

if (canRefuseSyncs)
  describe("a disk that refuses the sync, the last step of a commit", () => {
    let folder: string;
    let env: Record<string, string>;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "roster-unsynced-"));
      const library = join(folder, "unsynced.so");
      const source = fileURLToPath(new URL("unsynced.c", import.meta.url));
      await promisify(execFile)("cc", ["-shared", "-fPIC", "-o", library, source]);
      env = { LD_PRELOAD: library, REFUSE_SYNC_WHILE: join(folder, "refuse") };
      await server.stop();
      await startAgain(env);
      // The first change empties the log; the second begins a new one, whose header is synced before the
      // rest.
      await update({ lastName: "x" }, "first");
      await update({ lastName: "y" }, "second");
    });
    afterEach(() => rm(folder, { recursive: true }));
    const refuse = () => writeFile(env["REFUSE_SYNC_WHILE"] as string, "");
    const allow = () => rm(env["REFUSE_SYNC_WHILE"] as string);

    it("makes the change UNCERTAIN: it is invisible until the process dies, and a retry with its key takes effect once", async () => {
      await refuse();
      const { status, error } = await update({ name: "after" }, "key");
      expect([status, error.code]).toEqual([503, "UNCERTAIN"]);
      expect((await get()).data).toMatchObject({ name: "before", version: 3 });
      await server.stop("SIGKILL");
      await allow();
      await startAgain();
      expect((await get()).data).toMatchObject({ name: "after", version: 4 });
      expect((await update({ name: "after" }, "key")).data).toMatchObject({ replayed: true, version: 4 });
      expect((await audit(server.database)).problems).toEqual([]);
    });

    it("leaves nothing of the change if another is stored before the process dies", async () => {
      await refuse();
      expect((await update({ name: "after" }, "key")).error.code).toBe("UNCERTAIN");
      await allow();
      expect((await update({ job: "x" }, "another")).data).toMatchObject({ version: 4 });
      await server.stop("SIGKILL");
      await startAgain();
      expect((await get()).data).toMatchObject({ name: "before", job: "x", version: 4 });
      expect((await update({ name: "after" }, "key")).data).toMatchObject({ applied: true, version: 5 });
      expect((await audit(server.database)).problems).toEqual([]);
    });
  });

describe("a start on a disk that refuses every write", () => {
  const start = (file: string): Promise<{ code: number | null; output: string }> =>
    new Promise((resolve) => {
      const command = [process.execPath, "--conditions=@roster/source", entryPoints.server];
      const child = spawn("sh", ["-c", 'ulimit -f 0 && exec "$@"', "sh", ...command], {
        env: { PATH: process.env["PATH"], PORT: "0", DATABASE_URL: `sqlite:${file}`, LOG_LEVEL: "silent" },
      });
      let output = "";
      child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
      child.once("close", (code) => resolve({ code, output }));
    });

  it("prints one clear line, exits with a non-zero code, and harms nothing", async () => {
    const empty = await mkdtemp(join(tmpdir(), "roster-full-"));
    await server.stop();
    for (const file of [fileOf(server.database), join(empty, "roster.db")]) {
      const { code, output } = await start(file);
      expect(code).toBe(1);
      expect(output).toMatch(/^roster: DATABASE_URL sqlite:\S+ cannot be used: .+\n$/);
      expect(output).not.toContain("    at ");
    }
    await rm(empty, { recursive: true });
    await startAgain();
    expect((await get()).data).toMatchObject({ name: "before" });
  });
});

describe("another program that holds the write lock for too long", () => {
  it("makes changes UNAVAILABLE and /readyz 503, while reads are answered at once, and does no lasting harm", async () => {
    const other = new BetterSqlite(fileOf(server.database));
    other.exec("begin immediate");
    let slowest = 0;
    let reads = 0;
    const answered = new AbortController();
    const begun = performance.now();
    const write = update({ name: "after" }, "key").finally(() => answered.abort());
    const ready = statusOf("/readyz");
    const reading = (async () => {
      do {
        const asked = performance.now();
        expect((await get()).data).toMatchObject({ name: "before" });
        slowest = Math.max(slowest, performance.now() - asked);
        reads++;
        await pause(10);
      } while (!answered.signal.aborted);
    })();
    const refused = await write;
    const waited = performance.now() - begun;
    await reading;
    expect(refused.error?.code).toBe("UNAVAILABLE");
    expect(waited).toBeGreaterThan(4_000);
    // A server blocked by the lock would answer only one read after all that time.
    expect(reads).toBeGreaterThan(10);
    expect(slowest).toBeLessThan(waited / 2);
    // Within a second of the last stored change, the check still succeeds.
    await ready;
    expect(await statusOf("/readyz")).toBe(503);

    other.exec("rollback");
    other.close();
    expect((await update({ name: "after" }, "key")).data).toMatchObject({ applied: true, version: 2 });
    expect(await statusOf("/readyz")).toBe(200);
    expect((await audit(server.database)).problems).toEqual([]);
  });

  it("prevents the server neither from stopping nor from tidying its files up", async () => {
    const other = new BetterSqlite(fileOf(server.database));
    other.exec("begin immediate");
    const write = update({ name: "after" }, "key");
    await pause(200);
    const stopping = server.stop();
    await pause(200);
    other.exec("rollback");
    other.close();
    expect((await write).data).toMatchObject({ applied: true });
    expect(await stopping).toBe(0);
    expect(await readdir(dirname(fileOf(server.database)))).toEqual(["roster.db"]);
  });
});
