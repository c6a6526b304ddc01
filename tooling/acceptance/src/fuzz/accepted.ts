import { isJsonObject, type JsonValue } from "@roster/domain";
import type { RawAnswer } from "./exchange.ts";
import { bodyOf, isSound, type FuzzRequest } from "./request.ts";
import { procedurePaths } from "./procedures.ts";
import type { Operation } from "./routes.ts";
import { tokens, type World } from "./world.ts";

/**
 * The reasons why an accepted request should have been refused: its token does not allow it, or
 * its body does not match its headers.
 */
export function wronglyAccepted(
  request: FuzzRequest,
  answer: RawAnswer,
  operations: readonly Operation[],
  { names }: Pick<World, "names">,
): string[] {
  if (request.surface === "other" || !isSound(request) || !succeeded(request, answer)) return [];
  const resolve = (text: string) =>
    text.replaceAll(/@@(\w+)@@/g, (written, name: string) => names.get(name) ?? written);
  const operation = operations.find(
    ({ method, path }) => method === request.method && path === request.operation?.path,
  );
  const faults = authFaults(request, answer, resolve, names);
  const accepts = operation ? Object.keys(operation.body) : writes(request) ? ["application/json"] : [];
  if (accepts.length > 0) faults.push(...bodyFaults(request, bodyOf(request, resolve), accepts));
  return faults;
}

/** Whether the request, or any call of a batch, succeeded. */
function succeeded({ method }: FuzzRequest, { status, body }: RawAnswer): boolean {
  if (status < 200 || status >= 300 || status === 204 || method === "HEAD" || method === "OPTIONS")
    return false;
  try {
    const json = JSON.parse(body.toString()) as JsonValue;
    return !Array.isArray(json) || json.some((part) => isJsonObject(part) && "result" in part);
  } catch {
    return false;
  }
}

const kinds = new Map(procedurePaths.map(({ path, kind }) => [`trpc ${path}`, kind]));
/** Whether a procedure's input is in the body. */
const writes = ({ route, surface, method }: FuzzRequest): boolean =>
  surface === "trpc" && method === "POST" && kinds.get(route) !== "query";

const all = (request: FuzzRequest, wanted: string): string[] =>
  request.headers.filter(([name]) => name.toLowerCase() === wanted.toLowerCase()).map(([, value]) => value);

function authFaults(
  request: FuzzRequest,
  answer: RawAnswer,
  resolve: (text: string) => string,
  names: ReadonlyMap<string, string>,
): string[] {
  const { header, scheme } = request.operation?.auth ?? { header: "Authorization", scheme: "Bearer" };
  const given = all(request, header);
  // If a header is repeated, the server uses one of them.
  if (given.length > 1) return [];
  const token = new RegExp(`^${scheme}\\s+(\\S+)\\s*$`, "i").exec(resolve(given[0] ?? ""))?.[1];
  const who = token === undefined ? undefined : tokens.find((name) => names.get(name) === token);
  if (who === undefined) return ["done for a caller without a token"];
  const asked = `${request.route} ${request.target}`;
  if (who === "reader" && request.method !== "GET") {
    // A reader may keep views, which only it sees.
    const isOwnView = /view\./.test(asked) && !/"shared":true/.test(answer.body.toString());
    return isOwnView ? [] : ["changed by a token that may only read"];
  }
  if (who === "users" && /\/api\/changes|change\./.test(asked)) {
    // The token may read changes of users.
    return /"recordType":"(?!user(?:Group)?")/.test(answer.body.toString())
      ? ["shown to a token that may only see users"]
      : [];
  }
  if (who === "users" && /\/api\/change-sets|changeSet\./.test(asked)) {
    // The token may see, and undo, change sets of nothing but users and their groups.
    return /"types":\[(?!("user(?:Group)?",?)*\])/.test(answer.body.toString())
      ? ["shown to a token that may only see users"]
      : [];
  }
  if (
    who === "users" &&
    !/users|user-groups|user(?:Group)?\.|me\.get|view\.|stats\.|actor\./.test(asked) &&
    request.route !== "trpc batch"
  )
    return ["done by a token that may only see users"];
  const path = request.target.split("?", 1)[0] ?? "";
  if ((who === "neighbour" || who === "strict") && /@@(?:customer|user|userGroup)\d+@@/.test(path)) {
    return ["done to a record of another tenant"];
  }
  return [];
}

/**
 * Other names of documented media types that are accepted, too. A body of SCIM may come without its type
 * (RFC 9110, section 8.3), which no document can describe.
 */
const others = ({ target }: FuzzRequest): Record<string, string | undefined> =>
  target.startsWith("/scim/v2") ? { "": "application/scim+json" } : { "text/xml": "application/xml" };

function bodyFaults(request: FuzzRequest, body: Buffer | undefined, accepts: readonly string[]): string[] {
  const types = all(request, "content-type");
  if (types.length > 1) return [];
  const [type = ""] = (types[0] ?? "").toLowerCase().split(";");
  const mediaType = others(request)[type.trim()] ?? type.trim();
  if (!accepts.includes(mediaType)) return [`accepted as ${JSON.stringify(types[0])}`];
  if (body === undefined || body.length === 0) return ["accepted without a body"];
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return ["accepted although it is not UTF-8"];
  }
  if (!mediaType.endsWith("json")) return [];
  try {
    JSON.parse(text);
  } catch {
    return ["accepted although it is not JSON"];
  }
  return [];
}
