import { fieldsWhere, notFound, parseValue, parseWhere, type Field, type Where } from "@roster/domain";
import { inQuery } from "../place.ts";
import { byPolicies } from "./option-query.ts";
import type { Query } from "./query.ts";
import type { Resource } from "./resource.ts";

/**
 * Reads which record a path names: by id, or by the unique value in `by`.
 *
 * `read` returns undefined and reports a fault if `by` is invalid. It throws NOT_FOUND if no record can have
 * the value.
 */
export function naming({ fields, type, example }: Resource): Query<readonly Where[]> {
  const by: Field = {
    kind: "choice",
    nullable: false,
    options: fieldsWhere(fields, ({ unique }) => unique),
    description: "The unique field whose value is in the path; default `id`.",
  };
  return {
    parameters: byPolicies({ by }).map((parameter) => ({ ...parameter, example: example.key })),
    read({ id, query, faults }) {
      const field = parseValue(by, query["by"] ?? "id", inQuery("by"), faults) as string | undefined;
      if (field === undefined) return undefined;
      const isNumber = (fields[field] as Field).kind === "integer" && /^(0|[1-9]\d{0,15})$/.test(id);
      const where = parseWhere(fields, { [field]: isNumber ? Number(id) : id }, "", []);
      if (!where) throw notFound(type);
      return where;
    },
  };
}
