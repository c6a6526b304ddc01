import type { RecordType, StoredRecords } from "@roster/domain";
import { Finder, type Position } from "../record/finder.ts";
import { readSought } from "../record/sought.ts";
import type { TenantReader } from "../store/database.ts";

/** A list, without a service and without scopes. */
export interface Listing {
  filter?: Record<string, unknown>;
  search?: string;
  sort?: string;
  order?: "asc" | "desc";
  /** The maximum number of items of a step. */
  limit?: number;
}

/** Yields the steps of a list of tenant 1. Values are taken as they are stored, unchecked. */
export async function* steps<T extends RecordType>(
  reader: TenantReader,
  type: T,
  { filter = {}, search, sort, order = "asc", limit = 200 }: Listing,
): AsyncGenerator<StoredRecords[T][]> {
  let after: Position | undefined;
  do {
    const sought = await readSought(reader, 1, type, { filter, search }, sort);
    const step = await new Finder(reader, type, sought, order).step(after, limit);
    yield step.items.map(({ row }) => row.record);
    after = step.next;
  } while (after);
}
