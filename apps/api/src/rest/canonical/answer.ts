import { tagOf } from "./entity-tag.ts";
import { json } from "./operation.ts";
import type { RecordJson, Replayable } from "./resource.ts";

/**
 * A record may be kept by who has asked for it, and is asked for again before it is used. A proxy that
 * compressed it would alter its entity tag, and no change with `If-Match` would come through.
 */
const caching = { "cache-control": "private, no-cache, no-transform", vary: "Authorization" };

export const answer = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": json, ...caching, ...headers } });

/** A record with its version as the entity tag. */
export function recordAnswer(
  status: number,
  record: Replayable<RecordJson>,
  headers: Record<string, string> = {},
): Response {
  const etag = tagOf(record);
  if (!record.replayed) return answer(status, record, { etag, ...headers });
  const { replayed: _, ...body } = record;
  return answer(status, body, { etag, ...headers, "idempotent-replayed": "true" });
}

/** That the caller has the record as it is. */
export const notModified = (record: RecordJson): Response =>
  new Response(null, { status: 304, headers: { etag: tagOf(record), ...caching } });
