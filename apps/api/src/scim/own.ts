import type { JsonObject, JsonValue } from "@roster/domain";

/** Sets an own property under any key, also under `__proto__`, which the rules then refuse. */
export const setOwn = (target: JsonObject, key: string, value: JsonValue): void =>
  void Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
