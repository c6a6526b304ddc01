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

/** How much of a change a webhook is told: which fields have changed, or also from what to what. */
export const webhookPayloads = ["thin", "full"] as const;

const ownWebhookFields = {
  /** Where events are sent, by POST. https, without credentials. */
  url: text({
    nullable: false,
    min: 1,
    max: 2048,
    description: "Where events are sent, by POST. https, without credentials.",
  }),
  /** The types of the events that are sent, such as `customer.updated`; `customer.*` for all about customers, `*` for all. At least one. */
  events: textSet({
    initial: undefined,
    description:
      "The types of the events that are sent, such as `customer.updated`; `customer.*` for all about customers, `*` for all. At least one.",
  }),
  /** `thin`: which record has changed, and which of its fields. `full`: the entry of the change log, with the values. */
  payload: choice(webhookPayloads, {
    nullable: false,
    initial: "thin",
    description:
      "`thin`: which record has changed, and which of its fields. `full`: the entry of the change log, with the values.",
  }),
  /** What the webhook is for. */
  description: text({ max: 1000, description: "What the webhook is for." }),
  /** Whether events are sent. */
  enabled: boolean({ nullable: false, initial: true, description: "Whether events are sent." }),
  /** Why Roster has stopped to send events; null where it has not. */
  disabledReason: text({
    access: "read",
    max: 1000,
    description: "Why Roster has stopped to send events; null where it has not.",
  }),
  /** Until when events are signed with the secret before the latest one, too. */
  previousSecretUntil: instant({
    access: "read",
    description: "Until when events are signed with the secret before the latest one, too.",
  }),
  /** What events are signed with, sealed. */
  secret: text({
    nullable: false,
    access: "read",
    secret: true,
    description: "What events are signed with, sealed.",
  }),
  /** The secret before the latest one, sealed. */
  previousSecret: text({
    access: "read",
    secret: true,
    description: "The secret before the latest one, sealed.",
  }),
} as const;
/** The one list of a webhook's fields: an endpoint of somebody else's that is told of changes. */
export const webhookFields: RecordFields & typeof ownWebhookFields = { ...recordFields, ...ownWebhookFields };

export interface Webhook extends DecodedRecord<typeof webhookFields> {}
export interface WebhookJson extends JsonRecord<typeof webhookFields> {}
export interface StoredWebhook extends StoredRecord<typeof webhookFields> {}

export interface WebhookCreate extends CreateInput<typeof webhookFields> {
  url: string;
  events: readonly string[];
}
export interface WebhookPatch extends PatchInput<typeof webhookFields> {
  // An own member, so that compilers name this interface when a field is misspelt.
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

/** A webhook with a new secret: the only time that it is shown. */
export interface WithSigningSecret {
  /** `whsec_` and 32 random bytes in base64, as the Standard Webhooks specification has it. */
  secret: string;
}

/** What became of one attempt to deliver an event. */
export const deliveryOutcomes = ["delivered", "retrying", "failed"] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

/** One attempt to deliver an event, as plain JSON. */
export interface DeliveryJson {
  id: string;
  /** The place of the change in the tenant's log. */
  seq: number;
  /** The type of the event. */
  type: string;
  /** 1 for the first attempt, one more with each. */
  attempt: number;
  at: string;
  /** How long it took, in milliseconds. */
  duration: number;
  outcome: DeliveryOutcome;
  /** The status of the answer; null where there was none. */
  status: number | null;
  /** What was wrong; null where nothing was. What the receiver has answered is not kept. */
  error: string | null;
  /** When it is tried again; null where it is not. */
  nextAttemptAt: string | null;
}

/** One attempt to deliver an event, as typed clients read it. */
export interface Delivery extends Omit<DeliveryJson, "at" | "nextAttemptAt"> {
  at: Date;
  nextAttemptAt: Date | null;
}

/** How far a webhook has been told of changes, as plain JSON. */
export interface WebhookStatusJson {
  /** Up to which change of the log everything is delivered, or given up, or pending. */
  seq: number;
  /** Of how many records changes before that are pending. */
  pending: number;
  /** When the oldest of those was made; null where nothing is pending. */
  oldestPendingAt: string | null;
  /** When something is tried again, at the soonest; null where nothing is. */
  nextAttemptAt: string | null;
  /** When the receiver has accepted something last. */
  acceptedAt: string | null;
}

/** How far a webhook has been told of changes, as typed clients read it. */
export interface WebhookStatus extends Omit<
  WebhookStatusJson,
  "oldestPendingAt" | "nextAttemptAt" | "acceptedAt"
> {
  oldestPendingAt: Date | null;
  nextAttemptAt: Date | null;
  acceptedAt: Date | null;
}

/** What is to be sent again: the event of one change, or those of all changes after one. */
export type WebhookReplay = { seq: number; after?: undefined } | { after: number; seq?: undefined };
