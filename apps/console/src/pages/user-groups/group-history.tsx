import { userGroupFields, type ChangeEntry, type UserGroup } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { client } from "../../app/api.ts";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { useActorName } from "../../records/history/actor.tsx";
import { TextButton } from "../../ui/button.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "../settings/use-change.ts";

const words = work.userGroups;

/** The history of a user group, newest first, with the way back to each version. */
export function GroupHistory({ group, mayWrite }: { group: UserGroup; mayWrite: boolean }) {
  const where = { id: group.id };
  const pages = useInfiniteQuery({
    queryKey: ["user-groups", "history", group.id],
    queryFn: ({ pageParam, signal }) =>
      client.userGroup.history.query(
        { where, limit: 20, ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const reverting = useChange((to: number) => client.userGroup.revert.mutate({ where, to }), words.reverted);
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={messages.history.title}>
      {pages.isPending && <Skeleton className="h-24 w-full" />}
      {pages.isError && <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />}
      <ol className="grid gap-4">
        {entries.map((entry) => (
          <Entry
            key={entry.seq}
            entry={entry}
            onRevert={
              mayWrite && entry.version !== group.version && entry.action !== "delete"
                ? () => reverting.mutate(entry.version)
                : undefined
            }
          />
        ))}
      </ol>
      <NextPage pages={pages} label={work.more} />
    </Section>
  );
}

function Entry({ entry, onRevert }: { entry: ChangeEntry; onRevert: (() => void) | undefined }) {
  const who = useActorName(entry);
  return (
    <li className="grid gap-1">
      <p className="said text-sm">
        <b className="font-semibold">{who}</b> {messages.actions[entry.action]}{" "}
        <span className="tabular text-xs text-faint">
          {messages.record.version(entry.version)} · <Time at={entry.at} relative />
        </span>
      </p>
      {entry.reason !== null && <p className="said text-sm text-muted">{entry.reason}</p>}
      <ChangeList
        changes={entry.changes}
        fields={userGroupFields}
        limit={12}
        isNew={entry.action === "create"}
      />
      {onRevert && (
        <TextButton className="justify-self-start" onClick={onRevert}>
          {words.revertTo(entry.version)}
        </TextButton>
      )}
    </li>
  );
}
