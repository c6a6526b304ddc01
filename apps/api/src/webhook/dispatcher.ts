import {
  eventTypeOf,
  isWanted,
  type ChangeEntryJson,
  type DeliveryJson,
  type DeliveryOutcome,
  type StoredWebhook,
} from "@roster/domain";
import { v7 as uuid } from "uuid";
import type { TenantReader } from "../store/database.ts";
import type { DeliveryState, HeldWebhook, Replay, Settlement, WebhookKey } from "../store/deliveries.ts";
import { bodyOf, messageId } from "./event.ts";
import { Progress, type Entry } from "./progress.ts";
import { nextDelay } from "./retry.ts";
import { Sender, type Answer } from "./send.ts";
import type { WebhookSettings } from "./settings.ts";
import { signed, type SigningSecrets } from "./signing.ts";

/** The dependencies of a dispatcher. */
export interface DispatcherParts {
  reader: TenantReader;
  settings: WebhookSettings;
  secrets: SigningSecrets;
  now(): string;
  /** Reports that there is progress to record. */
  changed(): void;
  /** Disables the webhook. */
  disable(key: WebhookKey, reason: string): Promise<void>;
  attempted(outcome: DeliveryOutcome): void;
  /** Reports a failure that the receiver did not cause. */
  failed(error: unknown): void;
}

/** Maximum number of concurrent attempts. */
const concurrency = 8;
/** Maximum number of attempts in flight or not yet recorded. These are repeated if the node dies. */
const unnoted = 64;
/** The size of one read of the log. */
const page = { limit: 100, enough: 512 * 1024 } as const;
/** Milliseconds without attempts after a database failure. */
const pauseAfterFailure = 1_000;
/** Milliseconds before its end at which a lease counts as expired. */
const margin = 100;
/** HTTP statuses that mean the receiver is overloaded, whatever the message. */
const throttling = new Set([429, 502, 503, 504]);

/**
 * Delivers a tenant's changes to one webhook while this node holds it.
 *
 * Changes of one record are delivered in order, one at a time, even after failures; different records do not
 * wait for each other. A body is made from the log just before it is sent, so it cannot contain data that was
 * erased meanwhile. The webhook is read each time, so changes to it take effect at once.
 */
export class Dispatcher {
  readonly key: HeldWebhook;
  readonly #parts: DispatcherParts;
  readonly #sender: Sender;
  readonly #progress: Progress;
  readonly #abort = new AbortController();
  #acceptedAt: string | null;
  /** Attempts that are not recorded in the database yet. */
  #attempts: DeliveryJson[] = [];
  #busy = 0;
  #reading = false;
  /** The known end of the log. */
  #last: number;
  #pausedUntil = 0;
  /** The process time until which this node certainly holds the webhook. */
  #heldUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How to give the webhook back once no attempt is in flight. */
  #ending: Exclude<Settlement["lease"], "keep"> | undefined;
  #idle: (() => void) | undefined;

  constructor(key: HeldWebhook, state: DeliveryState, parts: DispatcherParts) {
    this.key = key;
    this.#parts = parts;
    this.#sender = new Sender(parts.settings.targets, parts.settings.timeout);
    this.#progress = new Progress(state);
    this.#acceptedAt = state.acceptedAt;
    this.#last = state.seq;
    this.replay(state.replays);
  }

  get pending(): Progress["pending"] {
    return this.#progress.pending;
  }

  /** Reports that the log reaches to `last`. */
  advance(last: number): void {
    if (last <= this.#last) return;
    this.#last = last;
    this.#pump();
  }

  /** Takes over requested replays. */
  replay(replays: readonly Replay[]): void {
    if (replays.length === 0) return;
    this.#progress.replay(replays, this.#parts.now());
    this.#parts.changed();
    this.#pump();
  }

  /**
   * The progress to record, with a callback for when it is recorded.
   * @param always returns a settlement even without progress, to renew the lease
   */
  settlement(always: boolean): { settlement: Settlement; noted(): void } | undefined {
    const snapshot = this.#progress.snapshot();
    const { stored: _, ...progress } = snapshot;
    const deliveries = this.#attempts.slice();
    const lease = (this.#busy === 0 ? this.#ending : undefined) ?? "keep";
    const { pending, settled, replays } = progress;
    const news = pending.length + settled.length + replays.length + deliveries.length > 0;
    if (!news && !always && lease === "keep") return undefined;
    return {
      settlement: {
        ...this.key,
        ...progress,
        acceptedAt: this.#acceptedAt,
        deliveries,
        prune: always,
        lease,
      },
      noted: () => {
        this.#progress.noted(snapshot);
        this.#attempts.splice(0, deliveries.length);
        if (lease !== "keep") this.lost();
      },
    };
  }

  /** Reports that this node holds the webhook until a time of `performance.now()`. */
  held(until: number): void {
    this.#heldUntil = until;
    this.#pump();
  }

  /** Reports that this node no longer holds the webhook. */
  lost(): void {
    this.#ending ??= "give back";
    this.#heldUntil = 0;
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#sender.close();
  }

  /**
   * Starts no more attempts and resolves when none is in flight.
   * @param patience milliseconds after which attempts in flight are aborted
   */
  async close(patience: number): Promise<void> {
    this.#ending ??= "give back";
    clearTimeout(this.#timer);
    if (this.#busy === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    const impatience = setTimeout(() => this.#abort.abort(), patience);
    await promise;
    clearTimeout(impatience);
  }

  /** Starts everything that can start now, and schedules the next call. */
  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#ending) return;
    // The next note extends the lease and calls this again.
    if (!this.#isHeldForLong) return;
    const now = performance.now();
    if (now < this.#pausedUntil) return this.#pumpIn(this.#pausedUntil - now);
    while (this.#busy < concurrency && this.#busy + this.#attempts.length < unnoted) {
      const entry = this.#progress.next(this.#parts.now());
      if (!entry) break;
      void this.#work(entry);
    }
    const behind = this.#progress.read < this.#last && !this.#progress.isFull;
    if (behind && !this.#reading) void this.#readOn();
    const next = this.#progress.nextAttemptAt;
    if (next !== undefined) this.#pumpIn(Date.parse(next) - Date.parse(this.#parts.now()));
  }

  /** Whether an attempt that starts now ends before another node can hold the webhook. */
  get #isHeldForLong(): boolean {
    return performance.now() + this.#parts.settings.timeout + margin <= this.#heldUntil;
  }

  #pumpIn(milliseconds: number): void {
    // A longer timer would fire at once.
    const delay = Math.min(Math.max(milliseconds, 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#pump(), delay).unref();
  }

  async #readOn(): Promise<void> {
    this.#reading = true;
    await this.#forWebhook(async ({ events }) => {
      const query = { ...page, after: this.#progress.read, upTo: this.#last };
      const { items } = await this.#parts.reader.changes(query);
      this.#progress.take(items, (change) => isWanted(events, eventTypeOf(change)));
    });
    this.#reading = false;
    this.#parts.changed();
    this.#pump();
  }

  async #work(entry: Entry): Promise<void> {
    entry.busy = true;
    this.#busy++;
    await this.#forWebhook((webhook) => this.#tell(webhook, entry));
    entry.busy = false;
    this.#busy--;
    if (this.#busy === 0) this.#idle?.();
    this.#parts.changed();
    this.#pump();
  }

  /** Delivers the next change of a record. */
  async #tell(webhook: StoredWebhook, entry: Entry): Promise<void> {
    // Later changes of the record may be read meanwhile, so the search is limited to this one.
    const { seq, upTo } = entry;
    const changes = await this.#parts.reader.deliveries.changesOf(entry.recordId, seq - 1, upTo, page.limit);
    // Several changes are the record's next ones; after a single one, more may be known already.
    if (changes.items.length > 1) entry.ahead = changes.items.map((one) => one.seq);
    const change = changes.items.find((one) => isWanted(webhook.events, eventTypeOf(one)));
    if (!change) return this.#progress.settle(entry, changes.seq);
    // The process may have been suspended since the last check.
    if (this.#isHeldForLong) await this.#deliver(webhook, entry, change);
  }

  /** Does some work for the current webhook, unless nothing should be sent to it any more. Never throws. */
  async #forWebhook(work: (webhook: StoredWebhook) => Promise<void>): Promise<void> {
    try {
      const webhook = await this.#parts.reader.find("webhook", { field: "id", value: this.key.webhook });
      if (webhook?.enabled && webhook.deletedAt === null) await work(webhook);
      else this.#ending ??= "give back disabled";
    } catch (error) {
      this.#parts.failed(error);
      this.#pausedUntil = performance.now() + pauseAfterFailure;
    }
  }

  async #deliver(webhook: StoredWebhook, entry: Entry, change: ChangeEntryJson): Promise<void> {
    const { seq } = change;
    entry.at = change.at;
    const at = this.#parts.now();
    const begun = performance.now();
    const answer = await this.#send(webhook, change);
    // Nothing was sent, or the outcome is unknown: the node that holds the webhook sends it again.
    if (!answer || (answer.status === null && this.#abort.signal.aborted)) return;
    const attempt = entry.attempts + 1;
    const delay =
      answer.error === null ? undefined : nextDelay(this.#parts.settings.retries, attempt, answer);
    const nextAttemptAt =
      delay === undefined || answer.status === 410
        ? null
        : new Date(Date.parse(this.#parts.now()) + delay).toISOString();
    const outcome: DeliveryOutcome =
      answer.error === null ? "delivered" : nextAttemptAt === null ? "failed" : "retrying";
    this.#attempts.push({
      id: uuid(),
      seq,
      type: eventTypeOf(change),
      attempt,
      at,
      duration: Math.round(performance.now() - begun),
      outcome,
      status: answer.status,
      error: answer.error,
      nextAttemptAt,
    });
    this.#parts.attempted(outcome);
    if (outcome === "delivered") this.#acceptedAt = at;
    if (outcome !== "delivered") this.#throttle(answer);
    if (nextAttemptAt !== null) return this.#progress.retry(entry, seq, at, nextAttemptAt);
    const hopeless = outcome === "failed" ? this.#hopeless(answer, entry.firstAttemptAt ?? at) : undefined;
    if (hopeless === undefined) return this.#progress.settle(entry, seq);
    // The change stays pending until the webhook is enabled again.
    await this.#parts.disable(this.key, hopeless);
    this.#ending ??= "give back disabled";
  }

  async #send(webhook: StoredWebhook, change: ChangeEntryJson): Promise<Answer | undefined> {
    const { url, secret, previousSecret, previousSecretUntil } = webhook;
    const sealed = [secret];
    if (previousSecret !== null && (previousSecretUntil ?? "") > this.#parts.now())
      sealed.push(previousSecret);
    const body = bodyOf(change, webhook.payload);
    try {
      const secrets = sealed.map((one) => this.#parts.secrets.unseal(one));
      const headers = signed(messageId(webhook.id, change.seq), Date.now(), body, secrets);
      const mayBegin = () => performance.now() + margin <= this.#heldUntil;
      return await this.#sender.send({ url, headers, body }, this.#abort.signal, mayBegin);
    } catch (error) {
      return {
        status: null,
        error: error instanceof Error ? error.message : String(error),
        retryAfter: undefined,
      };
    }
  }

  /**
   * Why the webhook must be disabled: the receiver answered 410, or has accepted nothing for as long as a
   * message is retried.
   */
  #hopeless({ status }: Answer, since: string): string | undefined {
    if (status === 410) return "the receiver answered 410 Gone";
    if (this.#acceptedAt !== null && this.#acceptedAt >= since) return undefined;
    return `the receiver has accepted nothing since ${since}`;
  }

  /** Pauses deliveries to an overloaded receiver. */
  #throttle({ status, retryAfter }: Answer): void {
    if (status === null || !throttling.has(status)) return;
    const delay = nextDelay(this.#parts.settings.retries, 1, { retryAfter }) ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + delay);
  }
}
