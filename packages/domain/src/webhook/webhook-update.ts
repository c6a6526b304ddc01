import type { Fault, RosterError } from "../errors.ts";
import type { Edit, ParsedCreate } from "../record/parse.ts";
import { pointer } from "../record/pointer.ts";
import { create, edit, type Outcome, type RuleContext, type Rules } from "../record/update.ts";
import { eventFilters } from "./event-type.ts";
import { webhookFields, type StoredWebhook } from "./webhook.ts";

/** What a rule needs to know of webhooks besides: to where this installation sends anything at all. */
export interface WebhookContext extends RuleContext {
  /** Why nothing is sent to an address, or undefined where it may be. */
  unreachable(url: string): string | undefined;
}

const rules: Rules<StoredWebhook, WebhookContext> = ({ url, events }, changed, at, { unreachable }) => {
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
  { edits, faults }: ParsedCreate,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError => create(webhookFields, identity, edits, faults, rules, context);

/** An update by a caller. Who enables a webhook says that what was wrong with it is over. */
export function updateWebhook(
  current: StoredWebhook,
  { edits, faults }: ParsedCreate,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError {
  const enables = edits.some(({ field, value }) => field === "enabled" && value === true);
  return edit(
    webhookFields,
    current,
    enables ? [...edits, set("disabledReason", null)] : edits,
    faults,
    rules,
    context,
  );
}

/** Stops to send anything to a webhook. */
export const disableWebhook = (
  current: StoredWebhook,
  reason: string,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  edit(webhookFields, current, [set("enabled", false), set("disabledReason", reason)], [], rules, context);

/** Gives a webhook a new secret; the old one stays good until an instant. */
export const rotateSecret = (
  current: StoredWebhook,
  secret: string,
  until: string,
  context: WebhookContext,
): Outcome<StoredWebhook> | RosterError =>
  edit(
    webhookFields,
    current,
    [set("secret", secret), set("previousSecret", current.secret), set("previousSecretUntil", until)],
    [],
    rules,
    context,
  );

const set = (field: keyof StoredWebhook, value: Edit["value"]): Edit => ({
  field,
  op: "set",
  value,
  at: pointer(field),
});
