import type { ChangeEntry, RecordType } from "@roster/domain";
import { client } from "../../app/api.ts";
import { kinds, type KindName } from "../../records/kind.ts";

/** The changes of one page, and the rows of the log that one request looks at. */
const step = 60;

/** Some changes, newest first, and the position before them; null at the beginning of the log. */
export interface Changes {
  items: ChangeEntry[];
  before: number | null;
}

/**
 * The position of the newest change that the reader may see: from the latest change of a customer or user
 * onwards, to the end of the log.
 */
async function newest(may: readonly KindName[], signal: AbortSignal): Promise<number> {
  const latest = await Promise.all(
    may.map(async (name) => {
      const kind = kinds[name];
      const { items } = await kind.list({ sort: "updatedAt", order: "desc", limit: 1 }, signal);
      const history = items[0] && (await kind.history(items[0].id, undefined, signal));
      return history?.items[0]?.seq ?? 0;
    }),
  );
  for (let after = Math.max(0, ...latest); ;) {
    // oxlint-disable-next-line no-await-in-loop -- each page leads to the next
    const { next, more } = await client.change.list.query({ after, limit: 1_000 }, { signal });
    if (!more) return Math.max(next, after);
    after = next;
  }
}

/**
 * Reads the changes before a position, newest first. The log is read forwards, stretch by stretch.
 *
 * @param before undefined for the newest changes
 * @param may the kinds of records that the reader may read
 */
export async function readChanges(
  before: number | undefined,
  types: readonly RecordType[] | undefined,
  may: readonly KindName[],
  signal: AbortSignal,
): Promise<Changes> {
  const end = before ?? (await newest(may, signal)) + 1;
  const after = Math.max(end - 1 - step, 0);
  const { items } = await client.change.list.query(
    { after, limit: step, ...(types && { types: [...types] }) },
    { signal },
  );
  return {
    items: items.filter(({ seq }) => seq < end).toReversed(),
    before: after === 0 ? null : after + 1,
  };
}
