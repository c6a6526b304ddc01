import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../store/open-database.ts";
import { operationsOn } from "../store/open-operations.ts";
import { look, tamper } from "../testing/look.ts";
import { startPostgres, type PostgresServer } from "../testing/postgres-server.ts";
import { runCommand } from "./commands.ts";

let home: string;
let postgres: PostgresServer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-commands-"));
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.dispose();
  await rm(home, { recursive: true, force: true });
});

async function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ exit: number; text: string }> {
  let text = "";
  const exit = await runCommand(args, { env, print: (line) => (text += `${line}\n`) });
  return { exit, text };
}

let files = 0;
const fileUrl = () => `sqlite:${join(home, "new", `${++files}.db`)}`;
const namesIn = (url: string) =>
  look(url, async ({ all }) =>
    (await all<{ name: string }>("select name from migrations")).map(({ name }) => name),
  );

describe.each([
  ["sqlite", async () => fileUrl()],
  ["postgres", () => postgres.createDatabase()],
] as const)("on %s", (_, fresh) => {
  it("db:status of an empty database lists all migrations as pending, exits with 2 and creates nothing", async () => {
    const url = await fresh();
    const { exit, text } = await run(["status", "--database", url]);
    expect(exit).toBe(2);
    expect(text).toContain("0001-records  pending");
    expect(text).toContain("npm run db:migrate");
    await expect(namesIn(url)).rejects.toThrow();
    expect(existsSync(join(home, "new"))).toBe(false);
  });

  it("db:migrate applies pending migrations, lists them, and does nothing a second time", async () => {
    const env = { DATABASE_URL: await fresh() };
    const first = await run(["migrate"], env);
    expect(first).toMatchObject({
      exit: 0,
      text: expect.stringContaining("Applied:\n  0001-records\n") as string,
    });
    const done = await namesIn(env.DATABASE_URL);
    const second = await run(["migrate"], env);
    expect(second).toMatchObject({
      exit: 0,
      text: expect.stringContaining("nothing to do") as string,
    });
    expect(await namesIn(env.DATABASE_URL)).toEqual(done);
    const status = await run(["status"], env);
    expect(status).toMatchObject({ exit: 0, text: expect.stringContaining("Up to date.") as string });
    expect(status.text.match(/applied$/gm)).toHaveLength(done.length);
    await rm(join(home, "new"), { recursive: true, force: true });
  });

  it("concurrent migrations apply everything once and all succeed", async () => {
    const url = await fresh();
    await Promise.all(Array.from({ length: 4 }, async () => (await operationsOn(url)).migrate()));
    const names = await namesIn(url);
    expect(names).toEqual([...new Set(names)]);
    expect((await run(["status", "--database", url])).exit).toBe(0);
    await rm(join(home, "new"), { recursive: true, force: true });
  });

  it("a newer database is reported as such, exits with 3, and is refused by every other command", async () => {
    const url = await fresh();
    await (await operationsOn(url)).migrate();
    await tamper(
      url,
      "insert into migrations (name, executed_at) values ('9999-from-the-future', current_timestamp)",
    );
    const { exit, text } = await run(["status", "--database", url]);
    expect(exit).toBe(3);
    expect(text).toContain("9999-from-the-future  unknown to this release");
    for (const attempt of [() => run(["migrate", "--database", url]), () => openDatabase(url)])
      await expect(attempt()).rejects.toThrow(
        "newer than this program: it has the migration 9999-from-the-future",
      );
    await rm(join(home, "new"), { recursive: true, force: true });
  });
});

describe("a wrong call of a command", () => {
  it.each([
    [["nonsense"], "there is no command nonsense; there are status, migrate, copy, backup, token"],
    [["status", "--databse", "x"], "Unknown option '--databse'"],
    [["status", "extra"], "Unexpected argument 'extra'"],
    [["status", "--database", "mysql://x"], "--database must be sqlite: and the path of a file"],
    [["copy", "--to", "sqlite:x.db"], "--from must be sqlite: and the path of a file"],
    [["copy", "--from", "sqlite:x.db"], "--to must be sqlite: and the path of a file"],
    [["backup"], "--to FILE is missing"],
    [["token", "--tenant", "first"], "--tenant must be the number of a tenant"],
  ])("%j is refused with the reason", async (args, reason) => {
    await expect(run(args)).rejects.toThrow(reason);
  });

  it("names the variable if the address comes from one", async () => {
    await expect(run(["status"], { DATABASE_URL: "h:5432" })).rejects.toThrow("DATABASE_URL must be sqlite:");
  });
});

it.each(["status", "migrate", "copy", "backup", "token"])(
  "%s --help prints the usage and does nothing",
  async (name) => {
    const { exit, text } = await run([name, "--help"]);
    expect(exit).toBe(0);
    expect(text).toContain(`npm run db:${name} -- `);
  },
);

it("no password is printed", async () => {
  const url = await postgres.createDatabase();
  const { password } = new URL(url);
  for (const command of ["status", "migrate"]) {
    const { text } = await run([command, "--database", url]);
    expect(text).toContain("postgres://");
    expect(text).not.toContain(password);
  }
});
