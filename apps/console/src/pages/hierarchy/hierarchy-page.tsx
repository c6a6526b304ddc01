import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useDeferredValue, useRef, useState } from "react";
import { queryClient } from "../../app/api.ts";
import { useFeed } from "../../app/feed.ts";
import { useKey } from "../../app/keys.ts";
import { useMay } from "../../app/session.ts";
import { kinds, nameOf, type AnyRecord } from "../../records/kind.ts";
import { useAncestors } from "../../records/record/related.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Input } from "../../ui/field.tsx";
import { PageBody, PageHeader } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Notice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { MoveDialog } from "./move-dialog.tsx";
import { Tree } from "./tree.tsx";
import { useBelow, useLevels, type Move } from "./tree-data.ts";

const words = work.tree;

/** The customers as a tree. */
export default function HierarchyPage() {
  const mayWrite = useMay("customers:write");
  const levels = useLevels();
  const roots = useBelow(null, levels.data ?? [], (levels.data ?? []).length > 0);
  const [move, setMove] = useState<Move>();
  const [typed, setTyped] = useState("");
  const letters = useDeferredValue(typed.trim());
  const box = useRef<HTMLInputElement>(null);
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useKey("/", () => box.current?.focus());
  useKey(move && move.to === undefined ? "Escape" : undefined, () => setMove(undefined));
  // Several changes at once, such as those of an import, read the tree once.
  useFeed(({ recordType, changes, action }) => {
    const matters = action !== "update" || changes.some(({ path }) => path === "/parent" || path === "/name");
    if (recordType !== "customer" || !matters) return;
    clearTimeout(later.current);
    later.current = setTimeout(() => {
      void queryClient.invalidateQueries({ queryKey: ["customer", "tree"] });
      void queryClient.invalidateQueries({ queryKey: ["customer", "tree-count"] });
    }, 500);
  });
  const choose = (to: AnyRecord | null) => setMove((before) => before && { ...before, to });
  const begin = mayWrite ? (record: AnyRecord) => setMove({ record }) : undefined;
  const drop = mayWrite
    ? (record: AnyRecord, to: AnyRecord | null) => record.id !== to?.id && setMove({ record, to })
    : undefined;
  const isEmpty = levels.data?.length === 0 || (roots.data && roots.data.pages[0]?.items.length === 0);

  return (
    <PageBody>
      <PageHeader title={words.title} below={mayWrite ? words.intro : undefined} />
      <Input
        ref={box}
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        className="max-w-96"
      />
      {move && move.to === undefined && (
        <Notice
          actions={
            <span className="flex gap-2">
              <Button small onClick={() => choose(null)}>
                {words.toTop}
              </Button>
              <Button small onClick={() => setMove(undefined)}>
                {work.cancel}
              </Button>
            </span>
          }
        >
          {words.moving(nameOf("customer", move.record))}
        </Notice>
      )}
      {levels.isError || roots.isError ? (
        <ErrorNotice
          error={levels.error ?? roots.error}
          onRetry={() => void (levels.isError ? levels : roots).refetch()}
        />
      ) : letters !== "" ? (
        <Found letters={letters} move={move} onChoose={choose} onMove={begin} />
      ) : isEmpty ? (
        <EmptyState
          title={words.empty}
          actions={
            <Link to="/settings/$section" params={{ section: "lists" }} className={buttonClass()}>
              {work.settings.lists.levels}
            </Link>
          }
        >
          {words.emptyHint}
        </EmptyState>
      ) : roots.isPending ? (
        <div className="grid gap-2">
          {Array.from({ length: 6 }, (_, index) => (
            <Skeleton key={index} className="h-8 w-full" />
          ))}
        </div>
      ) : (
        <Tree roots={roots} move={move} onChoose={choose} onMove={begin} onDrop={drop} />
      )}
      {move && move.to !== undefined && (
        <MoveDialog record={move.record} to={move.to} onClose={() => setMove(undefined)} />
      )}
    </PageBody>
  );
}

/** The customers that letters find, with those above them. */
function Found({
  letters,
  move,
  onChoose,
  onMove,
}: {
  letters: string;
  move: Move | undefined;
  onChoose(to: AnyRecord): void;
  onMove: ((record: AnyRecord) => void) | undefined;
}) {
  const { data, error } = useQuery({
    queryKey: ["customer", "tree-search", letters],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => kinds.customer.list({ search: letters, limit: 20 }, signal),
  });
  if (error) return <ErrorNotice error={error} />;
  if (!data) return <Skeleton className="h-24 w-full" />;
  if (data.items.length === 0) return <EmptyState title={words.nothing} />;
  return (
    <ul aria-label={words.search} className="rounded-lg border border-line bg-surface p-1">
      {data.items.map((record) => (
        <FoundLine key={record.id} record={record} move={move} onChoose={onChoose} onMove={onMove} />
      ))}
    </ul>
  );
}

function FoundLine({
  record,
  move,
  onChoose,
  onMove,
}: {
  record: AnyRecord;
  move: Move | undefined;
  onChoose(to: AnyRecord): void;
  onMove: ((record: AnyRecord) => void) | undefined;
}) {
  const name = nameOf("customer", record);
  const above = useAncestors(record).toReversed();
  const level = record["hierarchyLevel"];
  const isTarget = move !== undefined && move.record.id !== record.id;
  return (
    <li className="flex min-h-10 flex-wrap items-center gap-2 rounded-md px-2 py-1 hover:bg-hover">
      <Avatar name={name} small />
      <span className="min-w-0 flex-1">
        <Link
          to="/customers/$id"
          params={{ id: record.id }}
          className="said rounded-sm font-medium hover:underline"
        >
          {name}
        </Link>
        {above.length > 0 && (
          <span className="said block text-xs text-faint">
            {above.map((one) => nameOf("customer", one)).join(" › ")}
          </span>
        )}
      </span>
      {typeof level === "string" && <Chip>{level}</Chip>}
      {isTarget ? (
        <Button small look="primary" onClick={() => onChoose(record)}>
          {words.to}
        </Button>
      ) : (
        onMove &&
        !move && (
          <Button small aria-label={words.moveName(name)} onClick={() => onMove(record)}>
            {words.move}
          </Button>
        )
      )}
    </li>
  );
}
