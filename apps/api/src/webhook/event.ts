import { eventTypeOf, type ChangeEntryJson, type StoredWebhook } from "@roster/domain";

/**
 * The id of a message. It is the same for every attempt on every node, so that receivers can detect
 * repetitions.
 */
export const messageId = (webhook: string, seq: number): string => `msg_${webhook}_${seq}`;

/** The body of a message about a change, in the form that the Standard Webhooks specification recommends. */
export function bodyOf(entry: ChangeEntryJson, payload: StoredWebhook["payload"]): string {
  const { reason: _reason, details: _details, changes, ...thin } = entry;
  return JSON.stringify({
    type: eventTypeOf(entry),
    timestamp: entry.at,
    // Field names are enough for a receiver that may read the record, and reveal little to others.
    data: payload === "full" ? entry : { ...thin, paths: changes.map(({ path }) => path) },
  });
}
