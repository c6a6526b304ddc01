import { isJsonObject, type Field, type Fields, type JsonObject, type JsonValue } from "@roster/domain";
import * as fc from "fast-check";
import { plainText } from "./hostile.ts";
import { Members, type Tree } from "./tree.ts";
import { ids, levels, providedIds, tags, usernames } from "./names.ts";

/** Values that a server may well accept: those of the right type, and of names that it knows. */

/** What fields of a name hold, whatever the surface and its spelling. */
const byName: Readonly<Record<string, fc.Arbitrary<Tree>>> = {
  id: fc.constantFrom(...ids),
  providedid: fc.oneof(fc.constantFrom(...providedIds), plainText),
  parentprovidedid: fc.constantFrom(...providedIds),
  parent: fc.constantFrom(...providedIds, ...ids),
  customer: fc.constantFrom(...providedIds, ...ids),
  usergroupid: fc.constantFrom(...providedIds),
  referenceid: fc.constantFrom("ref-0", "ref-1", "ref-9"),
  username: fc.oneof(fc.constantFrom(...usernames), plainText),
  grouptag: fc.constantFrom(...tags),
  grouptags: fc.subarray([...tags]),
  hierarchylevel: fc.constantFrom(...levels),
  hierarchylevelname: fc.constantFrom(...levels),
  accessgroup: fc.constantFrom("Production", "Test"),
  number: fc.integer({ min: 0, max: 12 }),
  userid: fc.integer({ min: 0, max: 5 }),
  defaultchannelid: fc.integer({ min: 0, max: 3 }),
  channelid: fc.integer({ min: 0, max: 3 }),
  phone: fc.constantFrom("+493090182000", "030 901820", "+442079460182"),
  country: fc.constantFrom("DE", "DEU", "276", "Germany"),
  addresscountry: fc.constantFrom("DE", "NLD", "528", "Netherlands"),
  countryid: fc.constantFrom(276, 528, 4),
  email: fc.constantFrom("ada@x.example", "New@y.example"),
  emails: fc.subarray(["ada@x.example", "b@x.example", "C@x.example"]),
  cursor: fc.constantFrom("@@cursor@@"),
  expectedversion: fc.integer({ min: 1, max: 9 }),
  idempotencykey: fc.constantFrom("key-1", "key-2", "key-3"),
  defaultcountry: fc.constantFrom("DE", "NL"),
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

/** Some of the members, in any order. */
export const someOf = (fields: Readonly<Record<string, fc.Arbitrary<Tree>>>): fc.Arbitrary<Members> => {
  const names = Object.keys(fields);
  return fc
    .tuple(fc.record(fields), fc.subarray(names, { maxLength: Math.min(6, names.length) }))
    .map(([all, chosen]) => new Members(chosen.map((name) => [name, all[name] as Tree])));
};

/**
 * A value that fits a JSON Schema, as far as an OpenAPI document says.
 * @param document in which `$ref` looks
 */
export function ofSchema(schema: JsonValue, document: JsonObject, name = "", depth = 0): fc.Arbitrary<Tree> {
  if (!isJsonObject(schema)) return jsonTree;
  const known = byName[name.toLowerCase().replaceAll(/[^a-z]/g, "")];
  if (known) return known;
  if (typeof schema["$ref"] === "string")
    return ofSchema(at(document, schema["$ref"]), document, name, depth);
  for (const keyword of ["anyOf", "oneOf"]) {
    const choices = schema[keyword];
    if (Array.isArray(choices) && choices.length > 0)
      return fc.oneof(...choices.map((choice) => ofSchema(choice, document, name, depth)));
  }
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as string[]));
  if ("const" in schema) return fc.constant(schema["const"] as string);
  const type = [schema["type"]].flat()[0];
  switch (type) {
    case "string":
      return ofFormat(schema["format"]);
    case "integer":
    case "number":
      return fc.integer({ min: Math.max(Number(schema["minimum"] ?? 0), 0), max: 200 });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(ofSchema(schema["items"] ?? {}, document, name, depth + 1), { maxLength: 3 });
    default: {
      const properties = schema["properties"];
      if (!isJsonObject(properties) || depth > 4) return jsonTree;
      return someOf(
        Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key, ofSchema(value, document, key, depth + 1)]),
        ),
      );
    }
  }
}

function ofFormat(format: JsonValue | undefined): fc.Arbitrary<Tree> {
  switch (format) {
    case "email":
      return fc.constantFrom("ada@x.example", "Grace@y.example");
    case "date":
      return fc.constantFrom("2019-08-24", "2000-02-29", "1906-12-09");
    case "date-time":
      return fc.constantFrom("2019-08-24T14:15:22Z", "2024-05-06T07:08:09.123+02:00");
    case "uuid":
      return fc.constantFrom(...ids);
    default:
      return plainText;
  }
}

const at = (document: JsonObject, ref: string): JsonValue =>
  ref
    .slice(2)
    .split("/")
    .reduce<JsonValue>((part, key) => (isJsonObject(part) ? (part[key] ?? {}) : {}), document);

/** The schema of a field's value, by its policy. */
function schemaOf({ kind, options, items, nullable }: Field): JsonObject {
  const value: JsonObject =
    kind === "email" || kind === "date"
      ? { type: "string", format: kind }
      : kind === "instant"
        ? { type: "string", format: "date-time" }
        : kind === "integer" || kind === "boolean"
          ? { type: kind }
          : kind === "choice"
            ? { enum: [...(options ?? [])] }
            : kind === "json"
              ? { type: "object" }
              : kind === "set"
                ? {
                    type: "array",
                    items: options
                      ? { enum: [...options] }
                      : { type: "string", ...(items === "email" && { format: "email" }) },
                  }
                : { type: "string" };
  return nullable ? { anyOf: [value, { type: "null" }] } : value;
}

/** Values of the fields of a policy for which a test holds. */
export const valuesOf = (
  fields: Fields,
  test: (field: Field) => unknown,
): Record<string, fc.Arbitrary<Tree>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, field]) => test(field))
      .map(([name, field]) => [name, ofSchema(schemaOf(field), {}, name)]),
  );
