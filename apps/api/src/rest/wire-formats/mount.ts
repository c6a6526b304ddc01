import { isJsonObject, RosterError, type Actor } from "@roster/domain";
import type { Authenticator } from "../../auth/authenticator.ts";
import { jsonAnswer, type Answer } from "../answer.ts";
import type { Path, Route, SurfaceParts } from "../path.ts";
import { headersOf, problemAnswer, statuses, toErrorBody } from "../problem.ts";
import { acceptedBody, onBehalfOf, readBody } from "../request.ts";
import { documented, members } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

/** The paths of a format, with and without a trailing slash. */
export function formatPaths(format: WireFormat, parts: SurfaceParts): Path[] {
  const bare = format.path.replace(/\/$/, "");
  const route = routeOf(format, parts);
  const otherwise = (request: Request): Answer => {
    const message = `${request.method} is not allowed here, only ${format.method}`;
    const { headers, ...rest } = route.refuse(new RosterError("METHOD_NOT_ALLOWED", message));
    return { ...rest, headers: { ...headers, allow: format.method } };
  };
  const routes = new Map([[format.method, route]]);
  return [bare, `${bare}/`].map((path) => ({ path, surface: format.name, routes, otherwise }));
}

/** The route of a format, with its own authentication and errors. */
const routeOf = (format: WireFormat, { roster, authenticator, logger }: SurfaceParts) =>
  ({
    async answer(request, id) {
      const actor = await authenticate(request, format, authenticator);
      const { accepts } = format;
      const { body, faults } = await readBody(
        request,
        accepts.includes("application/xml") ? [...accepts, "text/xml"] : accepts,
      );
      if (!isJsonObject(body))
        throw new RosterError("MALFORMED", "the body must be an object with named fields");
      const given = documented(format, { members: members(body), faults });
      return jsonAnswer(200, await format.handle({ roster, actor, param: id, given }));
    },
    refuse(thrown: unknown) {
      const body = toErrorBody(thrown, logger);
      const missing = body.code === "UNAUTHENTICATED";
      const status = missing ? format.auth.missing : statuses[body.code];
      const headers: Record<string, string> =
        missing && status === 401
          ? { "www-authenticate": format.auth.scheme }
          : status === statuses.UNSUPPORTED_MEDIA_TYPE
            ? acceptedBody(thrown, format.method, format.accepts)
            : headersOf(status);
      return format.error
        ? jsonAnswer(status, format.error.body(body, status), headers)
        : problemAnswer(body, headers, format.problem);
    },
  }) satisfies Route;

async function authenticate(
  request: Request,
  { name, auth, tenantHeader }: WireFormat,
  authenticator: Authenticator,
): Promise<Actor> {
  const [scheme, token, ...rest] = (request.headers.get(auth.header) ?? "").trim().split(/ +/);
  const given = scheme?.toLowerCase() === auth.scheme.toLowerCase() && rest.length === 0 ? token : undefined;
  const actor = await authenticator.authenticate({ token: given, onBehalfOf: onBehalfOf(request) }, name);
  const tenant = tenantHeader === undefined ? null : request.headers.get(tenantHeader);
  // Compared as text, because `Number` accepts other spellings.
  if (tenant !== null && tenant !== String(actor.tenant.number)) {
    throw new RosterError("FORBIDDEN", `the token does not belong to the tenant in ${tenantHeader}`);
  }
  return actor;
}
