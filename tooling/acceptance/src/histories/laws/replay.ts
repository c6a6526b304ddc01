import type { JsonObject } from "@roster/domain";
import type { Reply } from "../door.ts";
import { without, type Model } from "../model.ts";
import { must, same } from "../wrong.ts";

/** A request with an idempotency key, and its first answer. */
export interface KeptRequest {
  path: string;
  input: JsonObject;
  reply: JsonObject;
  /** The position of the change log at the first answer. */
  seq: number;
}

/** A request that is repeated with its key gets its first answer, unless a record that it shows was erased since. */
export function checkReplay({ path, input, reply, seq }: KeptRequest, again: Reply, model: Model): void {
  const what = `the repeated ${path} ${JSON.stringify(input)}`;
  if (again.error) {
    same(again.error.code, "DELETED", `the refusal of ${what}`);
    const wasErased = [...model.records.values()].some(
      ({ erased, log }) => erased && (log.at(-1)?.seq ?? 0) > seq,
    );
    must(wasErased, `${what} is refused although nothing was erased since: ${JSON.stringify(again.error)}`);
    return;
  }
  same(again.data["replayed"], true, `whether ${what} was replayed`);
  // Changes of all records that match answer for their change set, which may have been undone since.
  if (path.endsWith("Where")) return;
  same(without(again.data, "replayed"), without(reply, "replayed"), `the answer to ${what}`);
}
