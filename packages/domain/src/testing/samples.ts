import type { Field, FieldKind } from "../record/field.ts";
import type { JsonValue } from "../record/json.ts";

/** A value as a caller may write it, and its stored form. */
export interface Sample {
  written: unknown;
  kept: JsonValue;
}

const same = (value: JsonValue): Sample => ({ written: value, kept: value });

const byKind: Record<Exclude<FieldKind, "choice" | "set">, readonly [Sample, Sample]> = {
  id: [same("0197b8a0-0000-7000-8000-000000000001"), same("0197b8a0-0000-7000-8000-000000000002")],
  text: [same("one"), same("two")],
  email: [same("Ada@example.com"), same("grace@example.com")],
  phone: [same("+14155552671"), same("+31201234567")],
  country: [same("NL"), same("VN")],
  date: [same("2019-08-24"), same("2020-02-29")],
  instant: [
    { written: "2020-01-01T02:00:00+02:00", kept: "2020-01-01T00:00:00.000Z" },
    { written: new Date(1), kept: "1970-01-01T00:00:00.001Z" },
  ],
  boolean: [same(true), same(false)],
  integer: [same(1), same(2)],
  json: [same({ plan: "pro", seats: { used: 1 } }), same({ plan: "free", seats: { used: 2 } })],
};

/** Two different valid values of a field, derived from its policy alone. */
export function samples(field: Field): readonly [Sample, Sample] {
  if (field.kind === "choice") {
    const [first, second] = field.options as readonly [string, string];
    return [same(first), same(second)];
  }
  if (field.kind !== "set") return byKind[field.kind];
  const [first, second] = samples({ ...field, kind: field.options ? "choice" : (field.items ?? "text") });
  return [same([first.kept]), same([first.kept, second.kept])];
}
