import { isJsonObject, segments, type JsonObject, type JsonValue } from "@roster/domain";

/**
 * Writes TypeScript types for the properties that a JSON Schema describes. Rules that types cannot express,
 * such as lengths and patterns, are left to Roster. An object with known members has no others here, even if
 * the schema allows them, so that the compiler finds misspelt ones.
 *
 * @param schema the tenant's properties schema; null if it has none
 * @returns a module that types the properties of every customer, wherever the client is used
 */
export function propertiesTypes(schema: JsonObject | null): string {
  const properties = schema === null ? "{ [name: string]: JsonValue }" : new Writer(schema).root();
  const imported = /\bJsonValue\b/.test(properties) ? "import type { JsonValue }" : "import type {}";
  return `// Made by "roster tenant types". Make it again when the tenant's properties schema changes.
${imported} from "@roster/domain";

/** The properties of a customer, as the tenant's schema describes them. */
export type Properties = ${properties};

/** In a patch, \`null\` removes a key, and a missing key stays as it is. */
export type PropertiesPatch = Patch<Properties>;
type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [Key in keyof T]?: Patch<T[Key]> | null }
    : T;

declare module "@roster/domain" {
  interface Customer {
    properties: Properties | null;
    computedProperties: Partial<Properties>;
  }
  interface CustomerCreate {
    properties?: Properties | null;
  }
  interface CustomerPatch {
    properties?: PropertiesPatch | null;
  }
  interface CustomerReplace {
    properties?: Properties | null;
  }
}

`;
}

/** Writes the types of subschemas. */
class Writer {
  readonly #whole: JsonObject;
  /** The references that are being followed. One that leads back to itself is left open. */
  readonly #following = new Set<string>();

  constructor(whole: JsonObject) {
    this.#whole = whole;
  }

  /** Properties are an object, whatever else the schema allows. */
  root(): string {
    return this.#type({ ...this.#whole, type: "object" }, 0);
  }

  #type(schema: JsonValue | undefined, depth: number): string {
    if (schema === false) return "never";
    if (!isJsonObject(schema)) return "JsonValue";
    const own = this.#own(schema, depth);
    const combined = this.#combined(schema, depth).filter((part) => part !== open);
    // Beside a part that names members, an object that may have any would let the compiler miss misspelt ones.
    const says = own !== open && !(own === openObject && combined.length > 0);
    const [first = open, ...others] = new Set(says ? [own, ...combined] : combined);
    return others.length === 0 ? first : [first, ...others].map(bracketed).join(" & ");
  }

  #own(schema: JsonObject, depth: number): string {
    if (schema["const"] !== undefined) return literal(schema["const"]);
    if (Array.isArray(schema["enum"])) return union(schema["enum"].map(literal));
    const { type } = schema;
    const names = typeof type === "string" ? [type] : Array.isArray(type) ? (type as string[]) : undefined;
    if (names) return union(names.map((name) => this.#named(name, schema, depth)));
    if (["properties", "additionalProperties", "required"].some((word) => Object.hasOwn(schema, word)))
      return this.#object(schema, depth);
    return "items" in schema || "prefixItems" in schema ? this.#array(schema, depth) : open;
  }

  #named(name: string, schema: JsonObject, depth: number): string {
    if (name === "object") return this.#object(schema, depth);
    if (name === "array") return this.#array(schema, depth);
    return name === "integer" ? "number" : name;
  }

  #object(schema: JsonObject, depth: number): string {
    const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
    const required = new Set(Array.isArray(schema["required"]) ? (schema["required"] as string[]) : []);
    const names = [...new Set([...Object.keys(properties), ...required])];
    const rest = schema["additionalProperties"] ?? schema["unevaluatedProperties"];
    const inner = "  ".repeat(depth + 1);
    const lines = names.map((name) => {
      const member = properties[name];
      const described = isJsonObject(member) ? member["description"] : undefined;
      const comment =
        typeof described === "string"
          ? `${inner}/** ${described.replaceAll("*/", "*\\/").replaceAll(/\s+/g, " ")} */\n`
          : "";
      const type = name in properties ? this.#type(member, depth + 1) : open;
      return `${comment}${inner}${keyOf(name)}${required.has(name) ? "" : "?"}: ${type};`;
    });
    if (rest !== false && lines.length === 0)
      return isJsonObject(rest) ? `{ [name: string]: ${this.#type(rest, depth)} }` : openObject;
    return lines.length === 0
      ? "{ [name: string]: never }"
      : `{\n${lines.join("\n")}\n${"  ".repeat(depth)}}`;
  }

  #array(schema: JsonObject, depth: number): string {
    const rest = `${bracketed(this.#type(schema["items"], depth))}[]`;
    if (!Array.isArray(schema["prefixItems"])) return rest;
    // Fewer items fit as well, unless the schema says how many there must be.
    const least = Number(schema["minItems"] ?? 0);
    const first = schema["prefixItems"].map(
      (one, index) => `${bracketed(this.#type(one, depth))}${index < least ? "" : "?"}`,
    );
    return `[${[...first, ...(schema["items"] === false ? [] : [`...${rest}`])].join(", ")}]`;
  }

  #combined(schema: JsonObject, depth: number): string[] {
    const all = Array.isArray(schema["allOf"]) ? schema["allOf"].map((one) => this.#type(one, depth)) : [];
    const some = ["anyOf", "oneOf"].flatMap((word) => {
      const list = schema[word];
      return Array.isArray(list) ? [union(list.map((one) => this.#type(one, depth)))] : [];
    });
    const ref = schema["$ref"];
    return [...all, ...some, ...(typeof ref === "string" ? [this.#referred(ref, depth)] : [])];
  }

  #referred(ref: string, depth: number): string {
    if (this.#following.has(ref)) return open;
    let at: JsonValue | undefined = this.#whole;
    for (const key of segments(decodeURIComponent(ref.replace(/^#/, ""))))
      at = Array.isArray(at) ? at[Number(key)] : isJsonObject(at) ? at[key] : undefined;
    this.#following.add(ref);
    const type = this.#type(at, depth);
    this.#following.delete(ref);
    return type;
  }
}

/** The type of a value that the schema does not restrict. */
const open = "JsonValue";
const openObject = `{ [name: string]: ${open} }`;
const union = (types: string[]): string =>
  types.includes(open) ? open : types.length === 0 ? "never" : [...new Set(types)].join(" | ");
const bracketed = (type: string): string => (/ [|&] /.test(outermost(type)) ? `(${type})` : type);
/** A type without the parts inside quotes or brackets. */
function outermost(type: string): string {
  let outer = type.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  for (let before = ""; before !== outer;)
    [before, outer] = [outer, outer.replaceAll(/\{[^{}[\]()]*\}|\[[^{}[\]()]*\]|\([^{}[\]()]*\)/g, "")];
  return outer;
}
const keyOf = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

/** The type of one value. */
function literal(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, one]) => `${keyOf(name)}: ${literal(one)}`)
    .join("; ")} }`;
}
