import { fieldsWhere, notFound, parseValue, parseWhere, type Field, type Where } from "@roster/domain";
import { inQuery } from "../place.ts";
import { byPolicies } from "./option-query.ts";
import type { Query } from "./query.ts";
import type { Resource } from "./resource.ts";

/**
 * How a path names a record: by its id, or by the unique value that the query says.
 *
 * Reading it gives nothing, and a fault, when the query says a wrong one. It throws NOT_FOUND for
 * what no record can have as this value.
 */
export function naming({ fields, type }: Resource): Query<readonly Where[]> {
  const by: Field = {
    kind: "choice",
    nullable: false,
    options: fieldsWhere(fields, ({ unique }) => unique),
    description: "Which unique value of the record stands in the path; `id` when missing.",
  };
  return {
    parameters: byPolicies({ by }),
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
