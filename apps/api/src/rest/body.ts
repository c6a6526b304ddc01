import { parseJson, refusal, RosterError, type Fault } from "@roster/domain";
import { cutShort } from "./limits.ts";

/** For a body in a content coding, of which there is none that is read. */
const compressed = new RosterError("UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");

/**
 * What an answer with 415 says in its headers: the codings or the media types in which the body would
 * have been read (RFC 9110, section 15.5.16; RFC 5789, section 2.2; Linked Data Platform, section 7.1).
 */
export function acceptedBody(
  thrown: unknown,
  method: string,
  accepts: readonly string[],
): Record<string, string> {
  if (thrown === compressed) return { "accept-encoding": "identity" };
  const types = accepts.join(", ");
  if (method === "PATCH") return { "accept-patch": types };
  return { accept: types, ...(method === "POST" && { "accept-post": types }) };
}

/**
 * Reads the text of a body.
 *
 * @param accepts the media types in which it may be
 * @throws RosterError UNSUPPORTED_MEDIA_TYPE or MALFORMED
 */
export async function readText(
  request: Request,
  accepts: readonly string[],
): Promise<{ mediaType: string; text: string }> {
  const coding = request.headers.get("content-encoding") ?? "identity";
  if (coding.trim().toLowerCase() !== "identity") {
    throw compressed;
  }
  const [mediaType = "", ...parameters] = (request.headers.get("content-type") ?? "")
    .split(";")
    .map((part) => part.trim().toLowerCase());
  if (!accepts.includes(mediaType)) {
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", `the content type must be ${accepts.join(" or ")}`);
  }
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", "the charset must be utf-8");
  }
  const bytes = await request.arrayBuffer().catch(() => {
    throw cutShort;
  });
  const text = decode(bytes);
  if (text === "") throw new RosterError("MALFORMED", "the body is empty");
  return { mediaType, text };
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new RosterError("MALFORMED", "the body is not UTF-8");
  }
}

/**
 * The value of JSON that says nothing which the value could not hold.
 * @throws RosterError MALFORMED, or INVALID with a fault for each number and key that would be lost
 */
export function readJson(text: string): unknown {
  const { value, faults } = readLossyJson(text);
  if (faults.length > 0) throw refusal(faults);
  return value;
}

/** The value of JSON, and what of the text it does not hold. @throws RosterError MALFORMED */
export function readLossyJson(text: string): { value: unknown; faults: Fault[] } {
  try {
    return parseJson(text);
  } catch {
    throw new RosterError("MALFORMED", "the body is not JSON");
  }
}
