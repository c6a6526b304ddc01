import { parseWhere, type Field, type Where } from "@roster/domain";
import { notFound } from "../../record/command.ts";
import type { Call } from "./operation.ts";
import { readBy } from "./parameters.ts";
import type { Resource } from "./resource.ts";

/**
 * The record that a path names.
 *
 * @returns nothing when the query says wrongly by which value, which is then among the call's faults
 * @throws RosterError NOT_FOUND for what no record can have as this value
 */
export function namedBy(resource: Resource, call: Call): readonly Where[] {
  const field = readBy(resource, call);
  if (field === undefined) return [];
  const { kind } = resource.fields[field] as Field;
  const value = kind === "integer" && /^(0|[1-9]\d{0,15})$/.test(call.id) ? Number(call.id) : call.id;
  const where = parseWhere(resource.fields, { [field]: value }, "", []);
  if (!where) throw notFound(resource.type);
  return [where];
}
