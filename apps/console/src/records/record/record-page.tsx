import { isNotFound } from "@roster/client";
import { labelOf, segments, type ChangeEntry } from "@roster/domain";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeft, Ellipsis } from "lucide-react";
import { useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { queryClient, trpc } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useKey } from "../../app/keys.ts";
import { useMay } from "../../app/session.ts";
import { exact } from "../../app/times.ts";
import { messages } from "../../messages.ts";
import { Button, IconButton, TextButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Menu } from "../../ui/menu.tsx";
import { PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Notice, Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.ts";
import { useActorName } from "../history/actor.tsx";
import { History } from "../history/history.tsx";
import { TakeBackDialog } from "../history/take-back-dialog.tsx";
import { backToVersion, type TakeBack } from "../history/take-back.ts";
import { kinds, nameOf, type AnyRecord, type Kind, type KindName } from "../kind.ts";
import { savedChange, showRecord, undoLatest } from "../undo.ts";
import { ConflictDialog } from "./conflict-dialog.tsx";
import { RecordForm } from "./record-form.tsx";
import type { RecordState } from "./record-state.ts";
import { Related, useAncestors } from "./related.tsx";
import { SaveBar } from "./save-bar.tsx";
import { useEditing } from "./use-editing.ts";

const words = messages.record;

/** A record with its history, as it is or as it was. */
export function RecordPage({ name, id }: { name: KindName; id: string }) {
  const kind = kinds[name];
  const { version }: RecordState = useSearch({ strict: false });
  const mayWrite = useMay(kind.scopes.write);
  const [pane, setPane] = useState<"record" | "history">("record");
  const record = useQuery({
    queryKey: [name, "get", id],
    queryFn: ({ signal }) => kind.get({ id }, signal),
  });
  const [latest, setLatest] = useState<ChangeEntry>();
  useFeed((change) => {
    if (change.recordId !== id) return;
    setLatest(change);
    void queryClient.invalidateQueries({ queryKey: [name, "get", id] });
    void queryClient.invalidateQueries({ queryKey: [name, "history", id] });
  });

  if (record.isPending) return <Loading />;
  if (record.isError && !record.data)
    return (
      <div className="p-6">
        {isNotFound(record.error) ? (
          <EmptyState
            isPage
            title={words.missing}
            actions={<Link to={kind.path}>{messages.list.back}</Link>}
          />
        ) : (
          <ErrorNotice error={record.error} onRetry={() => void record.refetch()} />
        )}
      </div>
    );
  const { data } = record;
  const earlier = version !== undefined && version < data.version ? version : undefined;
  return (
    <div className="flex h-full min-h-0 flex-col xl:flex-row">
      <div
        role="group"
        aria-label={kind.noun.single}
        className="flex gap-1 border-b border-line px-3 py-1.5 xl:hidden"
      >
        <BackLink kind={kind} />
        {(["record", "history"] as const).map((one) => (
          <Button
            key={one}
            small
            look="quiet"
            aria-pressed={pane === one}
            onClick={() => setPane(one)}
            className="min-h-8 aria-pressed:bg-hover aria-pressed:font-semibold"
          >
            {one === "record" ? kind.noun.single : messages.history.title}
          </Button>
        ))}
      </div>
      <div className={cx("min-h-0 min-w-0 flex-1", pane === "history" && "hidden xl:block")}>
        {earlier === undefined ? (
          <Current kind={kind} record={data} mayWrite={mayWrite} latest={latest} />
        ) : (
          <Earlier kind={kind} record={data} version={earlier} mayWrite={mayWrite} />
        )}
      </div>
      <div
        className={cx(
          "min-h-0 overflow-y-auto border-line bg-surface xl:block xl:w-80 xl:shrink-0 xl:border-l 2xl:w-96",
          pane === "history" ? "flex-1" : "hidden",
        )}
      >
        <History
          kind={kind}
          record={data}
          mayWrite={mayWrite}
          shown={earlier}
          onReverted={({ record: reverted, version: now }, before) =>
            savedChange(messages.history.reverted(now), name, reverted, before)
          }
        />
      </div>
    </div>
  );
}

function Loading() {
  return (
    <div className="grid gap-4 p-8" role="status" aria-label={messages.loading}>
      <Skeleton className="h-7 w-64" />
      <Skeleton className="h-4 w-40" />
      {Array.from({ length: 8 }, (_, index) => (
        <Skeleton key={index} className="h-6 w-full" />
      ))}
    </div>
  );
}

function BackLink({ kind }: { kind: Kind }) {
  return (
    <Link
      to={kind.path}
      search={({ version: _, ...list }: Record<string, unknown>) => list}
      aria-label={messages.list.back}
      title={messages.list.back}
      className="grid size-8 place-items-center rounded-md text-muted hover:bg-hover lg:hidden"
    >
      <ArrowLeft size={16} aria-hidden />
    </Link>
  );
}

/** The record as it is, which can be edited. */
function Current({
  kind,
  record,
  mayWrite,
  latest,
}: {
  kind: Kind;
  record: AnyRecord;
  mayWrite: boolean;
  /** The latest change that the feed brought. */
  latest: ChangeEntry | undefined;
}) {
  const form = useRef<HTMLFormElement>(null);
  const [asking, setAsking] = useState<() => void>();
  const isAdmin = useMay("admin");
  const isGone = record.deletedAt !== null;
  const readOnly = !mayWrite || isGone;
  const editing = useEditing(kind, record, (saved, before) =>
    savedChange(words.saved(saved.version), kind.name, saved, before),
  );
  const { target, isDirty } = editing;
  const ancestors = useAncestors(kind.name === "customer" ? target : undefined);
  const tenant = useQuery({
    ...trpc.tenant.get.queryOptions(),
    enabled: isAdmin && kind.name === "customer",
  });
  const who = useActorName(latest);

  useKey(readOnly ? undefined : "e", () =>
    form.current?.querySelector<HTMLElement>("[id^=field-]:not([readonly])")?.focus(),
  );
  useKey(mayWrite ? "u" : undefined, undoLatest);
  useKey("mod+s", () => isDirty && form.current?.requestSubmit());

  const save = async () => {
    if (await editing.save()) return;
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isDirty || editing.saving) return;
    void save();
  };
  const discard = () => setAsking(() => () => editing.discard());
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented || !(event.target instanceof HTMLElement)) return;
    // Dialogs over the form and open lists within it handle Escape themselves.
    const isOwn = event.currentTarget.contains(event.target);
    if (!isOwn || event.target.getAttribute("aria-expanded") === "true") return;
    if (isDirty) discard();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  };

  const isTheirs = isDirty && record.version > editing.base.version;
  const theirFields = latest?.changes.map(({ path }) => {
    const [field = ""] = segments(path);
    return labelOf(field, kind.fields[field]);
  });
  const notes = new Map<string, ReactNode>();
  if (
    latest &&
    latest.version === record.version &&
    latest.action !== "create" &&
    who !== messages.actors.you
  )
    for (const { path } of latest.changes)
      notes.set(
        segments(path)[0] ?? "",
        <span className="max-w-[45%] shrink-0 animate-glow truncate rounded px-1 text-xs text-added">
          {who}, <Time at={latest.at} relative />
        </span>,
      );

  return (
    <form ref={form} noValidate onSubmit={submit} onKeyDown={press} className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-5 sm:px-6 2xl:px-8">
        <div className="mx-auto grid max-w-3xl gap-5">
          <Head kind={kind} record={target} ancestors={ancestors} mayWrite={mayWrite} />
          {editing.restored !== undefined && isDirty && (
            <Notice
              actions={
                <Button small look="quiet" onClick={() => editing.discard()}>
                  {words.discard}
                </Button>
              }
            >
              {words.draft(exact(new Date(editing.restored)))}
            </Notice>
          )}
          {isGone && <Gone kind={kind} record={record} mayWrite={mayWrite} />}
          {!mayWrite && <p className="text-sm text-faint">{words.readOnly}</p>}
          <RecordForm
            kind={kind}
            target={target}
            saved={editing.base}
            readOnly={readOnly}
            faults={editing.faults}
            notes={notes}
            ancestors={ancestors}
            propertiesSchema={tenant.data?.propertiesSchema ?? null}
            onChange={editing.set}
          />
          {kind.name === "customer" && (
            <>
              <Related kind="customer" field="parent" id={record.id} title={words.children} />
              <Related kind="user" field="customer" id={record.id} title={words.users} />
            </>
          )}
        </div>
      </div>
      {!readOnly && (
        <SaveBar kind={kind} record={record} editing={editing} onDiscard={discard}>
          {isTheirs && (
            <Notice tone="warning">
              {words.theirs(who || words.somebody, (theirFields ?? []).slice(0, 3).join(", ") || "it")}
            </Notice>
          )}
        </SaveBar>
      )}
      <ConflictDialog kind={kind} editing={editing} />
      {asking && (
        <Dialog
          title={words.leaveTitle}
          onClose={() => setAsking(undefined)}
          actions={
            <>
              <Button onClick={() => setAsking(undefined)}>{words.stay}</Button>
              <Button
                look="danger"
                onClick={() => {
                  asking();
                  setAsking(undefined);
                }}
              >
                {words.discard}
              </Button>
            </>
          }
        >
          <p className="text-sm">{words.leaveText}</p>
        </Dialog>
      )}
    </form>
  );
}

/** Where the record belongs, its name, and what is known about it at a glance. */
function Head({
  kind,
  record,
  ancestors,
  mayWrite,
}: {
  kind: Kind;
  record: AnyRecord;
  ancestors: readonly AnyRecord[];
  mayWrite: boolean;
}) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const name = nameOf(kind.name, record);
  const remove = useMutation({
    mutationFn: () => kind.delete(record.id, record.version),
    onSuccess: (gone) => {
      showRecord(kind.name, gone);
      setDeleting(false);
      toast(words.removed, {
        undo: () => void kind.restore(record.id).then((back) => showRecord(kind.name, back)),
      });
      void navigate({ to: kind.path });
    },
  });
  const chips = [record["hierarchyLevel"], ...((record["groupTags"] ?? []) as string[])].filter(
    (one): one is string => typeof one === "string" && one !== "",
  );
  const ownId = record["providedId"] ?? record["username"];
  return (
    <>
      <PageHeader
        above={
          ancestors.length > 0 && (
            <nav aria-label={messages.groups.hierarchy}>
              <ol className="flex flex-wrap items-center gap-x-1.5">
                {ancestors.toReversed().map((one) => (
                  <li key={one.id} className="flex items-center gap-x-1.5">
                    <Link
                      to="/customers/$id"
                      params={{ id: one.id }}
                      className="said rounded-sm hover:underline"
                    >
                      {nameOf("customer", one)}
                    </Link>
                    <span aria-hidden>›</span>
                  </li>
                ))}
                <li aria-current="page" className="said">
                  {name}
                </li>
              </ol>
            </nav>
          )
        }
        title={name}
        below={
          <>
            {chips.map((chip) => (
              <Chip key={chip}>{chip}</Chip>
            ))}
            <span className="said tabular">
              {[
                words.version(record.version),
                typeof ownId === "string" ? ownId : undefined,
                words.number(record.number),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </>
        }
        actions={
          <Menu
            trigger={
              <IconButton label={words.actions}>
                <Ellipsis size={16} aria-hidden />
              </IconButton>
            }
            entries={[
              {
                label: words.copyId,
                onSelect: () =>
                  void navigator.clipboard?.writeText(record.id).then(() => toast(words.copied)),
              },
              ...(mayWrite && record.deletedAt === null
                ? [{ label: words.delete, danger: true, onSelect: () => setDeleting(true) }]
                : []),
            ]}
          />
        }
      />
      {deleting && (
        <Dialog
          title={words.deleteTitle(name)}
          onClose={() => setDeleting(false)}
          actions={
            <>
              <Button onClick={() => setDeleting(false)}>{messages.dialog.cancel}</Button>
              <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
                {words.delete}
              </Button>
            </>
          }
        >
          <p className="text-sm">{words.deleteText}</p>
          {remove.isError && <ErrorNotice error={remove.error} />}
        </Dialog>
      )}
    </>
  );
}

/** Says that a record is deleted, merged or erased, and offers the way back. */
function Gone({ kind, record, mayWrite }: { kind: Kind; record: AnyRecord; mayWrite: boolean }) {
  const restore = useMutation({
    mutationFn: () => kind.restore(record.id),
    onSuccess: (back) => {
      showRecord(kind.name, back);
      toast(words.restored);
    },
  });
  const { erasedAt, mergedInto, deletedAt } = record;
  if (typeof erasedAt === "string")
    return <Notice tone="warning">{words.erased(exact(new Date(erasedAt)))}</Notice>;
  return (
    <>
      <Notice
        tone="warning"
        actions={
          mayWrite &&
          typeof mergedInto !== "string" && (
            <Button small disabled={restore.isPending} onClick={() => restore.mutate()}>
              {words.restore}
            </Button>
          )
        }
      >
        {words.deleted(exact(new Date(deletedAt ?? "")))}{" "}
        {typeof mergedInto === "string" && (
          <Link to="/customers/$id" params={{ id: mergedInto }} className="underline">
            {words.mergedInto}
          </Link>
        )}
      </Notice>
      {restore.isError && <ErrorNotice error={restore.error} />}
    </>
  );
}

/** The record as it was at a version. */
function Earlier({
  kind,
  record,
  version,
  mayWrite,
}: {
  kind: Kind;
  record: AnyRecord;
  version: number;
  mayWrite: boolean;
}) {
  const navigate = useNavigate();
  const [plan, setPlan] = useState<TakeBack>();
  const toNow = () =>
    void navigate({
      to: ".",
      search: ({ version: _, ...list }: Record<string, unknown>) => list,
    });
  const { data, error } = useQuery({
    queryKey: [kind.name, "at", record.id, version],
    queryFn: ({ signal }) => kind.at(record.id, version, signal),
    staleTime: Infinity,
  });
  const ancestors = useAncestors(kind.name === "customer" ? data : undefined);
  return (
    <div className="h-full overflow-y-auto px-4 py-5 sm:px-6 2xl:px-8">
      <div className="mx-auto grid max-w-3xl gap-5">
        <Notice
          actions={
            <>
              {mayWrite && record.deletedAt === null && (
                <TextButton
                  onClick={() =>
                    setPlan({
                      text: messages.history.previewVersion(version),
                      run: backToVersion(kind, record, version),
                    })
                  }
                >
                  {messages.history.revertTo}
                </TextButton>
              )}
              <TextButton className="font-medium" onClick={toNow}>
                {messages.history.now}
              </TextButton>
            </>
          }
        >
          {messages.history.asOf(version, data ? exact(new Date(data.updatedAt)) : "…")}
        </Notice>
        {error ? (
          <ErrorNotice error={error} />
        ) : data ? (
          <>
            <PageHeader title={nameOf(kind.name, data)} below={words.version(version)} />
            <RecordForm
              kind={kind}
              target={data}
              saved={data}
              readOnly
              faults={{}}
              ancestors={ancestors}
              onChange={() => undefined}
            />
          </>
        ) : (
          <Loading />
        )}
      </div>
      {plan && (
        <TakeBackDialog
          kind={kind}
          record={record}
          plan={plan}
          onClose={() => setPlan(undefined)}
          onDone={({ record: reverted, version: now }) => {
            savedChange(messages.history.reverted(now), kind.name, reverted, record.version);
            toNow();
          }}
        />
      )}
    </div>
  );
}
