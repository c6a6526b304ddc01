import { authorize, type Fault } from "@roster/domain";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Authenticator } from "../../auth/authenticator.ts";
import type { Roster } from "../../roster.ts";
import { closePath } from "../methods.ts";
import { json, mergePatch, type Operation } from "./operation.ts";
import { bearerOf, limitBody } from "../request.ts";
import { readQuery } from "./query.ts";
import { refuse } from "./refusal.ts";

interface Parts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
}

/** The `source` of changes in the history. */
const source = "rest";

/** Mounts operations at their paths and closes each path to other methods. */
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
    const limit = limitBody((error, request) => refuse(error, request, operation, logger));
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
        return refuse(error, c.req.raw, operation, logger);
      }
    });
  }
  const acceptsPatch = operations.some(({ accepts }) => accepts === mergePatch);
  const acceptsPost = operations.some(({ method }) => method === "POST");
  const methods = operations.map(({ method }) => method);
  closePath(app, path, methods, {
    ...(acceptsPatch && { "accept-patch": mergePatch }),
    ...(acceptsPost && { "accept-post": json }),
  });
}
