import { RosterError } from "@roster/domain";
import type { Answer } from "./answer.ts";
import type { Path, Route } from "./path.ts";
import { problemAnswer } from "./problem.ts";

/** The value of `Allow` for these methods. */
const allowOf = (methods: readonly string[]): string =>
  [...methods.flatMap((one) => (one === "GET" ? [one, "HEAD"] : [one])), "OPTIONS"].join(", ");

export const methodNotAllowed = (method: string, allow: string): RosterError =>
  new RosterError("METHOD_NOT_ALLOWED", `${method} is not allowed here, only ${allow}`);

/** The answer to OPTIONS (RFC 9110, section 9.3.7). */
export const optionsAnswer = (allow: string, headers: Record<string, string> = {}): Answer => ({
  status: 204,
  headers: { allow, ...headers },
  body: null,
});

/**
 * Answers OPTIONS and refuses all methods but these.
 * @param headers further headers for OPTIONS
 */
export function closed(methods: readonly string[], headers: Record<string, string> = {}): Path["otherwise"] {
  const allow = allowOf(methods);
  return ({ method }) =>
    method === "OPTIONS"
      ? optionsAnswer(allow, headers)
      : problemAnswer(methodNotAllowed(method, allow).toBody(), { allow });
}

/** A path with these answers, by their methods, and no others. */
export const answering = (
  path: string,
  answers: Readonly<Record<string, Route["answer"]>>,
  surface = "other",
): Path => ({
  path,
  surface,
  routes: new Map(Object.entries(answers).map(([method, answer]) => [method, { answer }])),
  otherwise: closed(Object.keys(answers)),
});

/** A path that can only be read. */
export const readOnly = (path: string, answer: Route["answer"], surface?: string): Path =>
  answering(path, { GET: answer }, surface);
