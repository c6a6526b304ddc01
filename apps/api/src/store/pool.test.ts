import { describe, expect, it, vi } from "vitest";
import { Pool } from "./pool.ts";

/** A pool of fake connections, and the numbers of them opened and closed. */
function poolOf(max: number, refuse: () => boolean = () => false) {
  const figures = { opened: 0, closed: 0 };
  const pool = new Pool(async () => {
    figures.opened++;
    await Promise.resolve();
    if (refuse()) throw new Error("refused");
    return { lost: false as boolean, close: async () => void figures.closed++ };
  }, max);
  return { pool, figures };
}
const lose = <C extends object>(connection: C): C => Object.assign(connection, { lost: true });

describe("a pool", () => {
  it("lends a released connection again, the latest first", async () => {
    const { pool, figures } = poolOf(3);
    const [one, two] = [await pool.take(), await pool.take()];
    pool.release(one);
    pool.release(two);
    expect(await pool.take()).toBe(two);
    expect(await pool.take()).toBe(one);
    expect(figures).toEqual({ opened: 2, closed: 0 });
  });

  it("opens no more connections than its maximum, and serves waiting callers in order", async () => {
    const { pool, figures } = poolOf(2);
    const order: number[] = [];
    const use = async (i: number): Promise<void> => {
      const connection = await pool.take();
      order.push(i);
      await new Promise(setImmediate);
      pool.release(connection);
    };
    const all = Array.from({ length: 20 }, (_, i) => use(i));
    await Promise.resolve();
    expect(pool.figures).toEqual({ busy: 2, idle: 0, waiting: 18 });
    await Promise.all(all);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(figures.opened).toBe(2);
    expect(pool.figures).toEqual({ busy: 0, idle: 2, waiting: 0 });
  });

  it("drops a connection that was lost in use or while idle", async () => {
    const { pool, figures } = poolOf(1);
    const used = await pool.take();
    const waiting = pool.take();
    pool.release(lose(used));
    const unused = await waiting;
    pool.release(unused);
    lose(unused);
    expect(await pool.take()).not.toBe(unused);
    expect(figures).toEqual({ opened: 3, closed: 2 });
  });

  it("lends only new connections after it was renewed, and closes used ones when they are released", async () => {
    const { pool, figures } = poolOf(2);
    const [used, unused] = [await pool.take(), await pool.take()];
    pool.release(unused);
    pool.renew();
    expect(figures.closed).toBe(1);
    pool.release(used);
    expect(figures.closed).toBe(2);
    expect([used, unused]).not.toContain(await pool.take());
  });

  it("replaces a connection after 30 seconds, whether it was in use or idle", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const { pool, figures } = poolOf(2);
      const [used, unused] = [await pool.take(), await pool.take()];
      vi.advanceTimersByTime(29_999);
      pool.release(unused);
      expect(await pool.take()).toBe(unused);
      pool.release(unused);
      vi.advanceTimersByTime(1);
      pool.release(used);
      expect(figures).toEqual({ opened: 2, closed: 1 });
      expect([used, unused]).not.toContain(await pool.take());
      expect(figures).toEqual({ opened: 3, closed: 2 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("does not count a connection as new if it was being opened at the renewal", async () => {
    const { pool } = poolOf(1);
    const opening = pool.take();
    pool.renew();
    const old = await opening;
    pool.release(old);
    expect(await pool.take()).not.toBe(old);
  });

  it("serves waiting callers after a connection could not be opened", async () => {
    let refused = 0;
    const { pool } = poolOf(1, () => ++refused === 1);
    const [first, second] = await Promise.allSettled([pool.take(), pool.take()]);
    expect([first.status, second.status]).toEqual(["rejected", "fulfilled"]);
  });

  it("closes once all connections are released, and lends none any more", async () => {
    const { pool, figures } = poolOf(1);
    const used = await pool.take();
    const waiting = pool.take();
    const closing = pool.close();
    await expect(waiting).rejects.toThrow("closed");
    await expect(pool.take()).rejects.toThrow("closed");
    pool.release(used);
    await closing;
    expect(figures).toEqual({ opened: 1, closed: 1 });
    await pool.close();
  });
});
