import type { Actor } from "@roster/domain";
import { idempotencyOf } from "../../record/idempotency.ts";
import { headerRefusal, inHeader } from "../place.ts";
import type { Call } from "./operation.ts";

const name = "Idempotency-Key";

/** A structured field string (RFC 9651, section 3.3.3). */
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** An unquoted key, without characters that could form a list, a parameter or half a quoted string. */
const bare = /^[\x20\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;

/**
 * The actor with the request's idempotency key, if it has one. The key stands for every part of the request
 * that affects its outcome.
 *
 * @param body the parsed body
 * @throws RosterError MALFORMED
 */
export function keyed({ actor, request, id, query }: Call, path: string, body?: unknown): Actor {
  const value = request.headers.get(name);
  if (value === null) return actor;
  const key = quoted.exec(value)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? (bare.test(value) ? value : "");
  if (key.length < 1 || key.length > 255) {
    throw headerRefusal(name, "must be 1 to 255 printable ASCII characters, with or without double quotes");
  }
  const condition = request.headers.get("If-Match");
  const said = [request.method, path, id, query, condition, body];
  return { ...actor, idempotency: idempotencyOf(key, inHeader(name), ...said) };
}
