import type { ChangeEntry, ChangeSet } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { client } from "../../app/api.ts";
import { ChangedRecords, type ChangedRecord } from "../../changes/changed-records.tsx";
import type { OutcomeName } from "../../ui/figures.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { sizeOf } from "./described.ts";

const words = work.changeSets;
/** The changes that are shown at a time, and the rows of the log that one request looks at. */
const [atATime, step] = [50, 1_000] as const;

const outcomes: Record<ChangeEntry["action"], OutcomeName> = {
  create: "created",
  update: "updated",
  revert: "updated",
  merge: "updated",
  unmerge: "updated",
  delete: "deleted",
  erase: "deleted",
  restore: "restored",
};

/** The next changes of a set in the log, in which changes of others lie between them. */
async function readChanges(set: ChangeSet, after: number, signal: AbortSignal) {
  const last = set.lastSeq ?? 0;
  const items: ChangeEntry[] = [];
  let at = after;
  while (at < last && items.length < atATime) {
    // oxlint-disable-next-line no-await-in-loop -- each page leads to the next
    const page = await client.change.list.query(
      { after: at, limit: step, types: [...set.types] },
      { signal },
    );
    const found = page.items.filter(({ changeSet, seq }) => changeSet === set.id && seq <= last);
    const room = found.slice(0, atATime - items.length);
    items.push(...room);
    at = room.length < found.length ? (room.at(-1) as ChangeEntry).seq : page.next;
    if (!page.more) break;
  }
  return { items, next: at < last && items.length === atATime ? at : null };
}

/** The changes of a set, with before and after. */
export function SetChanges({ set }: { set: ChangeSet }) {
  const pages = useInfiniteQuery({
    queryKey: ["change-set", set.id, "changes", set.lastSeq],
    queryFn: ({ pageParam, signal }) => readChanges(set, pageParam, signal),
    initialPageParam: (set.firstSeq ?? 1) - 1,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  if (sizeOf(set) === 0) return null;
  return (
    <Section title={words.changes}>
      {pages.isPending ? (
        <div className="grid gap-2" role="status" aria-label={words.scanning}>
          <Skeleton className="h-12 w-full" />
          <Skeleton className="h-12 w-full" />
          <Skeleton className="h-12 w-full" />
        </div>
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : entries.length === 0 ? (
        <p className="text-sm text-muted">{words.changesNone}</p>
      ) : (
        <ChangedRecords
          label={words.changes}
          records={entries.map(({ seq, recordType, recordId, action, version, changes }): ChangedRecord => ({
            key: seq,
            recordType,
            id: recordId,
            outcome: outcomes[action],
            changes,
            note: words.version(version),
          }))}
        />
      )}
      <NextPage pages={pages} label={work.more} />
    </Section>
  );
}
