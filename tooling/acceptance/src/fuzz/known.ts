import { recordTypes, type Fields, type JsonObject, type JsonValue, type RecordType } from "@roster/domain";
import { isSampled, samples } from "./samples.ts";

type Value = string | number;

/** Values that a server is known to hold. */
export interface Known {
  /** Texts and numbers of members with this name, in any spelling. */
  of(name: string): readonly Value[];
  /** The values that name a record of this noun, by their fields. */
  naming(noun: string): Readonly<Record<string, readonly Value[]>>;
}

export const nouns = Object.entries(recordTypes) as [RecordType, Fields][];

/** The names of change sets: an open one, and one that changed a customer. */
export const changeSets = ["@@openSet@@", "@@bulkSet@@"];

const spelled = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, "");
const isValue = (value: JsonValue | undefined): value is Value =>
  typeof value === "string" || typeof value === "number";

/**
 * Collects the values of records and of the document's examples. A member that no record has takes the values
 * of the one that an example shows the same text for (`user_group_id: "acme"` those of `providedId`), or of the
 * longest name within its own (`parent_provided_id`).
 *
 * @param records by their noun
 * @param examples bodies that the document shows
 */
export function knownOf(
  records: Readonly<Record<string, readonly JsonObject[]>>,
  examples: readonly JsonObject[],
): Known {
  const values = new Map<string, Set<Value>>();
  const add = (name: string, value: JsonValue | undefined): void => {
    for (const one of [value].flat()) {
      if (!isValue(one)) continue;
      const known = values.get(spelled(name));
      if (known) known.add(one);
      else values.set(spelled(name), new Set([one]));
    }
  };
  const naming = Object.fromEntries(
    nouns.map(([noun, fields]) => [
      noun,
      Object.fromEntries(
        Object.keys(fields)
          .filter((name) => fields[name]?.unique)
          .map((name) => [name, (records[noun] ?? []).map((record) => record[name]).filter(isValue)]),
      ),
    ]),
  );

  for (const [noun, fields] of nouns) {
    for (const [name, field] of Object.entries(fields)) {
      // Other values that Roster sets differ from run to run; a seed must always make the same requests.
      if (field.access === "read" && !field.unique) continue;
      for (const record of records[noun] ?? []) {
        add(name, record[name]);
        if (field.spells) add(field.spells, record[name]);
      }
      if (field.refers) add(name, Object.values(naming[field.refers] ?? {}).flat());
      if (isSampled(field.kind)) add(name, [...samples[field.kind]]);
    }
  }
  const ofRecords = new Map([...values].map(([name, known]) => [name, [...known]]));
  for (const [name, value] of examples.flatMap((example) => Object.entries(example))) {
    add(name, value);
    if (typeof value !== "string" || ofRecords.has(spelled(name))) continue;
    for (const known of ofRecords.values()) if (known.includes(value)) add(name, known);
  }
  const names = [...values.keys()].toSorted((a, b) => b.length - a.length);
  return {
    of(name) {
      const written = spelled(name);
      const found = values.get(written) ?? values.get(names.find((other) => written.includes(other)) ?? "");
      return [...(found ?? [])];
    },
    naming: (noun) => naming[noun] ?? {},
  };
}
