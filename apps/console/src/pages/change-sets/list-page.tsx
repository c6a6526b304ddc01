import type { ChangeSet } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { client, queryClient } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { useNameOfActor } from "../../records/history/actor.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Select } from "../../ui/field.tsx";
import { outcomeNames } from "../../ui/figures.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { countsOf, isUndone, nameOfSet, sizeOf } from "./described.ts";

const words = work.changeSets;

/** All change sets, newest first. */
export default function ChangeSetsPage() {
  const { kind } = useSearch({ from: "/change-sets" });
  const navigate = useNavigate();
  const mayWrite = useMay("customers:write");
  const pages = useInfiniteQuery({
    queryKey: ["change-sets", kind ?? null],
    queryFn: ({ pageParam, signal }) =>
      client.changeSet.list.query(
        { limit: 50, ...(kind && { kind }), ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  // A new set shows with its first change.
  useFeed(({ changeSet }) => {
    const sets = pages.data?.pages.flatMap(({ items }) => items) ?? [];
    if (changeSet !== undefined && !sets.some(({ id }) => id === changeSet))
      void queryClient.invalidateQueries({ queryKey: ["change-sets"] }, { cancelRefetch: false });
  });
  const sets = pages.data?.pages.flatMap(({ items }) => items) ?? [];

  return (
    <PageBody>
      <PageHeader
        title={words.title}
        below={words.intro}
        actions={
          <>
            <Select
              aria-label={words.filter}
              className="w-40"
              value={kind ?? ""}
              onChange={({ target }) =>
                void navigate({
                  to: "/change-sets",
                  search: target.value === "" ? {} : { kind: target.value as ChangeSet["kind"] },
                })
              }
            >
              <option value="">{words.all}</option>
              {Object.entries(words.kinds).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </Select>
            {mayWrite && (
              <Link to="/import" className={buttonClass("primary")}>
                {words.import}
              </Link>
            )}
          </>
        }
      />
      {pages.isPending ? (
        <div className="grid gap-2">
          {Array.from({ length: 6 }, (_, index) => (
            <Skeleton key={index} className="h-12 w-full" />
          ))}
        </div>
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : sets.length === 0 ? (
        <EmptyState title={words.empty}>{words.emptyHint}</EmptyState>
      ) : (
        <>
          <Table label={words.table} head={[words.name, words.what, words.who, words.when]}>
            {sets.map((set) => (
              <Line key={set.id} set={set} />
            ))}
          </Table>
          <NextPage pages={pages} label={work.more} />
        </>
      )}
    </PageBody>
  );
}

function Line({ set }: { set: ChangeSet }) {
  const who = useNameOfActor(set.actor);
  const counts = countsOf(set);
  const parts = outcomeNames.filter((name) => (counts[name] ?? 0) > 0);
  return (
    <tr className="hover:bg-hover">
      <Cell className="min-w-48">
        <Link
          to="/change-sets/$id"
          params={{ id: set.id }}
          className="rounded-sm font-medium hover:underline"
        >
          {nameOfSet(set)}
        </Link>
        <span className="flex flex-wrap items-center gap-1.5 text-xs text-faint">
          {words.kinds[set.kind]}
          {set.closedAt === null && <Chip tone="accent">{words.open}</Chip>}
          {isUndone(set) && <Chip tone="warning">{words.undone}</Chip>}
        </span>
      </Cell>
      <Cell className="tabular min-w-40 text-muted">
        {parts.length === 0
          ? words.nothing
          : parts.map((name) => `${work.number(counts[name] ?? 0)} ${work.outcomes[name]}`).join(", ")}
        {sizeOf(set) === 0 && parts.length > 0 && <span className="block text-xs">{words.nothing}</span>}
      </Cell>
      <Cell className="text-muted">
        {who}
        <span className="block text-xs text-faint">{messages.sources[set.source] ?? set.source}</span>
      </Cell>
      <Cell className="text-muted">
        <Time at={set.openedAt} relative />
      </Cell>
    </tr>
  );
}
