import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { audit } from "../guarantees/audit.ts";
import { rpcOf } from "../rpc.ts";
import { startServer, type Server } from "../server.ts";
import { operate } from "./run.ts";

let home: string;
let file: string;
let server: Server;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-backup-"));
  file = join(home, "roster.db");
  server = await startServer({ DATABASE_URL: `sqlite:${file}` });
});
afterAll(async () => {
  await server.dispose();
  await rm(home, { recursive: true, force: true });
});
const backup = (to: string) => operate(["backup", "--to", to], { DATABASE_URL: server.database });

describe("a backup that is made while clients change records", () => {
  it("is consistent: the history up to one moment without a gap, and the records of that moment", async () => {
    const rpc = rpcOf(server.url, server.token);
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) => rpc("customer.create", { name: `c${i}`, properties: {} })),
    );
    const ids = made.map(({ data }) => data["id"]);
    const end = new AbortController();
    let acknowledged = 0;
    const clients = ids.map(async (id, client) => {
      for (let i = 0; !end.signal.aborted; i++) {
        const large = { properties: { [`k${i % 50}`]: `${client}-${i}-${"x".repeat(500)}` } };
        const { status } = await rpc("customer.update", { where: { id }, patch: large });
        expect(status).toBe(200);
        acknowledged++;
      }
    });
    const taken: { copy: string; before: number; after: number }[] = [];
    try {
      for (let i = 0; i < 3; i++) {
        const copy = join(home, `backup-${i}.db`);
        const before = acknowledged;
        expect(await backup(copy)).toMatchObject({ exit: 0, complained: "" });
        taken.push({ copy, before, after: acknowledged });
      }
    } finally {
      end.abort();
      await Promise.all(clients);
    }

    const whole = await audit(server.database);
    expect(whole.problems).toEqual([]);
    for (const { copy, before, after } of taken) {
      const found = await audit(`sqlite:${copy}`);
      expect(found.problems).toEqual([]);
      expect(found.log).toEqual(whole.log.slice(0, found.log.length));
      const updates = found.log.filter(({ action }) => action === "update").length;
      expect(updates).toBeGreaterThanOrEqual(before);
      // One change of each client may be stored and not yet answered.
      expect(updates).toBeLessThanOrEqual(after + ids.length);
      expect(after, "clients made changes during the backup").toBeGreaterThan(before);
    }
    expect((await readdir(home)).filter((name) => name.includes("unfinished"))).toEqual([]);
  });

  it("is restored in place of the file, and a server continues from it", async () => {
    const rpc = rpcOf(server.url, server.token);
    const { data: kept } = await rpc("customer.create", { name: "before", idempotencyKey: "of-the-backup" });
    const copy = join(home, "to-restore.db");
    expect((await backup(copy)).exit).toBe(0);
    const { data: lost } = await rpc("customer.create", { name: "after" });
    await server.stop();

    for (const ending of ["", "-wal", "-shm"]) await rm(`${file}${ending}`, { force: true });
    await copyFile(copy, file);
    server = await startServer({ DATABASE_URL: `sqlite:${file}` });
    const call = rpcOf(server.url, server.token);
    expect((await call("customer.get", { where: { id: kept["id"] } })).data).toEqual(kept);
    expect((await call("customer.get", { where: { id: lost["id"] } })).status).toBe(404);
    const again = await call("customer.create", { name: "before", idempotencyKey: "of-the-backup" });
    expect(again.data).toEqual({ ...kept, replayed: true });
    const next = await call("customer.create", { name: "next" });
    expect(next.data["number"]).toBe((kept["number"] as number) + 1);
    expect((await audit(server.database)).problems).toEqual([]);
  });
});

describe("a backup is refused, in one line", () => {
  it("if the file exists, which stays unchanged", async () => {
    const taken = join(home, "taken.db");
    await writeFile(taken, "something else");
    expect(await backup(taken)).toMatchObject({ exit: 1, complained: `roster: ${taken} exists already\n` });
    expect(await readFile(taken, "utf8")).toBe("something else");
  });

  it("if there is no database, and none is created", async () => {
    const missing = join(home, "missing.db");
    const to = join(home, "of-nothing.db");
    expect(await operate(["backup", "--to", to, "--database", `sqlite:${missing}`])).toMatchObject({
      exit: 1,
      complained: `roster: the file ${missing} does not exist\n`,
    });
    expect(await readdir(home)).not.toContain("missing.db");
  });

  it("without a target, or on PostgreSQL, which has tools of its own", async () => {
    expect((await operate(["backup"])).complained).toMatch(/^roster: --to FILE is missing[^\n]*\n$/);
    const url = "postgres://someone:secret@127.0.0.1:1/x";
    const { exit, complained } = await operate(["backup", "--to", join(home, "pg"), "--database", url]);
    expect(exit).toBe(1);
    expect(complained).toMatch(/^roster: [^\n]*pg_dump[^\n]*\n$/);
  });
});
