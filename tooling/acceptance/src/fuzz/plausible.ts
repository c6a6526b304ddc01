import {
  isJsonObject,
  valueSchema,
  type Field,
  type Fields,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import * as fc from "fast-check";
import { plainText } from "./hostile.ts";
import type { Known } from "./known.ts";
import { isSampled, samples } from "./samples.ts";
import { Members, type Tree } from "./tree.ts";

/** Values that a server may well accept: of the right type, and naming existing records. */

const byFormat: Readonly<Partial<Record<string, keyof typeof samples>>> = {
  email: "email",
  date: "date",
  "date-time": "instant",
};

const jsonTree: fc.Arbitrary<Tree> = fc.letrec<{ value: Tree; object: Tree }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom<Tree>(1, "x", true, null),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc
    .uniqueArray(fc.tuple(fc.constantFrom("plan", "seats", "a", "a/b", "constructor", "40"), tie("value")), {
      selector: ([key]) => key,
      maxLength: 4,
    })
    .map((entries) => new Members(entries)),
})).object;

export type Parts = Readonly<Record<string, fc.Arbitrary<Tree>>>;

/** Some of the members, in any order. */
export const someOf = (parts: Parts): fc.Arbitrary<Members> => {
  const names = Object.keys(parts);
  // Choosing first avoids generating members that are not chosen.
  return fc
    .subarray(names, { maxLength: Math.min(6, names.length) })
    .chain((chosen) =>
      fc
        .tuple(...chosen.map((name) => parts[name] as fc.Arbitrary<Tree>))
        .map((values) => new Members(chosen.map((name, i) => [name, values[i] as Tree]))),
    );
};

/** One of the members. */
export const oneOf = (parts: Parts): fc.Arbitrary<Tree> =>
  fc.oneof(...Object.entries(parts).map(([name, value]) => value.map((one) => new Members([[name, one]]))));

/** Makes values for the schemas of one OpenAPI document, and of fields. */
export class Plausible {
  readonly #document: JsonObject;
  readonly #known: Known;

  /** @param document resolves `$ref` */
  constructor(document: JsonObject, known: Known) {
    this.#document = document;
    this.#known = known;
  }

  /** @param name of the member; values that the server holds under it are the most frequent */
  ofSchema(schema: JsonValue, name = "", depth = 0): fc.Arbitrary<Tree> {
    if (!isJsonObject(schema)) return jsonTree;
    if (typeof schema["$ref"] === "string") return this.ofSchema(this.#at(schema["$ref"]), name, depth);
    for (const keyword of ["anyOf", "oneOf"]) {
      const choices = schema[keyword];
      if (Array.isArray(choices) && choices.length > 0)
        return fc.oneof(...choices.map((choice) => this.ofSchema(choice, name, depth)));
    }
    if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as string[]));
    if ("const" in schema) return fc.constant(schema["const"] as string);
    const type = [schema["type"]].flat()[0];
    const format = schema["format"];
    switch (type) {
      case "string": {
        const kind = typeof format === "string" ? byFormat[format] : undefined;
        return kind ? fc.constantFrom<Tree>(...samples[kind]) : this.#knownOr(name, "string", plainText);
      }
      case "integer":
      case "number":
        return this.#knownOr(
          name,
          "number",
          fc.integer({ min: Math.max(Number(schema["minimum"] ?? 0), 0), max: 200 }),
        );
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "array":
        return fc.array(this.ofSchema(schema["items"] ?? {}, name, depth + 1), { maxLength: 3 });
      default: {
        const properties = schema["properties"];
        if (!isJsonObject(properties) || depth > 4) return jsonTree;
        return someOf(
          Object.fromEntries(
            Object.entries(properties).map(([key, value]) => [key, this.ofSchema(value, key, depth + 1)]),
          ),
        );
      }
    }
  }

  /** Values of the fields of a policy for which a test holds. */
  ofFields(fields: Fields, test: (field: Field) => unknown): Record<string, fc.Arbitrary<Tree>> {
    return Object.fromEntries(
      Object.entries(fields)
        .filter(([, field]) => test(field))
        .map(([name, field]) => [name, this.#ofField(field, name)]),
    );
  }

  #ofField(field: Field, name: string): fc.Arbitrary<Tree> {
    if (!isSampled(field.kind)) return this.ofSchema(schemaOf(field), name);
    const texts = samples[field.kind].filter((value) => typeof value === "string");
    return fc.constantFrom<Tree>(...texts, ...(field.nullable ? [null] : []));
  }

  #knownOr(name: string, type: "string" | "number", other: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
    const values = this.#known.of(name).filter((value) => typeof value === type);
    if (values.length === 0) return other;
    return fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Tree>(...values) },
      { weight: 1, arbitrary: other },
    );
  }

  #at(ref: string): JsonValue {
    return ref
      .slice(2)
      .split("/")
      .reduce<JsonValue>((part, key) => (isJsonObject(part) ? (part[key] ?? {}) : {}), this.#document);
  }
}

/** The JSON Schema of a field's value, by its policy. */
function schemaOf(field: Field): JsonObject {
  const schema =
    field.kind === "json"
      ? { type: "object" }
      : (valueSchema(field).toJSONSchema({ io: "input" }) as JsonObject);
  return field.nullable ? { anyOf: [schema, { type: "null" }] } : schema;
}
