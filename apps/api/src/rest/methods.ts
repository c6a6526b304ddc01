import { RosterError } from "@roster/domain";
import type { Hono } from "hono";
import { problemResponse } from "./problem.ts";

/** The value of `Allow`. Hono answers HEAD like GET without the body (RFC 9110, section 9.3.2). */
const allowOf = (methods: readonly string[]): string =>
  [...methods.flatMap((one) => (one === "GET" ? [one, "HEAD"] : [one])), "OPTIONS"].join(", ");

export const methodNotAllowed = (method: string, allow: string): RosterError =>
  new RosterError("METHOD_NOT_ALLOWED", `${method} is not allowed here, only ${allow}`);

/** The answer to OPTIONS (RFC 9110, section 9.3.7). */
export const optionsResponse = (allow: string, headers: Record<string, string> = {}): Response =>
  new Response(null, { status: 204, headers: { allow, ...headers } });

/**
 * Answers OPTIONS at a path and refuses all other unmounted methods. Call it after mounting the path's
 * methods.
 *
 * @param headers further headers for OPTIONS
 */
export function closePath(
  app: Hono,
  path: string,
  methods: readonly string[],
  headers: Record<string, string> = {},
): void {
  const allow = allowOf(methods);
  app.on("OPTIONS", path, () => optionsResponse(allow, headers));
  app.all(path, (c) => problemResponse(methodNotAllowed(c.req.method, allow).toBody(), { allow }));
}

/** Closes every mounted path that is not closed yet. */
export function closePaths(app: Hono): void {
  for (const [path, routes] of Map.groupBy(app.routes, (route) => route.path)) {
    const methods = routes.map(({ method }) => method);
    if (!methods.includes("ALL")) closePath(app, path, [...new Set(methods)]);
  }
}
