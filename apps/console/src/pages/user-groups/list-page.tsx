import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { client, queryClient } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Input } from "../../ui/field.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "../settings/use-change.ts";

const words = work.userGroups;

/** All user groups, by name. */
export default function UserGroupsPage() {
  const mayWrite = useMay("users:write");
  const [typed, setTyped] = useState("");
  const prefix = useDeferredValue(typed.trim());
  const pages = useInfiniteQuery({
    queryKey: ["user-groups", "list", prefix],
    queryFn: ({ pageParam, signal }) =>
      client.userGroup.list.query(
        {
          limit: 50,
          sort: "displayName",
          ...(prefix !== "" && { filter: { displayName: { startsWith: prefix } } }),
          ...(pageParam !== undefined && { cursor: pageParam }),
        },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  useFeed(({ recordType }) => {
    if (recordType === "userGroup") void queryClient.invalidateQueries({ queryKey: ["user-groups", "list"] });
  });
  const groups = pages.data?.pages.flatMap(({ items }) => items) ?? [];

  return (
    <PageBody>
      <PageHeader title={messages.pages.userGroups} below={words.intro} />
      <div className="flex flex-wrap gap-2">
        <Input
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          className="max-w-xs"
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
        {mayWrite && <NewGroup />}
      </div>
      {pages.isPending ? (
        <Skeleton className="h-32 w-full" />
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : groups.length === 0 ? (
        <EmptyState title={words.empty}>{words.emptyHint}</EmptyState>
      ) : (
        <>
          <Table label={messages.pages.userGroups} head={[words.name, words.externalId, words.changed]}>
            {groups.map(({ id, displayName, externalId, updatedAt }) => (
              <tr key={id} className="hover:bg-hover">
                <Cell>
                  <Link
                    to="/user-groups/$id"
                    params={{ id }}
                    className="rounded-sm font-medium hover:underline"
                  >
                    {displayName}
                  </Link>
                </Cell>
                <Cell className="text-muted">{externalId}</Cell>
                <Cell className="text-muted">
                  <Time at={updatedAt} relative />
                </Cell>
              </tr>
            ))}
          </Table>
          <NextPage pages={pages} label={work.more} />
        </>
      )}
    </PageBody>
  );
}

function NewGroup() {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const creating = useChange(
    (displayName: string) => client.userGroup.create.mutate({ displayName }),
    words.created,
    ({ id }) => void navigate({ to: "/user-groups/$id", params: { id } }),
  );
  return (
    <form
      className="flex flex-1 justify-end gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") creating.mutate(name);
      }}
    >
      <Input
        aria-label={words.newName}
        placeholder={words.newName}
        className="max-w-xs"
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Button type="submit" look="primary" disabled={name.trim() === "" || creating.isPending}>
        {words.create}
      </Button>
    </form>
  );
}
