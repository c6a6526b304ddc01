import { isUuid, fieldsWhere, type FieldName, type Fields, type JsonObject } from "@roster/domain";
import { UsageError } from "./usage-error.ts";

/**
 * Reads how a record is named: by a unique field, as in `referenceId=R7` or `number=12`; by its id, if it is a
 * UUID; otherwise by the caller's own id.
 *
 * @param own the field of the caller's own id
 */
export function parseNaming(fields: Fields, own: FieldName, word: string): JsonObject {
  const [, name = "", value = ""] = /^(\w+)=(.+)$/s.exec(word) ?? [];
  const unique = fieldsWhere(fields, (field) => field.unique);
  if (!unique.includes(name)) {
    if (word === "") throw new UsageError("the name of the record is empty");
    return isUuid(word) ? { id: word } : { [own]: word };
  }
  if (fields[name]?.kind !== "integer") return { [name]: value };
  if (!/^\d{1,15}$/.test(value)) throw new UsageError(`${word}: ${name} must be a whole number`);
  return { [name]: Number(value) };
}
