import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import type { Signals } from "../database.ts";
import type { Address } from "./address.ts";
import { connect } from "./connect.ts";

const channel = "roster_changes";

/** The pause before a lost connection is made again, in milliseconds. */
const pauseAfterLoss = 200;

/** The minimum time between two announcements, in milliseconds. One announcement stands for all changes meanwhile. */
const gap = 20;

/**
 * Signals by LISTEN and NOTIFY, on a connection of its own.
 *
 * An announcement follows the commit instead of being part of it: PostgreSQL commits transactions that notify
 * one at a time, so all tenants' commits would wait for each other's disk writes. An announcement lost in
 * between, as when the process dies, is made up for by polling.
 *
 * Through a pooler in transaction mode, LISTEN does not work; nodes then get no signals.
 */
export class PostgresSignals implements Signals {
  readonly #address: Address;
  readonly #listeners: (() => void)[] = [];
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #running: Promise<void> | undefined;
  #announcing = false;
  #unsaid = false;

  constructor(address: Address) {
    this.#address = address;
  }

  listen(heard: () => void): void {
    this.#listeners.push(heard);
    this.#running ??= this.#run();
  }

  announce(): void {
    this.#unsaid = true;
    if (!this.#announcing) void this.#announce();
  }

  /** Reconnects: the current server may no longer be the one that nodes write to. */
  renew(): void {
    void this.#client?.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client?.end().catch(() => undefined);
    await this.#running;
  }

  async #announce(): Promise<void> {
    this.#announcing = true;
    while (this.#unsaid && this.#client) {
      this.#unsaid = false;
      // A failure is noticed by the listener on the same connection.
      await this.#client.query("select pg_notify($1, '')", [channel]).catch(() => undefined);
      await pause(gap, undefined, { ref: false });
    }
    this.#announcing = false;
  }

  /** Keeps the connection alive. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const listening = await this.#listenOnce().catch(() => true);
      if (!listening) return;
      await pause(pauseAfterLoss, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  /** Listens until the connection is lost. @returns false if the connection cannot listen */
  async #listenOnce(): Promise<boolean> {
    const { client, pooled } = await connect(this.#address);
    try {
      if (pooled) return false;
      const ended = new Promise<void>((resolve) => {
        client.once("end", resolve);
        client.on("error", () => resolve());
      });
      client.on("notification", ({ processId }) => {
        if (processId !== (client as unknown as { processID: number }).processID) this.#tell();
      });
      // An announcement lost in a crash has no listeners left.
      await client.query(`set synchronous_commit = off; listen ${channel}`);
      if (this.#closing.signal.aborted) return false;
      this.#client = client;
      // Announcements before this moment were missed.
      this.#tell();
      await ended;
      return true;
    } finally {
      this.#client = undefined;
      await client.end().catch(() => undefined);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
