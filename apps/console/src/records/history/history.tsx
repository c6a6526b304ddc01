import type { ChangeEntry } from "@roster/domain";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { arriving } from "../../app/connection.ts";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { TextButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { NextPage } from "../../ui/next-page.tsx";
import { errorText, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { Time } from "../../ui/time.tsx";
import type { AnyRecord, Kind, Updated } from "../kind.ts";
import { useActorName } from "./actor.tsx";
import { CompareDialog } from "./compare-dialog.tsx";
import { canTakeBack, takeBackChange, takeBackField, type TakeBack } from "./take-back.ts";
import { TakeBackDialog } from "./take-back-dialog.tsx";

const words = messages.history;
/** The most changes of an entry that are shown without asking. */
const brief = 8;

/** The history of a record, newest first, with the ways to take it back. */
export function History({
  kind,
  record,
  mayWrite,
  shown,
  onReverted,
}: {
  kind: Kind;
  record: AnyRecord;
  mayWrite: boolean;
  /** The version that the page shows; undefined for the latest. */
  shown: number | undefined;
  onReverted(result: Updated, before: number): void;
}) {
  const [plan, setPlan] = useState<TakeBack>();
  const [comparing, setComparing] = useState(false);
  const pages = useInfiniteQuery({
    queryKey: [kind.name, "history", record.id],
    queryFn: ({ pageParam, signal }) => kind.history(record.id, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? [];
  const isChangeable = mayWrite && record.deletedAt === null;

  return (
    <section aria-label={words.title} className="grid content-start gap-3 px-4 py-5 sm:px-5">
      <div className="flex items-baseline gap-3">
        <h2 className="flex-1 font-semibold">{words.title}</h2>
        {record.version > 1 && <TextButton onClick={() => setComparing(true)}>{words.compare}</TextButton>}
      </div>
      {pages.isPending && (
        <div className="grid gap-3">
          <Skeleton />
          <Skeleton className="h-16 w-full" />
          <Skeleton />
        </div>
      )}
      {pages.isError && <ErrorNotice error={pages.error} onRetry={() => void pages.refetch()} />}
      <ol className="grid">
        {entries.map((entry, index) => (
          <Entry
            key={entry.seq}
            kind={kind}
            record={record}
            entry={entry}
            isLast={index === entries.length - 1 && !pages.hasNextPage}
            isShown={shown === entry.version}
            onPlan={isChangeable ? setPlan : undefined}
          />
        ))}
      </ol>
      <NextPage pages={pages} label={words.more} />
      {plan && (
        <TakeBackDialog
          kind={kind}
          record={record}
          plan={plan}
          onClose={() => setPlan(undefined)}
          onDone={(result) => {
            setPlan(undefined);
            onReverted(result, record.version);
          }}
        />
      )}
      {comparing && <CompareDialog kind={kind} record={record} onClose={() => setComparing(false)} />}
    </section>
  );
}

function Entry({
  kind,
  record,
  entry,
  isLast,
  isShown,
  onPlan,
}: {
  kind: Kind;
  record: AnyRecord;
  entry: ChangeEntry;
  isLast: boolean;
  isShown: boolean;
  onPlan: ((plan: TakeBack) => void) | undefined;
}) {
  const [all, setAll] = useState(false);
  const who = useActorName(entry);
  const { action, version, at, source, reason } = entry;
  // The changes of a creation are the record itself, so they are not listed.
  const changes = action === "create" ? [] : entry.changes;
  const isCurrent = version === record.version;
  const counts = action === "update" || action === "revert";
  return (
    <li className="relative grid grid-cols-[1rem_minmax(0,1fr)] gap-x-2.5 pb-5">
      {!isLast && <span aria-hidden className="absolute bottom-0 left-[0.4375rem] top-4 w-px bg-line" />}
      <span
        aria-hidden
        className={cx(
          "z-[1] mt-1 size-3.5 rounded-full border-2 bg-surface",
          isShown ? "border-accent" : isCurrent ? "border-added" : "border-line-strong",
        )}
      />
      <div className="grid min-w-0 gap-1">
        <p className="said text-sm">
          <b className="font-semibold">{who}</b> {messages.actions[action]}
          {counts && ` ${words.fields(entry.changes.length)}`}{" "}
          <Chip>{messages.sources[source] ?? source}</Chip>
        </p>
        <p className="said tabular text-xs text-faint">
          {messages.record.version(version)} · <Time at={at} relative />
          {entry.by.onBehalfOf !== undefined && ` · ${words.onBehalf(entry.by.onBehalfOf)}`}
        </p>
        {reason !== null && (
          <p className="said justify-self-start rounded-md bg-sunken px-2 py-1 text-sm">{reason}</p>
        )}
        {changes.length > 0 && (
          <ChangeList
            changes={changes}
            fields={kind.fields}
            limit={all ? Infinity : brief}
            action={
              onPlan && canTakeBack(entry) && changes.length > 1
                ? ({ path }) => (
                    <FieldRevert kind={kind} record={record} entry={entry} path={path} onPlan={onPlan} />
                  )
                : undefined
            }
          />
        )}
        <div className="flex flex-wrap gap-x-3">
          {changes.length > brief && !all && (
            <TextButton onClick={() => setAll(true)}>{messages.record.more}</TextButton>
          )}
          {onPlan && entry.action === "merge" && kind.name === "customer" && (
            <Unmerge record={record} at={at} />
          )}
          {onPlan && canTakeBack(entry) && (
            <TextButton
              onClick={() =>
                onPlan({
                  text: words.previewText(messages.record.version(version)),
                  run: takeBackChange(kind, record, entry),
                })
              }
            >
              {words.revert}
            </TextButton>
          )}
          {!isCurrent && (
            <Link
              to={`${kind.path}/$id`}
              params={{ id: record.id }}
              search={(before) => ({ ...before, version })}
              aria-label={words.viewVersion(version)}
              className="rounded-sm text-sm text-accent-text hover:underline"
            >
              {words.view}
            </Link>
          )}
        </div>
      </div>
    </li>
  );
}

/** Takes a merge apart, from the history of the customer that stayed. */
function Unmerge({ record, at }: { record: AnyRecord; at: Date }) {
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const { mergedAt, unmerge } = await arriving(() => import("../../pages/duplicates/unmerge.ts"));
      const duplicate = await mergedAt(record.id, at);
      if (duplicate !== undefined) await unmerge(duplicate);
    } catch (error) {
      toast(messages.errors.title, { description: errorText(error) });
    }
    setBusy(false);
  };
  return (
    <TextButton disabled={busy} onClick={() => void run()}>
      {words.unmerge}
    </TextButton>
  );
}

/** Takes back one value of several; it shows when its line is looked at. */
function FieldRevert({
  kind,
  record,
  entry,
  path,
  onPlan,
}: {
  kind: Kind;
  record: AnyRecord;
  entry: ChangeEntry;
  path: string;
  onPlan(plan: TakeBack): void;
}) {
  return (
    <TextButton
      aria-label={words.revertField(path.slice(1))}
      title={words.revertField(path.slice(1))}
      className="text-xs !text-faint hover:!text-accent-text"
      onClick={() =>
        onPlan({
          text: words.previewText(`${path.slice(1)}, ${messages.record.version(entry.version)}`),
          run: takeBackField(kind, record, entry, path),
        })
      }
    >
      ↺
    </TextButton>
  );
}
