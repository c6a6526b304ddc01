import {
  canonicalId,
  isJsonObject,
  pointer,
  type Edit,
  type JsonObject,
  type JsonValue,
} from "@roster/domain";
import type { Filter, Target } from "./filter.ts";
import { fits } from "./match.ts";
import { isNone } from "./normal.ts";
import { faulty, ScimError } from "./scim-error.ts";

/**
 * The changes that a request makes to the members of a group. They do not require reading the members, except
 * for a filter on anything other than their ids.
 */
export class MemberEdits {
  /** The members to set instead of the present ones. */
  #all: Set<string> | undefined;
  /** The members to add to and to remove from the present ones, unless all are set. */
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  /** Reads the members, as a filter sees them. */
  readonly #present: () => readonly JsonObject[];

  constructor(present: () => readonly JsonObject[]) {
    this.#present = present;
  }

  set(value: JsonValue | undefined): void {
    this.#all = new Set(idsOf(value));
  }

  apply(op: "add" | "remove" | "replace", { filter, sub }: Target, value: JsonValue | undefined): void {
    if (op === "remove") {
      if (filter) this.#remove(namedIn(filter) ?? this.#fitting(filter));
      else if (isNone(value)) this.set(undefined);
      else this.#remove(idsOf(value));
    } else if (filter) {
      // The parts of a member cannot be changed: it is there, or is not.
      const ids = namedIn(filter) ?? this.#fitting(filter);
      if (ids.length === 0) throw new ScimError("noTarget", "no member fits the filter");
      if (sub === undefined || sub === "value") this.#add(isNone(value) ? ids : [...ids, ...idsOf(value)]);
    } else if (op === "add") {
      this.#add(idsOf(value));
    } else {
      this.set(value);
    }
  }

  #add(ids: readonly string[]): void {
    for (const id of ids) {
      this.#all?.add(id);
      this.#added.add(id);
      this.#removed.delete(id);
    }
  }

  #remove(ids: readonly string[]): void {
    for (const id of ids) {
      this.#all?.delete(id);
      this.#added.delete(id);
      this.#removed.add(id);
    }
  }

  #fitting(filter: Filter): string[] {
    return this.#present()
      .filter((member) => fits(filter, member))
      .map((member) => member["value"] as string);
  }

  /** The edits of the record. Ids of unknown members are skipped. */
  get edits(): Edit[] {
    const edit = (op: Edit["op"], ids: ReadonlySet<string>): Edit => ({
      field: "members",
      op,
      value: [...ids],
      at: "/members",
      passing: true,
    });
    if (this.#all) return [edit("set", this.#all)];
    return [
      ...(this.#removed.size > 0 ? [edit("remove", this.#removed)] : []),
      ...(this.#added.size > 0 ? [edit("add", this.#added)] : []),
    ];
  }
}

/** The ids of members as clients send them: objects, or bare texts. @throws ScimError invalidValue */
function idsOf(value: JsonValue | undefined): string[] {
  if (isNone(value)) return [];
  const message = "must have a value: its id";
  return ([value].flat() as JsonValue[]).map((member, i) => {
    const key = isJsonObject(member)
      ? Object.keys(member).find((name) => name.toLowerCase() === "value")
      : undefined;
    const id = isJsonObject(member) ? member[key ?? "value"] : member;
    if (typeof id !== "string") throw faulty([{ pointer: pointer("members", i), code: "required", message }]);
    return canonicalId(id);
  });
}

/** The ids that a filter names, if it is about nothing else. */
function namedIn(filter: Filter): string[] | undefined {
  if (filter.op === "or") {
    const [left, right] = [namedIn(filter.left), namedIn(filter.right)];
    return left && right && [...left, ...right];
  }
  if (filter.op !== "eq" || filter.path.name !== "value" || typeof filter.value !== "string")
    return undefined;
  return [canonicalId(filter.value)];
}
