import { Encoded, type EncodedRecord } from "../../record/encoded.ts";
import type { Answer } from "../answer.ts";
import { tagOf } from "./entity-tag.ts";
import { json } from "./operation.ts";
import type { RecordJson, Replayable } from "./resource.ts";

/**
 * The caller may cache a record but must revalidate it. `no-transform` keeps proxies from compressing it,
 * which would alter its entity tag and make every `If-Match` fail.
 */
const caching = { "cache-control": "private, no-cache, no-transform", vary: "Authorization" };

export const answer = (
  status: number,
  body: object | Encoded<object>,
  headers: Record<string, string> = {},
): Answer => ({
  status,
  headers: { "content-type": json, ...caching, ...headers },
  body: body instanceof Encoded ? body.json : JSON.stringify(body),
});

/** An answer that may be a repetition for an idempotency key. */
export const resultAnswer = (
  status: number,
  { replayed, ...result }: Replayable<object>,
  headers: Record<string, string> = {},
): Answer => answer(status, result, { ...headers, ...(replayed && { "idempotent-replayed": "true" }) });

/** Answers with a record and its version as the entity tag. */
export function recordAnswer(
  status: number,
  record: Replayable<RecordJson> | EncodedRecord<RecordJson>,
  headers: Record<string, string> = {},
): Answer {
  const tagged = { etag: tagOf(record), ...headers };
  return record instanceof Encoded ? answer(status, record, tagged) : resultAnswer(status, record, tagged);
}

/** Answers that the caller's copy is current. */
export const notModified = (record: { version: number }): Answer => ({
  status: 304,
  headers: { etag: tagOf(record), ...caching },
  body: null,
});
