import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { client } from "../../app/api.ts";
import { kinds, type AnyRecord } from "../../records/kind.ts";

/** A planned move: the customer, and its new parent once that is chosen. */
export interface Move {
  record: AnyRecord;
  /** Undefined until it is chosen; null for the top. */
  to?: AnyRecord | null;
}

/** The customers of one place in the tree that are read at a time. */
const pageSize = 50;

/** The levels of the tenant, the highest first. */
export const useLevels = () =>
  useQuery({
    queryKey: ["customer", "levels"],
    queryFn: async ({ signal }) =>
      (await client.hierarchyLevel.list.query(undefined, { signal })).items.map(({ name }) => name),
  });

/**
 * The customers right below another, a page at a time.
 * @param parent null for those at the top, which have a level and no parent
 */
export const useBelow = (parent: string | null, levels: readonly string[], enabled: boolean) =>
  useInfiniteQuery({
    queryKey: ["customer", "tree", parent, ...(parent === null ? [levels] : [])],
    enabled,
    queryFn: ({ pageParam, signal }) =>
      kinds.customer.list(
        {
          filter:
            parent === null ? { parent: { present: false }, hierarchyLevel: { in: levels } } : { parent },
          sort: "name",
          order: "asc",
          limit: pageSize,
          ...(pageParam !== undefined && { cursor: pageParam }),
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

/** How many customers are right below another. */
export const useCountBelow = (id: string, enabled = true) =>
  useQuery({
    queryKey: ["customer", "tree-count", id],
    enabled,
    queryFn: ({ signal }) => kinds.customer.count({ filter: { parent: id } }, signal),
  });
