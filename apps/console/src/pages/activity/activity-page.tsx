import { actions, recordTypes, type ChangeEntry, type RecordType } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useLive } from "../../app/connection.ts";
import { useFeed } from "../../app/feed.ts";
import { may, useSession } from "../../app/session.ts";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { useActorName } from "../../records/history/actor.tsx";
import { kindNames, kinds } from "../../records/kind.ts";
import { RecordLink } from "../../records/record-link.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Select } from "../../ui/field.tsx";
import { NextPage } from "../../ui/next-page.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { work } from "../../work-messages.ts";
import { readChanges } from "./read-changes.ts";
import type { ActivityState } from "./route.ts";

const words = work.activity;
/** The most changes that arrive while the page is open and are kept. */
const mostFresh = 500;

const isType = (type: string | undefined): type is RecordType => type !== undefined && type in recordTypes;

/** The change log of the tenant: live, filtered, newest first. */
export default function ActivityPage() {
  const state = useSearch({ from: "/activity" });
  const navigate = useNavigate();
  const live = useLive();
  const { type } = state;
  const session = useSession();
  const readable = kindNames.filter((name) => may(session, kinds[name].scopes.read));
  const types = isType(type) ? [type] : undefined;
  const pages = useInfiniteQuery({
    queryKey: ["activity", type ?? null],
    staleTime: 0,
    queryFn: ({ pageParam, signal }) => readChanges(pageParam, types, readable, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ before }) => before ?? undefined,
  });
  const [fresh, setFresh] = useState<readonly ChangeEntry[]>([]);
  const [held, setHeld] = useState(false);
  useFeed((change) => setFresh((before) => [change, ...before].slice(0, mostFresh)));

  const known = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const seen = new Set(known.map(({ seq }) => seq));
  const arrived = fresh.filter(({ seq }) => !seen.has(seq)).filter(matches(state));
  const shown = [...(held ? [] : arrived), ...known.filter(matches(state))];
  const change = (next: Partial<Record<keyof ActivityState, string | undefined>>) =>
    void navigate({ to: "/activity", search: withoutEmpty({ ...state, ...next }), replace: true });
  const sources = [...new Set([...fresh, ...known].map(({ source }) => source))].toSorted();

  return (
    <PageBody>
      <PageHeader
        title={words.title}
        below={
          <>
            <span>{words.intro}</span>
            {live && <Chip tone="added">{words.live}</Chip>}
          </>
        }
        actions={
          <Button aria-pressed={held} onClick={() => setHeld(!held)}>
            {held ? words.resume : words.pause}
          </Button>
        }
      />
      <div className="flex flex-wrap gap-2">
        <Choice
          label={words.type}
          all={words.allTypes}
          value={type}
          options={Object.keys(recordTypes).map((one) => [one, words.types[one] ?? one])}
          onChange={(next) => change({ type: next })}
        />
        <Choice
          label={words.action}
          all={words.allActions}
          value={state.action}
          options={actions.map((one) => [one, messages.actions[one]])}
          onChange={(next) => change({ action: next })}
        />
        <Choice
          label={words.source}
          all={words.allSources}
          value={state.source}
          options={[...new Set([...sources, ...(state.source === undefined ? [] : [state.source])])].map(
            (one) => [one, messages.sources[one] ?? one],
          )}
          onChange={(next) => change({ source: next })}
        />
        {state.actor !== undefined && (
          <Chip
            tone="accent"
            removeLabel={messages.list.removeFilter(state.actor)}
            onRemove={() => change({ actor: undefined })}
          >
            {known.find(({ by }) => by.id === state.actor)?.by.name ?? state.actor}
          </Chip>
        )}
        {state.day !== undefined && (
          <Chip
            tone="accent"
            removeLabel={messages.list.removeFilter(state.day)}
            onRemove={() => change({ day: undefined })}
          >
            {state.day}
          </Chip>
        )}
      </div>
      {held && arrived.length > 0 && (
        <Button className="justify-self-center" onClick={() => setHeld(false)}>
          {words.fresh(arrived.length)}
        </Button>
      )}
      {pages.isPending ? (
        <div className="grid gap-2">
          {Array.from({ length: 6 }, (_, index) => (
            <Skeleton key={index} className="h-12 w-full" />
          ))}
        </div>
      ) : pages.isError ? (
        <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />
      ) : shown.length === 0 ? (
        pages.hasNextPage || known.length > 0 ? (
          <p className="text-sm text-muted">{words.nothing}</p>
        ) : (
          <EmptyState title={words.empty} />
        )
      ) : (
        <ol
          aria-label={words.list}
          className="overflow-hidden rounded-lg border border-line bg-surface [&>li:not(:last-child)]:border-b [&>li]:border-line"
        >
          {shown.map((entry) => (
            <Entry key={entry.seq} entry={entry} isFresh={!seen.has(entry.seq)} />
          ))}
        </ol>
      )}
      <NextPage pages={pages} label={words.older} />
    </PageBody>
  );
}

const withoutEmpty = (state: Partial<Record<keyof ActivityState, string | undefined>>): ActivityState =>
  Object.fromEntries(Object.entries(state).filter(([, value]) => value !== undefined && value !== ""));

const matches =
  ({ type, action, source, actor, day }: ActivityState) =>
  (entry: ChangeEntry): boolean =>
    (type === undefined || entry.recordType === type) &&
    (action === undefined || entry.action === action) &&
    (source === undefined || entry.source === source) &&
    (actor === undefined || entry.by.id === actor) &&
    (day === undefined || entry.at.toISOString().startsWith(day));

function Choice({
  label,
  all,
  value,
  options,
  onChange,
}: {
  label: string;
  all: string;
  value: string | undefined;
  options: readonly (readonly [string, string])[];
  onChange(value: string | undefined): void;
}) {
  return (
    <Select
      aria-label={label}
      className="!w-44"
      value={value ?? ""}
      onChange={({ target }) => onChange(target.value === "" ? undefined : target.value)}
    >
      <option value="">{all}</option>
      {options.map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </Select>
  );
}

function Entry({ entry, isFresh }: { entry: ChangeEntry; isFresh: boolean }) {
  const who = useActorName(entry);
  const { action, at, recordType, recordId, changes, source, reason, changeSet, by } = entry;
  return (
    <li
      className={cx(
        "grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[20rem_minmax(0,1fr)_auto]",
        isFresh && "animate-glow",
      )}
    >
      <div className="min-w-0 text-sm">
        <p className="said">
          <b className="font-semibold">{who}</b> {messages.actions[action]}{" "}
          <Chip>{messages.sources[source] ?? source}</Chip>
        </p>
        <p className="said text-muted">
          {words.one[recordType] ?? recordType}:{" "}
          <RecordLink recordType={recordType} id={recordId} changes={changes} />
        </p>
        {by.onBehalfOf !== undefined && (
          <p className="said text-xs text-faint">{messages.history.onBehalf(by.onBehalfOf)}</p>
        )}
      </div>
      <div className="min-w-0">
        {reason !== null && <p className="said mb-1 text-sm text-muted">“{reason}”</p>}
        {action !== "create" && changes.length > 0 && (
          <ChangeList changes={changes} fields={recordTypes[recordType]} limit={3} />
        )}
        {changeSet !== undefined && (
          <Link
            to="/change-sets/$id"
            params={{ id: changeSet }}
            className="rounded-sm text-sm text-accent-text hover:underline"
          >
            {words.setLink}
          </Link>
        )}
      </div>
      <Time at={at} relative className="text-xs text-faint" />
    </li>
  );
}
