import { startServer, type Server } from "../server.ts";

/** Server processes on one database, some of which may be down. Clients use those that are up. */
export class Fleet {
  readonly #database: string;
  readonly #up: (Server | undefined)[];
  readonly #waiting: (() => void)[] = [];
  #ended = false;

  private constructor(database: string, servers: Server[]) {
    this.#database = database;
    this.#up = servers;
  }

  /** Starts the nodes, all at once. */
  static async start(database: string, nodes: number): Promise<Fleet> {
    const starting = Array.from({ length: nodes }, () => launch(database));
    return new Fleet(database, await Promise.all(starting));
  }

  get servers(): Server[] {
    return this.#up.filter((server) => server !== undefined);
  }

  /** The address of a node that is up; successive calls take turns. */
  async url(turn: number): Promise<string> {
    for (;;) {
      if (this.#ended) throw new Error("the fleet has ended");
      const { servers } = this;
      const server = servers[turn % servers.length];
      if (server) return server.url;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Kills a node. Clients do not use it until it is up again. */
  async kill(node: number): Promise<void> {
    const server = this.#up[node];
    this.#up[node] = undefined;
    await server?.stop("SIGKILL");
  }

  async startAgain(node: number): Promise<void> {
    this.#up[node] = await launch(this.#database);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Kills all nodes, and rejects clients that still wait for one. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#up.map((_, node) => this.kill(node)));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

const launch = (database: string): Promise<Server> =>
  startServer({ DATABASE_URL: database, LOG_LEVEL: "silent" });
