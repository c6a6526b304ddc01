import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import { blocks, newValues, versioned } from "./updates.ts";

/** Commands that write many records. */

type Bulk = "customer" | "user";

const count = ({ random }: History): number => 1 + random.below(5);

/** How a bulk request deals with faults, and the change set that it belongs to. */
const options = ({ random, openSet }: History): JsonObject => ({
  ...(random.chance(0.7) && { mode: "independent" }),
  ...(openSet !== undefined && random.chance(0.7) && { changeSet: openSet }),
});

export const createMany =
  (type: Bulk) =>
  async (history: History): Promise<void> => {
    const items = Array.from({ length: count(history) }, () => newValues(history, type));
    await history.command(`${type}.createMany`, { items, ...options(history) });
  };

export const updateMany =
  (type: Bulk | "userGroup") =>
  async (history: History): Promise<void> => {
    const items: JsonObject[] = [];
    for (let left = count(history); left > 0; left--) {
      const known = history.some(type);
      if (known)
        items.push({ where: history.whereOf(known), ...blocks(history, type), ...versioned(history, known) });
    }
    if (items.length > 0) await history.command(`${type}.updateMany`, { items, ...options(history) });
  };

export const upsertMany =
  (type: Bulk) =>
  async (history: History): Promise<void> => {
    const { random } = history;
    const keys: Record<Bulk, (() => JsonObject)[]> = {
      customer: [
        () => ({ providedId: random.pick(["p0", "p1", "p2", "p3", "p10", "p11"]) }),
        () => ({ referenceId: random.pick(["r0", "r1", "r9"]) }),
        () => ({ email: random.pick(["a@x.example", "B@x.example", "n@x.example"]) }),
        () => ({ properties: { plan: random.pick(["free", "rare"]) } }),
      ],
      user: [
        () => ({ username: random.pick(["u0", "u1", "u2", "u10", "U10"]) }),
        () => ({ email: random.pick(["a@x.example", "B@x.example", "n@x.example"]) }),
      ],
    };
    const items = Array.from({ length: count(history) }, () => ({
      where: random.pick(keys[type])(),
      ...blocks(history, type),
    }));
    await history.command(`${type}.upsertMany`, { items, ...options(history) });
  };

/** A filter that usually fits some records. */
function narrowFilter({ random, model }: History, type: Bulk): JsonObject {
  const live = model.live(type).map(({ id }) => model.current(id));
  const fields = {
    customer: ["addressCity", "email", "parent", "name", "groupTags"],
    user: ["title", "email", "customer", "country"],
  };
  const field = random.pick(fields[type]);
  const values = live.flatMap((record) => record[field]).filter((value) => value !== null && value !== "");
  if (values.length > 0) return { [field]: random.pick(values) as string };
  return { ids: live.slice(0, 3).map(({ id }) => id) };
}

export const updateWhere =
  (type: Bulk) =>
  async (history: History): Promise<void> => {
    const { reason: _, ...change } = blocks(history, type);
    await history.command(`${type}.updateWhere`, { filter: narrowFilter(history, type), ...change });
  };

export const deleteWhere =
  (type: Bulk) =>
  async (history: History): Promise<void> => {
    await history.command(`${type}.deleteWhere`, { filter: narrowFilter(history, type) });
  };
