import { recordTypes, type Field, type Fields } from "@roster/domain";
import { build, type BuildOptions } from "esbuild";
import { existsSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { propertiesTypes } from "../../../../packages/cli/src/properties-types.ts";
import { openEditor } from "../outside/editor.ts";
import {
  commonJs,
  fieldPlaces,
  fieldUses,
  infiniteList,
  infiniteListAnswer,
  misspelt,
  program,
  secondCopy,
  secondCopyAnswer,
  typedProperties,
  wrongCalls,
} from "../outside/programs.ts";
import {
  compile,
  newProject,
  resolutions,
  root,
  run,
  versionHere,
  type OutsideProject,
  type Resolution,
} from "../outside/project.ts";
import { startServer, type Server } from "../server.ts";

/** The packages as users get them: packed, and installed outside this repository. */

// Time enough for compilers on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

let project: OutsideProject;
let outside: string;
let server: Server;

beforeAll(async () => {
  // Usual dependencies of a project, in this repository's versions.
  const names = [
    ["typescript", "@types/node"],
    ["@trpc/client", "@trpc/server"],
    ["react", "@types/react", "react-test-renderer", "@tanstack/react-query", "@trpc/tanstack-react-query"],
  ].flat();
  const versions = await Promise.all(names.map(async (name) => [name, await versionHere(name)] as const));
  [project, server] = await Promise.all([
    newProject(Object.fromEntries(versions), { locked: true }),
    startServer(),
  ]);
  outside = project.folder;
});

afterAll(async () => {
  await server.dispose();
  await project.remove();
});

/** Everything that is installed, by npm's names. */
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

/** TypeScript and React are the project's own. */
const ofTheProject =
  /^(@typescript\/|typescript$|@types\/|undici-types$|csstype$|react|scheduler$|@tanstack\/|@trpc\/tanstack)/;

describe("the installed packages", () => {
  it("are the client, the domain and their declared dependencies, and no server", async () => {
    const names = await installed();
    expect(names.filter((name) => !ofTheProject.test(name))).toEqual([
      "papaparse",
      "zod",
      "@roster/client",
      "@roster/domain",
      "@trpc/client",
      "@trpc/server",
    ]);
  });

  it.each(["@roster/client", "@roster/domain"])(
    "contain neither tests nor server code of %s",
    async (name) => {
      const files = await filesOf(name);
      expect(files.some((file) => file.endsWith("index.d.ts"))).toBe(true);
      for (const file of files) {
        expect(file).not.toMatch(/\.test\.|tsbuildinfo|testing/);
        // The only source whose declaration writes out the types it imports.
        const text = (await readFile(file, "utf8")).replace(
          'import type { AppRouter as ServerRouter } from "@roster/api";',
          "",
        );
        expect(text, file).not.toMatch(/@roster\/api|apps\/api|mikro-orm|better-sqlite3|hono/);
      }
    },
  );

  it.each(["@roster/client", "@roster/domain"])(
    "map each compiled file of %s to its source",
    async (name) => {
      const compiled = (await filesOf(name)).filter((path) => /dist.*\.(js|d\.ts)$/.test(path));
      expect(compiled).not.toEqual([]);
      for (const file of compiled) {
        const map = /\/\/# sourceMappingURL=(\S+)/.exec(await readFile(file, "utf8"))?.[1];
        if (map === undefined) expect.fail(`${file} has no map`);
        const { sources } = JSON.parse(await readFile(join(file, "..", map), "utf8")) as {
          sources: string[];
        };
        expect(sources).not.toEqual([]);
        for (const source of sources) expect(existsSync(join(file, "..", source)), source).toBe(true);
      }
    },
  );
});

/** The project is compiled once; several tests inspect and run it. */
const compiledOnce = new Map<Resolution, ReturnType<typeof compile>>();
const compiledWith = (resolution: Resolution): ReturnType<typeof compile> => {
  const files = {
    "right.ts": program,
    "wrong.ts": wrongCalls,
    // CommonJS finds these types with this resolution only.
    ...(resolution === "nodenext" && { "common.cts": commonJs }),
  };
  const known = compiledOnce.get(resolution) ?? compile(project, resolution, files);
  compiledOnce.set(resolution, known);
  return known;
};

describe.each(resolutions)("with moduleResolution %s", (resolution) => {
  it("valid calls compile, with the packages' declarations, and invalid ones don't", async () => {
    expect((await compiledWith(resolution)).errors).toEqual([]);
  });

  it("each invalid call is an error without its comment", async () => {
    const bare = wrongCalls.replaceAll("// @ts-expect-error", "//");
    const { errors } = await compile(project, resolution, { "bare.ts": bare }, { skipLibCheck: true });
    const expected = bare.split("\n").flatMap((line, i) => (line.includes("  //:") ? [i + 2] : []));
    expect(expected).toHaveLength(36);
    expect([...new Set(errors.map(({ line }) => line))]).toEqual(expected);
  });
});

/** The names that the examples of a README leave undefined. */
const around = `
declare const id: string, email: string;
declare function showAt(field: string, faults: object[] | undefined): void;
declare function reload(changed: object[] | undefined): void;
declare function retryLater(): void;
declare const trpc: import("@trpc/tanstack-react-query").TRPCOptionsProxy<import("@roster/client").AppRouter>;
declare const useInfiniteQuery: typeof import("@tanstack/react-query").useInfiniteQuery;
`;

it.each(["README.md", "packages/client/README.md", "packages/domain/README.md"])(
  "the TypeScript in %s compiles",
  async (name) => {
    const text = await readFile(join(root, name), "utf8");
    const blocks = [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
      .map(([, code]) => code)
      // Declarations of a module apply everywhere, so they have a test of their own.
      .filter((code) => !code?.includes("declare module"));
    expect(blocks).not.toEqual([]);
    const { errors } = await compile(
      project,
      "nodenext",
      { "readme.ts": blocks.join("\n") + around },
      { skipLibCheck: true },
    );
    expect(errors).toEqual([]);
  },
);

/** The `node` on the path, and the one that runs the tests. */
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

describe("a project compiled outside", () => {
  it.each(runtimes)("runs against a started server on %s", async (runtime) => {
    const { folder } = await compiledWith("nodenext");
    const { stdout } = await run(runtime, [join(folder, "right.js"), server.url, server.token], outside);
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
      ofCustomers: ["customer"],
      same: true,
    });
  });
});

it("properties have the type declared as in the client's README", async () => {
  const readme = await readFile(join(root, "packages/client/README.md"), "utf8");
  const example = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].find(([, code]) =>
    code?.includes("declare module"),
  )?.[1];
  const before = `
import { createClient } from "@roster/client";
const client = createClient({ url: "", token: "" });
const where = { providedId: "acme" };
`;
  const { errors } = await compile(
    project,
    "nodenext",
    { "properties.ts": typedProperties(before + example) },
    { skipLibCheck: true },
  );
  expect(errors).toEqual([]);
});

it("properties have the type that the command line writes for a schema", async () => {
  const properties = {
    plan: { enum: ["free", "pro"], description: "What they pay for" },
    seats: { type: "integer" },
    contacts: {
      type: "array",
      items: { type: "object", properties: { name: { type: ["string", "null"] } }, required: ["name"] },
    },
    labels: { type: "object", additionalProperties: { type: "string" } },
    anything: true,
  };
  const program = `
import { createClient } from "@roster/client";
const client = createClient({ url: "", token: "" });
const where = { providedId: "acme" };
`;
  const more = `
export async function moreProperties() {
  await client.customer.update.mutate({ where, patch: { properties: { labels: { a: null }, contacts: [{ name: null }] } } });
  // @ts-expect-error: a name is required
  await client.customer.create.mutate({ properties: { contacts: [{}] } });
  // @ts-expect-error: a label is text
  await client.customer.create.mutate({ properties: { labels: { a: 1 } } });
}
`;
  const { errors } = await compile(
    project,
    "nodenext",
    {
      "types.ts": propertiesTypes({ properties, additionalProperties: false }),
      "properties.ts": typedProperties(program) + more,
    },
    { skipLibCheck: true },
  );
  expect(errors).toEqual([]);
});

it("the error for a misspelt field names the interface that the caller knows", async () => {
  const { errors } = await compile(
    project,
    "nodenext",
    {
      "misspelt.ts": [
        'import type { RosterClient } from "@roster/client";',
        "declare const client: RosterClient;",
        ...Object.values(misspelt).map((call) => `await ${call};`),
      ].join("\n"),
    },
    { skipLibCheck: true },
  );
  const named = errors.map(({ text }) => /does not exist in type '(\w+)/.exec(text)?.[1]);
  expect(named).toEqual(Object.keys(misspelt));
});

it("editors lead from a field to its line in the policy, with its description above", async () => {
  const { folder } = await compiledWith("nodenext");
  const editor = await openEditor(project, join(folder, "editor.ts"), fieldUses);
  try {
    for (const [mark, type, field] of fieldPlaces) {
      const { description } = (recordTypes[type] as Fields)[field] as Field;
      const { path, line } = await editor.definition(mark);
      const lines = (await readFile(path, "utf8")).split("\n");
      expect([path, ...lines.slice(line - 1, line + 1)], mark).toEqual([
        expect.stringContaining("@roster/domain/src/"),
        `  /** ${description} */`,
        expect.stringMatching(new RegExp(`^  ${field}:`)),
      ]);
    }
  } finally {
    editor.close();
  }
});

it("the declarations describe each field for editors", async () => {
  const declared = await Promise.all(
    (await filesOf("@roster/domain"))
      .filter((file) => file.endsWith(".d.ts"))
      .map((file) => readFile(file, "utf8")),
  );
  const all = declared.join("\n");
  for (const fields of Object.values(recordTypes as Record<string, Fields>)) {
    for (const [name, { description }] of Object.entries(fields)) {
      expect(all).toContain(`/** ${description} */\n    readonly ${name}:`);
    }
  }
});

it("CommonJS makes calls through a dynamic import", async () => {
  const { folder } = await compiledWith("nodenext");
  const { stdout } = await run(
    process.execPath,
    [join(folder, "common.cjs"), server.url, server.token],
    outside,
  );
  expect(JSON.parse(stdout)).toEqual({ name: "CommonJS", notFound: true });
});

it("errors are recognised from another copy of tRPC, and as the cause of other errors", async () => {
  const other = join(outside, "other");
  await cp(join(outside, "node_modules/@trpc/client"), join(other, "node_modules/@trpc/client"), {
    recursive: true,
  });
  await writeFile(join(other, "main.mjs"), secondCopy);
  const { stdout } = await run(
    process.execPath,
    [join(other, "main.mjs"), server.url, server.token],
    outside,
  );
  expect(JSON.parse(stdout)).toEqual(secondCopyAnswer);
});

it("a React hook has an infinite list", async () => {
  const { folder, errors } = await compile(
    project,
    "bundler",
    { "list.ts": infiniteList },
    { skipLibCheck: true },
  );
  expect(errors).toEqual([]);
  const { stdout } = await run(
    process.execPath,
    [join(folder, "list.js"), server.url, server.token],
    outside,
  );
  expect(JSON.parse(stdout)).toEqual(infiniteListAnswer);
});

/** Bundles a script for a browser from the installed packages. @returns it, and the packages in it */
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
  it("the domain alone decides an update of a plain object, using only the language itself", async () => {
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

  it("the client is small, contains no validation schemas, and needs only features of every browser", async () => {
    const { script, packages } = await bundle(`
      import { createClient, faults, isConflict, isNetworkFailure, rosterError } from "@roster/client";
      globalThis.roster = { createClient, faults, isConflict, isNetworkFailure, rosterError };
    `);
    expect(packages).toEqual(["<stdin>", "@roster/client", "@roster/domain", "@trpc/client", "@trpc/server"]);
    expect(gzipSync(script).length).toBeLessThan(14_000);

    const web = {
      AbortController,
      AbortSignal,
      Blob,
      DOMException,
      FormData,
      fetch,
      Headers,
      ReadableStream,
      Request,
      Response,
      TextDecoderStream,
      TransformStream,
      URL,
      URLSearchParams,
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

  it("imports and exports files there, with nothing of Node", async () => {
    const { script, packages } = await bundle(`
      import { createClient } from "@roster/client";
      import { exportRecords, importRecords, inspectFile } from "@roster/client/import";
      globalThis.roster = { createClient, exportRecords, importRecords, inspectFile };
    `);
    expect(packages).toEqual([
      "<stdin>",
      "@roster/client",
      "@roster/domain",
      "@trpc/client",
      "@trpc/server",
      "papaparse",
      "zod",
    ]);
    const web = {
      AbortController,
      AbortSignal,
      Blob,
      DOMException,
      FormData,
      fetch,
      Headers,
      ReadableStream,
      Request,
      Response,
      TextDecoder,
      TextDecoderStream,
      TextEncoder,
      TransformStream,
      URL,
      URLSearchParams,
      WritableStream,
      crypto,
      clearTimeout,
      setTimeout,
    };
    const window = createContext({ ...web, url: server.url, token: server.token });
    runInContext(script, window);
    const read = await (runInContext(
      `(async () => {
        const client = roster.createClient({ url, token });
        const file = new Blob(["Username,Company\\nbrowser,Acme\\n"]);
        const { columns } = await roster.inspectFile(file, { type: "user" });
        const { created } = await roster.importRecords(client, file, { type: "user", key: "username" });
        const { text } = await roster.exportRecords(client, { type: "user", fields: ["username", "organization"] });
        let whole = "";
        for await (const piece of text) whole += piece;
        return JSON.stringify({ fields: columns.map(({ target }) => target.field), created, whole });
      })()`,
      window,
    ) as Promise<string>);
    expect(JSON.parse(read)).toEqual({
      fields: ["username", "organization"],
      created: 1,
      whole: "username,organization\nbrowser,Acme\n",
    });
  });
});
