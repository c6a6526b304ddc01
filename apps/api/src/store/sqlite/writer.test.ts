import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { RosterError } from "@roster/domain";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openTestStore, type TestStore } from "../../testing/test-store.ts";

const threads: Worker[] = [];
// Loads the modules under test again with the mock, and again without it for the next file.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock("node:worker_threads", async (original) => {
  const real = await original<typeof import("node:worker_threads")>();
  return {
    ...real,
    Worker: class extends real.Worker {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        threads.push(this);
      }
    },
  };
});

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "fine",
    (error: unknown) => (error instanceof RosterError ? error.code : error),
  );

describe("a writer thread that ends", () => {
  let store: TestStore;
  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store.close());

  /**
   * Ends the thread when it is sent a statement that begins with this text, or this transaction command,
   * before it can run it.
   */
  const endBefore = (fatal: string) => {
    const run = store.writer.run.bind(store.writer);
    vi.spyOn(store.writer, "run").mockImplementation((statements, transaction) => {
      if (transaction === fatal || statements.some(({ sql }) => sql.startsWith(fatal)))
        void threads.at(-1)?.terminate();
      return run(statements, transaction);
    });
  };

  it("during a commit makes it UNCERTAIN, and is replaced for the next change", async () => {
    const { id } = await store.create();
    endBefore("commit");
    expect(await codeOf(store.update(id, { name: "x" }, "key"))).toBe("UNCERTAIN");
    vi.restoreAllMocks();
    // The update takes effect once, whether it was stored then or only now.
    expect(await store.update(id, { name: "x" }, "key")).toMatchObject({ version: 2 });
  });

  it("before the commit stores nothing", async () => {
    const { id } = await store.create({ name: "before" });
    endBefore("select");
    const both = [store.update(id, { name: "x" }), store.update(id, { name: "y" })].map(codeOf);
    expect(await Promise.all(both)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
    vi.restoreAllMocks();
    expect(await store.get(id)).toMatchObject({ name: "before", version: 1 });
    expect(await codeOf(store.update(id, { name: "after" }))).toBe("fine");
  });
});

it("a program with nothing else to do ends by itself once its change is stored", async () => {
  const folder = await mkdtemp(join(tmpdir(), "roster-writer-"));
  const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { createApi } from ${url("../../compose.ts")};
    const api = await createApi({ databaseUrl: "sqlite:${join(folder, "roster.db")}", token: "token" });
    const call = api.router.createCaller(api.context("token"));
    call.customer.create({ name: "Ada" }).then(({ number }) => console.log("made", number));`;
  const args = ["--conditions=@roster/source", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  expect(stdout).toBe("made 1\n");
  await rm(folder, { recursive: true });
});

it("a temporary database is written without a thread, in order, and closes after the earlier work", async () => {
  const { file, close } = await openTestStore();
  const started = threads.length;
  const { Writer } = await import("./writer.ts");
  const writer = new Writer(file, { thread: false });
  const ask = (sql: string, transaction?: "begin" | "commit") =>
    writer.run([{ sql, rows: [[]] }], transaction);
  const asked = [
    ask("create table steps (step integer)", "begin"),
    ask("insert into steps values (1)"),
    ask("insert into nowhere values (1)"),
    ask("select step from steps", "commit"),
  ];
  const closed = writer.close();
  expect(await Promise.allSettled(asked)).toMatchObject([
    { status: "fulfilled" },
    { status: "fulfilled" },
    { status: "rejected", reason: { code: "SQLITE_ERROR" } },
    { status: "fulfilled", value: [[[[1]]]] },
  ]);
  await closed;
  expect(threads.length).toBe(started);
  await close();
});
