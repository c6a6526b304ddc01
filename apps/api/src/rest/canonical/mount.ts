import { authorize, refusal, RosterError, segments, type Fault } from "@roster/domain";
import type { Logger } from "pino";
import type { Answer } from "../answer.ts";
import { closed } from "../methods.ts";
import { operations } from "./all-operations.ts";
import { json, mergePatch, type Operation } from "./operation.ts";
import type { Path, Route, SurfaceParts } from "../path.ts";
import { inQuery, moved } from "../place.ts";
import { problemAnswer, toErrorBody } from "../problem.ts";
import { acceptedBody, credentialsOf } from "../request.ts";
import { readQuery } from "./query.ts";
import { tagFaults } from "./preconditions.ts";

/** The `source` of changes in the history. */
const source = "rest";

/** The paths of the operations, each closed to other methods. */
export const canonicalPaths = (parts: SurfaceParts): Path[] =>
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

const routeOf = (operation: Operation, { roster, authenticator, logger }: SurfaceParts): Route => ({
  async answer(request, id) {
    const authenticate = () => authenticator.authenticate(credentialsOf(request, true), source);
    const actor = await authenticate();
    if (operation.scope !== "of the records") authorize(actor, operation.scope);
    const faults: Fault[] = [];
    const query = readQuery(request, operation.parameters ?? [], faults);
    return operation.handle({ roster, actor, authenticate, request, id, query, faults });
  },
  refuse: (thrown, request) => refuse(thrown, request, operation, logger),
});

/** Makes the answer to a refused request. */
function refuse(thrown: unknown, request: Request, { method, accepts }: Operation, logger: Logger): Answer {
  const body = toErrorBody(accepts ? thrown : withoutBody(thrown), logger);
  if (body.code === "VERSION_REQUIRED") body.message += "; send its entity tag as If-Match";
  if (body.code === "STALE_VERSION") {
    const faults = tagFaults(request.headers);
    if (faults.length > 0) body.faults = faults;
    for (const { message } of faults) body.message += `; ${message}`;
  }
  if (body.code === "UNSUPPORTED_MEDIA_TYPE" && accepts) {
    return problemAnswer(body, acceptedBody(thrown, method, [accepts]));
  }
  return problemAnswer(body, body.code === "UNAUTHENTICATED" ? { "www-authenticate": "Bearer" } : {});
}

/** For a request without a body, pointers refer to query parameters: each field of a filter has its own. */
function withoutBody(thrown: unknown): unknown {
  if (!(thrown instanceof RosterError) || !thrown.faults?.some(({ pointer }) => pointer.startsWith("/"))) {
    return thrown;
  }
  return refusal(moved(thrown.faults, (at) => inQuery(segments(at).slice(0, 2).at(-1) ?? "")));
}
