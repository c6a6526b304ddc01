import { isJsonObject, RosterError, type Actor } from "@roster/domain";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../../auth/authenticator.ts";
import type { Roster } from "../../roster.ts";
import { headersOf, problemResponse, statuses, toErrorBody } from "../problem.ts";
import { acceptedBody, limitBody, readBody } from "../request.ts";
import { documented, members } from "./translate.ts";
import type { WireFormat } from "./wire-format.ts";

interface Parts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
}

/** The paths of a format, with and without a trailing slash. */
export function pathsOf({ path }: WireFormat): string[] {
  const bare = path.replace(/\/$/, "");
  return [bare, `${bare}/`];
}

/** Mounts a format at its own paths, with its own authentication and errors. */
export function mount(app: Hono, format: WireFormat, { roster, authenticator, logger }: Parts): void {
  const refuse = (thrown: unknown): Response => {
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
      ? Response.json(format.error.body(body, status), { status, headers })
      : problemResponse(body, headers, format.problem);
  };
  for (const path of pathsOf(format).map((given) => given.replaceAll(/\{(\w+)\}/g, ":$1"))) {
    app.on(format.method, path, limitBody(refuse), async (c) => {
      try {
        const actor = await authenticate(c.req.raw, format, authenticator);
        const { accepts } = format;
        const { body, faults } = await readBody(
          c.req.raw,
          accepts.includes("application/xml") ? [...accepts, "text/xml"] : accepts,
        );
        if (!isJsonObject(body))
          throw new RosterError("MALFORMED", "the body must be an object with named fields");
        const given = documented(format, { members: members(body), faults });
        return c.json(await format.handle({ roster, actor, param: c.req.param("id") ?? "", given }));
      } catch (error) {
        return refuse(error);
      }
    });
    app.all(path, (c) => {
      const response = refuse(
        new RosterError("METHOD_NOT_ALLOWED", `${c.req.method} is not allowed here, only ${format.method}`),
      );
      response.headers.set("allow", format.method);
      return response;
    });
  }
}

async function authenticate(
  request: Request,
  { name, auth, tenantHeader }: WireFormat,
  authenticator: Authenticator,
): Promise<Actor> {
  const [scheme, token, ...rest] = (request.headers.get(auth.header) ?? "").trim().split(/ +/);
  const given = scheme?.toLowerCase() === auth.scheme.toLowerCase() && rest.length === 0 ? token : undefined;
  const actor = await authenticator.authenticate(given, name);
  const tenant = tenantHeader === undefined ? null : request.headers.get(tenantHeader);
  // Compared as text, because `Number` accepts other spellings.
  if (tenant !== null && tenant !== String(actor.tenant.number)) {
    throw new RosterError("FORBIDDEN", `the token does not belong to the tenant in ${tenantHeader}`);
  }
  return actor;
}
