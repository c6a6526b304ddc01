/**
 * The JSON Schemas that tenants set for customers' properties: an entry point of its own, because it
 * needs ajv and re2js. Ajv compiles schemas to code, so it does not run where `new Function` is not allowed.
 */
export { compileSchema, type Validator } from "./compile-schema.ts";
export { patternLimits } from "./linear-pattern.ts";
export { schemaLimits } from "./read-schema.ts";
export { Validators } from "./validators.ts";
