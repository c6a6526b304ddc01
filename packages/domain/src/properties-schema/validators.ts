import { jsonEqual, type JsonObject } from "../record/json.ts";
import type { StoredTenant } from "../reference/reference.ts";
import { compileSchema, type Validator } from "./compile-schema.ts";

interface Known {
  schema: JsonObject;
  validate: Validator;
}

/** The validators of tenants' schemas, each compiled once; those not used for longest are let go. */
export class Validators {
  readonly #known = new Map<string, Known>();
  readonly #size: number;

  constructor(size = 100) {
    this.#size = size;
  }

  /** The validator of a tenant's schema, if it has one. */
  of({ id, propertiesSchema: schema }: StoredTenant): Validator | undefined {
    if (schema === null) return undefined;
    const known = this.#known.get(id) ?? compiled(schema);
    // A version does not tell: a schema may be decided on, and then not be committed.
    const current = known.schema === schema || jsonEqual(known.schema, schema) ? known : compiled(schema);
    // The next look at the same object costs nothing.
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
