/** A connection, as the pool needs to know it. */
interface Pooled {
  /** It is closed or broken, or not fit to be used again. */
  readonly lost: boolean;
  close(): Promise<void>;
}

/** How long somebody waits for a connection that others use, in milliseconds. */
const patience = 5_000;
/** After how long a connection that nobody uses is closed, in milliseconds. */
const idleTimeout = 10_000;
/**
 * The longest that a connection is used, in milliseconds. A server that has stopped to lead, and does
 * not know it, goes on answering: where new connections lead to its successor, it is left after this.
 */
const maxAge = 30_000;

interface Lent {
  generation: number;
  opened: number;
}

/** Connections that are lent to one user at a time, made when they are needed. */
export class Pool<Connection extends Pooled> {
  readonly #open: () => Promise<Connection>;
  readonly #max: number;
  readonly #lent = new WeakMap<Connection, Lent>();
  /** The latest used last. */
  readonly #idle: { connection: Connection; timer: NodeJS.Timeout }[] = [];
  readonly #waiting: PromiseWithResolvers<Connection | undefined>[] = [];
  readonly #closed: (() => void)[] = [];
  /** Of connections that are open, or are being opened; not of those that are being closed. */
  #size = 0;
  #generation = 0;
  #closing = false;

  /** @param max the most that are open at a time */
  constructor(open: () => Promise<Connection>, max: number) {
    this.#open = open;
    this.#max = max;
  }

  /** @throws Error when none can be opened, or all are in use for long */
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

  /** Takes back a connection that was lent. */
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

  /** From now on connections are lent that were opened after this. */
  renew(): void {
    this.#generation++;
    this.#dropIdle();
  }

  /** How many there are, and how many users wait for one. */
  get figures(): { busy: number; idle: number; waiting: number } {
    const idle = this.#idle.length;
    return { busy: this.#size - idle, idle, waiting: this.#waiting.length };
  }

  /** Returns when all are given back. */
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
      // Not waited for: a server that does not answer any more does not say goodbye either.
      void connection.close();
      this.#left();
    }
  }

  #left(): void {
    this.#size--;
    this.#waiting.shift()?.resolve(undefined);
    if (this.#size === 0) for (const resolve of this.#closed.splice(0)) resolve();
  }

  /** Waits for a connection that is given back, or for the room to open another. */
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
