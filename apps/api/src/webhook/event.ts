import { eventTypeOf, type ChangeEntryJson, type StoredWebhook } from "@roster/domain";

/**
 * The id of a message: the same however often it is sent, and whichever node sends it, so that the
 * receiver can tell that it has it already.
 */
export const messageId = (webhook: string, seq: number): string => `msg_${webhook}_${seq}`;

/** The body of a message about a change, in the form that the Standard Webhooks specification recommends. */
export function bodyOf(entry: ChangeEntryJson, payload: StoredWebhook["payload"]): string {
  const { reason: _reason, details: _details, changes, ...thin } = entry;
  return JSON.stringify({
    type: eventTypeOf(entry),
    timestamp: entry.at,
    // Which fields have changed says enough to whoever may read them, and little to others.
    data: payload === "full" ? entry : { ...thin, paths: changes.map(({ path }) => path) },
  });
}
