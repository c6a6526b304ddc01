/** A connection, as the pool needs to know it. */
interface Pooled {
  /** It is closed or broken, or not fit to be used again. */
  readonly lost: boolean;
  close(): Promise<void>;
}

/** How long a caller waits for a connection, in milliseconds. */
const patience = 5_000;
/** How long a connection stays idle before it is closed, in milliseconds. */
const idleTimeout = 10_000;
/**
 * The maximum age of a connection, in milliseconds. A demoted primary that does not know it keeps answering;
 * if new connections lead to its successor, the old server is left after this time.
 */
const maxAge = 30_000;

interface Lent {
  generation: number;
  opened: number;
}

/** A pool of connections, opened on demand and lent to one caller at a time. */
export class Pool<Connection extends Pooled> {
  readonly #open: () => Promise<Connection>;
  readonly #max: number;
  readonly #lent = new WeakMap<Connection, Lent>();
  /** The most recently used connection is last. */
  readonly #idle: { connection: Connection; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: PromiseWithResolvers<Connection | undefined>[] = [];
  readonly #closed: (() => void)[] = [];
  /** The number of connections that are open or opening, without those that are closing. */
  #size = 0;
  #generation = 0;
  #closing = false;

  /** @param max the maximum number of open connections */
  constructor(open: () => Promise<Connection>, max: number) {
    this.#open = open;
    this.#max = max;
  }

  /** Borrows a connection. @throws Error if none can be opened, or all stay in use for too long */
  async take(): Promise<Connection> {
    for (;;) {
      if (this.#closing) throw new Error("the database is closed");
      const found = this.#idle.pop();
      if (found) {
        clearTimeout(found.timer);
        if (this.#isGood(found.connection)) return found.connection;
        this.#drop(found.connection);
      } else if (this.#size < this.#max) {
        return this.#add();
      } else {
        const given = await this.#turn();
        if (given) return given;
      }
    }
  }

  /** Takes a borrowed connection back. */
  release(connection: Connection): void {
    if (this.#closing || !this.#isGood(connection)) {
      this.#drop(connection);
      return;
    }
    const next = this.#waiting.shift();
    if (next) {
      next.resolve(connection);
      return;
    }
    const timer = setTimeout(() => {
      const place = this.#idle.findIndex((idle) => idle.connection === connection);
      if (place >= 0) this.#drop(...this.#idle.splice(place, 1).map((idle) => idle.connection));
    }, idleTimeout).unref();
    this.#idle.push({ connection, timer });
  }

  /** Stops lending connections opened before this call. */
  renew(): void {
    this.#generation++;
    this.#dropIdle();
  }

  /** The numbers of busy and idle connections, and of waiting callers. */
  get figures(): { busy: number; idle: number; waiting: number } {
    const idle = this.#idle.length;
    return { busy: this.#size - idle, idle, waiting: this.#waiting.length };
  }

  /** Closes the pool. Resolves once all connections are released. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("the database is closed"));
    this.#dropIdle();
    if (this.#size > 0) await new Promise<void>((resolve) => this.#closed.push(resolve));
  }

  async #add(): Promise<Connection> {
    this.#size++;
    const lent = { generation: this.#generation, opened: performance.now() };
    try {
      const connection = await this.#open();
      this.#lent.set(connection, lent);
      return connection;
    } catch (error) {
      this.#left();
      throw error;
    }
  }

  #isGood(connection: Connection): boolean {
    const lent = this.#lent.get(connection);
    return (
      lent !== undefined &&
      !connection.lost &&
      lent.generation === this.#generation &&
      performance.now() - lent.opened < maxAge
    );
  }

  #dropIdle(): void {
    for (const { connection, timer } of this.#idle.splice(0)) {
      clearTimeout(timer);
      this.#drop(connection);
    }
  }

  #drop(...connections: Connection[]): void {
    for (const connection of connections) {
      // Not awaited: a dead server does not confirm.
      void connection.close();
      this.#left();
    }
  }

  #left(): void {
    this.#size--;
    this.#waiting.shift()?.resolve(undefined);
    if (this.#size === 0) for (const resolve of this.#closed.splice(0)) resolve();
  }

  /** Waits for a released connection, or for room to open another (undefined). */
  async #turn(): Promise<Connection | undefined> {
    const turn = Promise.withResolvers<Connection | undefined>();
    this.#waiting.push(turn);
    const timer = setTimeout(() => {
      const place = this.#waiting.indexOf(turn);
      if (place >= 0) this.#waiting.splice(place, 1);
      turn.reject(new Error("all connections for reads are in use"));
    }, patience);
    try {
      return await turn.promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
