import {
  parseEdits,
  pointer,
  segments,
  type Fields,
  type JsonValue,
  type ParsedCreate,
} from "@roster/domain";

/** The value of a field, and its place in the request. */
export interface Placed {
  field: string;
  value: JsonValue;
  at: string;
}

/** The edits that set fields to values, with the faults of these. */
export function editsOf(fields: Fields, values: readonly Placed[]): ParsedCreate {
  const places = new Map(values.map(({ field, at }) => [field, at]));
  const block = (json: boolean) =>
    Object.fromEntries(
      values
        .filter(({ field }) => (fields[field]?.kind === "json") === json)
        .map(({ field, value }) => [field, value]),
    );
  const { edits, faults } = parseEdits(fields, { patch: block(false), replace: block(true) });
  const placed = (written: string): string => {
    const [, field = "", ...rest] = segments(written);
    return (places.get(field) ?? "") + pointer(...rest);
  };
  return {
    edits: edits.map((edit) => ({ ...edit, at: placed(edit.at) })),
    faults: faults.map((fault) => ({ ...fault, pointer: placed(fault.pointer) })),
  };
}
