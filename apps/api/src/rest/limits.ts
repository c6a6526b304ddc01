import { RosterError } from "@roster/domain";

/** The largest body of a request, in bytes. */
export const maxBody = 1024 * 1024;

export const tooLarge = new RosterError("TOO_LARGE", `the body is larger than ${maxBody} bytes`);
