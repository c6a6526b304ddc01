import { webhookPayloads } from "@roster/domain";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client, trpc } from "../../app/api.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Fault, Field, Input, Select } from "../../ui/field.tsx";
import { Menu } from "../../ui/menu.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { Section } from "../../ui/page.tsx";
import { EmptyState, errorText, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Cell, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { messages } from "../../messages.ts";
import { work } from "../../work-messages.ts";
import { SecretDialog } from "./secret-dialog.tsx";
import { useChange } from "./use-change.ts";

const words = work.settings.webhooks;
/** Milliseconds between two looks at what was sent. */
const look = 2_000;
type Webhook = Awaited<ReturnType<typeof client.webhook.list.query>>["items"][number];

/** The webhooks of the tenant, how they get on, and what was sent. */
export function Webhooks() {
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string>();
  const [open, setOpen] = useState<string>();
  const { data, error, refetch } = useQuery(trpc.webhook.list.queryOptions({ limit: 200 }));
  return (
    <Section
      title={words.table}
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          {words.create}
        </Button>
      }
    >
      {error ? (
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton className="h-32 w-full" />
      ) : data.items.length === 0 ? (
        <EmptyState title={words.empty}>{words.emptyHint}</EmptyState>
      ) : (
        <ul aria-label={words.table} className="grid grid-cols-1 gap-3">
          {data.items.map((webhook) => (
            <li
              key={webhook.id}
              className="grid grid-cols-1 gap-3 rounded-lg border border-line bg-surface p-4"
            >
              <Line
                webhook={webhook}
                isOpen={open === webhook.id}
                onOpen={() => setOpen(open === webhook.id ? undefined : webhook.id)}
                onSecret={setSecret}
              />
              {open === webhook.id && <Deliveries webhook={webhook} />}
            </li>
          ))}
        </ul>
      )}
      {creating && (
        <CreateWebhook
          onClose={() => setCreating(false)}
          onCreated={(made) => {
            setCreating(false);
            setSecret(made);
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
    </Section>
  );
}

function Line({
  webhook,
  isOpen,
  onOpen,
  onSecret,
}: {
  webhook: Webhook;
  isOpen: boolean;
  onOpen(): void;
  onSecret(secret: string): void;
}) {
  const where = { id: webhook.id };
  const [deleting, setDeleting] = useState(false);
  const status = useQuery({ ...trpc.webhook.status.queryOptions({ where }), refetchInterval: 10_000 }).data;
  const turn = useChange((enabled: boolean) => client.webhook.update.mutate({ where, patch: { enabled } }));
  const rotate = useChange(
    () => client.webhook.rotateSecret.mutate({ where }),
    undefined,
    ({ secret }) => onSecret(secret),
  );
  const remove = useChange(() => client.webhook.delete.mutate({ where }), messages.record.removed);
  return (
    <div className="flex flex-wrap items-start gap-3">
      <div className="min-w-0 flex-1 basis-72">
        <p className="said font-mono text-sm font-semibold">{webhook.url}</p>
        {webhook.description !== null && <p className="said text-sm text-muted">{webhook.description}</p>}
        <p className="mt-1 flex flex-wrap items-center gap-1.5 text-xs text-faint">
          <Chip tone={webhook.enabled ? "added" : "removed"}>
            {webhook.enabled ? words.enabled : words.disabled}
          </Chip>
          {webhook.events.map((event) => (
            <Chip key={event}>{event}</Chip>
          ))}
          {status &&
            (status.pending === 0 ? (
              <span>{words.upToDate}</span>
            ) : (
              <span>
                {words.pending(status.pending)}
                {status.oldestPendingAt && (
                  <>
                    , {words.oldest} <Time at={status.oldestPendingAt} relative />
                  </>
                )}
              </span>
            ))}
          {status?.acceptedAt && (
            <span>
              {words.accepted} <Time at={status.acceptedAt} relative />
            </span>
          )}
        </p>
        {webhook.disabledReason !== null && (
          <p className="said mt-1 text-sm text-removed">{webhook.disabledReason}</p>
        )}
      </div>
      <Button small aria-expanded={isOpen} onClick={onOpen}>
        {words.open}
      </Button>
      <Menu
        trigger={<Button small>{messages.more}</Button>}
        entries={[
          {
            label: webhook.enabled ? words.turnOff : words.turnOn,
            onSelect: () => turn.mutate(!webhook.enabled),
          },
          { label: words.rotate, onSelect: () => rotate.mutate(undefined) },
          { label: words.delete, danger: true, onSelect: () => setDeleting(true) },
        ]}
      />
      {deleting && (
        <Dialog
          title={words.deleteTitle}
          description={words.deleteText}
          onClose={() => setDeleting(false)}
          actions={
            <>
              <Button onClick={() => setDeleting(false)}>{work.cancel}</Button>
              <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate(undefined)}>
                {words.delete}
              </Button>
            </>
          }
        />
      )}
    </div>
  );
}

const tones = { delivered: "added", retrying: "warning", failed: "removed" } as const;

/** The deliveries to a webhook, newest first. */
function Deliveries({ webhook }: { webhook: Webhook }) {
  const where = { id: webhook.id };
  const pages = useInfiniteQuery({
    queryKey: ["webhook", webhook.id, "deliveries"],
    refetchInterval: look,
    queryFn: ({ pageParam, signal }) =>
      client.webhook.deliveries.query(
        { where, limit: 50, ...(pageParam !== undefined && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const replay = useChange((seq: number) => client.webhook.replay.mutate({ where, seq }), words.replayed);
  const deliveries = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  if (pages.isError) return <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />;
  if (pages.isPending) return <Skeleton className="h-24 w-full" />;
  if (deliveries.length === 0) return <p className="text-sm text-muted">{words.noDeliveries}</p>;
  return (
    <>
      <Table
        label={words.deliveries}
        head={[
          words.change,
          words.event,
          words.answer,
          work.changeSets.when,
          <span key="replay" className="sr-only">
            {words.replay}
          </span>,
        ]}
      >
        {deliveries.map(({ id, seq, type, attempt, at, duration, outcome, status, error, nextAttemptAt }) => (
          <tr key={id}>
            <Cell className="tabular">{work.number(seq)}</Cell>
            <Cell>
              {type}
              <span className="block text-xs text-faint">
                {words.attempt} {attempt}
              </span>
            </Cell>
            <Cell className="min-w-48">
              <Chip tone={tones[outcome]}>{words.outcome[outcome]}</Chip>{" "}
              <span className="tabular text-xs text-muted">
                {status ?? words.noAnswer} · {words.ms(duration)}
              </span>
              {error !== null && <span className="said block text-xs text-removed">{error}</span>}
              {nextAttemptAt && (
                <span className="block text-xs text-faint">
                  <Time at={nextAttemptAt} relative />
                </span>
              )}
            </Cell>
            <Cell className="text-muted">
              <Time at={at} relative />
            </Cell>
            <Cell className="text-right">
              <Button small aria-label={words.replayName(seq)} onClick={() => replay.mutate(seq)}>
                {words.replay}
              </Button>
            </Cell>
          </tr>
        ))}
      </Table>
      <NextPage pages={pages} label={work.more} />
    </>
  );
}

function CreateWebhook({ onClose, onCreated }: { onClose(): void; onCreated(secret: string): void }) {
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState("customer.*");
  const [payload, setPayload] = useState<(typeof webhookPayloads)[number]>("thin");
  const [description, setDescription] = useState("");
  const creating = useChange(
    () =>
      client.webhook.create.mutate({
        url,
        events: events.split(/[\s,]+/).filter((event) => event !== ""),
        payload,
        ...(description !== "" && { description }),
      }),
    undefined,
    ({ secret }) => onCreated(secret),
  );
  return (
    <Dialog
      title={words.create}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{work.cancel}</Button>
          <Button type="submit" form="create-webhook" look="primary" disabled={creating.isPending}>
            {work.settings.create}
          </Button>
        </>
      }
    >
      <form
        id="create-webhook"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          creating.mutate(undefined);
        }}
      >
        <Field id="webhook-url" label={words.url}>
          <Input
            id="webhook-url"
            type="url"
            required
            placeholder="https://"
            value={url}
            onChange={({ target }) => setUrl(target.value)}
          />
        </Field>
        <Field id="webhook-events" label={words.events} hint={words.eventsHint}>
          <Input
            id="webhook-events"
            required
            value={events}
            aria-describedby="webhook-events-hint"
            onChange={({ target }) => setEvents(target.value)}
          />
        </Field>
        <Field id="webhook-payload" label={words.payload}>
          <Select
            id="webhook-payload"
            value={payload}
            onChange={({ target }) => setPayload(target.value as typeof payload)}
          >
            {webhookPayloads.map((one) => (
              <option key={one} value={one}>
                {words.payloads[one]}
              </option>
            ))}
          </Select>
        </Field>
        <Field id="webhook-description" label={words.description}>
          <Input
            id="webhook-description"
            value={description}
            maxLength={1000}
            onChange={({ target }) => setDescription(target.value)}
          />
        </Field>
        {creating.isError && <Fault>{errorText(creating.error)}</Fault>}
      </form>
    </Dialog>
  );
}
