import { placeOfKey, type ParsedCreate, type ParsedMany, type ParsedUpsert } from "./edit.ts";
import { emailKey } from "./email.ts";
import { choice, id, type Field, type Fields } from "./field.ts";
import { canonicalId } from "./identifier.ts";
import { propertyTerm } from "./find.ts";
import { isRequestObject, optionFields, parseCreate, parseUpdate, parseUpsert, readFields } from "./parse.ts";
import { pointer } from "./pointer.ts";

/** Bulk requests: `{ items, mode, reason?, changeSet?, dryRun? }`. Faults of an item point at `/items/3/…`. */

/** The maximum number of items in a bulk request. */
export const maxItems = 1_000;

/** Options of bulk requests, beside their items. */
export const manyFields = {
  mode: choice(["atomic", "independent"], {
    nullable: false,
    description: "`atomic`: all or nothing. `independent`: each item succeeds or fails alone.",
  }),
  reason: optionFields.reason,
  changeSet: id({
    nullable: false,
    description: "The id of an open change set that the changes belong to. Without it, they get their own.",
  }),
  dryRun: optionFields.dryRun,
};

/** Parses a bulk update. */
export const parseMany = (fields: Fields, input: unknown): ParsedMany =>
  parseItems("updates", input, (item, reason) => together(parseUpdate(fields, item), reason));

/** Parses a bulk upsert. Items with the same key are faulty: one of them would silently win. */
export function parseUpsertMany(fields: Fields, input: unknown): ParsedMany<ParsedUpsert> {
  const parsed = parseItems("upserts", input, (item, reason) => together(parseUpsert(fields, item), reason));
  const byKey = new Map<string, number[]>();
  for (const [i, item] of parsed.items.entries()) {
    const key = keyOf(fields, item);
    if (key === undefined) continue;
    const items = byKey.get(key);
    if (items) items.push(i);
    else byKey.set(key, [i]);
  }
  for (const [first, second, ...more] of byKey.values()) {
    if (second === undefined) continue;
    for (const i of [first as number, second, ...more]) {
      const { where, faults } = parsed.items[i] as ParsedUpsert;
      faults.push({
        pointer: pointer("items", i, ...placeOfKey(where)),
        code: "ambiguous",
        message: `is also the key of the item ${i === first ? second : first}`,
      });
    }
  }
  return parsed;
}

/** The key of an upsert in the form by which keys are compared; undefined for a faulty one. */
function keyOf(fields: Fields, { where: [key] }: ParsedUpsert): string | undefined {
  if (!key) return undefined;
  const { field, value, place } = key;
  if (place !== undefined) return `${field}${place} ${propertyTerm(value)}`;
  const { kind } = fields[field] as Field;
  const compared =
    kind === "email" ? emailKey(String(value)) : kind === "id" ? canonicalId(String(value)) : value;
  return `${field} ${compared}`;
}

/** Parses the creation of many records. */
export const parseCreateMany = (fields: Fields, input: unknown): ParsedMany<ParsedCreate> =>
  parseItems("records", input, (item) => parseCreate(fields, item));

/** An update as one of many: options of the whole request are not its own. */
function together<Item extends ParsedUpsert>(item: Item, common: string | undefined): Item {
  const { reason = common, dryRun, faults } = item;
  const message = "applies to all items; set it beside the items";
  if (dryRun) faults.push({ pointer: "/dryRun", code: "ambiguous", message });
  return { ...item, reason, dryRun: false };
}

/** @param parse parses an item; its pointers are relative to the item */
function parseItems<Item extends ParsedCreate>(
  what: string,
  input: unknown,
  parse: (item: unknown, reason: string | undefined) => Item,
): ParsedMany<Item> {
  const options: { mode?: string; reason?: string; changeSet?: string; dryRun?: boolean } = {};
  const parsed: ParsedMany<Item> = {
    items: [],
    faults: [],
    atomic: true,
    reason: undefined,
    changeSet: undefined,
    dryRun: false,
  };
  const { faults } = parsed;
  if (!isRequestObject(input, "", faults)) return parsed;
  const { items, ...rest } = input as { items?: unknown };
  readFields(rest, manyFields, ["items"], options, faults);
  if (!Array.isArray(items)) {
    faults.push({ pointer: "/items", code: "required", message: `must be an array of ${what}` });
  } else if (items.length === 0 || items.length > maxItems) {
    const message = `has ${items.length} items, not 1 to ${maxItems}`;
    faults.push({ pointer: "/items", code: "too_many", message });
  } else {
    parsed.items = items.map((item: unknown, i) => {
      const at = pointer("items", i);
      const one = parse(item, options.reason);
      return {
        ...one,
        at,
        edits: one.edits.map((edit) => ({ ...edit, at: at + edit.at })),
        faults: one.faults.map((fault) => ({ ...fault, pointer: at + fault.pointer })),
      };
    });
  }
  return {
    ...parsed,
    atomic: options.mode !== "independent",
    reason: options.reason,
    changeSet: options.changeSet,
    dryRun: options.dryRun ?? false,
  };
}
