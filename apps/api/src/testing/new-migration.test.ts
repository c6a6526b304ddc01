import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

/** Adds a field as CONTRIBUTING.md describes, on a copy of the sources. */

const root = fileURLToPath(new URL("../../../../", import.meta.url));
let copy: string;
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
  copy = await mkdtemp(join(tmpdir(), "roster-new-field-"));
  const inCopy = (path: string) => join(copy, path);
  for (const path of ["package.json", "packages/domain", "apps/api"])
    await cp(join(root, path), inCopy(path), {
      recursive: true,
      filter: (source) => !/\/(node_modules|dist)$/.test(source),
    });
  await mkdir(inCopy("node_modules/@roster"), { recursive: true });
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name !== "@roster") await symlink(join(root, "node_modules", name), inCopy(`node_modules/${name}`));
  }
  await symlink(inCopy("packages/domain"), inCopy("node_modules/@roster/domain"));
  await symlink(inCopy("apps/api"), inCopy("node_modules/@roster/api"));
});
afterAll(async () => {
  await server.dispose();
  await rm(copy, { recursive: true, force: true });
});

const run = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, ["--conditions=@roster/source", ...args], { cwd: copy }))
    .stdout;
/** The script of package.json, as npm runs it. */
const newMigration = async (name: string) => run("apps/api/src/testing/new-migration.ts", name);

const program = `
  import { createApi } from "@roster/api";
  const api = await createApi({ databaseUrl: process.argv[2], token: "token-of-the-new-field" });
  const call = async (path, input) => {
    const headers = { authorization: "Bearer token-of-the-new-field", "content-type": "application/json" };
    const request = new Request("http://roster.example/trpc/" + path, { method: "POST", headers, body: JSON.stringify(input) });
    return (await (await api.fetch(request)).json()).result.data;
  };
  const { id, favouriteColor } = await call("customer.create", { name: "Acme", favouriteColor: "red" });
  const { changes } = await call("customer.update", { where: { id }, patch: { favouriteColor: "blue" } });
  console.log(JSON.stringify([favouriteColor, changes]));
  await api.close();`;

it("a new field of a customer takes one line and one command, on both databases", async () => {
  expect(await newMigration("nothing")).toBe("the entities have not changed since the last migration\n");

  const policy = join(copy, "packages/domain/src/customer/customer.ts");
  const source = await readFile(policy, "utf8");
  const line = `  favouriteColor: text({ personal: true, description: "The favourite colour." }),\n`;
  await writeFile(policy, source.replace(/^ {2}timestamp: /m, `${line}  timestamp: `));
  const file = (await newMigration("favourite-color")).trim();
  expect(file).toMatch(/migrations\/\d{4}-favourite-color\.ts$/);
  expect(await readFile(file, "utf8")).toContain("`alter table customers add favourite_color {text} null`");
  expect(await newMigration("again")).toBe("the entities have not changed since the last migration\n");

  await writeFile(join(copy, "use.ts"), program);
  for (const url of [`sqlite:${join(copy, "roster.db")}`, await server.createDatabase()]) {
    const printed = await run("use.ts", url);
    expect(JSON.parse(printed)).toEqual(["red", [{ path: "/favouriteColor", from: "red", to: "blue" }]]);
  }
});
