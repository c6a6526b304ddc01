import { canonicalId, type JsonValue } from "@roster/domain";
import type { Attribute, ResourceType } from "./attributes.ts";
import { readPath, subAttributeOf, type Path } from "./path.ts";
import { ScimError } from "./scim-error.ts";

/** Reads filters (RFC 7644, section 3.4.2.2) and the paths of patches (section 3.5.2). */

const operators = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] as const;
type Operator = (typeof operators)[number];

export type Filter =
  | { op: "and" | "or"; left: Filter; right: Filter }
  | { op: "not"; filter: Filter }
  | { op: "pr"; path: Path }
  | { op: Operator; path: Path; value: JsonValue }
  /** One element of a list fits. Paths inside name its sub-attributes. */
  | { op: "element"; path: Path; filter: Filter };

/** Deeper than any filter that a provider sends. */
const maxDepth = 40;
/** Characters of a filter. */
const maxLength = 10_000;

/** @throws ScimError invalidFilter */
export function readFilter(written: string, type: ResourceType): Filter {
  const reader = new Reader(written, type, "invalidFilter");
  const filter = reader.disjunction(0);
  reader.end();
  return filter;
}

/** The path of an operation: an attribute, elements of it, and a sub-attribute of these. */
export interface Target extends Path {
  filter?: Filter;
}

/** @throws ScimError invalidPath */
export function readTarget(written: string, type: ResourceType): Target {
  const reader = new Reader(written, type, "invalidPath");
  const path = reader.path();
  if (!reader.takes("[")) {
    reader.end();
    return path;
  }
  const filter = reader.inside(path, 0);
  const sub = reader.takes(".") ? reader.word() : undefined;
  reader.end();
  const subAttribute = sub === undefined ? undefined : subAttributeOf(path.attribute, sub);
  return { ...path, filter, ...(sub !== undefined && { sub: subAttribute?.name ?? sub, subAttribute }) };
}

class Reader {
  readonly #text: string;
  readonly #type: ResourceType;
  readonly #scimType: "invalidFilter" | "invalidPath";
  #at = 0;

  constructor(text: string, type: ResourceType, scimType: "invalidFilter" | "invalidPath") {
    this.#text = text;
    this.#type = type;
    this.#scimType = scimType;
    if (text.length > maxLength) throw this.#fault(`has more than ${maxLength} characters`);
  }

  disjunction(depth: number, element?: Path): Filter {
    let left = this.#conjunction(depth, element);
    while (this.#takesWord("or")) left = { op: "or", left, right: this.#conjunction(depth, element) };
    return left;
  }

  #conjunction(depth: number, element?: Path): Filter {
    let left = this.#term(depth, element);
    while (this.#takesWord("and")) left = { op: "and", left, right: this.#term(depth, element) };
    return left;
  }

  #term(depth: number, element?: Path): Filter {
    if (depth > maxDepth) throw this.#fault(`is nested deeper than ${maxDepth} levels`);
    if (/^not\s*\(/i.test(this.#rest())) {
      this.#takesWord("not");
      this.takes("(");
      return { op: "not", filter: this.#grouped(depth, element) };
    }
    if (this.takes("(")) return this.#grouped(depth, element);
    const path = element ? this.#inElement(element) : this.path();
    if (!element && this.takes("[")) return this.#element(path, depth);
    return this.#comparison(path, element);
  }

  /** Elements that fit a filter, and whose part after it compares, as in `emails[type eq "work"].value eq "x"`. */
  #element(path: Path, depth: number): Filter {
    const left = this.inside(path, depth);
    if (!this.takes(".")) return { op: "element", path, filter: left };
    const right = this.#comparison(this.#inElement(path), path);
    return { op: "element", path, filter: { op: "and", left, right } };
  }

  #grouped(depth: number, element?: Path): Filter {
    const filter = this.disjunction(depth + 1, element);
    if (!this.takes(")")) throw this.#fault("lacks a )");
    return filter;
  }

  /** The filter between brackets, after the first. */
  inside(path: Path, depth: number): Filter {
    const filter = this.disjunction(depth + 1, path);
    if (!this.takes("]")) throw this.#fault("lacks a ]");
    return filter;
  }

  #comparison(path: Path, element?: Path): Filter {
    const word = this.word().toLowerCase();
    if (word === "pr") return { op: "pr", path };
    const op = operators.find((one) => one === word);
    if (!op) throw this.#fault(`has ${word === "" ? "no operator" : `${word}, which is no operator`}`);
    const value = this.#value(path, element);
    this.#checkComparison(op, path, value);
    return { op, path, value };
  }

  /** Refuses comparisons that mean nothing for the type of the attribute. */
  #checkComparison(op: Operator, path: Path, value: JsonValue): void {
    const isEquality = op === "eq" || op === "ne";
    if (value === null) {
      if (!isEquality) throw this.#fault(`compares null by ${op}`);
      return;
    }
    const { type, name } = comparedAttribute(path) ?? {};
    if (type === "boolean") {
      if (!isEquality) throw this.#fault(`compares ${name}, which is true or false, by ${op}`);
      if (booleanOf(value) === undefined)
        throw this.#fault(`compares ${name} with what is neither true nor false`);
    } else if (type === "dateTime" && !["co", "sw", "ew"].includes(op)) {
      if (Number.isNaN(instantOf(value))) throw this.#fault(`compares ${name} with what is no instant`);
    } else if (type === "binary" && !isEquality) {
      throw this.#fault(`compares ${name}, which is binary, by ${op}`);
    }
  }

  /** The name of an attribute. */
  path(): Path {
    const [name = ""] = /^[a-z$_][\w$:.-]*/i.exec(this.#rest()) ?? [];
    this.#at += name.length;
    // The dot of a number in a URN is part of it; one at the end is not.
    if (name === "" || /[.:-]$/.test(name)) throw this.#fault("has no attribute where one must be");
    return readPath(name, this.#type);
  }

  #inElement(element: Path): Path {
    const name = this.word();
    if (name === "") throw this.#fault("has no attribute where one must be");
    const attribute = subAttributeOf(element.attribute, name);
    return { name: attribute?.name ?? name, attribute };
  }

  /** A word: an operator, or the name of a sub-attribute. */
  word(): string {
    const [word = ""] = /^\$?\w[\w-]*/.exec(this.#rest()) ?? [];
    this.#at += word.length;
    return word;
  }

  /** A JSON value. Some clients leave out the quotes, and write ids of Roster in capitals. */
  #value(path: Path, element?: Path): JsonValue {
    const value = this.#written(path);
    const isId = namesResource(element && path.name === "value" ? element : path);
    return isId && typeof value === "string" ? canonicalId(value) : value;
  }

  #written(path: Path): JsonValue {
    const rest = this.#rest();
    const quoted = /^"(?:[^"\\]|\\.)*"/s.exec(rest)?.[0];
    const bare = quoted ?? /^[^\s()[\]"]+/.exec(rest)?.[0];
    if (bare === undefined) throw this.#fault("has no value where one must be");
    this.#at += bare.length;
    try {
      const value = JSON.parse(bare) as JsonValue;
      // The digits of a text are not a number, which might lose some of them.
      const isDigits = typeof value === "number" && comparedAttribute(path)?.type === "string";
      return isDigits || (typeof value === "object" && value !== null) ? bare : value;
    } catch {
      if (quoted !== undefined) throw this.#fault("has a text that is no JSON");
      return bare;
    }
  }

  takes(sign: string): boolean {
    if (!this.#rest().startsWith(sign)) return false;
    this.#at += sign.length;
    return true;
  }

  #takesWord(word: string): boolean {
    if (!new RegExp(`^${word}(?![\\w.:-])`, "i").test(this.#rest())) return false;
    this.#at += word.length;
    return true;
  }

  /** The rest of the text, without leading blanks. */
  #rest(): string {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
    return this.#text.slice(this.#at);
  }

  end(): void {
    if (this.#rest() !== "") throw this.#fault("goes on where it should end");
  }

  #fault(message: string): ScimError {
    const what = this.#scimType === "invalidFilter" ? "the filter" : "the path";
    return new ScimError(this.#scimType, `${what} ${message} (at character ${this.#at + 1})`);
  }
}

/** Whether a path leads to the id of a resource. */
const namesResource = ({ urn, name, sub = "value" }: Path): boolean =>
  urn === undefined && (name === "id" || ((name === "members" || name === "groups") && sub === "value"));

/** The attribute whose values a comparison looks at. A list or a manager means its `value`. */
export function comparedAttribute({ attribute, sub, subAttribute }: Path): Attribute | undefined {
  if (sub !== undefined) return subAttribute;
  return attribute?.type === "complex" ? subAttributeOf(attribute, "value") : attribute;
}

/** A truth value, which some clients write as a text. */
export function booleanOf(value: JsonValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  const word = typeof value === "string" ? value.toLowerCase() : undefined;
  return word === "true" ? true : word === "false" ? false : undefined;
}

/** The milliseconds of an instant; NaN for anything else. Further digits of a second are dropped. */
export const instantOf = (value: JsonValue): number =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;

/** Whether a filter looks at an attribute. */
export function mentions(filter: Filter, attribute: string): boolean {
  if ("left" in filter) return mentions(filter.left, attribute) || mentions(filter.right, attribute);
  if (filter.op === "not") return mentions(filter.filter, attribute);
  return filter.path.name === attribute;
}
