import { existsSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@roster/api/testing/free-port";
import workspaces from "../../../package.json" with { type: "json" };
import { messageOf, start, succeeded, type Child } from "./child.ts";
import { customerId, customerInput } from "./customers.ts";
import { Connection } from "./load/connection.ts";
import type { Progress } from "./output/progress.ts";
import { install } from "./peers.ts";
import { programs, token, type Program, type ServerName } from "./programs.ts";
import { startPostgres, type Postgres } from "./postgres.ts";
import { places, seed, type Places, type Population } from "./seed.ts";
import { onPostgres, onSqlite, type Stored } from "./stored.ts";
import { usageOfAll, type Usage } from "./usage.ts";

/** The sizes of all databases. */
export interface Sizes {
  flat: number;
  large: number;
  tree: { children: number; each: number };
  above: number;
  /** The numbers of watchers of the change feed. */
  watchers: { few: number; many: number };
}

/** A running program. */
export interface Running {
  name: ServerName;
  /** Its processes: one, or several that share a database, each with a port. */
  children: readonly Child[];
  ports: readonly number[];
  /** The tokens of its tenants, over which the customers are distributed by their indexes. */
  tokens: readonly string[];
  places: Places;
  /** Its stored data; missing if it stores nothing. */
  stored?: Stored;
  /** The PostgreSQL that holds it, if one does. */
  postgres?: Postgres;
  /** A file to read before each measurement, so that the system has it in memory. */
  warm?: string;
  /** Its memory some time after the first answer, in bytes. */
  atRest: number | undefined;
  /** The number of the next update. */
  next: number;
}

const main = "../../../apps/api/start.js";
/** The flags that `npm start` gives to Node. */
const flags = workspaces.scripts.start
  .split(" ")
  .filter((word) => word.startsWith("--") && !word.startsWith("--conditions"));

/** The databases and programs of one run, each created when first needed. */
export class World {
  readonly #folder: string;
  readonly #sizes: Sizes;
  readonly #progress: Progress;
  /** The wait before memory at rest is read, in milliseconds. */
  readonly #settle: number;
  /** The folder for CPU profiles of Roster, if wanted. */
  readonly #profiles: string | undefined;
  readonly #running = new Map<ServerName, Running>();
  readonly #seeded = new Map<string, Promise<string>>();
  #postgres: Promise<Postgres> | undefined;

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

  /** Ends all programs; their databases stay readable. */
  async stop(): Promise<void> {
    await Promise.all(this.running().flatMap(({ children }) => children.map((child) => child.stop())));
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.stop();
    await (await this.#postgres)?.close();
  }

  /**
   * Starts Roster on an up-to-date database, and stops it again.
   * @returns the time from the start of the process to its first answer, in milliseconds
   */
  async startUp(file: string): Promise<number> {
    const port = await freePort();
    const from = performance.now();
    const child = start("Roster", main, [], rosterEnv(`sqlite:${file}`, port), flags);
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
    const { database, runs, stores, peer } = programs[name];
    if (peer) await install(peer, this.#progress);
    const { address, postgres, tokens = [token], args = [] } = await this.#database(name);
    const started =
      "nodes" in runs
        ? await Promise.all(
            Array.from({ length: runs.nodes }, (_, i) =>
              this.#node(runs.nodes === 1 ? name : `${name}-${i + 1}`, address),
            ),
          )
        : [await this.#own(name, runs, [address, ...args])];
    await new Promise((resolve) => setTimeout(resolve, this.#settle));
    const on = postgres ? onPostgres : onSqlite;
    const running: Omit<Running, "atRest"> = {
      name,
      children: started.map(({ child }) => child),
      ports: started.map(({ port }) => port),
      tokens,
      places: places(this.#population(database === "large" || database === "tree" ? database : "small")),
      ...(stores && { stored: on(address, stores) }),
      ...(postgres && { postgres }),
      ...(database === "large" && { warm: address }),
      next: 1,
    };
    return { ...running, atRest: usageOf(running)?.resident };
  }

  /** A program's database: the file or URL, and the arguments after it. */
  async #database(name: ServerName): Promise<Database> {
    const { database } = programs[name];
    if (database === "small") return { address: await this.copy(name) };
    if (typeof database === "string") return { address: await this.#seed(database) };
    if ("postgresTenants" in database) {
      this.#postgres ??= startPostgres(this.#folder, token, this.#population("small"));
      const postgres = await this.#postgres;
      return { ...(await postgres.database(database.postgresTenants)), postgres };
    }
    const address = join(this.#folder, `${name}.db`);
    const args = [database.journal];
    const { runs } = programs[name];
    if ("file" in runs) {
      const filling = start(`${name}, which fills its database`, runs.file, [
        address,
        ...args,
        this.#customersFile(),
      ]);
      await succeeded(filling);
    }
    return { address, args };
  }

  /** One node of Roster, as served. */
  async #node(name: string, address: string): Promise<Listening> {
    const databaseUrl = address.startsWith("postgres") ? address : `sqlite:${address}`;
    const port = await freePort();
    const child = start(name, main, [], rosterEnv(databaseUrl, port), [...flags, ...this.#profiled(name)]);
    await firstAnswer(child, port);
    return { child, port };
  }

  /** A program of the benchmark. */
  async #own(
    name: ServerName,
    { file, args = [], env = {} }: Extract<Program["runs"], { file: string }>,
    before: readonly string[],
  ): Promise<Listening> {
    const flags = programs[name].inProcess ? this.#profiled(name) : [];
    const child = start(name, file, [...before, ...args], env, flags);
    const port = await messageOf(child, (message) => (message as { port?: number }).port);
    return { child, port };
  }

  /** The customers as JSON, for programs that fill their databases themselves. */
  #customersFile(): string {
    const file = join(this.#folder, "customers.json");
    if (!existsSync(file)) {
      const all = Array.from({ length: this.#sizes.flat }, (_, index) => ({
        id: customerId(index),
        number: index + 1,
        ...customerInput(index),
      }));
      writeFileSync(file, JSON.stringify(all));
    }
    return file;
  }

  #profiled(name: string): string[] {
    if (this.#profiles === undefined) return [];
    return ["--cpu-prof", `--cpu-prof-dir=${this.#profiles}`, `--cpu-prof-name=${name}.cpuprofile`];
  }
}

interface Database {
  /** The file or URL of a database. */
  address: string;
  tokens?: readonly string[];
  args?: readonly string[];
  postgres?: Postgres;
}

interface Listening {
  child: Child;
  port: number;
}

/** The resources of a program's processes, without a database beside it. */
export const usageOf = ({ children }: Pick<Running, "children">): Usage | undefined =>
  usageOfAll(children.map(({ pid }) => pid));

const rosterEnv = (databaseUrl: string, port: number): Record<string, string> => ({
  HOST: "127.0.0.1",
  PORT: String(port),
  DATABASE_URL: databaseUrl,
  LOG_LEVEL: "error",
});

/** Requests a customer until there is an answer. */
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
