import { existsSync, writeFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@roster/api/testing/free-port";
import workspaces from "../../../package.json" with { type: "json" };
import { messageOf, start, succeeded, type Child } from "./child.ts";
import { customerId, customerInput } from "./customers.ts";
import { Connection } from "./load/connection.ts";
import type { ServerName } from "./plan.ts";
import type { Progress } from "./output/progress.ts";
import { install } from "./peers.ts";
import { startPostgres, type Postgres } from "./postgres.ts";
import { places, seed, type Places, type Population } from "./seed.ts";
import { onPostgres, onSqlite, type Stored } from "./stored.ts";
import { usageOfAll, type Usage } from "./usage.ts";

/** How large everything is. */
export interface Sizes {
  flat: number;
  large: number;
  tree: { children: number; each: number };
  above: number;
  /** Of the change feed. */
  watchers: { few: number; many: number };
}

/** A program that is measured, up and running. */
export interface Running {
  name: ServerName;
  /** One, or several that share a database, each with a port of its own. */
  children: readonly Child[];
  ports: readonly number[];
  token: string;
  places: Places;
  /** What it writes; missing where it writes nothing. */
  stored?: Stored;
  /** Where that is in processes of their own. */
  postgres?: Postgres;
  /** Memory some time after its first answer, in bytes. */
  atRest: number | undefined;
  /** The number of the next update. */
  next: number;
}

const token = "token-of-the-benchmark";
const main = "../../../apps/api/start.js";
/** How `npm start` has Node run it. */
const flags = workspaces.scripts.start
  .split(" ")
  .filter((word) => word.startsWith("--") && !word.startsWith("--conditions"));

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

  /** Ends all programs. Their databases can still be looked at. */
  async stop(): Promise<void> {
    await Promise.all(this.running().flatMap(({ children }) => children.map((child) => child.stop())));
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await this.stop();
    await (await this.#postgres)?.close();
  }

  /**
   * Starts Roster on a database that is up to date, and stops it again.
   * @returns from the start of the process to its first answer, in milliseconds
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
    switch (name) {
      case "roster":
      case "roster-feed-few":
      case "roster-feed-many":
        return this.#rosterOnSqlite(name, await this.copy(name), "small");
      case "roster-large":
        return this.#rosterOnSqlite(name, await this.#seed("large"), "large");
      case "roster-tree":
        return this.#rosterOnSqlite(name, await this.#seed("tree"), "tree");
      case "roster-in-process": {
        const file = await this.copy(name);
        const to = { stored: onSqlite(file, "log") };
        return this.#own(name, "servers/in-process.ts", [file, token], to, { flags: this.#profiled(name) });
      }
      case "floor-single":
      case "floor-group": {
        const file = await this.copy(name);
        const to = { stored: onSqlite(file, "log") };
        return this.#own(name, "servers/floor-sqlite.ts", [file, name.slice("floor-".length)], to);
      }
      case "floor-transport":
        return this.#own(name, "servers/floor-transport.ts", [await this.copy(name)]);
      case "mikro-orm":
      case "mikro-orm-wal":
        return this.#byHand(name, "servers/trpc-mikro-orm.ts");
      case "drizzle":
      case "drizzle-wal":
        await install("drizzle", this.#progress);
        return this.#byHand(name, "../drizzle/server.ts");
      case "postgres-roster":
      case "postgres-two-nodes":
      case "postgres-feed": {
        const { url, ...to } = await this.#onPostgres("log");
        const nodes = name === "postgres-roster" ? [name] : [`${name}-1`, `${name}-2`];
        const started = await Promise.all(nodes.map((node) => this.#node(node, url)));
        return this.#settled(name, started, this.#population("small"), to);
      }
      case "postgres-floor": {
        const { url, ...to } = await this.#onPostgres("log");
        return this.#own(name, "servers/floor-postgres.ts", [url], to);
      }
      case "postgraphile": {
        await install("postgraphile", this.#progress);
        const { url, ...to } = await this.#onPostgres("rows");
        const env = { NODE_ENV: "production", GRAPHILE_ENV: "production" };
        return this.#own(name, "../postgraphile/server.ts", [url], to, { env });
      }
    }
  }

  async #rosterOnSqlite(name: ServerName, file: string, size: "small" | "large" | "tree"): Promise<Running> {
    const node = await this.#node(name, `sqlite:${file}`);
    return this.#settled(name, [node], this.#population(size), { stored: onSqlite(file, "log") });
  }

  /** Roster, as it is served. */
  async #node(name: string, databaseUrl: string): Promise<Listening> {
    const port = await freePort();
    const child = start(name, main, [], rosterEnv(databaseUrl, port), [...flags, ...this.#profiled(name)]);
    await firstAnswer(child, port);
    return { child, port };
  }

  /** A new database on PostgreSQL, with the fewest customers. */
  async #onPostgres(as: Stored["as"]): Promise<{ url: string; stored: Stored; postgres: Postgres }> {
    this.#postgres ??= startPostgres(this.#folder, token, this.#population("small"));
    const postgres = await this.#postgres;
    const url = await postgres.database();
    return { url, stored: onPostgres(url, as), postgres };
  }

  /** A program of the benchmark's own, which tells its port by a message. */
  async #own(
    name: ServerName,
    program: string,
    args: readonly string[],
    to: Pick<Running, "stored" | "postgres"> = {},
    { env = {}, flags = [] }: { env?: Record<string, string>; flags?: readonly string[] } = {},
  ): Promise<Running> {
    const child = start(name, program, args, env, flags);
    const port = await messageOf(child, (message) => (message as { port?: number }).port);
    return this.#settled(name, [{ child, port }], this.#population("small"), to);
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
    return this.#own(name, program, [file, journal], { stored: onSqlite(file, "rows") });
  }

  #profiled(name: string): string[] {
    if (this.#profiles === undefined) return [];
    return ["--cpu-prof", `--cpu-prof-dir=${this.#profiles}`, `--cpu-prof-name=${name}.cpuprofile`];
  }

  async #settled(
    name: ServerName,
    started: readonly Listening[],
    population: Population,
    to: Pick<Running, "stored" | "postgres">,
  ): Promise<Running> {
    await new Promise((resolve) => setTimeout(resolve, this.#settle));
    const running = {
      name,
      children: started.map(({ child }) => child),
      ports: started.map(({ port }) => port),
      token,
      places: places(population),
      ...to,
      next: 1,
    };
    return { ...running, atRest: usageOf(running)?.resident };
  }
}

interface Listening {
  child: Child;
  port: number;
}

/** What the processes of a program use, a database beside it aside. */
export const usageOf = ({ children }: Pick<Running, "children">): Usage | undefined =>
  usageOfAll(children.map(({ pid }) => pid));

const rosterEnv = (databaseUrl: string, port: number): Record<string, string> => ({
  HOST: "127.0.0.1",
  PORT: String(port),
  DATABASE_URL: databaseUrl,
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
