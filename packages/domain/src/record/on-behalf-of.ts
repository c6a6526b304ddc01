import type { Fault } from "../errors.ts";
import { text } from "./field.ts";
import { parseValue } from "./value.ts";

/** The policy of the text that says for whom an actor acts: an id, an address or a name. */
const field = text({ nullable: false, min: 1, personal: true, description: "For whom the actor acts." });

/** Checks a text that says for whom an actor acts. It stands in logs and lists, so it has one line. */
export function checkOnBehalfOf(written: string, at: string, faults: Fault[]): void {
  parseValue(field, written, at, faults);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(written))
    faults.push({ pointer: at, code: "invalid_format", message: "must not contain control characters" });
}
