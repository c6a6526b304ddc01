import { setTimeout as pause } from "node:timers/promises";
import type { DeliveryOutcome } from "@roster/domain";
import type { Logger } from "pino";
import { v7 as uuid } from "uuid";
import { inBackground } from "../record/background.ts";
import type { Store } from "../record/command.ts";
import type { Write } from "../store/commit/command.ts";
import type { HeldWebhook, WebhookKey } from "../store/deliveries.ts";
import { isOfOutage } from "../store/outage.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { WebhookSettings } from "./settings.ts";
import type { SigningSecrets } from "./signing.ts";

/** Milliseconds that attempts in flight get when this node stops. */
const patience = 5_000;
/** Milliseconds between polls for changes that other processes made. */
const poll = 1_000;
/** Milliseconds to wait after a note could not be stored. */
const pauseAfterFailure = 1_000;

export interface DelivererParts {
  store: Store;
  settings: WebhookSettings;
  secrets: SigningSecrets;
  logger: Logger;
  disable(key: WebhookKey, reason: string): Promise<void>;
}

/**
 * Delivers this node's share of the events. It claims webhooks that no node holds, runs a dispatcher for
 * each, and records the progress of all of them in one note at a time, so that a commit contains at most one
 * note, however much is delivered.
 */
export class Deliverer {
  readonly #parts: DelivererParts;
  /** Called after each attempt. */
  onAttempt: ((outcome: DeliveryOutcome) => void) | undefined;
  readonly #owner = uuid();
  /**
   * Milliseconds for which a webhook is held without a new note: several attempts, none of which may outlive
   * the lease.
   */
  readonly #lease: number;
  readonly #dispatchers = new Map<string, Dispatcher>();
  readonly #timers: readonly NodeJS.Timeout[];
  #failing = false;
  #renew = false;
  #claim = false;
  #closing = false;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    this.#lease = 4 * parts.settings.timeout;
    this.#timers = [
      setInterval(() => void this.#tick(), this.#lease / 4).unref(),
      setInterval(() => this.wake(), poll).unref(),
    ];
    void this.#tick();
  }

  /** The number of webhooks that this node holds, and the records that are pending for them. */
  get pending(): { webhooks: number; records: number; oldest: string | undefined } {
    const all = [...this.#dispatchers.values()].map(({ pending }) => pending);
    return {
      webhooks: all.length,
      records: all.reduce((sum, { records }) => sum + records, 0),
      oldest: all.flatMap(({ oldest }) => oldest ?? []).toSorted()[0],
    };
  }

  /** Inspects the writes of a commit. Costs nothing while there are no webhooks. */
  committed(writes: readonly Write[]): void {
    // A new or newly enabled webhook is not held by any node.
    if (writes.some(({ type }) => type === "webhook")) {
      this.#claim = true;
      void this.#note();
    }
    if (writes.length > 0) this.wake();
  }

  /** Reports that a tenant's log may have grown. */
  wake(): void {
    if (this.#dispatchers.size > 0) void this.#look();
  }

  /** Picks up requested replays. */
  async replay(): Promise<void> {
    if (this.#dispatchers.size === 0) return;
    try {
      const { database } = this.#parts.store;
      for (const key of await database.deliveries.replayed(this.#owner)) {
        const state = await database.tenant(key.tenant).deliveries.state(key.webhook);
        this.#dispatchers.get(nameOf(key))?.replay(state?.replays ?? []);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Stops and gives the webhooks back. Aborted attempts are repeated by the next holder. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#closing = true;
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.close(patience)));
    await this.#note();
    await this.#write().catch((error: unknown) => this.#failed(error));
    for (const dispatcher of this.#dispatchers.values()) dispatcher.lost();
  }

  /** Renews the leases and claims webhooks that other nodes released. */
  async #tick(): Promise<void> {
    this.#renew ||= this.#dispatchers.size > 0;
    try {
      this.#claim ||= await this.#parts.store.database.deliveries.anyFree();
    } catch (error) {
      this.#failed(error);
    }
    if (this.#closing) return;
    void this.#note();
    this.wake();
    await this.replay();
  }

  /** Finds the tenants whose logs have grown. */
  readonly #look = inBackground(async () => {
    if (this.#closing) return;
    const all = [...this.#dispatchers.values()];
    try {
      const tenants = [...new Set(all.map(({ key }) => key.tenant))];
      const seqs = await this.#parts.store.database.lastSeqs(tenants);
      for (const dispatcher of all) dispatcher.advance(seqs.get(dispatcher.key.tenant) ?? 0);
    } catch (error) {
      this.#failed(error);
    }
  });

  /** Writes a note once the previous one is written. */
  readonly #note = inBackground(async () => {
    if (this.#closing) return;
    try {
      await this.#write();
    } catch (error) {
      this.#failed(error);
      void this.#note();
      await pause(pauseAfterFailure, undefined, { ref: false });
    }
  });

  async #write(): Promise<void> {
    const [renew, claim] = [this.#renew, this.#claim && !this.#closing];
    const notes = [...this.#dispatchers].flatMap(([name, dispatcher]) => {
      const note = dispatcher.settlement(renew);
      return note ? [{ name, dispatcher, ...note }] : [];
    });
    if (notes.length === 0 && !claim) return;
    const [owner, lease] = [this.#owner, this.#lease];
    const settlements = notes.map(({ settlement }) => settlement);
    const before = performance.now();
    const held = await this.#parts.store.commits.submit({
      keep: (transaction) => transaction.note({ owner, lease, claim, settlements, replays: [] }),
    });
    this.#failing = false;
    if (renew) this.#renew = false;
    if (claim) this.#claim = false;
    const epochs = new Map(held.map((key) => [nameOf(key), key.epoch]));
    for (const { name, dispatcher, settlement, noted } of notes) {
      noted();
      // A webhook that the same note released and claimed again gets a new dispatcher.
      if (settlement.lease !== "keep") this.#dispatchers.delete(name);
      else if (epochs.get(name) === dispatcher.key.epoch) dispatcher.held(before + lease);
    }
    for (const [name, dispatcher] of this.#dispatchers) {
      // Another node may have held a webhook that was claimed again, so its progress must be read from the
      // database.
      if (epochs.get(name) === dispatcher.key.epoch) continue;
      dispatcher.lost();
      this.#dispatchers.delete(name);
    }
    if (!this.#closing) for (const key of held) await this.#take(key, before + lease);
  }

  /** Starts a dispatcher for a webhook that this node holds until a time of `performance.now()`. */
  async #take(key: HeldWebhook, until: number): Promise<void> {
    const name = nameOf(key);
    if (this.#dispatchers.has(name)) return;
    const { store, settings, secrets, logger, disable } = this.#parts;
    const reader = store.database.tenant(key.tenant);
    const state = await reader.deliveries.state(key.webhook);
    if (!state) return;
    const parts = {
      reader,
      settings,
      secrets,
      disable,
      now: store.now,
      changed: () => void this.#note(),
      attempted: (outcome: DeliveryOutcome) => this.onAttempt?.(outcome),
      failed(error: unknown) {
        if (!isOfOutage(error)) logger.error({ err: error, ...key }, "a delivery was postponed");
      },
    };
    const dispatcher = new Dispatcher(key, state, parts);
    this.#dispatchers.set(name, dispatcher);
    dispatcher.held(until);
    this.wake();
  }

  /** Logs one line per period of failure. */
  #failed(error: unknown): void {
    if (isOfOutage(error)) return;
    if (!this.#failing) this.#parts.logger.error({ err: error }, "events cannot be delivered");
    this.#failing = true;
  }
}

const nameOf = ({ tenant, webhook }: WebhookKey): string => `${tenant} ${webhook}`;
