import type { Logger } from "pino";
import type { Authenticator } from "../auth/authenticator.ts";
import type { Roster } from "../roster.ts";
import type { Answer } from "./answer.ts";

/** One method at a path. */
export interface Route {
  /** @param id the decoded `{id}` of the path; empty if there is none */
  answer(request: Request, id: string): Answer | Promise<Answer>;
  /** Answers an error that `answer` throws, and a body over the limit. Default: a problem document. */
  refuse?(thrown: unknown, request: Request): Answer;
  /** Maximum size of a body in bytes; default 1 MiB. */
  maxBody?: number;
}

/** Everything that is served at one path. */
export interface Path {
  /** In OpenAPI style, such as `/api/customers/{id}`; `*` stands for all that follows. */
  path: string;
  /** The name of the surface in metrics and traces; `other` if missing. */
  surface?: string;
  /** The routes by method. HEAD is answered like GET, without the body (RFC 9110, section 9.3.2). */
  routes: ReadonlyMap<string, Route>;
  /** Answers all other methods, OPTIONS included. */
  otherwise(request: Request): Answer;
}

/** The parts from which every surface that authenticates callers is made. */
export interface SurfaceParts {
  roster: Roster;
  authenticator: Authenticator;
  logger: Logger;
}
