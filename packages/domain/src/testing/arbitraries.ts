import * as fc from "fast-check";
import type { Field, Fields } from "../record/field.ts";
import { canonicalName, identifierFault } from "../record/identifier.ts";
import type { JsonObject } from "../record/json.ts";

const text = (max: number) => fc.string({ unit: "grapheme", minLength: 1, maxLength: Math.min(max, 12) });
/** Identifiers in their stored form. */
const name = (max: number) =>
  text(max)
    .map(canonicalName)
    .filter((written) => written.length <= max && identifierFault(written) === undefined);
const email = fc
  .tuple(fc.constantFrom("a", "B", "c", "Ada.L", "GRACE"), fc.constantFrom("x.example", "Y.example"))
  .map(([name, host]) => `${name}@${host}`);
const instant = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9998-12-31T00:00:00Z"),
  noInvalidDate: true,
});

/** Keys that collide often, and keys that are dangerous in JavaScript. */
const key = fc.constantFrom("a", "b", "c", "a/b", "~", "", "constructor", "prototype");

/** A JSON object that every JSON field accepts. */
export const jsonObject: fc.Arbitrary<JsonObject> = fc.letrec<{
  value: JsonObject[string];
  object: JsonObject;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(0, 1, true, "x", null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
})).object;

/** A valid value for a field, except null. */
function written(field: Field): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case "id":
      return fc.uuid({ version: 7 });
    case "text":
      return field.unique || field.refers ? name(field.max as number) : text(field.max as number);
    case "email":
      return email;
    case "phone":
      return fc.integer({ min: 1, max: 999_999 }).map((digits) => `+3120${digits}`);
    case "country":
      return fc.constantFrom("NL", "VN", "US");
    case "choice":
      return fc.constantFrom(...(field.options as string[]));
    case "date":
      return instant.map((date) => date.toISOString().slice(0, 10));
    case "instant":
      return fc.oneof(
        instant,
        instant.map((date) => date.toISOString().replace("Z", "+05:30")),
      );
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: field.min as number, max: field.max as number });
    case "json":
      return jsonObject;
    case "set": {
      const items = field.options
        ? fc.constantFrom(...field.options)
        : field.items === "email"
          ? email
          : fc.constantFrom("red", "green", "blue", "Blue");
      return fc.array(items, { maxLength: 5 });
    }
  }
}

/** The fields of a policy that an update can write, except the place in the hierarchy. */
export const writable = (fields: Fields): [name: string, field: Field][] =>
  Object.entries(fields).filter(([, { access, refers }]) => access === "write" && refers !== "customer");

/**
 * Patches of the writable fields. Each field is absent, `undefined`, `null` if it is nullable, or a value.
 */
export const patchOf = (fields: Fields): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    Object.fromEntries(
      writable(fields).map(([name, field]) => {
        const states = [fc.constant(undefined), ...(field.nullable ? [fc.constant(null)] : [])];
        return [name, fc.oneof(...states, { weight: 3, arbitrary: written(field) })];
      }),
    ),
    { requiredKeys: [], noNullPrototype: true },
  );
