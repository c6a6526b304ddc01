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
import { Progress, type Entry, type Snapshot } from "./progress.ts";
import { nextDelay } from "./retry.ts";
import { Sender, type Answer } from "./send.ts";
import type { WebhookSettings } from "./settings.ts";
import { signed, type SigningSecrets } from "./signing.ts";

/** What a dispatcher works with. */
export interface DispatcherParts {
  reader: TenantReader;
  settings: WebhookSettings;
  secrets: SigningSecrets;
  now(): string;
  /** Something is to be noted. */
  changed(): void;
  /** Stops to send anything to the webhook. */
  disable(key: WebhookKey, reason: string): Promise<void>;
  attempted(outcome: DeliveryOutcome): void;
  /** Says what has gone wrong that is not the receiver's doing. */
  failed(error: unknown): void;
}

/** How many attempts are under way at the same time. */
const concurrency = 8;
/** How many may be under way, or have ended and not be noted yet: what is sent again when a node dies. */
const unnoted = 64;
/** How much is read at a time. */
const page = { limit: 100, enough: 512 * 1024 } as const;
/** How long nothing is sent when the database does not answer, in milliseconds. */
const pauseAfterFailure = 1_000;
/** How long before its end a lease counts as over, in milliseconds. */
const margin = 100;
/** Statuses that say that there is too much to do just now, whatever the message is. */
const throttling = new Set([429, 502, 503, 504]);

/**
 * Tells one webhook of the changes of its tenant, while this node holds it.
 *
 * What is about one record is sent in order, one after the other, whatever fails; different records do
 * not wait for each other. A body is made from the log just before it is sent, so that what was erased
 * meanwhile is not in it; and the webhook is read each time, so that what was changed of it counts at once.
 */
export class Dispatcher {
  readonly key: HeldWebhook;
  readonly #parts: DispatcherParts;
  readonly #sender: Sender;
  readonly #progress: Progress;
  readonly #abort = new AbortController();
  #acceptedAt: string | null;
  /** Attempts that are not in the database yet. */
  #attempts: DeliveryJson[] = [];
  #busy = 0;
  #reading = false;
  /** How far the log goes, as far as is known. */
  #last: number;
  #pausedUntil = 0;
  /** Until when this node surely holds the webhook, by the clock of the process. */
  #heldUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  /** How the webhook is given back, when nothing is under way any more. */
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

  /** The log goes up to here. */
  advance(last: number): void {
    if (last <= this.#last) return;
    this.#last = last;
    this.#pump();
  }

  /** Takes over what is to be sent again. */
  replay(replays: readonly Replay[]): void {
    if (replays.length === 0) return;
    this.#progress.replay(replays, this.#parts.now());
    this.#parts.changed();
    this.#pump();
  }

  /**
   * What is to be noted, and what to call when that is done.
   * @param always also when there is nothing new, to hold the webhook for longer
   */
  settlement(always: boolean): { settlement: Settlement; noted(): void } | undefined {
    const snapshot: Snapshot = this.#progress.snapshot();
    const { seq, pending, settled, replays } = snapshot;
    const deliveries = this.#attempts.slice();
    const lease = (this.#busy === 0 ? this.#ending : undefined) ?? "keep";
    const news = pending.length + settled.length + replays.length + deliveries.length > 0;
    if (!news && !always && lease === "keep") return undefined;
    return {
      settlement: {
        ...this.key,
        seq,
        acceptedAt: this.#acceptedAt,
        pending,
        settled,
        replays,
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

  /** The webhook is this node's until a moment of `performance.now()`. */
  held(until: number): void {
    this.#heldUntil = until;
    this.#pump();
  }

  /** The webhook is not this node's any more. */
  lost(): void {
    this.#ending ??= "give back";
    this.#heldUntil = 0;
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#sender.close();
  }

  /**
   * Sends nothing more, and returns when nothing is under way.
   * @param patience after how long what is under way is broken off, in milliseconds
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

  /** Begins whatever can be begun now, and sees to it that it is called again when more can be. */
  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#ending) return;
    // A note makes it longer, and calls this again.
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

  /** Whether an attempt that begins now has ended before another node can hold the webhook. */
  get #isHeldForLong(): boolean {
    return performance.now() + this.#parts.settings.timeout + margin <= this.#heldUntil;
  }

  #pumpIn(milliseconds: number): void {
    // A timer that is set for longer than that fires at once.
    const delay = Math.min(Math.max(milliseconds, 1), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#pump(), delay).unref();
  }

  async #readOn(): Promise<void> {
    this.#reading = true;
    try {
      const webhook = await this.#webhook();
      if (webhook) await this.#readPage(webhook);
    } catch (error) {
      this.#pause(error);
    }
    this.#reading = false;
    this.#parts.changed();
    this.#pump();
  }

  async #readPage({ events }: StoredWebhook): Promise<void> {
    const query = { ...page, after: this.#progress.read, upTo: this.#last };
    const { items } = await this.#parts.reader.changes(query);
    this.#progress.take(items, (change) => isWanted(events, eventTypeOf(change)));
  }

  async #work(entry: Entry): Promise<void> {
    entry.busy = true;
    this.#busy++;
    try {
      const webhook = await this.#webhook();
      if (webhook) await this.#tell(webhook, entry);
    } catch (error) {
      this.#pause(error);
    }
    entry.busy = false;
    this.#busy--;
    if (this.#busy === 0) this.#idle?.();
    this.#parts.changed();
    this.#pump();
  }

  /** Tells the webhook of the next change of a record. */
  async #tell(webhook: StoredWebhook, entry: Entry): Promise<void> {
    // More can be read of the record meanwhile, so this is how far the search goes.
    const { seq, upTo } = entry;
    const changes = await this.#parts.reader.deliveries.changesOf(entry.recordId, seq - 1, upTo, page.limit);
    // Of several, the others are those that come next; of one, more may be known already.
    if (changes.items.length > 1) entry.ahead = changes.items.map((one) => one.seq);
    const change = changes.items.find((one) => isWanted(webhook.events, eventTypeOf(one)));
    if (!change) return this.#progress.settle(entry, changes.seq);
    // The process may have stood still since this was asked last.
    if (this.#isHeldForLong) await this.#deliver(webhook, entry, change);
  }

  /** The webhook as it is now; none where nothing is to be sent to it any more. */
  async #webhook(): Promise<StoredWebhook | undefined> {
    const webhook = await this.#parts.reader.find("webhook", { field: "id", value: this.key.webhook });
    if (webhook?.enabled && webhook.deletedAt === null) return webhook;
    this.#ending ??= "give back disabled";
    return undefined;
  }

  async #deliver(webhook: StoredWebhook, entry: Entry, change: ChangeEntryJson): Promise<void> {
    const { seq } = change;
    entry.at = change.at;
    const at = this.#parts.now();
    const begun = performance.now();
    const answer = await this.#send(webhook, change);
    // It was not sent, or nobody knows what has become of it: the node that holds the webhook sends it again.
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
    // The change stays pending, for when the webhook is enabled again.
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

  /** Why the webhook is given up: its receiver says so, or has accepted nothing for as long as a message is tried. */
  #hopeless({ status }: Answer, since: string): string | undefined {
    if (status === 410) return "the receiver has answered 410 Gone";
    if (this.#acceptedAt !== null && this.#acceptedAt >= since) return undefined;
    return `the receiver has accepted nothing since ${since}`;
  }

  /** Leaves a receiver alone that has too much to do. */
  #throttle({ status, retryAfter }: Answer): void {
    if (status === null || !throttling.has(status)) return;
    const delay = nextDelay(this.#parts.settings.retries, 1, { retryAfter }) ?? 0;
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + delay);
  }

  #pause(error: unknown): void {
    this.#parts.failed(error);
    this.#pausedUntil = performance.now() + pauseAfterFailure;
  }
}
