import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A program that the benchmark started: a server or a load generator. */
export interface Child {
  name: string;
  process: ChildProcess;
  pid: number;
  /** Its output so far. */
  output(): string;
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
// Children must not outlive this process, however it ends.
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a TypeScript program in a process of its own, from its source.
 * @param program the path of the program, relative to this file
 * @param flags for Node itself
 */
export function start(
  name: string,
  program: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Child {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [...flags, "--conditions=@roster/source", path, ...args], {
    env: { PATH, NODE_COMPILE_CACHE, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  running.add(child);
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  void gone.then(() => running.delete(child));
  return {
    name,
    process: child,
    pid: child.pid as number,
    output: () => text,
    async stop() {
      child.kill("SIGTERM");
      const impatience = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await gone;
      clearTimeout(impatience);
    },
  };
}

/** Waits for the first message of a child for which `read` returns a value. */
export function messageOf<T>(child: Child, read: (message: unknown) => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const finish = () => {
      child.process.off("message", onMessage);
      child.process.off("exit", onExit);
    };
    const onMessage = (message: unknown) => {
      const found = read(message);
      if (found === undefined) return;
      finish();
      resolve(found);
    };
    const onExit = (code: number | null) => {
      finish();
      reject(new Error(`${child.name} ended with ${code}: ${child.output().trim()}`));
    };
    child.process.on("message", onMessage);
    child.process.once("exit", onExit);
    if (child.process.exitCode !== null) onExit(child.process.exitCode);
  });
}

/** Waits until a child ends. @throws Error with its output if it failed */
export async function succeeded(child: Child): Promise<void> {
  const code = await new Promise<number | null>((resolve) => child.process.once("close", resolve));
  if (code !== 0) throw new Error(`${child.name} ended with ${code}: ${child.output().trim()}`);
}
