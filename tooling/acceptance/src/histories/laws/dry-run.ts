import type { Change, ErrorBody, JsonObject, JsonValue } from "@roster/domain";
import type { Reply } from "../door.ts";
import { valuesOf, without, type Entry } from "../model.ts";
import { must, same } from "../wrong.ts";

/** A dry run says what the request then does. */

/** What a dry run and the request both answer, without what is new in the request's: ids, numbers, versions, times. */
type Common = (data: JsonObject, entries: readonly Entry[]) => unknown;

const fresh = ["id", "number", "token", "createdAt", "deletedAt", "computedProperties", "computedMapping"];
const record = (value: JsonValue | undefined): unknown => valuesOf(value as JsonObject);
const newRecord = (value: JsonValue | undefined): unknown => without(valuesOf(value as JsonObject), ...fresh);
const items = (data: JsonObject): JsonObject[] => data["items"] as JsonObject[];

/** Without the times of a deletion, which are those of the request. */
const timeless = (changes: readonly Change[]): unknown =>
  changes.map(({ path, from, to }) => (path === "/deletedAt" ? path : { path, from, to }));

const update =
  (noun: string): Common =>
  (data) => ({ record: record(data[noun]), changes: timeless(data["changes"] as unknown as Change[]) });
const upsert =
  (noun: string): Common =>
  (data) => ({
    record: newRecord(data[noun]),
    changes: (data["changes"] as unknown as Change[]).filter(({ path }) => !fresh.includes(path.slice(1))),
  });
const many: Common = (data) =>
  items(data).map(({ index, id, changes, error }) => ({ index, id, changes, error: shownError(error) }));
const written: Common = (data) => ({
  ...without(data, "items", "changeSet"),
  items: items(data).map(({ index, outcome, error }) => ({ index, outcome, error: shownError(error) })),
});
const merge: Common = (data) => ({
  ...without(data, "customer", "applied"),
  record: record(data["customer"]),
});
const schema: Common = ({ misfits, misfitCount }) => ({ misfits, misfitCount });

const common: Record<string, Common> = {
  "customer.update": update("customer"),
  "user.update": update("user"),
  "userGroup.update": update("userGroup"),
  "customer.revert": update("customer"),
  "user.revert": update("user"),
  "userGroup.revert": update("userGroup"),
  "customer.upsert": upsert("customer"),
  "user.upsert": upsert("user"),
  "customer.updateMany": many,
  "user.updateMany": many,
  "userGroup.updateMany": many,
  "customer.createMany": written,
  "user.createMany": written,
  "customer.upsertMany": written,
  "user.upsertMany": written,
  "customer.merge": merge,
  "tenant.setPropertiesSchema": schema,
};
const where = new Set([
  "customer.updateWhere",
  "customer.deleteWhere",
  "user.updateWhere",
  "user.deleteWhere",
]);

/** The commands that take a dry run, except for undos, of which a dry run is made in `steps/undo.ts`. */
export const takesDryRun = new Set([...Object.keys(common), ...where]);

/** @throws Wrong unless the answer to the request was foretold */
export function checkDryRun(path: string, dry: Reply, real: Reply, entries: readonly Entry[]): void {
  const what = `the dry run of ${path}`;
  if (path === "tenant.setPropertiesSchema" && real.error?.code === "CONFLICT") {
    must(
      (dry.data["misfitCount"] as number) > 0,
      `${what} lists none of the misfits for which it is refused`,
    );
    return;
  }
  if (dry.error || real.error) {
    same(shownError(dry.error), shownError(real.error), `the refusal by ${what}`);
    return;
  }
  const of = common[path];
  if (of) same(of(dry.data, []), of(real.data, entries), what);
  else checkWhere(what, dry.data, real.data, entries);
}

/** The records of a dry run get the changes that it shows, and as many match as it says. */
function checkWhere(what: string, dry: JsonObject, real: JsonObject, entries: readonly Entry[]): void {
  for (const { id, outcome, changes, error } of items(dry)) {
    const entry = entries.find(({ recordId }) => recordId === id);
    const refused = items(real).find((item) => item["id"] === id);
    const now = refused
      ? "refused"
      : entry
        ? entry.action === "delete"
          ? "deleted"
          : "updated"
        : "unchanged";
    same(now, outcome, `the outcome for ${id as string} after ${what}`);
    if (entry)
      same(
        timeless(entry.changes),
        timeless(changes as unknown as Change[]),
        `the changes of ${id as string} after ${what}`,
      );
    if (refused)
      same(shownError(refused["error"]), shownError(error), `the refusal for ${id as string} after ${what}`);
  }
  const matched = dry["matched"] as unknown as { count: number; exact: boolean };
  const refused = (real["changeSet"] as JsonObject)["refused"] as number;
  must(
    matched.count >= entries.length + refused,
    `${what} counts ${JSON.stringify(matched)} of ${entries.length + refused}`,
  );
}

/** A refusal without the ids of records that a command would have made. */
const shownError = (error: JsonValue | ErrorBody | undefined): unknown =>
  error === undefined
    ? undefined
    : JSON.parse(JSON.stringify(error).replaceAll(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, "now"));
