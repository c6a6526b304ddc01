import { refusal, RosterError } from "@roster/domain";
import { provisioner } from "../../scim/scim.ts";
import { methodNotAllowed, optionsAnswer } from "../methods.ts";
import type { Path, Route, SurfaceParts } from "../path.ts";
import { credentialsOf, isEncrypted, readLossyJson, refuseCompressed, textOf } from "../request.ts";
import { bodyTypes, printed, refused, StatusError, type Reply } from "./answer.ts";
import { bulk } from "./bulk.ts";
import { handle, type ScimRequest } from "./handle.ts";
import { maxScimBody } from "./limits.ts";
import { urlParameters } from "./query.ts";
import { RateLimit } from "./rate-limit.ts";

interface Parts extends SurfaceParts {
  /** Requests that one token may send in a second. */
  scimRate?: number | undefined;
}

export const scimPath = "/scim/v2";

/** Providers send some 25 requests a second; this is for many of them, and for imports. */
const usualRate = 1_000;

/** The `source` of changes in the history. */
const source = "scim";

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** SCIM 2.0. Its paths are matched in any case, so one path stands for all of them. */
export function scimPaths({ roster, authenticator, logger, scimRate = usualRate }: Parts): Path[] {
  const limit = new RateLimit(scimRate);
  const refuse = (thrown: unknown): Reply => refused(thrown, logger);
  const answer = async (request: Request): Promise<Reply> => {
    const actor = await authenticator.authenticate(credentialsOf(request), source);
    const wait = limit.take(actor.id);
    if (wait > 0)
      throw new StatusError(429, `the token may send ${scimRate} requests a second`, {
        "retry-after": String(wait),
      });
    const call: ScimRequest = {
      roster,
      actor: provisioner(actor),
      base: baseOf(request),
      method: request.method === "HEAD" ? "GET" : request.method,
      path: partsOf(request.url),
      parameters: urlParameters(request.url),
      body: ["POST", "PUT", "PATCH"].includes(request.method) ? await readBody(request) : undefined,
      ifMatch: request.headers.get("if-match") ?? undefined,
      ifNoneMatch: request.headers.get("if-none-match") ?? undefined,
      accept: request.headers.get("accept") ?? undefined,
    };
    const [first, ...more] = call.path;
    if (first?.toLowerCase() !== "bulk" || more.length > 0) return handle(call);
    if (call.method !== "POST") throw new StatusError(405, "only POST is allowed here", { allow: "POST" });
    return bulk(call, refuse);
  };
  const route: Route = {
    maxBody: maxScimBody,
    answer: async (request) => printed(await answer(request)),
    refuse: (thrown) => printed(refuse(thrown)),
  };
  const allow = methods.join(", ");
  const otherwise = ({ method }: Request) =>
    method === "OPTIONS"
      ? optionsAnswer(allow)
      : printed(refuse(new StatusError(405, methodNotAllowed(method, allow).message, { allow })));
  const routes = new Map(methods.map((method) => [method, route]));
  return [{ path: `${scimPath}/*`, surface: source, routes, otherwise }];
}

/** The address of the API as the client knows it. A proxy in front says whether the client uses TLS. */
function baseOf(request: Request): string {
  return `${isEncrypted(request) ? "https" : "http"}://${new URL(request.url).host}${scimPath}`;
}

/** The decoded parts of the path after the address of the API. @throws RosterError NOT_FOUND */
function partsOf(url: string): string[] {
  const { pathname } = new URL(url);
  const parts = pathname
    .slice(scimPath.length)
    .split("/")
    .filter((part) => part !== "");
  try {
    return parts.map(decodeURIComponent);
  } catch {
    throw new RosterError("NOT_FOUND", "there is nothing at this path");
  }
}

/**
 * Reads a JSON body. Its encoding is UTF-8, whatever the content type says (RFC 8259, section 8.1).
 * @throws RosterError MALFORMED, INVALID or UNSUPPORTED_MEDIA_TYPE
 */
async function readBody(request: Request): Promise<unknown> {
  refuseCompressed(request);
  const [type = ""] = (request.headers.get("content-type") ?? "").split(";");
  if (!["", ...bodyTypes].includes(type.trim().toLowerCase()))
    throw new RosterError("UNSUPPORTED_MEDIA_TYPE", `the content type must be ${bodyTypes.join(" or ")}`);
  const { body, faults } = readLossyJson(await textOf(request));
  if (faults.length > 0) throw refusal(faults);
  return body;
}
