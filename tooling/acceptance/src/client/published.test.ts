import { build, type BuildOptions } from "esbuild";
import { execFile, type ExecFileException } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type Server } from "../server.ts";

/** What other people get: both packages packed, and installed where nothing of this repository is. */

const root = fileURLToPath(new URL("../../../../", import.meta.url));
let home: string;
let outside: string;
let server: Server;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "roster-outside-"));
  outside = join(home, "project");
  await mkdir(outside);
  const pack = ["pack", "--silent", "--pack-destination", home, "./packages/client", "./packages/domain"];
  const [, started] = await Promise.all([
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b", "packages/client"], root),
    startServer(),
  ]);
  server = started;
  const { stdout } = await run("npm", pack, root);
  const tarballs = stdout
    .trim()
    .split("\n")
    .map((name) => join(home, name));
  expect(tarballs).toHaveLength(2);

  const { devDependencies } = await readJson<{ devDependencies: Record<string, string> }>("package.json");
  const project = {
    name: "outside",
    private: true,
    type: "module",
    // What any TypeScript project has, in the versions of this one.
    devDependencies: {
      typescript: devDependencies["typescript"],
      "@types/node": devDependencies["@types/node"],
    },
  };
  await writeFile(join(outside, "package.json"), JSON.stringify(project));
  // Of a lock file npm keeps what is needed and drops the rest. With the entries of this
  // repository's it takes the same versions, and finds them in its cache.
  const { packages } = await readJson<{ packages: Record<string, { link?: boolean }> }>("package-lock.json");
  const entries = Object.entries(packages).filter(
    ([at, { link }]) => at.startsWith("node_modules/") && !link,
  );
  const lock = {
    name: "outside",
    lockfileVersion: 3,
    packages: { "": project, ...Object.fromEntries(entries) },
  };
  await writeFile(join(outside, "package-lock.json"), JSON.stringify(lock));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], outside);
}, 120_000);

afterAll(async () => {
  await server.dispose();
  await rm(home, { recursive: true, force: true });
});

const readJson = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(root, name), "utf8")) as T;

/** Runs a program, without what an npm script leaves in the environment. */
async function run(program: string, args: string[], cwd: string): Promise<{ code: number; stdout: string }> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(npm_(package|lifecycle)_|npm_config_(local_)?prefix$|INIT_CWD|NODE_OPTIONS)/i.test(name),
    ),
  );
  const result = await attempt(program, args, cwd, env);
  if (result.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${result.stdout}`);
  return result;
}

const attempt = (program: string, args: string[], cwd: string, env = process.env) =>
  new Promise<{ code: number; stdout: string }>((resolve) => {
    execFile(program, args, { cwd, env }, (error: ExecFileException | null, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout: error ? stdout + stderr : stdout }),
    );
  });

/** All that is installed, as npm names it. */
async function installed(): Promise<string[]> {
  const modules = join(outside, "node_modules");
  const names = await readdir(modules);
  const scoped = names
    .filter((name) => name.startsWith("@"))
    .map(async (scope) => (await readdir(join(modules, scope))).map((name) => `${scope}/${name}`));
  return [...names.filter((name) => /^[^.@]/.test(name)), ...(await Promise.all(scoped)).flat()];
}

/** The files of an installed package. */
const filesOf = async (name: string): Promise<string[]> =>
  (await readdir(join(outside, "node_modules", name), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe("what is installed", () => {
  it("is the client, the domain and what they say that they need, and no server", async () => {
    const names = await installed();
    expect(names.filter((name) => !/^(@typescript\/|typescript$|@types\/|undici-types$)/.test(name))).toEqual(
      ["zod", "@roster/client", "@roster/domain", "@trpc/client", "@trpc/server"],
    );
  });

  it.each(["@roster/client", "@roster/domain"])(
    "holds of %s no test and nothing of the server",
    async (name) => {
      const files = await filesOf(name);
      expect(files.some((file) => file.endsWith("index.d.ts"))).toBe(true);
      for (const file of files) {
        expect(file).not.toMatch(/\.test\.|tsbuildinfo|testing/);
        expect(await readFile(file, "utf8"), file).not.toMatch(
          /@roster\/api|apps\/api|mikro-orm|better-sqlite3|hono/,
        );
      }
    },
  );

  it("points at no file that is not there", async () => {
    for (const name of ["@roster/client", "@roster/domain"]) {
      for (const file of (await filesOf(name)).filter((path) => path.endsWith("s"))) {
        const map = /\/\/# sourceMappingURL=(\S+)/.exec(await readFile(file, "utf8"))?.[1];
        if (map === undefined) continue;
        const { sources } = JSON.parse(await readFile(join(file, "..", map), "utf8")) as {
          sources: string[];
        };
        for (const source of sources) expect(existsSync(join(file, "..", source)), source).toBe(true);
      }
    }
  });
});

const program = `
import { createClient, faults, isInvalid, isReplay, itemErrors, rosterError, rosterLinks, type AppRouter } from "@roster/client";
import type { Customer, ErrorBody, ItemError } from "@roster/domain";
import { createTRPCClient } from "@trpc/client";

declare const process: { argv: string[]; version: string };
const [, , url = "", token = ""] = process.argv;

const client = createClient({ url, token });
const created: Customer = await client.customer.create.mutate({
  name: "Outside",
  dateOfBirth: "2019-08-24",
  properties: { since: "2024-05-06T07:08:09.123Z" },
});
const createdAt: Date = created.createdAt;
const dateOfBirth: string | null = created.dateOfBirth;
const updated = await client.customer.update.mutate({
  where: { id: created.id },
  patch: { timestamp: new Date(0), properties: { plan: { name: "pro" }, gone: null } },
  add: { emails: ["a@outside.example"] },
  expectedVersion: created.version,
});
const refused: unknown = await client.customer.update
  .mutate({ where: { id: created.id }, patch: { email: "nobody" } })
  .catch((error: unknown) => error);
const body: ErrorBody | undefined = rosterError(refused);
const first: Customer = await client.customer.at.query({ where: { id: created.id }, at: createdAt });
const upsert = { where: { providedId: "outside-" + created.id }, patch: { name: "Outside" }, idempotencyKey: "outside-" + created.id };
await client.customer.upsert.mutate(upsert);
const again = await client.customer.upsert.mutate(upsert);
const many: unknown = await client.customer.updateMany
  .mutate({ items: [{ where: { id: created.id }, patch: { name: "In" } }, { where: { id: created.id }, expectedVersion: 9 }] })
  .catch((error: unknown) => error);
const refusedItems: ItemError[] = itemErrors(many);
const other = createTRPCClient<AppRouter>({ links: rosterLinks({ url, token }) });
console.log(
  JSON.stringify({
    version: process.version,
    instant: createdAt instanceof Date && updated.customer.timestamp instanceof Date,
    dateOfBirth,
    properties: updated.customer.properties,
    changes: updated.changes.map((change) => change.path).sort(),
    invalid: isInvalid(refused),
    code: body?.code,
    pointers: Object.keys(faults(refused)),
    first: first.updatedAt instanceof Date && first.name,
    again: isReplay(again) && again.created,
    refusedItems: refusedItems.map((item) => [item.index, item.error.code]),
    same: (await other.customer.get.query({ where: { id: created.id } })).updatedAt.getTime() ===
      updated.customer.updatedAt.getTime(),
  }),
);
`;

const wrongCalls = `
import { createClient, isStale } from "@roster/client";

export async function wrong(error: unknown) {
  const client = createClient({ url: "http://127.0.0.1", token: "t" });
  const where = { providedId: "acme" };
  // @ts-expect-error: no token
  createClient({ url: "http://127.0.0.1" });
  // @ts-expect-error: no such procedure
  await client.customer.destroy.mutate({ where });
  // @ts-expect-error: no query, so that nothing is erased by following a link
  await client.customer.erase.query({ where });
  // @ts-expect-error: neither a version nor an instant
  await client.customer.at.query({ where });
  // @ts-expect-error: a key is text
  await client.customer.create.mutate({ idempotencyKey: 7 });
  // @ts-expect-error: no such field
  await client.customer.update.mutate({ where, patch: { nickname: "A" } });
  // @ts-expect-error: of another type
  await client.customer.update.mutate({ where, patch: { name: 7 } });
  // @ts-expect-error: set by Roster
  await client.customer.update.mutate({ where, patch: { version: 2 } });
  // @ts-expect-error: cannot be null
  await client.customer.update.mutate({ where, patch: { isDemo: null } });
  // @ts-expect-error: two ways to name one record
  await client.customer.get.query({ where: { id: "a", number: 1 } });
  const customer = await client.customer.get.query({ where });
  // @ts-expect-error: an instant is a Date
  customer.createdAt.slice(0, 10);
  // @ts-expect-error: a calendar date is text, or null
  customer.dateOfBirth?.getTime();
  // @ts-expect-error: may be null
  customer.name.length;
  // @ts-expect-error: only a stale version has it
  error.data.error.conflict;
  if (isStale(error)) error.data.error.conflict.currentVersion.toFixed();
}
`;

const compilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  target: "es2022",
  rootDir: ".",
};
const settings = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext", lib: ["es2022"], types: ["node"] },
  bundler: {
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
  },
};

/**
 * Type-checks files in the project outside, and compiles them beside themselves.
 *
 * @returns the folder, and where there are errors; those in tRPC's own declarations, which name
 *   packages that only its servers need, don't count
 */
async function compile(kind: keyof typeof settings, files: Record<string, string>) {
  const folder = await mkdtemp(join(outside, `${kind}-`));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const tsconfig = { compilerOptions: { ...compilerOptions, ...settings[kind] }, include: ["*.ts"] };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = join(outside, "node_modules/typescript/bin/tsc");
  const { stdout } = await attempt(process.execPath, [tsc, "-p", folder], outside);
  const errors = [...stdout.matchAll(/^(?:(.+)\((\d+),\d+\): )?error .*$/gm)]
    .map(([text, file, line]) => ({ text, file, line: Number(line) }))
    .filter(({ file }) => !file?.startsWith("node_modules/@trpc/"));
  return { folder, errors };
}

describe.each(Object.keys(settings) as (keyof typeof settings)[])("with moduleResolution %s", (kind) => {
  it("right calls compile, the packages' declarations included, and wrong ones don't", async () => {
    const { errors } = await compile(kind, { "right.ts": program, "wrong.ts": wrongCalls });
    expect(errors).toEqual([]);
  });

  it("it is the calls that are wrong: without the comments that expect it, each is an error", async () => {
    const bare = wrongCalls.replaceAll("// @ts-expect-error", "//");
    const { errors } = await compile(kind, { "bare.ts": bare });
    const expected = bare.split("\n").flatMap((line, i) => (line.includes("  //:") ? [i + 2] : []));
    expect(expected).toHaveLength(14);
    expect([...new Set(errors.map(({ line }) => line))]).toEqual(expected);
  });
});

/** What the examples of a README leave to their readers. */
const around = `
declare const id: string, email: string;
declare function showAt(field: string, faults: object[] | undefined): void;
declare function reload(changed: object[]): void;
declare function retryLater(): void;
`;

it.each(["README.md", "packages/client/README.md", "packages/domain/README.md"])(
  "the TypeScript in %s compiles",
  async (name) => {
    const text = await readFile(join(root, name), "utf8");
    const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
    expect(blocks).not.toEqual([]);
    const { errors } = await compile("nodenext", { "readme.ts": blocks.join("\n") + around });
    expect(errors).toEqual([]);
  },
);

/** The `node` of this machine, and the one that runs the tests. */
const runtimes = [
  ...new Set([
    ...(process.env["PATH"] ?? "")
      .split(delimiter)
      .filter((folder) => !folder.includes("node_modules"))
      .map((folder) => join(folder, "node"))
      .filter((file) => existsSync(file))
      .slice(0, 1),
    process.execPath,
  ]),
];

describe("what was compiled outside", () => {
  let compiled: string;
  beforeAll(async () => {
    const { folder, errors } = await compile("nodenext", { "main.ts": program });
    expect(errors).toEqual([]);
    compiled = join(folder, "main.js");
  });

  it.each(runtimes)("runs against a started server on %s", async (runtime) => {
    const { stdout } = await run(runtime, [compiled, server.url, server.token], outside);
    expect(JSON.parse(stdout)).toEqual({
      version: expect.stringMatching(/^v(2[0-9]|[3-9]\d)\./),
      instant: true,
      dateOfBirth: "2019-08-24",
      properties: { since: "2024-05-06T07:08:09.123Z", plan: { name: "pro" } },
      changes: ["/emails", "/properties/plan", "/timestamp"],
      invalid: true,
      code: "INVALID",
      pointers: ["/patch/email"],
      first: "Outside",
      again: true,
      refusedItems: [[1, "STALE_VERSION"]],
      same: true,
    });
  });
});

/** A script for a browser, from what is installed outside, and the packages that are in it. */
async function bundle(contents: string) {
  const options: BuildOptions & { metafile: true; write: false } = {
    stdin: { contents, resolveDir: outside },
    absWorkingDir: outside,
    bundle: true,
    minify: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    metafile: true,
    write: false,
  };
  const { metafile, outputFiles } = await build(options);
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const packages = used.map(([path]) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path);
  return { script: outputFiles[0]?.text ?? "", packages: [...new Set(packages)].toSorted() };
}

describe("in a browser", () => {
  it("the domain alone decides an update of a plain object, with nothing but the language itself", async () => {
    const { script, packages } = await bundle(`
      import {
        customerFields, customerRules, decideUpdate, parseUpdate, RosterError, standaloneContext,
      } from "@roster/domain";
      globalThis.applied = (current, update) => {
        const context = standaloneContext(new Date("2024-05-06T07:08:09.123Z"), "browser");
        const parsed = parseUpdate(customerFields, JSON.parse(update));
        const decided = decideUpdate(customerRules, JSON.parse(current), parsed, context);
        return JSON.stringify(decided instanceof RosterError ? decided.toBody() : decided);
      };
    `);
    expect(packages).toEqual(["<stdin>", "@roster/domain", "zod"]);

    const globals: { applied?(current: string, update: string): string } = createContext({});
    runInContext(script, globals);
    const apply = (current: object, update: object): unknown =>
      JSON.parse(globals.applied?.(JSON.stringify(current), JSON.stringify(update)) ?? "");

    const current = { id: "x", version: 3, name: "Acme", phone: "+4930123456", emails: ["a@acme.example"] };
    const stored = {
      ...current,
      providedId: "acme",
      email: null,
      properties: { plan: "free", trial: true },
      updatedBy: "someone",
      deletedAt: null,
    };
    const update = {
      where: { providedId: "acme" },
      patch: { phone: null, email: "b@acme.example", properties: { plan: "pro", trial: null } },
      add: { emails: ["b@acme.example"] },
    };
    expect(apply(stored, update)).toEqual({
      applied: true,
      record: {
        ...stored,
        phone: null,
        email: "b@acme.example",
        emails: ["a@acme.example", "b@acme.example"],
        properties: { plan: "pro" },
        version: 4,
        updatedAt: "2024-05-06T07:08:09.123Z",
        updatedBy: "browser",
      },
      changes: expect.arrayContaining([
        { path: "/phone", from: "+4930123456", to: null },
        { path: "/properties/plan", from: "free", to: "pro" },
        { path: "/properties/trial", from: true },
      ]),
    });
    expect(
      apply(stored, { ...update, patch: { email: "nobody", gender: "?", nickname: "A" } }),
    ).toMatchObject({
      code: "INVALID",
      faults: [
        { pointer: "/patch/email", code: "invalid_format" },
        { pointer: "/patch/gender", code: "invalid_choice" },
        { pointer: "/patch/nickname", code: "unknown_field" },
      ],
    });
  });

  it("the client is small, holds no validation schemas, and calls with what every browser has", async () => {
    const { script, packages } = await bundle(`
      import { createClient, faults, isConflict, isNetworkFailure, rosterError } from "@roster/client";
      globalThis.roster = { createClient, faults, isConflict, isNetworkFailure, rosterError };
    `);
    expect(packages).toEqual(["<stdin>", "@roster/client", "@roster/domain", "@trpc/client", "@trpc/server"]);
    expect(gzipSync(script).length).toBeLessThan(16_000);

    const web = {
      AbortController,
      AbortSignal,
      DOMException,
      fetch,
      Headers,
      ReadableStream,
      Request,
      Response,
      TextDecoderStream,
      TransformStream,
      URL,
      WritableStream,
      crypto,
      clearTimeout,
      setTimeout,
    };
    const window = createContext({ ...web, url: server.url, token: server.token });
    runInContext(script, window);
    const read = await (runInContext(
      `(async () => {
        const { customer } = roster.createClient({ url, token });
        const { id, name, createdAt } = await customer.create.mutate({ name: "Browser" });
        const { idempotencyKeys } = await customer.export.query({ where: { id } });
        return JSON.stringify({ name, instant: createdAt instanceof Date, keys: idempotencyKeys.length });
      })()`,
      window,
    ) as Promise<string>);
    expect(JSON.parse(read)).toEqual({ name: "Browser", instant: true, keys: 1 });
  });
});
