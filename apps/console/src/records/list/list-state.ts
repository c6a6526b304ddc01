import type { ListRequest } from "../kind.ts";

/** The state of a list, as it stands in the address. */
export interface ListState {
  /** The search text. */
  q?: string;
  /** Conditions, as `customer.list` takes them. */
  filter?: Record<string, unknown>;
  sort?: string;
  order?: "asc" | "desc";
  /** The columns: names, each with its width after a colon if it is not the usual one. */
  columns?: string;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value) || undefined : undefined;

/** Reads the state from an address, without what makes no sense in it. */
export function readListState(search: Record<string, unknown>): ListState {
  const { q, filter, sort, order, columns } = search;
  const state: ListState = {};
  const letters = textOf(q);
  if (letters !== undefined) state.q = letters;
  if (typeof filter === "object" && filter !== null && Object.keys(filter).length > 0)
    state.filter = filter as Record<string, unknown>;
  const by = textOf(sort);
  if (by !== undefined) state.sort = by;
  if (order === "asc" || order === "desc") state.order = order;
  const chosen = textOf(columns);
  if (chosen !== undefined) state.columns = chosen;
  return state;
}

/** The request for what an address shows: the latest changes first, or the best matches. */
export function requestOf({ q, filter, sort, order }: ListState): ListRequest {
  const isSearch = q !== undefined && /[\p{L}\p{N}]/u.test(q);
  const by = sort ?? (isSearch ? undefined : "updatedAt");
  return {
    ...(filter && { filter }),
    ...(isSearch && { search: q }),
    ...(by !== undefined && { sort: by, order: order ?? (sort === undefined ? "desc" : "asc") }),
  };
}
