import { execFile, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import {
  outsideEnvironment,
  packageNames,
  packPackages,
  root,
  type PackageName,
} from "../outside/project.ts";

/** The packages as npm packs them, in a folder whose other dependencies are those of this repository. */
export interface Packed {
  /** An empty folder from which the packages can be imported. */
  folder: string;
  tarballs: Record<PackageName, string>;
  remove(): Promise<void>;
}

/** Packs and unpacks. Installing them anew, as `npm run test:packages` does, takes three times as long. */
export async function unpackPackages(): Promise<Packed> {
  // Below the root, so that the packages find what they depend on.
  const home = join(root, "node_modules/.cache", `roster-packed-${process.pid}`);
  const remove = () => rm(home, { recursive: true, force: true });
  await remove();
  const folder = join(home, "empty");
  await mkdir(folder, { recursive: true });
  const paths = await packPackages(home, packageNames);
  const tarballs = Object.fromEntries(packageNames.map((name, index) => [name, paths[index]])) as Record<
    PackageName,
    string
  >;
  for (const name of packageNames) {
    const to = join(home, "node_modules/@roster", name);
    await mkdir(to, { recursive: true });
    await finished("tar", ["-xzf", tarballs[name], "-C", to, "--strip-components=1"], home);
  }
  return { folder, tarballs, remove };
}

/** The file of a program of a package. */
export const programOf = ({ folder }: Packed, name: PackageName, program: string): string =>
  join(folder, "../node_modules/@roster", name, "bin", `${program}.js`);

/** A program that ended. */
export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, as if from a shell outside this repository, with some variables. */
export const finished = (
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Finished> =>
  new Promise((resolve) => {
    const all = { ...outsideEnvironment(), ...env };
    const child = execFile(program, args, { cwd, env: all }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

/** A server that was started from a package. */
export interface Started {
  url: string;
  token: string;
  /** Sends a signal and waits for the end. @returns the exit code, and everything that it printed */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; output: string }>;
}

/** Starts the server in a folder, on any free port, and reads its address and its first token. */
export async function startPacked(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
  user: { uid?: number; gid?: number } = {},
): Promise<Started> {
  const all = { PORT: "0", LOG_LEVEL: "error", ...env };
  let token = env["ROSTER_TOKEN"];
  const started = await startProgram(program, args, cwd, all, {
    ...user,
    isReady(output) {
      token ??= /shown only this once:\n\n {2}(\S+)\n/.exec(output)?.[1];
      return token !== undefined;
    },
  });
  return { ...started, token: token as string };
}

/**
 * Starts a program that prints its address.
 * @param isReady whether everything else that is read was printed, too
 * @param group whether a signal goes to the programs that it started, too: a shell does not pass it on
 * @throws Error if it ends before
 */
export function startProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
  {
    isReady = () => true,
    group = false,
    ...user
  }: { uid?: number; gid?: number; isReady?: (output: string) => boolean; group?: boolean } = {},
): Promise<Omit<Started, "token">> {
  const child = spawn(program, args, {
    cwd,
    env: { ...outsideEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: group,
    ...user,
  });
  let output = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) {
      if (group) process.kill(-(child.pid as number), signal);
      else child.kill(signal);
    }
    return { code: await ended, output };
  };
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /(http:\/\/(?:127\.0\.0\.1|localhost):\d+)\/?\s/.exec(
        stripVTControlCharacters(output),
      )?.[1];
      if (url !== undefined && isReady(output)) resolve({ url, stop });
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.once("error", reject);
    void ended.then((code) =>
      reject(new Error(`${program} ${args.join(" ")} ended with ${code}: ${output}`)),
    );
  });
}
