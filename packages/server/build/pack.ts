import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { build, type Metafile, type Plugin } from "esbuild";
import { bundleOptions, threads } from "../../../apps/api/bundle/options.js";

/**
 * Makes this package whole before npm packs it. Runs after the compiler. The api is a private workspace, so its
 * code, its types and its sources go into this package:
 *
 * - `dist`: the library, `index.js` and `testing/index.js`, whose dependencies stay outside, because a program
 *   that embeds it may share them; and the program, with most dependencies inside, because a start of few
 *   files takes half the CPU time.
 * - `api`: the declarations that those of the library name, and the sources, to which all maps lead.
 * - `console`: the console, if it was built.
 */
const here = join(import.meta.dirname, "..");
const root = join(here, "../..");
const api = join(root, "apps/api");
const require = createRequire(import.meta.url);
const { dependencies } = JSON.parse(await readFile(join(here, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
};

/**
 * Adapts the api's sources to the package. Files that a source finds beside itself, such as a thread, lie in
 * `dist`, whatever file the source itself ends up in; the console lies beside `dist`. Messages name the
 * operator's commands, and how to run the code of the first start, as they are outside the repository.
 */
const asInstalled: Plugin = {
  name: "as-installed",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]apps[\\/]api[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const name = `${basename(path, extname(path))}.js`;
      const contents = (await readFile(path, "utf8"))
        .replaceAll("import.meta.url", `new URL("./${name}", import.meta.url).href`)
        .replaceAll("../../../../console/dist/", "../console/")
        .replaceAll(/npm run db:([a-z]+)( --)?/g, "roster-server $1")
        .replace(
          "from TypeScript (in this repository: save as hello.ts, run with: npm run ts hello.ts)",
          "from a program (save as hello.mjs, run with: node hello.mjs)",
        );
      return { contents, loader: "ts" };
    }),
};

for (const made of ["api", "console"]) await rm(join(here, made), { recursive: true, force: true });
const metafiles = [
  await bundle(
    {
      index: "src/index.ts",
      "testing/index": "src/testing/index.ts",
      ...threads,
    },
    // Kysely is a dependency for its types alone: a start that loads its 300 files one by one is slower.
    Object.keys(dependencies)
      .filter((name) => name !== "kysely")
      .flatMap((name) => [name, `${name}/*`]),
  ),
  // The ORM and the driver look for files beside their own.
  await bundle({ main: "src/main.ts" }, ["@mikro-orm/*", "better-sqlite3"]),
];
await writeFile(join(here, "dist/THIRD-PARTY-LICENSES.txt"), await licences(metafiles));
await removeOtherFiles(metafiles);
await copySwaggerUi();
await makeEmptyDatabase();
await copyDeclarations();
await cp(join(api, "src"), join(here, "api/src"), {
  recursive: true,
  filter: (path) => !/\.test\.ts$|[\\/]testing([\\/]|$)/.test(path.slice(api.length)),
});
await copyConsole();

/** @returns the metafile: the files that esbuild read and wrote */
async function bundle(entryPoints: Record<string, string>, external: string[]): Promise<Metafile> {
  const { metafile } = await build({
    ...bundleOptions,
    absWorkingDir: here,
    entryPoints,
    target: "node22",
    outdir: "dist",
    external,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
    plugins: [...bundleOptions.plugins, asInstalled],
  });
  for (const path of Object.keys(metafile.outputs).filter((one) => one.endsWith(".js.map"))) {
    const file = join(here, path);
    const map = JSON.parse(await readFile(file, "utf8")) as { sources: string[] };
    const sources = map.sources.map((source) => {
      const at = resolve(dirname(file), source);
      if (at.startsWith(join(here, "src"))) return source;
      // The code of other packages has no sources here.
      return at.startsWith(join(api, "src"))
        ? relative(dirname(file), join(here, "api", relative(api, at)))
        : null;
    });
    await writeFile(file, JSON.stringify({ ...map, sources }));
  }
  return metafile;
}

/** The licences of the packages whose code is inside the bundles. */
async function licences(all: Metafile[]): Promise<string> {
  const names = all.flatMap(({ inputs }) =>
    Object.keys(inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]),
  );
  const texts = [...new Set(names)].map(async (folder) => {
    if (folder === undefined) return [];
    const at = resolve(here, folder);
    const { name, version, license } = JSON.parse(await readFile(join(at, "package.json"), "utf8")) as Record<
      string,
      string
    >;
    const file = (await readdir(at)).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? `Licence: ${license}` : await readFile(join(at, file), "utf8");
    return [`${name} ${version}\n\n${text.trim()}\n`];
  });
  return (await Promise.all(texts))
    .flat()
    .toSorted((one, two) => (one < two ? -1 : 1))
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** Removes what the compiler and earlier bundles have left in `dist`, except for declarations. */
async function removeOtherFiles(all: Metafile[]): Promise<void> {
  const made = new Set(all.flatMap(({ outputs }) => Object.keys(outputs)));
  for (const name of await readdir(join(here, "dist"), { recursive: true })) {
    if (/\.js(\.map)?$/.test(name) && !made.has(`dist/${name}`)) await rm(join(here, "dist", name));
  }
}

/** Copies the console, which is built first if it was not. */
async function copyConsole(): Promise<void> {
  const workspace = join(root, "apps/console");
  if (!existsSync(join(workspace, "package.json"))) return;
  const built = join(workspace, "dist");
  if (!existsSync(built)) await promisify(execFile)("npm", ["run", "build"], { cwd: workspace });
  await cp(built, join(here, "console"), { recursive: true });
}

/** Temporary databases are copies of this one, which saves a test the time of the migrations. */
async function makeEmptyDatabase(): Promise<void> {
  await rm(join(here, "dist/empty.db"), { force: true });
  const args = [join(here, "dist/main.js"), "migrate", "--database", "sqlite:dist/empty.db"];
  await promisify(execFile)(process.execPath, args, { cwd: here });
}

/** The page of the documentation needs two files of a package of 12 MB. */
async function copySwaggerUi(): Promise<void> {
  const from = dirname(require.resolve("swagger-ui-dist/package.json", { paths: [api] }));
  const to = join(here, "dist/swagger-ui");
  await mkdir(to, { recursive: true });
  for (const name of ["swagger-ui.css", "swagger-ui-bundle.js", "LICENSE", "NOTICE"])
    await cp(join(from, name), join(to, name));
}

/** Copies the declarations of the api that the library's declarations reach, and points the library to them. */
async function copyDeclarations(): Promise<void> {
  const copied = new Set<string>();
  const copy = async (file: string): Promise<void> => {
    if (copied.has(file)) return;
    copied.add(file);
    const to = join(here, "api", relative(api, file));
    await mkdir(dirname(to), { recursive: true });
    for (const end of ["", ".map"]) await cp(file + end, to + end);
    for (const [, path] of (await readFile(file, "utf8")).matchAll(/(?:from |import\()"(\.[^"]+)\.[jt]s"/g))
      await copy(join(dirname(file), `${path}.d.ts`));
  };
  await copy(join(api, "dist/index.d.ts"));
  for (const name of await readdir(join(here, "dist"), { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const file = join(here, "dist", name);
    const index = relative(dirname(file), join(here, "api/dist/index.js"));
    await writeFile(file, (await readFile(file, "utf8")).replaceAll('"@roster/api"', JSON.stringify(index)));
  }
}
