import { describeFaults, RosterError, type JsonObject } from "@roster/domain";
import type { Logger } from "pino";
import { ScimError, type ScimType } from "../../scim/scim-error.ts";
import type { Answer } from "../answer.ts";
import { headersOf, statuses, toErrorBody } from "../problem.ts";

/** The answers of SCIM (RFC 7644). */

export const scimJson = "application/scim+json";
/** The media types of bodies (RFC 7644, sections 3.1 and 8.1). */
export const bodyTypes: readonly string[] = [scimJson, "application/json"];

/** An answer before it is printed. */
export interface Reply {
  status: number;
  body?: JsonObject | undefined;
  headers?: Record<string, string>;
}

export const printed = ({ status, body, headers }: Reply): Answer => ({
  status,
  headers: { ...(body && { "content-type": scimJson }), ...headers },
  body: body ? JSON.stringify(body) : null,
});

/** Refuses a request for a reason that Roster's other surfaces do not have. */
export class StatusError extends RosterError {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super("FORBIDDEN", message);
    this.status = status;
    this.headers = headers;
  }
}

/** The refusal of a request (RFC 7644, section 3.12). */
export function refused(thrown: unknown, logger: Logger): Reply {
  const error = toErrorBody(thrown, logger);
  if (thrown instanceof StatusError)
    return { status: thrown.status, body: errorOf(thrown.status, error.message), headers: thrown.headers };
  const scimType = thrown instanceof ScimError ? thrown.scimType : scimTypes[error.code];
  const status = scimType === undefined ? statuses[error.code] : scimType === "uniqueness" ? 409 : 400;
  const headers = {
    ...headersOf(status),
    ...(status === 401 && { "www-authenticate": "Bearer" }),
  };
  // The list of faults has no other place in an error of SCIM.
  const detail = error.faults ? describeFaults(error.faults) : error.message;
  return { status, body: errorOf(status, detail, scimType), headers };
}

/** The `scimType` of each of Roster's own refusals for which SCIM has one (RFC 7644, section 3.12). */
const scimTypes: Partial<Record<RosterError["code"], ScimType>> = {
  MALFORMED: "invalidSyntax",
  INVALID: "invalidValue",
  CONFLICT: "uniqueness",
};

const errorOf = (status: number, detail: string, scimType?: ScimType): JsonObject => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
  status: String(status),
  ...(scimType && { scimType }),
  detail,
});
