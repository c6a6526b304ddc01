import { optionFields, parseValue, type Field, type Fields, type JsonValue } from "@roster/domain";
import { fieldSchema } from "../json-schema.ts";
import { inQuery } from "../place.ts";
import type { Call } from "./operation.ts";
import type { Parameter } from "./operation.ts";
import type { Query } from "./query.ts";

/** Parameters that are validated by policies, as fields are. */
export const byPolicies = (policies: Fields): readonly Parameter[] =>
  Object.entries(policies).map(([name, policy]) => ({
    name,
    description: policy.description,
    schema: fieldSchema(policy),
  }));

interface OptionQuery<Read> extends Query<Read> {
  read(call: Call): Read;
}

/** A query of such parameters. Missing and invalid ones are left out of the result. */
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

/** The options of an update. */
export const updateQuery = optionQuery<{
  onConflict?: "reject" | "rebase";
  dryRun?: boolean;
  reason?: string;
}>({ onConflict, dryRun, reason });

/** The options of a deletion. */
export const deletionQuery = optionQuery<{ reason?: string }>({ reason });

/** The options of a request for one record. */
export const recordQuery = optionQuery<{ deleted?: boolean }>({
  deleted: {
    kind: "boolean",
    nullable: false,
    description: "Whether to return deleted records too. They are found only by id or number.",
  },
});
