import type { Change, JsonObject, JsonValue } from "@roster/domain";

/** Plain reading and writing of values by JSON Pointers (RFC 6901), with nothing of Roster's own code. */

const partsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The value at a place, if there is one. */
export function valueAt(root: JsonObject, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of partsOf(pointer)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.hasOwn(value, part) ? (value as JsonObject)[part] : undefined;
  }
  return value;
}

/** Applies changes to a state, in place: sets a value, or removes its key if there is none afterwards. */
export function applyTo(state: JsonObject, changes: readonly Change[]): void {
  for (const { path, to } of changes) {
    const parts = partsOf(path);
    const last = parts.pop() as string;
    let target = state;
    for (const part of parts) {
      const inner = target[part];
      if (typeof inner !== "object" || inner === null) target[part] = {};
      target = target[part] as JsonObject;
    }
    if (to === undefined) delete target[last];
    else target[last] = structuredClone(to);
  }
}

/** Whether one of two places is the other or within it. */
export function overlap(a: string, b: string): boolean {
  const [one, other] = [partsOf(a), partsOf(b)];
  return one.slice(0, other.length).every((part, i) => part === other[i]);
}
