import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { messageOf, start, succeeded, usageOf, type Child } from "./child.ts";
import { customerId, customerInput } from "./customers.ts";
import { Connection } from "./load/connection.ts";
import type { ServerName } from "./plan.ts";
import type { Progress } from "./output/progress.ts";
import { places, seed, type Places, type Population } from "./seed.ts";

/** How large everything is. */
export interface Sizes {
  flat: number;
  large: number;
  tree: { children: number; each: number };
  above: number;
}

/** A program that is measured, up and running. */
export interface Running {
  name: ServerName;
  child: Child;
  port: number;
  token: string;
  places: Places;
  /** Its SQLite file, and how what it does is seen in it; missing where it writes nothing. */
  stores?: { file: string; as: "log" | "rows" };
  /** Memory some time after its first answer, in bytes. */
  atRest: number | undefined;
  /** The number of the next update. */
  next: number;
}

const token = "token-of-the-benchmark";
const main = "../../../apps/api/src/main.ts";

/** The databases and the programs of one run, each made when it is first needed. */
export class World {
  readonly #folder: string;
  readonly #sizes: Sizes;
  readonly #progress: Progress;
  /** How long a program is left alone before its memory at rest is looked at, in milliseconds. */
  readonly #settle: number;
  /** Where the CPU profiles of Roster go, if there are to be any. */
  readonly #profiles: string | undefined;
  readonly #running = new Map<ServerName, Running>();
  readonly #seeded = new Map<string, Promise<string>>();

  constructor(folder: string, sizes: Sizes, settle: number, progress: Progress, profiles?: string) {
    this.#folder = folder;
    this.#sizes = sizes;
    this.#settle = settle;
    this.#progress = progress;
    this.#profiles = profiles;
  }

  running(): Running[] {
    return [...this.#running.values()];
  }

  async server(name: ServerName): Promise<Running> {
    let server = this.#running.get(name);
    if (!server) this.#running.set(name, (server = await this.#start(name)));
    return server;
  }

  /** A new copy of the database with the fewest customers. */
  async copy(name: string): Promise<string> {
    const file = join(this.#folder, `${name}.db`);
    await copyFile(await this.#seed("small"), file);
    return file;
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await Promise.all(this.running().map(({ child }) => child.stop()));
  }

  /**
   * Starts Roster on a database that is up to date, and stops it again.
   * @returns from the start of the process to its first answer, in milliseconds
   */
  async startUp(file: string): Promise<number> {
    const port = await freePort();
    const from = performance.now();
    const child = start("Roster", main, [], rosterEnv(file, port));
    try {
      await firstAnswer(child, port);
      return performance.now() - from;
    } finally {
      await child.stop();
    }
  }

  #population(size: "small" | "large" | "tree"): Population {
    const { flat, large, tree, above } = this.#sizes;
    return { small: { flat }, large: { flat: large }, tree: { flat, tree, above } }[size];
  }

  #seed(size: "small" | "large" | "tree"): Promise<string> {
    let seeded = this.#seeded.get(size);
    if (!seeded) {
      const file = join(this.#folder, `seed-${size}.db`);
      const told = (done: number, total: number) =>
        this.#progress.within(`a database of ${total.toLocaleString("en")} customers`, done / total);
      seeded = seed(file, token, this.#population(size), told).then(() => file);
      this.#seeded.set(size, seeded);
    }
    return seeded;
  }

  async #start(name: ServerName): Promise<Running> {
    this.#progress.step(`starting ${name}`);
    switch (name) {
      case "roster":
        return this.#roster(name, await this.copy(name), "small");
      case "roster-large":
        return this.#roster(name, await this.#seed("large"), "large");
      case "roster-tree":
        return this.#roster(name, await this.#seed("tree"), "tree");
      case "roster-in-process": {
        const file = await this.copy(name);
        const stores = { file, as: "log" } as const;
        return this.#own(name, "servers/in-process.ts", [file, token], stores, this.#profiled(name));
      }
      case "floor-single":
      case "floor-group": {
        const file = await this.copy(name);
        return this.#own(name, "servers/floor-sql.ts", [file, name.slice("floor-".length)], {
          file,
          as: "log",
        });
      }
      case "floor-transport":
        return this.#own(name, "servers/floor-transport.ts", [await this.copy(name)]);
      case "mikro-orm":
      case "mikro-orm-wal":
        return this.#byHand(name, "servers/trpc-mikro-orm.ts");
      case "drizzle":
      case "drizzle-wal":
        await installDrizzle(this.#progress);
        return this.#byHand(name, "../drizzle/server.ts");
    }
  }

  async #roster(name: ServerName, file: string, size: "small" | "large" | "tree"): Promise<Running> {
    const port = await freePort();
    const child = start(name, main, [], rosterEnv(file, port), this.#profiled(name));
    await firstAnswer(child, port);
    return this.#settled(name, child, port, this.#population(size), { file, as: "log" });
  }

  /** A program of the benchmark's own, which tells its port by a message. */
  async #own(
    name: ServerName,
    program: string,
    args: readonly string[],
    stores?: Running["stores"],
    flags: readonly string[] = [],
  ): Promise<Running> {
    const child = start(name, program, args, {}, flags);
    const port = await messageOf(child, (message) => (message as { port?: number }).port);
    return this.#settled(name, child, port, this.#population("small"), stores);
  }

  async #byHand(name: ServerName, program: string): Promise<Running> {
    const file = join(this.#folder, `${name}.db`);
    const customers = join(this.#folder, "customers.json");
    if (!existsSync(customers)) {
      const all = Array.from({ length: this.#sizes.flat }, (_, index) => ({
        id: customerId(index),
        number: index + 1,
        ...customerInput(index),
      }));
      writeFileSync(customers, JSON.stringify(all));
    }
    const journal = name.endsWith("-wal") ? "wal" : "delete";
    const filling = start(`${name}, which fills its database`, program, [file, journal, customers]);
    await succeeded(filling);
    return this.#own(name, program, [file, journal], { file, as: "rows" });
  }

  #profiled(name: ServerName): string[] {
    if (this.#profiles === undefined) return [];
    return ["--cpu-prof", `--cpu-prof-dir=${this.#profiles}`, `--cpu-prof-name=${name}.cpuprofile`];
  }

  async #settled(
    name: ServerName,
    child: Child,
    port: number,
    population: Population,
    stores: Running["stores"],
  ): Promise<Running> {
    await new Promise((resolve) => setTimeout(resolve, this.#settle));
    return {
      name,
      child,
      port,
      token,
      places: places(population),
      ...(stores && { stores }),
      atRest: usageOf(child.pid)?.resident,
      next: 1,
    };
  }
}

const rosterEnv = (file: string, port: number): Record<string, string> => ({
  HOST: "127.0.0.1",
  PORT: String(port),
  DATABASE_URL: `sqlite:${file}`,
  LOG_LEVEL: "error",
});

/** Asks for a customer until there is an answer. */
async function firstAnswer(child: Child, port: number): Promise<void> {
  const request = `GET /api/customers/${customerId(0)} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n\r\n`;
  while (child.process.exitCode === null) {
    const answer = await new Promise<string | undefined>((resolve) => {
      const connection = new Connection(
        port,
        () =>
          connection.send(request, ({ text }) => {
            connection.close();
            resolve(text);
          }),
        () => resolve(undefined),
      );
    });
    if (answer?.startsWith("HTTP/1.1 200 ")) return;
    if (answer !== undefined) throw new Error(`${child.name} answered ${answer}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${child.name} ended with ${child.process.exitCode}: ${child.output().trim()}`);
}

/** A port of the loopback address that nobody listens at. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const drizzleFolder = fileURLToPath(new URL("../drizzle/", import.meta.url));
export const isDrizzleInstalled = (): boolean => existsSync(join(drizzleFolder, "node_modules"));

/**
 * Installs Drizzle from its own lock file, into its own folder: what it would bring along does not go
 * together with the workspaces.
 */
async function installDrizzle(progress: Progress): Promise<void> {
  if (isDrizzleInstalled()) return;
  progress.step("installing Drizzle");
  // Without peers: TypeScript is one of tRPC's, and nothing here compiles.
  await promisify(execFile)("npm", ["ci", "--ignore-scripts", "--omit=peer", "--no-audit", "--no-fund"], {
    cwd: drizzleFolder,
  });
}
