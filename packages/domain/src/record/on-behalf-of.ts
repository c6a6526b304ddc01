import type { Fault } from "../errors.ts";
import { text } from "./field.ts";
import { parseValue } from "./value.ts";

/** The policy of the name of the person on whose behalf an actor acts: an id, an address or a name. */
const field = text({ nullable: false, min: 1, personal: true, description: "For whom the actor acts." });

/** Checks the name of the person on whose behalf an actor acts. Logs show it, so it has one line. */
export function checkOnBehalfOf(written: string, at: string, faults: Fault[]): void {
  parseValue(field, written, at, faults);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(written))
    faults.push({ pointer: at, code: "invalid_format", message: "must not contain control characters" });
}
