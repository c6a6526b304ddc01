import { execFile, type ExecFileException } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyOfCheckout } from "./checkout-copy.ts";

/** A project of a user: the packages as npm packs them, installed outside this repository. */
export interface OutsideProject {
  folder: string;
  remove(): Promise<void>;
}

export const root = fileURLToPath(new URL("../../../../", import.meta.url));

const readJson = async <T>(name: string): Promise<T> =>
  JSON.parse(await readFile(join(root, name), "utf8")) as T;

/** The version of a package that this repository uses. */
export async function versionHere(name: string): Promise<string> {
  const { packages } = await readJson<{ packages: Record<string, { version?: string }> }>(
    "package-lock.json",
  );
  const version = packages[`node_modules/${name}`]?.version;
  if (version === undefined) throw new Error(`${name} is not installed`);
  return version;
}

export type PackageName = "domain" | "client" | "server" | "cli";
export const packageNames: readonly PackageName[] = ["domain", "client", "server", "cli"];

/** Packs packages, each of which builds itself. @returns the paths of their tarballs, in the same order */
export async function packPackages(into: string, names: readonly PackageName[]): Promise<string[]> {
  const checkout = await copyOfCheckout(root);
  try {
    const { stdout } = await run(
      "npm",
      ["pack", "--silent", "--pack-destination", into, ...names.map((name) => `./packages/${name}`)],
      checkout.folder,
    );
    return stdout
      .trim()
      .split("\n")
      .map((name) => join(into, name));
  } finally {
    await checkout.remove();
  }
}

/**
 * Creates a project with the packages and some dependencies of its own.
 * @param locked whether all versions are those of this repository's lock file, so that npm finds them in its
 *   cache; else they come from the registry
 * @param optional dependencies without which the project is installed, if the registry does not have them
 */
export async function newProject(
  dependencies: Record<string, string>,
  { locked, optional = {} }: { locked: boolean; optional?: Record<string, string> },
): Promise<OutsideProject> {
  const home = await mkdtemp(join(tmpdir(), "roster-outside-"));
  const folder = join(home, "project");
  await mkdir(folder);
  const tarballs = await packPackages(home, ["client", "domain"]);
  const project = {
    name: "outside",
    private: true,
    type: "module",
    dependencies,
    optionalDependencies: optional,
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(project));
  if (locked) {
    // npm keeps the needed part of a lock file and drops the rest.
    const { packages } = await readJson<{ packages: Record<string, { link?: boolean }> }>(
      "package-lock.json",
    );
    const entries = Object.entries(packages).filter(
      ([at, { link }]) => at.startsWith("node_modules/") && !link,
    );
    const lock = {
      name: "outside",
      lockfileVersion: 3,
      packages: { "": project, ...Object.fromEntries(entries) },
    };
    await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
  }
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], folder);
  return { folder, remove: () => rm(home, { recursive: true, force: true }) };
}

/** The environment without the variables that npm scripts set. */
export const outsideEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        !/^(npm_(package|lifecycle)_|npm_config_(local_)?prefix$|INIT_CWD|NODE_OPTIONS)/i.test(entry[0]),
    ),
  );

/** Runs a program without the variables that npm scripts set. @throws Error if it fails */
export async function run(program: string, args: string[], cwd: string): Promise<{ stdout: string }> {
  const result = await attempt(program, args, cwd, outsideEnvironment());
  if (result.code !== 0) throw new Error(`${program} ${args.join(" ")}: ${result.stdout}`);
  return result;
}

const attempt = (program: string, args: string[], cwd: string, env = process.env) =>
  new Promise<{ code: number; stdout: string }>((resolve) => {
    execFile(program, args, { cwd, env }, (error: ExecFileException | null, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout: error ? stdout + stderr : stdout }),
    );
  });

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
    // Declarations compiled without this option may have errors with it.
    exactOptionalPropertyTypes: true,
  },
};
export type Resolution = keyof typeof settings;
export const resolutions = Object.keys(settings) as Resolution[];

export interface CompileError {
  text: string;
  file: string | undefined;
  line: number;
}

/**
 * Type-checks files in a project, and compiles them next to their sources.
 * @param typescript the name under which TypeScript is installed
 * @returns the folder, and the places of errors, except for those in tRPC's own declarations, which import
 *   packages that only its servers need
 */
export async function compile(
  project: OutsideProject,
  resolution: Resolution,
  files: Record<string, string>,
  { typescript = "typescript", ...more }: { typescript?: string; skipLibCheck?: boolean } = {},
): Promise<{ folder: string; errors: CompileError[] }> {
  const folder = await mkdtemp(join(project.folder, `${resolution}-`));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const tsconfig = {
    compilerOptions: { ...compilerOptions, ...settings[resolution], ...more },
    include: ["*.ts", "*.cts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = join(project.folder, "node_modules", typescript, "bin/tsc");
  const { stdout } = await attempt(process.execPath, [tsc, "-p", folder], project.folder);
  const errors = [...stdout.matchAll(/^(?:(.+)\((\d+),\d+\): )?error .*(?:\n .*)*$/gm)]
    .map(([text, file, line]) => ({ text, file, line: Number(line) }))
    .filter(({ file }) => !file?.startsWith("node_modules/@trpc/"));
  return { folder, errors };
}
