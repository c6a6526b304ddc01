import { RosterError } from "@roster/domain";

/** The kinds of refusals with the status 400 or 409 (RFC 7644, section 3.12). */
export type ScimType =
  | "invalidFilter"
  | "tooMany"
  | "uniqueness"
  | "mutability"
  | "invalidSyntax"
  | "invalidPath"
  | "noTarget"
  | "invalidValue";

/** A refusal in the words of SCIM. */
export class ScimError extends RosterError {
  readonly scimType: ScimType;

  constructor(scimType: ScimType, message: string) {
    super("INVALID", message);
    this.scimType = scimType;
  }
}
