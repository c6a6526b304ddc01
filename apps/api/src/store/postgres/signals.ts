import { setTimeout as pause } from "node:timers/promises";
import type { Client } from "pg";
import type { Signals } from "../database.ts";
import type { Address } from "./address.ts";
import { connect } from "./connect.ts";

const channel = "roster_changes";

/** How long to wait before a lost connection is made again, in milliseconds. */
const pauseAfterLoss = 200;

/** The shortest time between two announcements, in milliseconds: one tells of all that came in between. */
const gap = 20;

/**
 * LISTEN and NOTIFY, on a connection of their own.
 *
 * An announcement follows the commit and is not part of it: PostgreSQL lets only one transaction at a
 * time commit that notifies, so that the commits of all tenants would wait for each other's disks.
 * What is lost between the two, as when the process dies, is found by those who look by themselves.
 *
 * By way of a pooler that gives each transaction another connection nothing can be listened to; then
 * nodes are told nothing.
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

  /** Connects anew: the server that it listens to may not be the one any more to which nodes write. */
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
      // What fails here is found out by who listens on the same connection.
      await this.#client.query("select pg_notify($1, '')", [channel]).catch(() => undefined);
      await pause(gap, undefined, { ref: false });
    }
    this.#announcing = false;
  }

  /** Stays connected. */
  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const listening = await this.#listenOnce().catch(() => true);
      if (!listening) return;
      await pause(pauseAfterLoss, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  /** @returns when the connection is lost; false where it is of no use */
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
      // An announcement that the disk has lost is one that nobody is left to hear.
      await client.query(`set synchronous_commit = off; listen ${channel}`);
      if (this.#closing.signal.aborted) return false;
      this.#client = client;
      // Something may have been said before.
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
