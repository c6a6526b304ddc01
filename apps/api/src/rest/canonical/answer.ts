import type { Answer } from "../answer.ts";
import { tagOf } from "./entity-tag.ts";
import { json } from "./operation.ts";
import type { RecordJson, Replayable } from "./resource.ts";

/**
 * The caller may cache a record but must revalidate it. `no-transform` keeps proxies from compressing it,
 * which would alter its entity tag and make every `If-Match` fail.
 */
const caching = { "cache-control": "private, no-cache, no-transform", vary: "Authorization" };

export const answer = (status: number, body: object, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: { "content-type": json, ...caching, ...headers },
  body: JSON.stringify(body),
});

/** Answers with a record and its version as the entity tag. */
export function recordAnswer(
  status: number,
  record: Replayable<RecordJson>,
  headers: Record<string, string> = {},
): Answer {
  const etag = tagOf(record);
  if (!record.replayed) return answer(status, record, { etag, ...headers });
  const { replayed: _, ...body } = record;
  return answer(status, body, { etag, ...headers, "idempotent-replayed": "true" });
}

/** Answers that the caller's copy is current. */
export const notModified = (record: RecordJson): Answer => ({
  status: 304,
  headers: { etag: tagOf(record), ...caching },
  body: null,
});
