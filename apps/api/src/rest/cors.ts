import type { Answer } from "./answer.ts";

/** Response headers that pages may read, beyond those that are always exposed. */
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

/** Seconds for which a browser may cache the answer to a preflight. */
const maxAge = "600";

/**
 * Lets pages of the given origins call the server from a browser (Fetch Standard, "HTTP-CORS protocol").
 *
 * Preflights are answered at every path without a token, because browsers send none with them. No answer allows
 * credentials, so the session of the console is of no use to these pages: each has only the rights of the token
 * that it holds. Requests from other origins are
 * answered too, but browsers do not let their pages read the answer.
 *
 * @param origins as browsers send them, such as `https://app.example`
 * @returns a function that answers a request: a preflight itself, others with `answer`
 */
export function allowOrigins(
  origins: readonly string[],
): (request: Request, answer: () => Promise<Answer>) => Promise<Answer> {
  const allowed = new Set(origins);
  return async ({ method, headers }, answer) => {
    const origin = headers.get("origin");
    const isAllowed = origin !== null && allowed.has(origin);
    if (isAllowed && method === "OPTIONS" && headers.has("access-control-request-method")) {
      const wanted = headers.get("access-control-request-headers");
      return {
        status: 204,
        headers: {
          "access-control-allow-origin": origin,
          "access-control-allow-methods": methods,
          // Unknown headers are ignored anyway.
          ...(wanted !== null && { "access-control-allow-headers": wanted }),
          "access-control-max-age": maxAge,
          vary: "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        },
        body: null,
      };
    }
    const { headers: own, ...rest } = await answer();
    return {
      ...rest,
      headers: {
        ...own,
        vary: own["vary"] === undefined ? "Origin" : `${own["vary"]}, Origin`,
        ...(isAllowed && {
          "access-control-allow-origin": origin,
          "access-control-expose-headers": exposed,
        }),
      },
    };
  };
}
