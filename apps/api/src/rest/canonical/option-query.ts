import { optionFields, parseValue, type Field, type Fields, type JsonValue } from "@roster/domain";
import { fieldSchema } from "../field-schema.ts";
import { inQuery } from "../place.ts";
import type { Call } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import type { Query } from "./query.ts";

/** Parameters whose values are checked by policies, as those of fields are. */
export const byPolicies = (policies: Fields): readonly Parameter[] =>
  Object.entries(policies).map(([name, policy]) => ({
    name,
    description: policy.description,
    schema: fieldSchema(policy),
  }));

interface OptionQuery<Read> extends Query<Read> {
  read(call: Call): Read;
}

/** A query of such parameters. Those that are not given, or are wrong, are not among what is read. */
const optionQuery = <Read extends { [name: string]: JsonValue | undefined }>(
  policies: { [Name in keyof Read]-?: Field } & Fields,
): OptionQuery<Read> => ({
  parameters: byPolicies(policies),
  read({ query, faults }) {
    const values: Record<string, JsonValue> = {};
    for (const [name, policy] of Object.entries(policies)) {
      if (query[name] === undefined) continue;
      const value = parseValue(policy, query[name], inQuery(name), faults);
      if (value !== undefined) values[name] = value;
    }
    return values as Read;
  },
});

const { onConflict, dryRun, reason } = optionFields;

/** What an update says beside its body. */
export const updateQuery = optionQuery<{
  onConflict?: "reject" | "rebase";
  dryRun?: boolean;
  reason?: string;
}>({ onConflict, dryRun, reason });

/** What a deletion says. */
export const deletionQuery = optionQuery<{ reason?: string }>({ reason });

/** What a request for a record says. */
export const recordQuery = optionQuery<{ deleted?: boolean }>({
  deleted: {
    kind: "boolean",
    nullable: false,
    description: "Whether a deleted record is answered, too. It is found by its id or number only.",
  },
});
