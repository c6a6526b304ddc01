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

/** What a rule needs to know of webhooks besides: to where this installation sends anything at all. */
export interface WebhookContext extends RuleContext {
  /** Why nothing is sent to an address, or undefined where it may be. */
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
      faults.push({ pointer: at("events"), code: "required", message: "names at least one type of event" });
    }
    for (const [i, event] of events.entries()) {
      if (eventFilters.has(event)) continue;
      const message = `there is no type of event ${JSON.stringify(event)}`;
      faults.push({ pointer: at("events") + pointer(i), code: "invalid_choice", message });
    }
  }
  return faults;
};

/** A new webhook, from what Roster gives it and the edits of its creation. */
export const createWebhook = (
  identity: Pick<StoredWebhook, "id" | "secret">,
  parsed: ParsedCreate,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError => create(webhookFields, identity, parsed, invariants, context);

/** The rules of a webhook. To enable it says that what was wrong with it is over. */
export const webhookRules: RecordRules<StoredWebhook, WebhookContext> = {
  ...plainRules("webhook", webhookFields),
  update(current, { edits, faults }, context) {
    const enables = edits.some(({ field, value }) => field === "enabled" && value === true);
    const all = enables ? [...edits, set("disabledReason", null)] : edits;
    return edit(webhookFields, current, { edits: all, faults }, invariants, context);
  },
};

/** Makes changes of Roster's own. */
const changed = (
  current: StoredWebhook,
  edits: Edit[],
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  settled(edit(webhookFields, current, { edits, faults: [] }, invariants, context));

/** Stops to send anything to a webhook. */
export const disableWebhook = (
  current: StoredWebhook,
  reason: string,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  changed(current, [set("enabled", false), set("disabledReason", reason)], context);

/** Gives a webhook a new secret; the old one stays good until an instant. */
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
