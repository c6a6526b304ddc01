import { refusal, RosterError, type ErrorCode } from "@roster/domain";
import type { Logger } from "pino";
import type { Answer } from "../answer.ts";
import { acceptedBody } from "../request.ts";
import { inQuery } from "../place.ts";
import { problemAnswer, toErrorBody } from "../problem.ts";
import type { Operation } from "./operation.ts";
import { tagFaults } from "./preconditions.ts";

/** Headers that some refusals need. */
const headersFor: Partial<Record<ErrorCode, Record<string, string>>> = {
  UNAUTHENTICATED: { "www-authenticate": "Bearer" },
};

/** Makes the answer to a refused request. */
export function refuse(
  thrown: unknown,
  request: Request,
  { method, accepts }: Pick<Operation, "method" | "accepts">,
  logger: Logger,
): Answer {
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
  return problemAnswer(body, headersFor[body.code]);
}

/** For a request without a body, pointers refer to query parameters. */
function withoutBody(thrown: unknown): unknown {
  if (!(thrown instanceof RosterError) || !thrown.faults?.some(({ pointer }) => pointer.startsWith("/"))) {
    return thrown;
  }
  return refusal(thrown.faults.map((fault) => ({ ...fault, pointer: inQuery(fault.pointer.slice(1)) })));
}
