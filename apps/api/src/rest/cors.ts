import type { MiddlewareHandler } from "hono";

/** What pages may read of an answer besides its body, its type and its length. */
const exposed = [
  "Accept",
  "Accept-Encoding",
  "Accept-Patch",
  "Accept-Post",
  "Allow",
  "ETag",
  "Idempotent-Replayed",
  "Location",
  "Retry-After",
  "Roster-Applied",
  "WWW-Authenticate",
  "X-Request-Id",
].join(", ");

const methods = "GET, HEAD, POST, PUT, PATCH, DELETE";

/** For how long a browser may keep the answer to a preflight, in seconds. */
const maxAge = "600";

/**
 * Lets pages of these origins call the server from a browser (Fetch Standard, "HTTP-CORS protocol").
 *
 * A preflight is answered at every path, without a token: browsers send none with it. Cookies are never
 * asked for, so a page has no more rights than the token that it holds. Requests of other origins are
 * answered as ever, but a browser does not let their pages read the answer.
 *
 * @param origins as browsers send them, such as `https://app.example`
 */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler {
  const allowed = new Set(origins);
  return async (c, next) => {
    const { method, headers } = c.req.raw;
    const origin = headers.get("origin");
    const isAllowed = origin !== null && allowed.has(origin);
    if (isAllowed && method === "OPTIONS" && headers.has("access-control-request-method")) {
      const wanted = headers.get("access-control-request-headers");
      return new Response(null, {
        status: 204,
        headers: {
          "access-control-allow-origin": origin,
          "access-control-allow-methods": methods,
          // What is not known here is passed over, whoever sends it.
          ...(wanted !== null && { "access-control-allow-headers": wanted }),
          "access-control-max-age": maxAge,
          vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        },
      });
    }
    await next();
    c.res.headers.append("vary", "Origin");
    if (!isAllowed) return undefined;
    c.res.headers.set("access-control-allow-origin", origin);
    c.res.headers.set("access-control-expose-headers", exposed);
    return undefined;
  };
}
