import type { Member, UserGroup } from "@roster/domain";
import { rosterError } from "@roster/client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { client, queryClient } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useMay } from "../../app/session.ts";
import { LookUp } from "../../fields/look-up.tsx";
import { messages } from "../../messages.ts";
import { Button, buttonClass, TextButton } from "../../ui/button.tsx";
import { Input } from "../../ui/field.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { PageBody, PageHeader, Section } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { work } from "../../work-messages.ts";
import { useChange } from "../settings/use-change.ts";
import { GroupHistory } from "./group-history.tsx";

const words = work.userGroups;

/** One user group: its name, its members and its history. */
export default function UserGroupPage() {
  const { id } = useParams({ from: "/user-groups/$id" });
  const { data, error, refetch } = useQuery({
    queryKey: ["user-groups", "get", id],
    queryFn: ({ signal }) => client.userGroup.get.query({ where: { id }, deleted: true }, { signal }),
  });
  useFeed(({ recordId }) => {
    if (recordId === id) void queryClient.invalidateQueries({ queryKey: ["user-groups"] });
  });
  if (error && rosterError(error)?.code === "NOT_FOUND")
    return (
      <EmptyState
        isPage
        title={words.missing}
        actions={
          <Link to="/user-groups" className={buttonClass()}>
            {messages.pages.userGroups}
          </Link>
        }
      />
    );
  return (
    <PageBody>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data ? <Group key={data.version} group={data} /> : !error && <Skeleton className="h-64 w-full" />}
    </PageBody>
  );
}

function Group({ group }: { group: UserGroup }) {
  const mayWrite = useMay("users:write");
  const where = { id: group.id };
  const isDeleted = group.deletedAt !== null;
  const [name, setName] = useState(group.displayName);
  const renaming = useChange((displayName: string) =>
    client.userGroup.update.mutate({ where, patch: { displayName }, expectedVersion: group.version }),
  );
  const removing = useChange(() => client.userGroup.delete.mutate({ where }), words.deleted);
  const restoring = useChange(() => client.userGroup.restore.mutate({ where }), words.restored);
  return (
    <>
      <PageHeader
        above={
          <Link to="/user-groups" className="rounded-sm hover:underline">
            {messages.pages.userGroups}
          </Link>
        }
        title={group.displayName}
        below={
          <>
            <span>{messages.record.version(group.version)}</span>
            {group.externalId !== null && <span className="said">{group.externalId}</span>}
          </>
        }
        actions={
          mayWrite &&
          (isDeleted ? (
            <Button onClick={() => restoring.mutate()}>{words.restore}</Button>
          ) : (
            <Button onClick={() => removing.mutate()}>{words.delete}</Button>
          ))
        }
      />
      {mayWrite && !isDeleted && (
        <form
          className="flex max-w-md gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            renaming.mutate(name);
          }}
        >
          <Input aria-label={words.name} value={name} onChange={({ target }) => setName(target.value)} />
          <Button
            type="submit"
            disabled={name.trim() === "" || name === group.displayName || renaming.isPending}
          >
            {work.save}
          </Button>
        </form>
      )}
      <Members group={group} mayWrite={mayWrite && !isDeleted} />
      <GroupHistory group={group} mayWrite={mayWrite && !isDeleted} />
    </>
  );
}

function Members({ group, mayWrite }: { group: UserGroup; mayWrite: boolean }) {
  const where = { id: group.id };
  const pages = useInfiniteQuery({
    queryKey: ["user-groups", "members", group.id],
    queryFn: ({ pageParam, signal }) =>
      client.userGroup.members.query(
        { where, limit: 100, ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const adding = useChange(async (number: number) => {
    const user = await client.user.get.query({ where: { number } });
    return client.userGroup.update.mutate({ where, add: { members: [user.id] } });
  }, words.memberAdded);
  const removing = useChange(
    (id: string) => client.userGroup.update.mutate({ where, remove: { members: [id] } }),
    words.memberRemoved,
  );
  const members = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section title={words.members}>
      {mayWrite && (
        <LookUp
          id="new-member"
          label={words.addMember}
          refers="user"
          value={null}
          className="max-w-md"
          onChange={(number) => {
            if (typeof number === "number") adding.mutate(number);
          }}
        />
      )}
      {pages.isPending ? (
        <Skeleton className="h-24 w-full" />
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : members.length === 0 ? (
        <p className="text-sm text-muted">{words.noMembers}</p>
      ) : (
        <Table label={words.members} head={[words.name, ...(mayWrite ? [words.action] : [])]}>
          {members.map((member) => (
            <tr key={member.id}>
              <Cell>
                <MemberLink member={member} />
              </Cell>
              {mayWrite && (
                <Cell numeric>
                  <TextButton
                    aria-label={words.removeMember(nameOf(member))}
                    disabled={removing.isPending}
                    onClick={() => removing.mutate(member.id)}
                  >
                    {words.remove}
                  </TextButton>
                </Cell>
              )}
            </tr>
          ))}
        </Table>
      )}
      <NextPage pages={pages} label={work.more} />
    </Section>
  );
}

const nameOf = ({ name, id }: Member): string => name ?? id;

function MemberLink({ member }: { member: Member }) {
  const { id, type } = member;
  return (
    <Link
      to={type === "user" ? "/users/$id" : "/user-groups/$id"}
      params={{ id }}
      className="rounded-sm hover:underline"
    >
      {nameOf(member)}
    </Link>
  );
}
