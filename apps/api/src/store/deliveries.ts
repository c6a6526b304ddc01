import type { DeliveryJson } from "@roster/domain";
import type { ChangeStep } from "./changes.ts";

/**
 * What is kept of the deliveries to webhooks. None of it is a record, so it has no versions and is not
 * in the change log.
 *
 * The change log itself is the queue. A webhook has a cursor in it: what comes before is delivered, the
 * pending aside. Those have a row for each record, and not for each change: the next of the record's
 * changes is sent when the one before it is settled.
 *
 * One node at a time tells a webhook of changes: the one that holds its lease, by the database's clock.
 */

/** The name of a webhook, among all tenants'. */
export interface WebhookKey {
  tenant: number;
  webhook: string;
}

/** A webhook that a node tells of changes. */
export interface HeldWebhook extends WebhookKey {
  /** How often the webhook was claimed, by any node: what was written under an earlier claim counts no more. */
  epoch: number;
}

/** The changes of one record that are not delivered although they come before the cursor. */
export interface Pending {
  recordId: string;
  /** The change that is to be sent next. */
  seq: number;
  /** The last one; null for all that the record has before the cursor. */
  lastSeq: number | null;
  /** How often the next one was tried. */
  attempts: number;
  /** When the next one was made. */
  at: string;
  firstAttemptAt: string | null;
  /** When it is tried again; null for as soon as possible. */
  nextAttemptAt: string | null;
}

/** What is to be sent again: all changes after a `seq`, or the one of this record that is next after it. */
export interface Replay {
  id: string;
  afterSeq: number;
  recordId: string | null;
}

/** The delivery progress of a webhook. */
export interface DeliveryState {
  seq: number;
  /** When the receiver has accepted anything last. */
  acceptedAt: string | null;
  pending: Pending[];
  replays: Replay[];
}

/** What has become of a webhook's deliveries since the last note of them. */
export interface Settlement extends HeldWebhook {
  seq: number;
  acceptedAt: string | null;
  /** Rows that are new, or have changed. */
  pending: readonly Pending[];
  /** The records that have nothing pending any more. */
  settled: readonly string[];
  deliveries: readonly DeliveryJson[];
  /** The ids of the replays that have been taken over. */
  replays: readonly string[];
  /** Whether to let go of the oldest of the delivery log. */
  prune: boolean;
  /** Whether this node goes on. One that gives a disabled webhook back forgets how often it has tried. */
  lease: "keep" | "give back" | "give back disabled";
}

/** What one node writes down about its deliveries. */
export interface DeliveryNote {
  /** The node. */
  owner: string;
  /** For how long it holds its webhooks from now on, in milliseconds. */
  lease: number;
  /** Whether it takes those that nobody holds. */
  claim: boolean;
  settlements: readonly Settlement[];
  /** What a caller wants to have sent again, of any node's webhooks. */
  replays: readonly (WebhookKey & Replay)[];
}

/** How many attempts the delivery log of a webhook keeps, at least. */
export const deliveriesKept = 10_000;

/** The most webhooks that one note takes, so that several nodes each get some. */
export const maxClaimed = 100;

interface DeliveryPage {
  /** Only the attempts to deliver this change. */
  seq: number | undefined;
  /** The id of the attempt before which to go on. */
  before: string | undefined;
  limit: number;
}

/** Reads of one tenant's deliveries. */
export interface DeliveryReader {
  /** Undefined until a node has taken the webhook for the first time. */
  state(webhook: string): Promise<DeliveryState | undefined>;
  /** The delivery log of a webhook, newest first. */
  deliveries(webhook: string, page: DeliveryPage): Promise<DeliveryJson[]>;
  /** The first changes of a record after one and up to another, oldest first. A step may have fewer than there are. */
  changesOf(recordId: string, after: number, upTo: number, limit: number): Promise<ChangeStep>;
}

/** Reads of all tenants' deliveries, for the nodes. */
export interface DeliveryOverview {
  /** Whether there is a webhook that nobody tells of changes, and somebody should. */
  anyFree(): Promise<boolean>;
  /** The webhooks of a node of which something is to be sent again. */
  replayed(owner: string): Promise<WebhookKey[]>;
}
