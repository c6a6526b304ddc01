import { faults as faultsOf } from "@roster/client";
import { pointer, segments } from "@roster/domain";

/** Faults in words, by the JSON Pointer of the field or of the place within it. */
export type Faults = Readonly<Record<string, string>>;

/** Blocks of an update, before the field in the pointer of a fault. */
const blocks = new Set(["patch", "replace", "add", "remove"]);

/**
 * The faults of a refused update or creation, at the fields of the form.
 * @returns those of fields, and those that belong to no field
 */
export function readFaults(error: unknown, fields: object): { at: Faults; others: string[] } {
  const at: Record<string, string> = {};
  const others: string[] = [];
  for (const [place, found] of Object.entries(faultsOf(error))) {
    const path = segments(place);
    if (blocks.has(path[0] ?? "")) path.shift();
    const words = (found ?? []).map(({ message }) => message).join("; ");
    const [name] = path;
    if (name !== undefined && Object.hasOwn(fields, name)) at[pointer(...path)] = words;
    else others.push(words);
  }
  return { at, others };
}

/** The fault of a field, wherever in it. */
export function faultOf(faults: Faults, name: string): string | undefined {
  const own = faults[pointer(name)];
  if (own !== undefined) return own;
  const within = Object.entries(faults).filter(([path]) => path.startsWith(`${pointer(name)}/`));
  if (within.length === 0) return undefined;
  return within.map(([path, words]) => `${segments(path).slice(1).join(".")} ${words}`).join("; ");
}
