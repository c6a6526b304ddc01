import {
  useMutation,
  useMutationState,
  useQuery,
  useQueryClient,
  type QueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { VersionConflict } from "@roster/domain";
import { useEffect, useState } from "react";
import { versionConflict } from "../errors.ts";
import { useRoster, useRosterClient, useSurroundings } from "./provider.ts";
import type { RecordOf, Records, UpdateOf } from "./records.ts";
import { withUpdate } from "./with-update.ts";

export interface LiveRecord<Type extends keyof Records> {
  /** The record as the page shows it: as Roster has it, with the updates on their way applied. */
  record: RecordOf<Type> | undefined;
  /** The record as Roster has it. */
  saved: RecordOf<Type> | undefined;
  /** The query for it: whether it is loading, its error, `refetch`. */
  query: UseQueryResult<RecordOf<Type>, unknown>;
  /** The error for which Roster refused the feed, so that the record is not live. */
  feedError: unknown;
}

/** The one procedure of each type, in the form that the hooks use. */
interface Calls<Type extends keyof Records> {
  get: {
    queryOptions(input: { where: Records[Type]["where"] }): {
      queryKey: readonly unknown[];
      queryFn: () => Promise<RecordOf<Type>>;
    };
  };
}

const useGetOptions = <Type extends keyof Records>(type: Type, where: Records[Type]["where"]) =>
  (useRoster() as unknown as { [T in keyof Records]: Calls<T> })[type].get.queryOptions({ where });

const mutationKey = (type: string, where: object) => ["roster", "update", type, where];

/**
 * Reads one record, and keeps it as Roster has it by the change feed. All records of a page share one feed.
 * @param where names the record by one of its unique values
 */
export function useRecord<Type extends keyof Records>(
  type: Type,
  where: Records[Type]["where"],
  { live = true }: { live?: boolean } = {},
): LiveRecord<Type> {
  const { live: feed } = useSurroundings();
  const queryClient = useQueryClient();
  const options = useGetOptions(type, where);
  const query = useQuery(options) as UseQueryResult<RecordOf<Type>, unknown>;
  const [feedError, setFeedError] = useState<unknown>(undefined);

  const saved = query.data;
  const id = saved?.id;
  const key = JSON.stringify(options.queryKey);
  useEffect(() => {
    if (!live || id === undefined) return undefined;
    const queryKey = JSON.parse(key) as unknown[];
    return feed.follow(id, {
      changed(version) {
        const known = queryClient.getQueryData<RecordOf<Type>>(queryKey)?.version ?? 0;
        if (version === undefined || version > known) void queryClient.invalidateQueries({ queryKey });
      },
      failed: setFeedError,
    });
  }, [live, feed, queryClient, id, key]);

  const underWay = useMutationState({
    filters: { mutationKey: mutationKey(type, where), status: "pending" },
    select: ({ state }) => (state.variables as Sent<Type>).update,
  });
  return {
    record: saved && underWay.reduce((record, update) => withUpdate(type, record, update), saved),
    saved,
    query,
    feedError,
  };
}

interface Sent<Type extends keyof Records> {
  update: UpdateOf<Type>;
  /** The version that the page showed when the update was made. */
  seen: number | undefined;
}

export interface RecordUpdate<Type extends keyof Records> {
  /**
   * Sends an update. The record shows it at once. Updates of one record are sent one after the other. If others
   * have changed the record since it was shown here, the update applies on top of their changes, unless both
   * change the same field: then it is refused, and `conflict` says what they changed.
   */
  update(update: UpdateOf<Type>): void;
  /** The same. @throws the error of the call */
  updateAsync(update: UpdateOf<Type>): Promise<RecordOf<Type>>;
  isPending: boolean;
  /** The error of the latest update. `faults`, `formFaults` and other helpers interpret it. */
  error: unknown;
  /** The changes of others, if they are why the latest update was refused. */
  conflict: VersionConflict | undefined;
  /** Sends the refused update again, whatever others have changed. */
  overwrite(): void;
  /** Forgets the error of the latest update. */
  reset(): void;
}

/**
 * Updates one record, with an optimistic result that `useRecord` with the same `where` shows.
 * @param where names the record by one of its unique values
 */
export function useRecordUpdate<Type extends keyof Records>(
  type: Type,
  where: Records[Type]["where"],
): RecordUpdate<Type> {
  const client = useRosterClient();
  const queryClient = useQueryClient();
  const { queryKey } = useGetOptions(type, where);
  const listKey = [[type, "list"]];
  const key = mutationKey(type, where);
  const saved = () => queryClient.getQueryData<RecordOf<Type>>(queryKey);

  const mutation: UseMutationResult<RecordOf<Type>, unknown, Sent<Type>> = useMutation({
    mutationKey: key,
    scope: { id: JSON.stringify(key) },
    async mutationFn({ update, seen }) {
      const call = client[type].update.mutate as unknown as (
        input: object,
      ) => Promise<{ version: number; applied: boolean } & Record<Type, RecordOf<Type>>>;
      const id = saved()?.id;
      const own = ownVersions(queryClient, id ?? JSON.stringify(key));
      const expectedVersion = update.expectedVersion ?? seen;
      const answer = await call({
        ...update,
        where,
        ...(expectedVersion !== undefined && {
          expectedVersion: past(expectedVersion, own),
          onConflict: "rebase",
        }),
      });
      if (answer.applied) own.add(answer.version);
      return answer[type];
    },
    async onSuccess(record) {
      // An earlier read may still be on its way.
      await queryClient.cancelQueries({ queryKey });
      if ((saved()?.version ?? 0) <= record.version) queryClient.setQueryData(queryKey, record);
      void queryClient.invalidateQueries({ queryKey: listKey });
    },
    // The feed may be off, and the page should show what stands against the update.
    onError: () => void queryClient.invalidateQueries({ queryKey }),
  });
  const send = (update: UpdateOf<Type>): Sent<Type> => ({ update, seen: saved()?.version });
  return {
    update: (update) => mutation.mutate(send(update)),
    updateAsync: (update) => mutation.mutateAsync(send(update)),
    isPending: mutation.isPending,
    error: mutation.error ?? undefined,
    conflict: versionConflict(mutation.error),
    overwrite() {
      const conflict = versionConflict(mutation.error);
      const { variables } = mutation;
      if (!conflict || !variables) return;
      mutation.mutate({ update: variables.update, seen: conflict.currentVersion });
    },
    reset: mutation.reset,
  };
}

/** The versions of records that updates of this page have made: nothing to be careful of. */
const versionsOf = new WeakMap<QueryClient, Map<string, Set<number>>>();

function ownVersions(queryClient: QueryClient, record: string): Set<number> {
  const all = versionsOf.get(queryClient) ?? new Map<string, Set<number>>();
  versionsOf.set(queryClient, all);
  const own = all.get(record) ?? new Set<number>();
  all.set(record, own);
  return own;
}

/** The latest version that only updates of this page separate from the given one. */
function past(version: number, own: ReadonlySet<number>): number {
  let latest = version;
  while (own.has(latest + 1)) latest++;
  return latest;
}
