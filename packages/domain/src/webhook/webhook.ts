import {
  boolean,
  choice,
  instant,
  text,
  textSet,
  type CreateInput,
  type DecodedRecord,
  type JsonRecord,
  type PatchInput,
  type SetInput,
  type StoredRecord,
  type WhereInput,
} from "../record/field.ts";
import { recordFields, type RecordFields } from "../record/record.ts";
import type { UpdateInput } from "../record/update-input.ts";

/** The amount of detail in events: the names of the changed fields, or also their values. */
export const webhookPayloads = ["thin", "full"] as const;

const ownWebhookFields = {
  /** The https URL, without credentials, that events are sent to by POST. */
  url: text({
    nullable: false,
    min: 1,
    max: 2048,
    description: "The https URL, without credentials, that events are sent to by POST.",
  }),
  /** The event types to send, such as `customer.updated`; `customer.*` for all events about customers, `*` for all events. At least one. */
  events: textSet({
    initial: undefined,
    description:
      "The event types to send, such as `customer.updated`; `customer.*` for all events about customers, `*` for all events. At least one.",
  }),
  /** `thin`: the record and the names of its changed fields. `full`: the entry of the change log, with the values. */
  payload: choice(webhookPayloads, {
    nullable: false,
    initial: "thin",
    description:
      "`thin`: the record and the names of its changed fields. `full`: the entry of the change log, with the values.",
  }),
  /** The purpose of the webhook. */
  description: text({ max: 1000, description: "The purpose of the webhook." }),
  /** Whether events are sent. */
  enabled: boolean({ nullable: false, initial: true, description: "Whether events are sent." }),
  /** Why Roster stopped sending events; null if it did not. */
  disabledReason: text({
    access: "read",
    max: 1000,
    description: "Why Roster stopped sending events; null if it did not.",
  }),
  /** Until when events are also signed with the previous secret. */
  previousSecretUntil: instant({
    access: "read",
    description: "Until when events are also signed with the previous secret.",
  }),
  /** The signing secret, sealed. */
  secret: text({
    nullable: false,
    access: "read",
    secret: true,
    description: "The signing secret, sealed.",
  }),
  /** The previous signing secret, sealed. */
  previousSecret: text({
    access: "read",
    secret: true,
    description: "The previous signing secret, sealed.",
  }),
} as const;
/** The fields of a webhook, an external endpoint that receives events about changes. */
export const webhookFields: RecordFields & typeof ownWebhookFields = { ...recordFields, ...ownWebhookFields };

export interface Webhook extends DecodedRecord<typeof webhookFields> {}
export interface WebhookJson extends JsonRecord<typeof webhookFields> {}
export interface StoredWebhook extends StoredRecord<typeof webhookFields> {}

export interface WebhookCreate extends CreateInput<typeof webhookFields> {
  url: string;
  events: readonly string[];
}
export interface WebhookPatch extends PatchInput<typeof webhookFields> {
  // An own member makes compiler messages name this interface when a field is misspelt.
  id?: undefined;
}
export type WebhookWhere = WhereInput<typeof webhookFields>;
export interface WebhookSets extends SetInput<typeof webhookFields> {
  id?: undefined;
}
export interface WebhookUpdate extends Omit<
  UpdateInput<WebhookWhere, WebhookPatch, Record<string, never>, WebhookSets>,
  "replace"
> {}

/** The signing secret of a new webhook, or a rotated one. It is shown only once. */
export interface WithSigningSecret {
  /** `whsec_` followed by 32 random bytes in base64, as in the Standard Webhooks specification. */
  secret: string;
}

/** The outcomes of an attempt to deliver an event. */
export const deliveryOutcomes = ["delivered", "retrying", "failed"] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** One attempt to deliver an event, as plain JSON. */
export interface DeliveryJson {
  id: string;
  /** The change's position in the tenant's log. */
  seq: number;
  /** The event type. */
  type: string;
  /** 1 for the first attempt; each retry adds 1. */
  attempt: number;
  at: string;
  /** The duration of the attempt, in milliseconds. */
  duration: number;
  outcome: DeliveryOutcome;
  /** The HTTP status of the receiver's answer; null if there was none. */
  status: number | null;
  /** The failure; null if there was none. The receiver's answer is not kept. */
  error: string | null;
  /** The time of the next attempt; null if there is none. */
  nextAttemptAt: string | null;
}

/** One attempt to deliver an event, as typed clients read it. */
export interface Delivery extends Omit<DeliveryJson, "at" | "nextAttemptAt"> {
  at: Date;
  nextAttemptAt: Date | null;
}

/** The delivery progress of a webhook, as plain JSON. */
export interface WebhookStatusJson {
  /** Every change up to this position is delivered, given up or pending. */
  seq: number;
  /** The number of records with pending changes. */
  pending: number;
  /** When the oldest pending change was made; null if nothing is pending. */
  oldestPendingAt: string | null;
  /** The time of the earliest retry; null if there is none. */
  nextAttemptAt: string | null;
  /** When the receiver last accepted an event; null if it never has. */
  acceptedAt: string | null;
}

/** The delivery progress of a webhook, as typed clients read it. */
export interface WebhookStatus extends Omit<
  WebhookStatusJson,
  "oldestPendingAt" | "nextAttemptAt" | "acceptedAt"
> {
  oldestPendingAt: Date | null;
  nextAttemptAt: Date | null;
  acceptedAt: Date | null;
}

/** The events to send again: that of one change, or those of all changes after one. */
export type WebhookReplay = { seq: number; after?: undefined } | { after: number; seq?: undefined };
