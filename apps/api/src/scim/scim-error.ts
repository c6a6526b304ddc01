import { describeFaults, RosterError, type Fault } from "@roster/domain";

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

  constructor(scimType: ScimType, message: string, faults?: Fault[]) {
    super("INVALID", message, faults && { faults });
    this.scimType = scimType;
  }
}

/** The refusal of values in another form than their attributes have. */
export const faulty = (faults: Fault[]): ScimError =>
  new ScimError("invalidValue", describeFaults(faults), faults);

/** Reads a part of a request and notes its faults, so that the refusal tells those of the other parts too. */
export function noting(faults: Fault[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ScimError && error.faults)) throw error;
    faults.push(...error.faults);
  }
}
