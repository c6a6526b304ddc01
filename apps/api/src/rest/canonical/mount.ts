import { authorize, type Fault } from "@roster/domain";
import type { Logger } from "pino";
import type { Authenticator } from "../../auth/authenticator.ts";
import type { Roster } from "../../roster.ts";
import { closed } from "../methods.ts";
import { json, mergePatch, type Operation } from "./operation.ts";
import type { Path, Route } from "../path.ts";
import { credentialsOf } from "../request.ts";
import { readQuery } from "./query.ts";
import { refuse } from "./refusal.ts";

interface Parts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
}

/** The `source` of changes in the history. */
const source = "rest";

/** The paths of the operations, each closed to other methods. */
export const canonicalPaths = (operations: readonly Operation[], parts: Parts): Path[] =>
  Array.from(
    Map.groupBy(operations, ({ path }) => path),
    ([path, own]) => {
      const methods = own.map(({ method }) => method);
      return {
        path,
        surface: source,
        routes: new Map(own.map((operation) => [operation.method, routeOf(operation, parts)])),
        otherwise: closed(methods, {
          ...(own.some(({ accepts }) => accepts === mergePatch) && { "accept-patch": mergePatch }),
          ...(methods.includes("POST") && { "accept-post": json }),
        }),
      };
    },
  );

const routeOf = (operation: Operation, { roster, authenticator, logger }: Parts): Route => ({
  async answer(request, id) {
    const authenticate = () => authenticator.authenticate(credentialsOf(request, true), source);
    const actor = await authenticate();
    if (operation.scope !== "of the records") authorize(actor, operation.scope);
    const faults: Fault[] = [];
    const query = readQuery(request, operation.parameters, faults);
    return operation.handle({ roster, actor, authenticate, request, id, query, faults });
  },
  refuse: (thrown, request) => refuse(thrown, request, operation, logger),
});
