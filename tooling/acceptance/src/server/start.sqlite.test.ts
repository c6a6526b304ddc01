import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { entryPoints } from "../entry-points.ts";
import { spawnServer } from "../server.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "roster-start-"))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The output and exit code of a failing start. */
async function failedStart(env: Record<string, string>) {
  const { output, exit } = spawnServer({ DATABASE_URL: `sqlite:${join(folder, "unused.db")}`, ...env });
  return { code: await exit, output: output() };
}

describe("a start that cannot succeed is one clear line and exit code 1", () => {
  const oneLine = /^roster: [^\n]+\n$/;

  it("for a taken port, without creating the database", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const { port } = blocker.address() as AddressInfo;
    const file = join(folder, "port", "taken.db");
    const { code, output } = await failedStart({ PORT: String(port), DATABASE_URL: `sqlite:${file}` });
    blocker.close();
    expect(code).toBe(1);
    expect(output).toMatch(oneLine);
    expect(output).toContain(`PORT ${port}`);
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });

  it.each([
    [
      "a file that is no database",
      async (file: string) => writeFile(file, "this is no database, ".repeat(500)),
    ],
    ["a folder", async (file: string) => void (await promisify(execFile)("mkdir", [file]))],
  ])("for %s", async (name, make) => {
    const file = join(folder, name.replaceAll(" ", "-"));
    await make(file);
    const { code, output } = await failedStart({ DATABASE_URL: `sqlite:${file}` });
    expect(code).toBe(1);
    expect(output).toMatch(oneLine);
    expect(output).toContain("DATABASE_URL");
  });

  it("for the database of another program, which stays as it is", async () => {
    const file = join(folder, "another.db");
    const another = new BetterSqlite(file);
    another.exec("create table invoices (number integer)");
    another.close();
    const before = await readFile(file);
    const { code, output } = await failedStart({ DATABASE_URL: `sqlite:${file}` });
    expect(code).toBe(1);
    expect(output).toBe(
      `roster: DATABASE_URL sqlite:${file} cannot be used: it is the database of another program: it has a table invoices\n`,
    );
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  it.each([
    ["PORT", "70000"],
    ["PORT", "http"],
    ["DATABASE_URL", "mysql://localhost/x"],
    ["ROSTER_TOKEN", "has a space"],
    ["LOG_LEVEL", "loud"],
    ["HOST", "999.1.1.1"],
  ])("for a bad %s", async (name, value) => {
    const { code, output } = await failedStart({ [name]: value });
    expect(code).toBe(1);
    expect(output).toMatch(oneLine);
    expect(output).toContain(name);
  });

  it("for an argument, such as a port, of which the server takes none", async () => {
    const file = join(folder, "argument.db");
    const words = ["--conditions=@roster/source", entryPoints.server, "--port", "5000"];
    const env = { PATH: process.env["PATH"], DATABASE_URL: `sqlite:${file}` };
    const started = promisify(execFile)(process.execPath, words, { env });
    await expect(started).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^roster: [^\n]* --port[^\n]* PORT [^\n]+\n$/) as string,
    });
    await expect(stat(file)).rejects.toThrow("ENOENT");
  });

  it("names every faulty variable", async () => {
    const { output } = await failedStart({ PORT: "x", LOG_LEVEL: "y" });
    expect(output).toContain("PORT");
    expect(output).toContain("LOG_LEVEL");
  });
});
