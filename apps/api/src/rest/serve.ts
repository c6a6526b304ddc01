import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import { getPath, tryDecodeURIComponent } from "hono/utils/url";
import type { RequestKind } from "../observe/current-request.ts";
import { observeRequests, type Observers } from "../observe/requests.ts";
import type { Answer } from "./answer.ts";
import { allowOrigins } from "./cors.ts";
import type { Path } from "./path.ts";
import { problemAnswer, toErrorBody } from "./problem.ts";
import { closingIfUnread, limitBody } from "./request.ts";
import { securityHeaders } from "./security-headers.ts";

/**
 * Serves these paths. Every request takes this way: its path is found, it gets an id, its body is limited,
 * its route answers or refuses it, the headers of every answer are added, and the answer is reported.
 *
 * @param corsOrigins origins whose pages may call the server from a browser
 */
export function serve(
  paths: readonly Path[],
  observers: Observers,
  corsOrigins: readonly string[] = [],
): (request: Request) => Promise<Response> {
  const find = finder(paths);
  const observed = observeRequests(observers);
  const withOrigins = corsOrigins.length > 0 ? allowOrigins(corsOrigins) : undefined;

  const answer = async (found: Found | undefined, request: Request): Promise<Answer> => {
    if (!found) return problemAnswer({ code: "NOT_FOUND", message: "there is nothing at this path" });
    const { path, id } = found;
    const { method } = request;
    const route = path.routes.get(method === "HEAD" ? "GET" : method);
    if (!route) return closingIfUnread(request, path.otherwise(request));
    const refuse = (thrown: unknown): Answer =>
      route.refuse?.(thrown, request) ?? problemAnswer(toErrorBody(thrown, observers.logger));
    return limitBody(request, refuse, async (limited) => {
      try {
        return await route.answer(limited, id);
      } catch (error) {
        return refuse(error);
      }
    });
  };

  return (request) => {
    const found = find(request);
    return observed(request.headers, kindOf(request.method, found?.path), async (id) => {
      const { status, headers, body } = await (withOrigins
        ? withOrigins(request, () => answer(found, request))
        : answer(found, request));
      return new Response(request.method === "HEAD" ? null : body, {
        status,
        headers: { ...securityHeaders, ...headers, "x-request-id": id },
      });
    });
  };
}

interface Found {
  path: Path;
  /** The decoded `{id}` of the path; empty if there is none. */
  id: string;
}

/** Finds the path of a request: the first that matches. */
function finder(paths: readonly Path[]): (request: Request) => Found | undefined {
  const router = new SmartRouter<Path>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const path of paths) router.add("ALL", path.path.replaceAll(/\{(\w+)\}/g, ":$1"), path);
  return (request) => {
    const [[first], values] = router.match("ALL", getPath(request));
    if (!first) return undefined;
    const [path, params] = first;
    const id = values ? values[params["id"] as number] : (params["id"] as string | undefined);
    return { path, id: id === undefined ? "" : tryDecodeURIComponent(id) };
  };
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Callers make up methods and paths; metrics need a closed set. */
const kindOf = (method: string, path: Path | undefined): RequestKind => ({
  surface: path?.surface ?? "other",
  method: methods.has(method) ? method : "_OTHER",
  route: path?.path ?? "unmatched",
});
