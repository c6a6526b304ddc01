import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageNames, root, type PackageName } from "../outside/project.ts";
import { finished, programOf, startPacked, unpackPackages, type Packed, type Started } from "./packed.ts";
import { lint, wrongTypes } from "./tarball.ts";

/** The packages as they are published. `npm run test:packages` is the long form, with real installations. */

let packed: Packed;
let server: Started;
const inPackage = (name: PackageName, path = "") =>
  join(packed.folder, "../node_modules/@roster", name, path);

beforeAll(async () => {
  packed = await unpackPackages();
  server = await startPacked(process.execPath, [programOf(packed, "server", "roster-server")], packed.folder);
});
afterAll(async () => {
  await server?.stop("SIGKILL");
  await packed?.remove();
});

const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;

describe.each(packageNames)("@roster/%s", (name) => {
  it("has nothing that publint objects to", async () => {
    expect(await lint(packed.tarballs[name])).toEqual([]);
  });

  it("says what it is: readme, licence, changelog, engines and no scripts that run at an installation", async () => {
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md"])
      expect(existsSync(inPackage(name, file)), file).toBe(true);
    const { engines, license, description, scripts = {} } = await readJson(inPackage(name, "package.json"));
    expect({ engines, license, description }).toEqual({
      engines: { node: expect.stringMatching(/^>=2\d$/) as string },
      license: "MIT",
      description: expect.any(String) as string,
    });
    expect(Object.keys(scripts as object).filter((script) => /install|^prepare$/.test(script))).toEqual([]);
  });

  it("depends on every package that its declarations import", async () => {
    const files = await readdir(inPackage(name), { recursive: true });
    const imported = new Set<string>();
    for (const file of files.filter((path) => path.endsWith(".d.ts"))) {
      const text = await readFile(inPackage(name, file), "utf8");
      for (const [, found = ""] of text.matchAll(
        /(?:from |import\()"((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^"]*)?"/g,
      ))
        imported.add(found);
    }
    const { dependencies = {}, peerDependencies = {} } = await readJson(inPackage(name, "package.json"));
    const known = { ...(dependencies as object), ...(peerDependencies as object) };
    expect([...imported].filter((one) => !(one in known) && one !== `@roster/${name}`)).toEqual([]);
  });

  it("has no tests, and a source for every line that a map leads to", async () => {
    const files = await readdir(inPackage(name), { recursive: true });
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
    const maps = files.filter((file) => file.endsWith(".map"));
    expect(maps).not.toEqual([]);
    for (const map of maps) {
      const { sources } = (await readJson(inPackage(name, map))) as { sources: (string | null)[] };
      // The code of other packages inside a bundle has no source here.
      for (const source of sources.filter((path) => path !== null)) {
        expect(existsSync(join(inPackage(name, map), "..", source)), `${map}: ${source}`).toBe(true);
      }
    }
  });
});

// The command line has nothing to import.
it.each(packageNames.filter((name) => name !== "cli"))(
  "@roster/%s has types for every way in which programs of ES modules resolve it",
  async (name) => {
    expect(await wrongTypes(packed.tarballs[name])).toEqual([]);
  },
);

it("the server depends on the versions that its code is tested with", async () => {
  const versions = async (path: string) =>
    (await readJson(join(root, path, "package.json")))["dependencies"] as Record<string, string>;
  const api = await versions("apps/api");
  const client = (await readJson(join(root, "packages/client/package.json")))["devDependencies"] as Record<
    string,
    string
  >;
  const domain = (await readJson(join(root, "packages/domain/package.json")))["devDependencies"] as Record<
    string,
    string
  >;
  const tested: Record<string, string> = { ...client, ...domain, ...api };
  for (const [name, version] of Object.entries(await versions("packages/server"))) {
    if (!name.startsWith("@roster/")) expect([name, version]).toEqual([name, tested[name]]);
  }
});

describe("the server, started in an empty folder", () => {
  it("keeps its records in a file there", () => {
    expect(existsSync(join(packed.folder, ".data/roster.db"))).toBe(true);
  });

  it.each(["/docs", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/openapi.json", "/readyz"])(
    "serves %s",
    async (path) => {
      expect((await fetch(server.url + path)).status).toBe(200);
    },
  );

  it("serves the console, where it was built", async () => {
    const wasBuilt = existsSync(join(root, "apps/console/dist/index.html"));
    expect((await fetch(`${server.url}/console`)).status).toBe(wasBuilt ? 200 : 404);
  });

  it("answers the typed client and the command line", async () => {
    const program = join(packed.folder, "program.mjs");
    await writeFile(
      program,
      `import { createClient } from "@roster/client";
       const client = createClient({ url: process.env.ROSTER_URL, token: process.env.ROSTER_TOKEN });
       const { version } = await client.customer.create.mutate({ providedId: "acme", name: "Acme" });
       console.log(version);`,
    );
    const env = { ROSTER_URL: server.url, ROSTER_TOKEN: server.token };
    expect(await finished(process.execPath, [program], packed.folder, env)).toEqual({
      code: 0,
      stdout: "1\n",
      stderr: "",
    });
    const roster = (...words: string[]) =>
      finished(process.execPath, [programOf(packed, "cli", "roster"), ...words], packed.folder, env);
    const { code, stdout } = await roster("customer", "update", "acme", "job=maker");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("version 2") as string });
    // Reports read in a thread of their own, which starts from a file of its own.
    expect((await roster("customer", "list", "--search", "acme")).stdout).toContain("Acme");
  });

  it("prints a program at the first start that runs here as it says", async () => {
    const folder = await mkdtemp(join(packed.folder, "first-"));
    const first = await startPacked(process.execPath, [programOf(packed, "server", "roster-server")], folder);
    const { output } = await first.stop();
    expect(output).not.toContain("npm run");
    const [, name = "", program = ""] =
      /save as (\S+), run with: node \1\):\n\n([\s\S]+)$/.exec(output) ?? [];
    // That server has ended.
    const here = program.replace(first.url, server.url).replace(first.token, server.token);
    await writeFile(join(folder, name), here);
    const { code, stdout } = await finished(process.execPath, [name], folder);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^2 \[/) as string });
  });

  it("names the operator's commands as they are called here", async () => {
    const call = (...words: string[]) =>
      finished(process.execPath, [programOf(packed, "server", "roster-server"), ...words], packed.folder);
    const { version } = await readJson(inPackage("server", "package.json"));
    expect(await call("--version")).toEqual({ code: 0, stdout: `${version as string}\n`, stderr: "" });
    const { stdout: help } = await call("--help");
    for (const command of ["status", "migrate", "backup", "copy", "token"]) {
      expect(help).toContain(`  ${command} `);
      expect((await call(command, "--help")).stdout).toContain(`roster-server ${command}`);
    }
    expect(await call("status")).toMatchObject({ code: 0 });
    expect(await call("statsu")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("statsu") as string,
    });
  });
});

describe("the library", () => {
  it("runs in a program of its own: api, local client, reports and the Roster for tests", async () => {
    const program = join(packed.folder, "embedding.mjs");
    await writeFile(
      program,
      `import { createLocalClient } from "@roster/client";
       import { RosterError } from "@roster/domain";
       import { createApi } from "@roster/server";
       import { startRoster } from "@roster/server/testing";
       const api = await createApi({ databaseUrl: "sqlite:own.db", token: "the-token-of-this-test" });
       const client = createLocalClient(api, { token: "the-token-of-this-test" });
       await client.customer.create.mutate({ name: "Embedded", phone: "+44 20 7946 0182" });
       const reports = api.reports("the-token-of-this-test");
       const names = (await reports.find("customer", {})).map(({ name, phone }) => [name, phone]);
       const refused = await reports.find("customer", { nmae: 1 }).catch((error) => error);
       await api.close();
       const roster = await startRoster();
       await roster.make.customers(3);
       const reader = await roster.clientWith("customers:read");
       const { items } = await reader.customer.list.query({});
       const denied = await reader.customer.create.mutate({}).catch((error) => error.data.error.code);
       const status = (await fetch((await roster.listen()) + "/readyz")).status;
       await roster.close();
       console.log(JSON.stringify({ names, same: refused instanceof RosterError, made: items.length, denied, status }));`,
    );
    const { stdout, stderr } = await finished(process.execPath, [program], packed.folder);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({
      names: [["Embedded", "+442079460182"]],
      same: true,
      made: 3,
      denied: "FORBIDDEN",
      status: 200,
    });
  });
});

/** The `node` on the path outside npm scripts, if it is too old for the server. */
const tooOld = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((folder) => !folder.includes("node_modules"))
  .map((folder) => join(folder, "node"))
  .find((file) => existsSync(file));

it("a Node that is too old gets one clear line", async () => {
  const program = programOf(packed, "server", "roster-server");
  const version =
    tooOld === undefined ? "" : (await finished(tooOld, ["--version"], packed.folder)).stdout.slice(1).trim();
  if (tooOld === undefined || Number(version.split(".")[0]) >= 22) return;
  expect(await finished(tooOld, [program], packed.folder)).toEqual({
    code: 1,
    stdout: "",
    stderr: `roster-server needs Node 22 or later; this is Node ${version}.\n`,
  });
});

it("a stop lets the server end by itself, and the next start finds the records", async () => {
  const folder = await mkdtemp(join(packed.folder, "stop-"));
  const start = (env = {}) =>
    startPacked(process.execPath, [programOf(packed, "server", "roster-server")], folder, env);
  const first = await start();
  const url = (at: Started) => `${at.url}/api/customers`;
  const headers = { authorization: `Bearer ${first.token}`, "content-type": "application/json" };
  await fetch(url(first), { method: "POST", headers, body: '{"name":"Kept"}' });
  expect(await first.stop()).toMatchObject({ code: 0 });
  const second = await start({ ROSTER_TOKEN: first.token });
  const { items } = (await (await fetch(url(second), { headers })).json()) as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(["Kept"]);
  expect(await second.stop("SIGINT")).toMatchObject({ code: 0 });
});
