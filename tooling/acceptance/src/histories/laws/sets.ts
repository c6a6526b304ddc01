import type { JsonObject } from "@roster/domain";
import type { History } from "../history.ts";
import { same } from "../wrong.ts";

const counters: Record<string, string> = {
  create: "created",
  update: "updated",
  revert: "updated",
  merge: "updated",
  unmerge: "updated",
  delete: "deleted",
  erase: "deleted",
  restore: "restored",
};

/** Each change set counts its changes in the log, and knows the first and the last. */
export async function checkSets({ door, model }: History): Promise<void> {
  for (const set of await door.all("changeSet.list", { limit: 200 })) {
    const own = model.log.filter(({ changeSet }) => changeSet === set["id"]);
    const counts: JsonObject = { created: 0, updated: 0, deleted: 0, restored: 0 };
    for (const { action } of own) {
      const counter = counters[action] as string;
      counts[counter] = (counts[counter] as number) + 1;
    }
    const { created, updated, deleted, restored, firstSeq, lastSeq } = set;
    same(
      { created, updated, deleted, restored, firstSeq, lastSeq },
      { ...counts, firstSeq: own[0]?.seq ?? null, lastSeq: own.at(-1)?.seq ?? null },
      `the change set ${set["id"] as string}`,
    );
  }
}
