import type { Fault, RosterError } from "../errors.ts";
import type { Edit, ParsedCreate } from "../record/edit.ts";
import { pointer } from "../record/pointer.ts";
import {
  create,
  edit,
  plainRules,
  settled,
  type Invariants,
  type Outcome,
  type RecordRules,
} from "../record/update.ts";
import type { RuleContext } from "../record/rule-context.ts";
import { eventFilters } from "./event-type.ts";
import { webhookFields, type StoredWebhook } from "./webhook.ts";

/** The information that the webhook rules need from their surroundings. */
export interface WebhookContext extends RuleContext {
  /** Why this installation may not send to a URL; undefined if it may. */
  unreachable(url: string): string | undefined;
}

const invariants: Invariants<StoredWebhook, WebhookContext> = (
  { url, events },
  changed,
  at,
  { unreachable },
) => {
  const faults: Fault[] = [];
  const refused = changed.has("url") ? unreachable(url) : undefined;
  if (refused !== undefined) {
    faults.push({ pointer: at("url"), code: "invalid_format", message: refused });
  }
  if (changed.has("events")) {
    if (events.length === 0) {
      faults.push({ pointer: at("events"), code: "required", message: "must name at least one event type" });
    }
    for (const [i, event] of events.entries()) {
      if (eventFilters.has(event)) continue;
      const message = `there is no event type ${JSON.stringify(event)}`;
      faults.push({ pointer: at("events") + pointer(i), code: "invalid_choice", message });
    }
  }
  return faults;
};

/** Makes a new webhook from the values that Roster assigns and the edits of the create request. */
export const createWebhook = (
  identity: Pick<StoredWebhook, "id" | "secret">,
  parsed: ParsedCreate,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError => create(webhookFields, identity, parsed, invariants, context);

/** The rules of a webhook. Enabling it clears `disabledReason`. */
export const webhookRules: RecordRules<StoredWebhook, WebhookContext> = {
  ...plainRules("webhook", webhookFields),
  update(current, { edits, faults }, context) {
    const enables = edits.some(({ field, value }) => field === "enabled" && value === true);
    const all = enables ? [...edits, set("disabledReason", null)] : edits;
    return edit(webhookFields, current, { edits: all, faults }, invariants, context);
  },
};

/** Applies changes that Roster itself makes. */
const changed = (
  current: StoredWebhook,
  edits: Edit[],
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  settled(edit(webhookFields, current, { edits, faults: [] }, invariants, context));

/** Disables a webhook, so that no more events are sent to it. */
export const disableWebhook = (
  current: StoredWebhook,
  reason: string,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  changed(current, [set("enabled", false), set("disabledReason", reason)], context);

/** Gives a webhook a new secret. The old one remains valid until `until`. */
export const rotateSecret = (
  current: StoredWebhook,
  secret: string,
  until: string,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  changed(
    current,
    [set("secret", secret), set("previousSecret", current.secret), set("previousSecretUntil", until)],
    context,
  );

const set = (field: keyof StoredWebhook, value: Edit["value"]): Edit => ({
  field,
  op: "set",
  value,
  at: pointer(field),
});
