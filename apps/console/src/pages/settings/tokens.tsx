import { may, scopes as allScopes, type Scope } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../app/api.ts";
import { useSession } from "../../app/session.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Checkbox, Fault, Field, Input, Select } from "../../ui/field.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { Section } from "../../ui/page.tsx";
import { errorText, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { useChange } from "./use-change.ts";

const words = work.settings.tokens;
type Token = Awaited<ReturnType<typeof client.token.list.query>>["items"][number];

/** The tokens of the tenant: what they may do, how long, and when they were last used. */
export function Tokens() {
  const { actor } = useSession();
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [revoking, setRevoking] = useState<Token>();
  const pages = useInfiniteQuery({
    queryKey: ["tokens"],
    queryFn: ({ pageParam, signal }) =>
      client.token.list.query(
        { limit: 100, ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const revoke = useChange(
    (id: string) => client.token.revoke.mutate({ where: { id } }),
    words.revoked,
    () => setRevoking(undefined),
  );
  const tokens = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section
      title={words.table}
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          {words.create}
        </Button>
      }
    >
      {pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : pages.isPending ? (
        <Skeleton className="h-40 w-full" />
      ) : (
        <Table
          label={words.table}
          head={[
            work.settings.name,
            words.scopes,
            words.expires,
            words.lastUsed,
            <span key="revoke" className="sr-only">
              {words.revoke}
            </span>,
          ]}
        >
          {tokens.map((token) => {
            const name = token.name ?? words.noName;
            const isOver = token.deletedAt !== null;
            const isExpired = token.expiresAt !== null && token.expiresAt.getTime() < Date.now();
            return (
              <tr key={token.id}>
                <Cell className="min-w-40 font-medium">
                  {name} {actor.id === `token:${token.id}` && <Chip tone="accent">{words.own}</Chip>}
                </Cell>
                <Cell className="min-w-40">
                  <span className="flex flex-wrap gap-1">
                    {token.scopes.map((scope) => (
                      <Chip key={scope}>{scope}</Chip>
                    ))}
                  </span>
                </Cell>
                <Cell className="text-muted">
                  {token.expiresAt === null ? (
                    work.settings.never
                  ) : isExpired ? (
                    <Chip tone="warning">{words.expired}</Chip>
                  ) : (
                    <Time at={token.expiresAt} />
                  )}
                </Cell>
                <Cell className="text-muted">
                  {token.lastUsedAt === null ? work.settings.never : <Time at={token.lastUsedAt} relative />}
                </Cell>
                <Cell className="text-right">
                  {!isOver && (
                    <Button
                      small
                      look="danger"
                      aria-label={words.revokeName(name)}
                      onClick={() => setRevoking(token)}
                    >
                      {words.revoke}
                    </Button>
                  )}
                </Cell>
              </tr>
            );
          })}
        </Table>
      )}
      <NextPage pages={pages} label={work.more} />
      {creating && (
        <CreateToken
          onClose={() => setCreating(false)}
          onCreated={(token) => {
            setCreating(false);
            setSecret(token);
          }}
        />
      )}
      {secret !== undefined && (
        <SecretDialog
          title={words.secretTitle}
          text={words.secretText}
          secret={secret}
          onClose={() => setSecret(undefined)}
        />
      )}
      {revoking && (
        <Dialog
          title={words.revokeTitle(revoking.name ?? words.noName)}
          description={words.revokeText}
          onClose={() => setRevoking(undefined)}
          actions={
            <>
              <Button onClick={() => setRevoking(undefined)}>{work.cancel}</Button>
              <Button look="danger" disabled={revoke.isPending} onClick={() => revoke.mutate(revoking.id)}>
                {words.revoke}
              </Button>
            </>
          }
        />
      )}
    </Section>
  );
}

const daysOf = { day: 1, month: 30, year: 365, never: undefined } as const;
type Expiry = keyof typeof daysOf;

function CreateToken({ onClose, onCreated }: { onClose(): void; onCreated(token: string): void }) {
  const session = useSession();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [expiry, setExpiry] = useState<Expiry>("year");
  const [missing, setMissing] = useState(false);
  const creating = useChange(
    () => {
      const days = daysOf[expiry];
      return client.token.create.mutate({
        scopes,
        ...(name !== "" && { name }),
        ...(days !== undefined && { expiresAt: new Date(Date.now() + days * 86_400_000) }),
      });
    },
    undefined,
    ({ token }) => onCreated(token),
  );
  return (
    <Dialog
      title={words.create}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{work.cancel}</Button>
          <Button type="submit" form="create-token" look="primary" disabled={creating.isPending}>
            {work.settings.create}
          </Button>
        </>
      }
    >
      <form
        id="create-token"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          setMissing(scopes.length === 0);
          if (scopes.length > 0) creating.mutate(undefined);
        }}
      >
        <Field id="token-name" label={words.purpose}>
          <Input
            id="token-name"
            value={name}
            maxLength={255}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <fieldset className="grid gap-1.5">
          <legend className="mb-1 text-sm font-medium">{words.scopes}</legend>
          {allScopes
            .filter((scope) => may(session, scope))
            .map((scope) => (
              <label key={scope} className="flex items-baseline gap-2 text-sm">
                <Checkbox
                  className="translate-y-0.5"
                  checked={scopes.includes(scope)}
                  onChange={({ target }) =>
                    setScopes(target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                  }
                />
                <code className="font-mono text-xs">{scope}</code>
                <span className="text-muted">{words.scopeHints[scope]}</span>
              </label>
            ))}
          {missing && scopes.length === 0 && <Fault>{words.needScope}</Fault>}
        </fieldset>
        <Field id="token-expiry" label={words.expires}>
          <Select
            id="token-expiry"
            value={expiry}
            onChange={({ target }) => setExpiry(target.value as Expiry)}
          >
            {Object.entries(words.expiry).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        {creating.isError && <Fault>{errorText(creating.error)}</Fault>}
      </form>
    </Dialog>
  );
}
