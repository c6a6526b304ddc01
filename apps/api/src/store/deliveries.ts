import type { DeliveryJson } from "@roster/domain";
import type { ChangeStep } from "./changes.ts";

/**
 * The stored progress of webhook deliveries. None of it is a record, so it has no versions and is not in the
 * change log.
 *
 * The change log itself is the queue. Each webhook has a cursor in it: everything before the cursor is
 * delivered, except for what is pending. Pending changes have one row per record, not one per change: the
 * next change of a record is sent once the one before it is settled.
 *
 * One node at a time delivers to a webhook: the one that holds its lease, by the database's clock.
 */

/** Identifies a webhook among those of all tenants. */
export interface WebhookKey {
  tenant: number;
  webhook: string;
}

/** A webhook whose lease a node holds. */
export interface HeldWebhook extends WebhookKey {
  /** The number of claims of the webhook so far, by any node. Writes under an earlier claim are ignored. */
  epoch: number;
}

/** The undelivered changes of one record before the cursor. */
export interface Pending {
  recordId: string;
  /** The change to send next. */
  seq: number;
  /** The last undelivered change; null if all of the record's changes up to the cursor are undelivered. */
  lastSeq: number | null;
  /** The number of attempts to send the next change. */
  attempts: number;
  /** When the next change was made. */
  at: string;
  firstAttemptAt: string | null;
  /** When the next attempt is due; null for as soon as possible. */
  nextAttemptAt: string | null;
}

/** A requested replay: all changes after a `seq`, or only the next change of one record after it. */
export interface Replay {
  id: string;
  afterSeq: number;
  recordId: string | null;
}

/** The delivery progress of a webhook. */
export interface DeliveryState {
  seq: number;
  /** When the receiver last accepted a delivery. */
  acceptedAt: string | null;
  pending: Pending[];
  replays: Replay[];
}

/** The progress of a webhook's deliveries since the last note. */
export interface Settlement extends HeldWebhook {
  seq: number;
  acceptedAt: string | null;
  /** Rows that are new or changed. */
  pending: readonly Pending[];
  /** The ids of the records that have nothing pending any more. */
  settled: readonly string[];
  deliveries: readonly DeliveryJson[];
  /** The ids of the replays that the node has taken over. */
  replays: readonly string[];
  /** Whether to delete the oldest rows of the delivery log. */
  prune: boolean;
  /** Whether this node keeps the lease. Giving a disabled webhook back resets its attempts. */
  lease: "keep" | "give back" | "give back disabled";
}

/** The progress that one node records about its deliveries. */
export interface DeliveryNote {
  /** The id of the node. */
  owner: string;
  /** How long the node holds its webhooks from now on, in milliseconds. */
  lease: number;
  /** Whether the node claims webhooks that no node holds. */
  claim: boolean;
  settlements: readonly Settlement[];
  /** Replays that callers request, of webhooks of any node. */
  replays: readonly (WebhookKey & Replay)[];
}

/** The number of attempts that a webhook's delivery log keeps at least. */
export const deliveriesKept = 10_000;

/** The maximum number of webhooks that one note claims, so that each of several nodes gets some. */
export const maxClaimed = 100;

interface DeliveryPage {
  /** Only the attempts to deliver this change. */
  seq: number | undefined;
  /** The id of the attempt before which the page begins. */
  before: string | undefined;
  limit: number;
}

/** Reads of one tenant's deliveries. */
export interface DeliveryReader {
  /** Undefined until a node first claims the webhook. */
  state(webhook: string): Promise<DeliveryState | undefined>;
  /** The delivery log of a webhook, newest first. */
  deliveries(webhook: string, page: DeliveryPage): Promise<DeliveryJson[]>;
  /**
   * The first changes of a record with `after` < `seq` ≤ `upTo`, oldest first. A step may have fewer changes
   * than there are.
   */
  changesOf(recordId: string, after: number, upTo: number, limit: number): Promise<ChangeStep>;
}

/** Reads of all tenants' deliveries, for the nodes. */
export interface DeliveryOverview {
  /** Whether an enabled webhook has no node that delivers to it. */
  anyFree(): Promise<boolean>;
  /** The webhooks of a node for which a replay is requested. */
  replayed(owner: string): Promise<WebhookKey[]>;
}
