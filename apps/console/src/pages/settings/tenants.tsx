import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/api.ts";
import { useSession } from "../../app/session.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Input } from "../../ui/field.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { useChange } from "./use-change.ts";

const words = work.settings.tenants;

/** All tenants, for admins of the first one. */
export function Tenants() {
  const { tenant: own } = useSession();
  const [name, setName] = useState("");
  const [secret, setSecret] = useState<string>();
  const pages = useInfiniteQuery({
    queryKey: ["tenants"],
    queryFn: ({ pageParam, signal }) =>
      client.tenant.list.query(
        { limit: 100, ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const creating = useChange(
    (of: string) => client.tenant.create.mutate({ name: of }),
    undefined,
    ({ token }) => {
      setName("");
      setSecret(token);
    },
  );
  return (
    <Section title={words.table}>
      <p className="text-sm text-muted">{words.onlyFirst}</p>
      {pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : pages.isPending ? (
        <Skeleton className="h-32 w-full" />
      ) : (
        <Table label={words.table} head={[words.number, work.settings.name, work.changeSets.when]}>
          {pages.data.pages
            .flatMap(({ items }) => items)
            .map((tenant) => (
              <tr key={tenant.id}>
                <Cell className="tabular text-muted">{tenant.number}</Cell>
                <Cell className="font-medium">
                  {tenant.name} {tenant.id === own.id && <Chip tone="accent">{words.own}</Chip>}
                </Cell>
                <Cell className="text-muted">
                  <Time at={tenant.createdAt} />
                </Cell>
              </tr>
            ))}
        </Table>
      )}
      <NextPage pages={pages} label={work.more} />
      <form
        className="flex max-w-sm gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== "") creating.mutate(name);
        }}
      >
        <Input
          aria-label={work.settings.tenantName}
          value={name}
          maxLength={255}
          onChange={({ target }) => setName(target.value)}
        />
        <Button type="submit" disabled={name === "" || creating.isPending}>
          {words.create}
        </Button>
      </form>
      {secret !== undefined && (
        <SecretDialog
          title={words.secretTitle}
          text={work.settings.tokens.secretText}
          secret={secret}
          onClose={() => setSecret(undefined)}
        />
      )}
    </Section>
  );
}
