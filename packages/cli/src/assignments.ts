import { parseTarget, type Target } from "@roster/client/import";
import { parseEdits, segments, type Fields, type JsonObject, type JsonValue } from "@roster/domain";
import { readValue } from "./read-value.ts";
import { UsageError } from "./usage-error.ts";

/** The blocks of an update that assignments fill. */
export interface Assigned {
  patch?: JsonObject;
  replace?: JsonObject;
  add?: JsonObject;
  remove?: JsonObject;
}

type Operator = "=" | ":=" | "+=" | "-=";
const blockOf = { ":=": "replace", "+=": "add", "-=": "remove" } as const;

/**
 * Reads assignments as the blocks of an update:
 *
 * - `name=Acme`, `properties.plan=pro`, `/properties/a.b=1`: sets a field or a key of a JSON field
 * - `phone=null`, `properties.trial=null`: clears the field, removes the key
 * - `emails+=a@acme.example`, `groupTags-=trial`: adds to a set, removes from it; entries are separated by `;`
 * - `mapping:={"40":"213"}`: replaces a JSON field as a whole; `properties={"plan":"pro"}` merges
 *
 * @throws UsageError with everything that is wrong
 */
export function parseAssignments(fields: Fields, words: readonly string[]): Assigned {
  const problems: string[] = [];
  const blocks: Required<Assigned> = { patch: {}, replace: {}, add: {}, remove: {} };
  /** The word that gave each place of the blocks. */
  const origins = new Map<string, string>();
  for (const word of words) {
    const [, place = "", operator, value = ""] = /^(.*?)(:=|\+=|-=|=)(.*)$/s.exec(word) ?? [];
    const target =
      operator === undefined ? "is not an assignment such as name=Acme" : parseTarget(fields, place);
    if (typeof target === "string") {
      problems.push(`${word}: ${target}`);
      continue;
    }
    const problem = assign(blocks, target, operator as Operator, value, (at) => {
      if (origins.has(at)) return false;
      origins.set(at, word);
      return true;
    });
    if (problem !== undefined) problems.push(`${word}: ${problem}`);
  }
  const used = Object.fromEntries(
    Object.entries(blocks).filter(([, block]) => Object.keys(block).length > 0),
  );
  for (const { pointer: at, message } of parseEdits(fields, used).faults) {
    problems.push(`${originOf(at, origins)}: ${message}`);
  }
  if (problems.length > 0) throw new UsageError(...problems);
  return used;
}

/** @returns what is wrong, if anything is */
function assign(
  blocks: Required<Assigned>,
  target: Target,
  operator: Operator,
  text: string,
  claim: (at: string) => boolean,
): string | undefined {
  const { field, policy, path, op } = target;
  if (op !== "set") return `write ${field}${op === "add" ? "+" : "-"}=…`;
  if (path.length > 0 && operator !== "=") return `a key is set with =, as in ${field}.${path.join(".")}=…`;
  const block = operator === "=" ? blocks.patch : blocks[blockOf[operator]];
  const read = readValue(target, text);
  if ("fault" in read) return read.fault.message;
  const at = ["", operator === "=" ? "patch" : blockOf[operator], field, ...path].join("/");
  const entries =
    policy.kind === "set" && operator !== "=" && Array.isArray(read.value) ? read.value : undefined;
  if (entries) {
    claim(at);
    block[field] = [...((block[field] as JsonValue[] | undefined) ?? []), ...(entries as JsonValue[])];
    return undefined;
  }
  if (!claim(at)) return "is given twice";
  let inside = block;
  for (const key of [field, ...path].slice(0, -1)) {
    const next = Object.hasOwn(inside, key) ? inside[key] : undefined;
    if (next !== undefined && (typeof next !== "object" || next === null || Array.isArray(next)))
      return "is part of a value that is given too";
    inside = next ?? own(inside, key, {});
  }
  own(inside, path.at(-1) ?? field, read.value as JsonValue);
  return undefined;
}

/** Sets an own property; an assignment to `__proto__` would set the prototype. */
function own<T extends JsonValue>(object: JsonObject, key: string, value: T): T {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return value;
}

/** The word that a fault is about. */
function originOf(at: string, origins: ReadonlyMap<string, string>): string {
  const path = segments(at);
  for (let end = path.length; end > 0; end--) {
    const word = origins.get(["", ...path.slice(0, end)].join("/"));
    if (word !== undefined) return word;
  }
  return at;
}
