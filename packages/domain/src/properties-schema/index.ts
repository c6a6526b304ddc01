/**
 * Compiles the JSON Schemas that tenants set for customers' properties. This is a separate entry point
 * because it needs ajv and re2js; ajv also needs a runtime that allows `new Function`.
 */
export { compileSchema, type Validator } from "./compile-schema.ts";
export { patternLimits } from "./linear-pattern.ts";
export { schemaLimits } from "./read-schema.ts";
export { Validators } from "./validators.ts";
