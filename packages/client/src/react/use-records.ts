import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import type { Page } from "@roster/domain";
import { useRoster } from "./provider.ts";
import type { RecordOf, Records } from "./records.ts";

export interface RecordList<Type extends keyof Records> {
  /** The records of all pages that were read; undefined until the first page is there. */
  records: RecordOf<Type>[] | undefined;
  hasMore: boolean;
  /** Reads the next page, unless one is being read. */
  loadMore(): void;
  /** The query for the pages: whether it is loading, its error, `refetch`. */
  query: UseInfiniteQueryResult<InfiniteData<Page<RecordOf<Type>>>, unknown>;
}

interface Calls<Type extends keyof Records> {
  list: {
    infiniteQueryOptions(
      input: object,
      options: { getNextPageParam(last: Page<RecordOf<Type>>): string | null },
    ): Parameters<typeof useInfiniteQuery>[0];
  };
}

/**
 * Reads a list, page by page.
 * @param input what `list` takes: filter, search, sort, and `limit` for the size of a page
 */
export function useRecords<Type extends keyof Records>(
  type: Type,
  input?: Omit<Records[Type]["list"], "cursor">,
): RecordList<Type> {
  const calls = (useRoster() as unknown as { [T in keyof Records]: Calls<T> })[type];
  const query = useInfiniteQuery(
    calls.list.infiniteQueryOptions(input ?? {}, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  ) as unknown as UseInfiniteQueryResult<InfiniteData<Page<RecordOf<Type>>>, unknown>;
  return {
    records: query.data?.pages.flatMap(({ items }) => items),
    hasMore: query.hasNextPage,
    loadMore() {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    query,
  };
}
