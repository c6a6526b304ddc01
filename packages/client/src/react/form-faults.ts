import { segments, type Fault } from "@roster/domain";
import { rosterError } from "../errors.ts";

/** The faults of a refused call, in the words of a form. */
export interface FormFaults {
  /** Messages by the name of the field: `email`, `properties.plan`, `emails.0`. */
  fields: Record<string, string>;
  /** The messages that belong to no field of the form; undefined if there are none. */
  form: string | undefined;
}

/** The blocks of an update, whose members are the fields. */
const blocks = new Set(["patch", "replace", "add", "remove"]);
/** The members of a request that are not fields of a record. */
const others = new Set(["where", "expectedVersion", "onConflict", "reason", "dryRun", "idempotencyKey"]);

function nameOf({ pointer }: Fault): string | undefined {
  const [first, ...rest] = segments(pointer);
  if (first === undefined || others.has(first)) return undefined;
  if (!blocks.has(first)) return [first, ...rest].join(".");
  return rest.length === 0 ? undefined : rest.join(".");
}

/**
 * Sorts the faults of a refused create or update by the fields of a form.
 * @param error anything that a call threw; undefined, or an error that is none of Roster's, has no faults
 */
export function formFaults(error: unknown): FormFaults {
  const body = rosterError(error);
  // A map, because a field may have the name of a member of every object, such as `constructor`.
  const fields = new Map<string, string>();
  const unplaced: string[] = [];
  for (const fault of body?.faults ?? []) {
    const name = nameOf(fault);
    if (name === undefined) unplaced.push(fault.message);
    else fields.set(name, fields.has(name) ? `${fields.get(name)}; ${fault.message}` : fault.message);
  }
  if (body && !body.faults?.length) unplaced.push(body.message);
  return {
    fields: Object.fromEntries(fields),
    form: unplaced.length === 0 ? undefined : unplaced.join("; "),
  };
}

/**
 * Shows the faults of a refused call at the fields of a form of react-hook-form, and what belongs to no field
 * at `root.server`.
 * @param setError of `useForm`
 */
export function showInHookForm(
  error: unknown,
  // oxlint-disable-next-line typescript/no-explicit-any -- the names of the fields are those of each form.
  setError: (name: any, error: { type: string; message: string }) => void,
): void {
  const { fields, form } = formFaults(error);
  for (const [name, message] of Object.entries(fields)) setError(name, { type: "server", message });
  if (form !== undefined) setError("root.server", { type: "server", message: form });
}

/**
 * The faults of a refused call as TanStack Form's `validators.onSubmitAsync` returns them.
 * @returns undefined without faults
 */
export function forTanStackForm(
  error: unknown,
): { form?: string; fields: Record<string, string> } | undefined {
  const { fields, form } = formFaults(error);
  if (form === undefined && Object.keys(fields).length === 0) return undefined;
  // TanStack Form writes the place in a list as `emails[0]`.
  const named = Object.entries(fields).map(([name, message]) => [
    name.replace(/\.(\d+)(?=\.|$)/g, "[$1]"),
    message,
  ]);
  return { fields: Object.fromEntries(named) as Record<string, string>, ...(form !== undefined && { form }) };
}
