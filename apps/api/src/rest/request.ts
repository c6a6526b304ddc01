import { checkOnBehalfOf, parseJson, refusal, RosterError, type Fault } from "@roster/domain";
import type { Credentials } from "../auth/authenticator.ts";
import type { Answer } from "./answer.ts";
import { inHeader } from "./place.ts";
import { readForm } from "./wire-formats/form.ts";
import { readXml } from "./wire-formats/xml.ts";

/** The token in `Authorization: Bearer …` (RFC 6750, section 2.1). */
export const bearerOf = (request: Request): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];

/** The value of a cookie. */
export function cookieOf(request: Request, name: string): string | undefined {
  const all = request.headers.get("cookie");
  if (all === null) return undefined;
  const own = all.split(/; */).find((cookie) => cookie.startsWith(`${name}=`));
  return own?.slice(name.length + 1);
}

/** The value of the session cookie. */
export const sessionOf = (request: Request): string | undefined => cookieOf(request, "roster_session");

/** The header of requests by a page of the console. No form and no link can send it. */
const ownHeader = "Roster-Console";

/**
 * The session of a request.
 * @throws RosterError FORBIDDEN if a page of another site may have sent the request
 */
export function ownSessionOf(request: Request, mayRead = false): string | undefined {
  const session = sessionOf(request);
  if (session === undefined || request.headers.get(ownHeader) === "1") return session;
  if (mayRead && (request.method === "GET" || request.method === "HEAD")) return session;
  throw new RosterError("FORBIDDEN", `a request with the session cookie needs the header ${ownHeader}: 1`);
}

/**
 * The credentials and the on-behalf-of name in a request.
 * @param mayRead whether a request that only reads may come with the session cookie alone
 * @throws RosterError FORBIDDEN or INVALID
 */
export function credentialsOf(request: Request, mayRead = false): Credentials {
  const token = bearerOf(request);
  return {
    token,
    session: token === undefined ? ownSessionOf(request, mayRead) : undefined,
    onBehalfOf: onBehalfOf(request),
  };
}

/** The header with the person on whose behalf the caller acts: printable ASCII, percent-encoded as UTF-8. */
const forHeader = "Roster-On-Behalf-Of";

/** The person on whose behalf the caller of a request says that it acts. @throws RosterError INVALID */
export function onBehalfOf(request: Request): string | undefined {
  const written = request.headers.get(forHeader);
  if (written === null) return undefined;
  const faults: Fault[] = [];
  const at = inHeader(forHeader);
  let text: string | undefined;
  try {
    if (/^[ -~]*$/.test(written)) text = decodeURIComponent(written);
  } catch {
    // Reported below.
  }
  if (text === undefined)
    faults.push({
      pointer: at,
      code: "invalid_format",
      message: "must be printable ASCII, with other characters and % percent-encoded as UTF-8",
    });
  else checkOnBehalfOf(text, at, faults);
  if (faults.length > 0) throw refusal(faults);
  return text;
}

/** Whether the caller's connection is encrypted. A proxy in front says so. */
export function isEncrypted(request: Request): boolean {
  const forwarded = request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
  return forwarded === "https" || (forwarded !== "http" && request.url.startsWith("https:"));
}

/** Maximum size of a body in bytes. */
const maxBody = 1024 * 1024;

/** How many bytes of a body that is too large are read and dropped, so that its sender can read the answer. */
const maxDrained = 16 * maxBody;

/** How many bytes of a body may stay unread on a connection that stays open. */
const maxUnread = 64 * 1024;

/** Refuses a body that the connection brought in part. Its sender is gone, so no log needs this. */
const cutShort = new RosterError("MALFORMED", "the connection ended before the body did");

const tooLarge = (max: number): RosterError =>
  new RosterError("TOO_LARGE", `the body is larger than ${max} bytes`);

/**
 * Answers a request unless its body is over the limit, with or without a declared length.
 * @param refuse answers if it is not within the limit, or cut short
 * @param max the limit in bytes
 */
export async function limitBody(
  request: Request,
  refuse: (error: RosterError) => Answer,
  answer: (request: Request) => Promise<Answer>,
  max = maxBody,
): Promise<Answer> {
  const { method, url, headers } = request;
  if (method === "GET" || method === "HEAD") return answer(request);
  const announced = headers.get("content-length");
  if (announced !== null && Number(announced) <= max) {
    return closingIfUnread(request, await answer(request));
  }
  // Reading a body as a stream costs more than the rest of a small request, so it comes last.
  if (!request.body) return answer(request);

  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size <= max) chunks.push(chunk);
      if (size > maxDrained) break;
    }
  } catch {
    return refuse(cutShort);
  }
  if (size <= max) return answer(new Request(url, { method, headers, body: new Blob(chunks) }));
  // The rest of the body would be taken for the next request.
  return size > maxDrained ? closing(refuse(tooLarge(max))) : refuse(tooLarge(max));
}

/** The server soon cuts off a body that was refused unread; the sender must not reuse the connection. */
export const closingIfUnread = (request: Request, answer: Answer): Answer =>
  Number(request.headers.get("content-length")) > maxUnread && !request.bodyUsed ? closing(answer) : answer;

const closing = ({ headers, ...answer }: Answer): Answer => ({
  ...answer,
  headers: { ...headers, connection: "close" },
});

/** Refuses a body in a content coding: none is supported. */
const compressed = new RosterError("UNSUPPORTED_MEDIA_TYPE", "the body must not be compressed");

/** @throws RosterError UNSUPPORTED_MEDIA_TYPE for a body in a content coding */
export function refuseCompressed({ headers }: Request): void {
  if ((headers.get("content-encoding") ?? "identity").trim().toLowerCase() !== "identity") throw compressed;
}

/**
 * The headers of an answer with 415: the content codings or media types that are accepted
 * (RFC 9110, section 15.5.16; RFC 5789, section 2.2; Linked Data Platform, section 7.1).
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
async function readText(
  request: Request,
  accepts: readonly string[],
): Promise<{ mediaType: string; text: string }> {
  refuseCompressed(request);
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
  const text = await textOf(request);
  if (text === "") throw new RosterError("MALFORMED", "the body is empty");
  return { mediaType, text };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body, which must be UTF-8. @throws RosterError MALFORMED */
export async function textOf(request: Request): Promise<string> {
  const bytes = await request.arrayBuffer().catch(() => {
    throw cutShort;
  });
  try {
    return utf8.decode(bytes);
  } catch {
    throw new RosterError("MALFORMED", "the body is not UTF-8");
  }
}

/**
 * Reads JSON.
 *
 * @returns the value, and a fault for each number and key of the text that the value cannot hold
 * @throws RosterError MALFORMED
 */
export function readLossyJson(text: string): { body: unknown; faults: Fault[] } {
  try {
    const { value, faults } = parseJson(text);
    return { body: value, faults };
  } catch {
    throw new RosterError("MALFORMED", "the body is not JSON");
  }
}

/** Reads JSON. @throws RosterError MALFORMED, or INVALID when the value cannot hold all of the text */
function readJson(text: string): { body: unknown; faults: Fault[] } {
  const read = readLossyJson(text);
  if (read.faults.length > 0) throw refusal(read.faults);
  return read;
}

const readers = {
  "application/json": readJson,
  "application/merge-patch+json": readJson,
  "application/xml": readXml,
  "text/xml": readXml,
  // The documented sample sends JSON under this type; forms are sent as well.
  "application/x-www-form-urlencoded": (text: string) =>
    /^\s*[{[]/.test(text) ? readJson(text) : readForm(text),
};

export type MediaType = keyof typeof readers;

/**
 * Reads the body of a request by its media type.
 *
 * @param accepts the accepted media types
 * @returns the value of the body, and the faults of parts that have no place in the value
 * @throws RosterError UNSUPPORTED_MEDIA_TYPE, MALFORMED, or INVALID for JSON that no value can hold
 */
export async function readBody(
  request: Request,
  accepts: readonly MediaType[],
): Promise<{ body: unknown; faults: Fault[] }> {
  const { mediaType, text } = await readText(request, accepts);
  return readers[mediaType as MediaType](text);
}

/** Reads a JSON body for tRPC, which looks for the faults of each call of a batch itself. */
export const readLossyBody = async (request: Request): Promise<{ body: unknown; faults: Fault[] }> =>
  readLossyJson((await readText(request, ["application/json"])).text);
