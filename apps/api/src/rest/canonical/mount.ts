import { authorize, RosterError, type Fault } from "@roster/domain";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../../auth/authenticator.ts";
import type { Roster } from "../../roster.ts";
import { bearerOf } from "../bearer.ts";
import { limitBody } from "../limits.ts";
import { problemResponse } from "../problem.ts";
import { mergePatch, type Operation } from "./operation.ts";
import { readQuery } from "./query.ts";
import { refuse } from "./refusal.ts";

interface Parts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
}

/** The `source` of changes in the history. */
const source = "rest";

/** Serves operations, each at its path, and says at each path what there is. */
export function mountCanonical(app: Hono, operations: readonly Operation[], parts: Parts): void {
  for (const [path, own] of Map.groupBy(operations, (operation) => operation.path)) {
    mountPath(app, path.replaceAll(/\{(\w+)\}/g, ":$1"), own, parts);
  }
}

function mountPath(
  app: Hono,
  path: string,
  operations: readonly Operation[],
  { roster, authenticator, logger }: Parts,
): void {
  for (const operation of operations) {
    const limit = limitBody((error) => refuse(error, operation, logger));
    app.on(operation.method, path, limit, async (c) => {
      try {
        const request = c.req.raw;
        const authenticate = () => authenticator.authenticate(bearerOf(request), source);
        const actor = await authenticate();
        if (operation.scope !== "of the records") authorize(actor, operation.scope);
        const faults: Fault[] = [];
        const query = readQuery(request, operation.parameters, faults);
        const id = c.req.param("id") ?? "";
        return await operation.handle({ roster, actor, authenticate, request, id, query, faults });
      } catch (error) {
        return refuse(error, operation, logger);
      }
    });
  }
  const methods = operations.map(({ method }) => method);
  // HEAD is answered as GET is, without the body (RFC 9110, section 9.3.2); Hono sees to that.
  const allow = [...methods.flatMap((one) => (one === "GET" ? [one, "HEAD"] : [one])), "OPTIONS"].join(", ");
  const patch = operations.some(({ accepts }) => accepts === mergePatch);
  app.on(
    "OPTIONS",
    path,
    () =>
      new Response(null, { status: 204, headers: { allow, ...(patch && { "accept-patch": mergePatch }) } }),
  );
  app.all(path, (c) => {
    const message = `${c.req.method} is not allowed here, only ${allow}`;
    return problemResponse(new RosterError("METHOD_NOT_ALLOWED", message).toBody(), { allow });
  });
}
