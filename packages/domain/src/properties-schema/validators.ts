import { jsonEqual, type JsonObject } from "../record/json.ts";
import type { StoredTenant } from "../reference/reference.ts";
import { compileSchema, type Validator } from "./compile-schema.ts";

interface Known {
  schema: JsonObject;
  validate: Validator;
}

/** A least-recently-used cache of the compiled validators of tenants' schemas. */
export class Validators {
  readonly #known = new Map<string, Known>();
  readonly #size: number;

  constructor(size = 100) {
    this.#size = size;
  }

  /** The validator of a tenant's schema; undefined if the tenant has none. */
  of({ id, propertiesSchema: schema }: StoredTenant): Validator | undefined {
    if (schema === null) return undefined;
    const known = this.#known.get(id) ?? compiled(schema);
    // The tenant's version cannot be the cache key: a schema may be decided on and then not committed.
    const current = known.schema === schema || jsonEqual(known.schema, schema) ? known : compiled(schema);
    // Lets the next call with the same object skip the comparison.
    current.schema = schema;
    this.#known.delete(id);
    this.#known.set(id, current);
    if (this.#known.size > this.#size) this.#known.delete(this.#known.keys().next().value as string);
    return current.validate;
  }
}

function compiled(schema: JsonObject): Known {
  const validate = compileSchema(schema);
  if (typeof validate === "function") return { schema, validate };
  throw new Error(`the tenant's schema cannot be used: ${validate[0]?.message}`);
}
