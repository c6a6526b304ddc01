import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The real server, as a process of its own on a file of its own. */
export interface Server {
  url: string;
  token: string;
  child: ChildProcess;
  /** All that it has printed so far. */
  output(): string;
  /** The SQLite file. */
  file: string;
  /** Stops it, and gives its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Stops it and deletes its files. */
  dispose(): Promise<void>;
}

const main = fileURLToPath(new URL("../../../apps/api/src/main.ts", import.meta.url));

/** Runs the server's program, without waiting for anything. */
export function spawnServer(env: Record<string, string>): {
  child: ChildProcess;
  output(): string;
  exit: Promise<number | null>;
} {
  const child = spawn(process.execPath, ["--conditions=@roster/source", main], {
    env: { PATH: process.env["PATH"], HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "error", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const exit = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output: () => text, exit };
}

/**
 * Starts the server and waits until it listens.
 * @param folder where its file is, for a second start; a new folder when missing
 */
export async function startServer(env: Record<string, string> = {}, folder?: string): Promise<Server> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), "roster-")));
  const file = join(home, "roster.db");
  const token = env["ROSTER_TOKEN"] ?? "acceptance-token";
  const { child, output, exit } = spawnServer({
    DATABASE_URL: `sqlite:${file}`,
    ROSTER_TOKEN: token,
    ...env,
  });
  const url = await new Promise<string>((resolve, reject) => {
    const look = () => {
      const address = /Roster listens at (\S+)/.exec(output())?.[1];
      if (address) resolve(address);
    };
    child.stdout?.on("data", look);
    void exit.then((code) => reject(new Error(`the server ended with ${code}: ${output()}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exit;
  };
  return {
    url,
    token,
    child,
    output,
    file,
    stop,
    async dispose() {
      await stop("SIGKILL");
      await rm(home, { recursive: true, force: true });
    },
  };
}
