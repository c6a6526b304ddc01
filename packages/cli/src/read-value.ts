import { textReader, type Target } from "@roster/client/import";
import type { Unfit } from "@roster/domain";

const reader = textReader({});

/**
 * Reads the value of a word such as `phone=null` by the kind of its field. `null` is no value. A text in double
 * quotes is a JSON string, so `name='"null"'` is the name null. What is below a JSON field is JSON if it is valid
 * JSON, otherwise a text.
 */
export function readValue(target: Target, text: string): { value: unknown } | { fault: Unfit } {
  if (text === "null") return { value: null };
  const { policy, path, type } = target;
  if (path.length > 0) return reader.read({ ...target, type: type ?? "json" }, text);
  if (policy.kind === "text" && text.startsWith('"')) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "string") return { value };
    } catch {
      // A text that begins with a quote.
    }
  }
  return reader.read(target, text);
}
