import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApi } from "../compose.ts";
import { copiedTables } from "../store/copied-tables.ts";
import { operationsOn } from "../store/open-operations.ts";
import { fileOf, look, tamper } from "../testing/look.ts";
import { startPostgres, type PostgresServer } from "../testing/postgres-server.ts";
import { load } from "../testing/releases/dump.ts";
import { folder } from "../testing/releases/make.ts";
import { callerOf, makeScene, readScene, type Exchange } from "../testing/scene.ts";
import { copyDatabase, type Copied } from "./copy.ts";

const token = "token-of-the-copy-test";
let home: string;
let postgres: PostgresServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-copy-"));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.dispose();
  await rm(home, { recursive: true, force: true });
});

let files = 0;
const sqlite = async () => `sqlite:${join(home, `${++files}.db`)}`;
const fresh = { sqlite, postgres: () => postgres.createDatabase() };

interface Lived {
  url: string;
  replays: Exchange[];
  answers: Exchange[];
}
const originals = new Map<string, Promise<Lived>>();

async function live(kind: keyof typeof fresh): Promise<Lived> {
  const url = await fresh[kind]();
  const api = await createApi({ databaseUrl: url, token });
  const replays = await makeScene((its) => callerOf(api, its), token);
  const answers = await readScene(callerOf(api, token));
  await api.close();
  return { url, replays, answers };
}

/** A database with every kind of data, its answers, and a request that was made once. */
async function lived(kind: keyof typeof fresh): Promise<Lived> {
  const original = originals.get(kind) ?? live(kind);
  originals.set(kind, original);
  const { url, ...rest } = await original;
  if (kind === "postgres") return { ...rest, url: await postgres.createDatabase(url) };
  const copy = await sqlite();
  await copyFile(fileOf(url), fileOf(copy));
  return { ...rest, url: copy };
}

/** Makes a copy take long enough to do something meanwhile. */
const enlarge = (url: string, rows: number): Promise<void> =>
  tamper(
    url,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${rows})
     insert into search_terms (tenant, record_type, field, term, record_id)
     select 9, 'customer', 'x', cast(i as text), 'x' from n`,
  );

const rowsOf = async (url: string): Promise<Record<string, number>> =>
  look(url, async ({ all }) => {
    const counts: Record<string, number> = {};
    for (const { name } of copiedTables)
      counts[name] = (await all<{ count: number }>(`select count(*) as count from ${name}`))[0]?.count ?? 0;
    return counts;
  });

const usesOf = async (url: string): Promise<unknown[]> =>
  look(url, ({ all }) => all("select tenant, token, at from token_uses order by token"));

/** An answer without the minutes of the tokens' latest uses, which go on when the answer is asked for again. */
const withoutUses = (answer: unknown): unknown =>
  JSON.parse(JSON.stringify(answer, (key, value: unknown) => (key === "lastUsedAt" ? undefined : value)));

describe.each([
  ["sqlite", "postgres"],
  ["postgres", "sqlite"],
  ["sqlite", "sqlite"],
  ["postgres", "postgres"],
] as const)("a copy from %s to %s", (from, to) => {
  it("gives the same answers, repeats no request, and can be continued", async () => {
    const { url, replays, answers } = await lived(from);
    const target = await fresh[to]();
    const progress: number[] = [];
    const { tables, missed } = await copyDatabase({
      from: url,
      to: target,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(missed).toBe(0);
    expect(Object.fromEntries(tables.map(({ name, rows }) => [name, rows]))).toEqual(await rowsOf(url));
    expect(await rowsOf(target)).toEqual(await rowsOf(url));
    expect(await usesOf(target)).toEqual(await usesOf(url));
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));

    const api = await createApi({ databaseUrl: target, token: "another" });
    try {
      expect(api.firstToken).toBeUndefined();
      const call = callerOf(api, token);
      for (const { path, input, answer } of [...answers, ...replays])
        expect(withoutUses(await call(path, input)), `${path} ${JSON.stringify(input)}`).toEqual(
          withoutUses(answer),
        );
      const seqs = async () =>
        look(target, async ({ all }) =>
          (await all<{ seq: number }>("select seq from change_log where tenant = 1 order by seq")).map(
            ({ seq }) => seq,
          ),
        );
      const before = await seqs();
      const made = await call("customer.create", { name: "after the move" });
      expect(await seqs()).toEqual([...before, before.length + 1]);
      const numbers = answers
        .filter(({ path }) => path === "customer.get")
        .map(({ answer }) => (answer as { number: number }).number);
      expect(made["number"]).toBe(Math.max(...numbers) + 1);
    } finally {
      await api.close();
    }
  });
});

/** One row with a value in every column for each empty table. */
async function fillEmptyTables(url: string): Promise<void> {
  const values = {
    text: "'it''s\t漢 😀 \\ \"\n'",
    integer: "9007199254740991",
    boolean: "true",
    json: `'{"b":1.50,"a":[]}'`,
  };
  const rows = await rowsOf(url);
  for (const { name, columns } of copiedTables.filter((table) => rows[table.name] === 0)) {
    const made = columns.map((column) => values[column.type]).join(", ");
    await tamper(
      url,
      `insert into ${name} (${columns.map((column) => `"${column.name}"`).join(", ")}) values (${made})`,
    );
  }
}

it("every table of the migrations is copied value by value", async () => {
  const { url } = await lived("sqlite");
  await fillEmptyTables(url);
  const names = await look(url, ({ all }) =>
    all<{ name: string }>(
      "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name <> 'migrations' and name not like 'search_index%'",
    ),
  );
  const there = await copyDatabase({ from: url, to: await postgres.createDatabase() }).catch(String);
  expect(there).toMatchObject({ missed: 0 });
  const { tables } = there as Copied;
  expect(tables.map(({ name }) => name).toSorted()).toEqual(names.map(({ name }) => name).toSorted());
  expect(tables.filter(({ rows }) => rows === 0)).toEqual([]);
});

it("has the checksums of every release, so that the reports of two can be compared", async () => {
  const url = await sqlite();
  await load(url, readFileSync(join(folder, "0001-records", "sqlite.sql"), "utf8"));
  await (await operationsOn(url)).migrate();
  const { tables } = await copyDatabase({ from: url, to: await sqlite() });
  const some = tables.filter(({ name }) => ["customers", "change_log", "tokens"].includes(name));
  expect(some.map(({ name, checksum }) => `${name} ${checksum.slice(0, 16)}`)).toEqual([
    "customers dcd21eed85c95ad0",
    "tokens 9dc36497d9000938",
    "change_log de5451892d167691",
  ]);
});

describe("a target that is not empty is refused and stays unchanged", () => {
  it.each(["sqlite", "postgres"] as const)("on %s", async (kind) => {
    const { url } = await lived("sqlite");
    const target = await fresh[kind]();
    await (await createApi({ databaseUrl: target, token: "of another" })).close();
    const before = await rowsOf(target);
    await expect(copyDatabase({ from: url, to: target })).rejects.toThrow(/^the target is not empty: /);
    expect(await rowsOf(target)).toEqual(before);
  });
});

describe("a source is refused", () => {
  it("if it does not exist, and it is not created", async () => {
    const nothing = await sqlite();
    const target = await sqlite();
    await expect(copyDatabase({ from: nothing, to: target })).rejects.toThrow("no Roster database");
    await expect(look(nothing, async () => {})).rejects.toThrow("unable to open database file");
    await expect(look(target, async () => {})).rejects.toThrow("unable to open database file");
  });

  it("if it is newer than this release", async () => {
    const { url } = await lived("sqlite");
    await tamper(
      url,
      "insert into migrations (name, executed_at) values ('9999-from-the-future', datetime())",
    );
    await expect(copyDatabase({ from: url, to: await sqlite() })).rejects.toThrow(
      "newer than this release: it has the migration 9999-from-the-future",
    );
  });
});

describe.each(["sqlite", "postgres"] as const)("a source on %s that changes during the copy", (kind) => {
  const copyWhileItChanges = async (live: boolean) => {
    const { url } = await lived(kind);
    await enlarge(url, 20_000);
    const target = await fresh[kind === "sqlite" ? "postgres" : "sqlite"]();
    const api = await createApi({ databaseUrl: url, token });
    const copied = new AbortController();
    const changing = (async () => {
      while (!copied.signal.aborted) await callerOf(api, token)("customer.create", { name: "late" });
    })();
    const outcome = await copyDatabase({ from: url, to: target, live }).catch((error: unknown) => error);
    copied.abort();
    await changing;
    await api.close();
    return { target, outcome };
  };

  it("is refused, and the target stays empty", async () => {
    const { target, outcome } = await copyWhileItChanges(false);
    expect(String(outcome)).toMatch(/the source has changed while it was copied \(\d+ changes\)/);
    expect(new Set(Object.values(await rowsOf(target)))).toEqual(new Set([0]));
  });

  it("is copied as of one moment with --live, and the result gives the number of missing changes", async () => {
    const { target, outcome } = await copyWhileItChanges(true);
    const { missed } = outcome as Copied;
    expect(missed).toBeGreaterThan(0);
    const { customers, log, counted } = await look(target, async ({ all }) => ({
      customers: await all("select id from customers where tenant = 1"),
      log: await all<{ seq: number }>("select seq from change_log where tenant = 1 order by seq"),
      counted: await all<{ seq: number; customer: number }>(
        "select seq, customer from tenant_counters where tenant = 1",
      ),
    }));
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    expect(counted).toEqual([{ seq: log.length, customer: customers.length }]);
  });
});

describe("a difference between the two sides", () => {
  it.each([
    ["a text that changes on its way", "new.name is not null", "new.name := new.name || ' '; return new"],
    ["a row that is lost on its way", "new.number = 2", "return null"],
  ])("is detected: %s", async (_, when, what) => {
    const { url } = await lived("sqlite");
    const target = await postgres.createDatabase();
    await (await createApi({ databaseUrl: target, token })).close();
    for (const { name } of copiedTables) await tamper(target, `delete from ${name}`);
    await tamper(
      target,
      `create function spoil() returns trigger language plpgsql as $$ begin if ${when} then ${what}; end if; return new; end $$;
       create trigger spoil before insert on customers for each row execute function spoil()`,
    );
    await expect(copyDatabase({ from: url, to: target })).rejects.toThrow(/^customers differs: /);
    expect(new Set(Object.values(await rowsOf(target)))).toEqual(new Set([0]));
  });
});

describe.each(["sqlite", "postgres"] as const)("a copy to %s that is killed", (kind) => {
  it("leaves nothing in the target and can be repeated", async () => {
    const { url } = await lived("sqlite");
    await enlarge(url, 300_000);
    const target = await fresh[kind]();
    const main = fileURLToPath(new URL("./main.ts", import.meta.url));
    const child = spawn(
      process.execPath,
      ["--conditions=@roster/source", main, "copy", "--from", url, "--to", target],
      { stdio: "ignore" },
    );
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_, signal) => resolve(signal)),
    );
    // Killed once the schema exists and some rows are on their way.
    while (!(await rowsOf(target).catch(() => undefined))) await pause(20);
    await pause(50);
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    expect(new Set(Object.values(await rowsOf(target)))).toEqual(new Set([0]));
    await copyDatabase({ from: url, to: target });
    expect(await rowsOf(target)).toEqual(await rowsOf(url));
  });
});

it("a server that starts on the target during a copy creates no tenant of its own", async () => {
  const { url } = await lived("sqlite");
  const target = await postgres.createDatabase();
  let starting: Promise<unknown> | undefined;
  const start = async () => {
    const api = await createApi({ databaseUrl: target, token: "too early" });
    await api.close();
  };
  await copyDatabase({
    from: url,
    to: target,
    onProgress: () => void (starting ??= start().catch((error: unknown) => error)),
  });
  await starting;
  const of = async (database: string) => {
    const { tenants, tokens, change_log: log } = await rowsOf(database);
    return { tenants, tokens, log };
  };
  expect(await of(target)).toEqual(await of(url));
});
