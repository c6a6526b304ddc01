import { parseJson, refusal, RosterError, type Fault } from "@roster/domain";
import { cutShort } from "./limits.ts";

/** The refusal of a body with a content coding, none of which is supported. */
const compressed = new RosterError("UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");

/**
 * The headers of a 415 answer: the codings or media types that would have been accepted (RFC 9110, section
 * 15.5.16; RFC 5789, section 2.2; Linked Data Platform, section 7.1).
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
 * @param accepts the accepted media types
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
 * Parses JSON that its value represents without loss.
 * @throws RosterError MALFORMED, or INVALID with a fault for each number or key that would be lost
 */
export function readJson(text: string): unknown {
  const { value, faults } = readLossyJson(text);
  if (faults.length > 0) throw refusal(faults);
  return value;
}

/**
 * Parses JSON and reports what its value loses.
 * @throws RosterError MALFORMED
 */
export function readLossyJson(text: string): { value: unknown; faults: Fault[] } {
  try {
    return parseJson(text);
  } catch {
    throw new RosterError("MALFORMED", "the body is not JSON");
  }
}
