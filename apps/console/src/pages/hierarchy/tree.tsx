import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { createContext, use, useMemo, useState, type DragEvent, type KeyboardEvent } from "react";
import { nameOf, type AnyRecord } from "../../records/kind.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { useBelow, useCountBelow, type Move } from "./tree-data.ts";
import { walkTree } from "./tree-keys.ts";

const words = work.tree;

interface Shared {
  move: Move | undefined;
  onChoose(to: AnyRecord | null): void;
  onMove: ((record: AnyRecord) => void) | undefined;
  onDrop: ((record: AnyRecord, to: AnyRecord | null) => void) | undefined;
}

interface TreeState extends Shared {
  open: ReadonlySet<string>;
  toggle(id: string): void;
  /** The item that the Tab key reaches. */
  current: string | undefined;
  setCurrent(id: string): void;
  dragged: AnyRecord | undefined;
  setDragged(record: AnyRecord | undefined): void;
}

const TreeContext = createContext<TreeState | undefined>(undefined);

function useTree(): TreeState {
  const state = use(TreeContext);
  if (!state) throw new Error("an item stands outside of a tree");
  return state;
}

type Below = ReturnType<typeof useBelow>;
const recordsOf = (below: Below): AnyRecord[] => below.data?.pages.flatMap(({ items }) => items) ?? [];

/** The tree, level by level as they are opened; by pointer, by keyboard, and for screen readers. */
export function Tree({ roots, ...shared }: Shared & { roots: Below }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState<string>();
  const [dragged, setDragged] = useState<AnyRecord>();
  const toggle = (id: string) =>
    setOpen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const { move, onChoose, onMove, onDrop } = shared;
  const state = useMemo(
    () => ({ move, onChoose, onMove, onDrop, open, toggle, current, setCurrent, dragged, setDragged }),
    [move, onChoose, onMove, onDrop, open, current, dragged],
  );
  const mayDropHere = dragged !== undefined && dragged["parent"] !== null;
  return (
    <TreeContext value={state}>
      {mayDropHere && onDrop && (
        <div
          onDragOver={(event) => event.preventDefault()}
          onDrop={() => onDrop(dragged, null)}
          className="rounded-lg border border-dashed border-accent bg-accent-soft px-4 py-2 text-sm text-accent-text"
        >
          {words.dropTop}
        </div>
      )}
      <ul
        role="tree"
        aria-label={words.tree}
        className="rounded-lg border border-line bg-surface p-1"
        onKeyDown={(event) => walkTree(event, (item) => toggle(item.dataset["id"] ?? ""))}
      >
        <Items below={roots} level={1} first={recordsOf(roots)[0]?.id} />
      </ul>
    </TreeContext>
  );
}

/** The items of one place, and the way to more of them. */
function Items({ below, level, first }: { below: Below; level: number; first?: string | undefined }) {
  const { current } = useTree();
  const more = () => void below.fetchNextPage();
  if (below.isPending)
    return (
      <li role="none" className="px-9 py-1">
        <Skeleton className="h-6 w-48" />
      </li>
    );
  return (
    <>
      {recordsOf(below).map((record) => (
        <Item key={record.id} record={record} level={level} isReached={(current ?? first) === record.id} />
      ))}
      {below.hasNextPage && (
        <li
          role="treeitem"
          aria-level={level}
          aria-selected={false}
          tabIndex={-1}
          className="cursor-pointer rounded-md px-9 py-1.5 text-sm text-accent-text hover:bg-hover"
          onClick={more}
          onKeyDown={(event) => event.key === "Enter" && more()}
        >
          {words.loadMore}
        </li>
      )}
    </>
  );
}

function Item({ record, level, isReached }: { record: AnyRecord; level: number; isReached: boolean }) {
  const tree = useTree();
  const { move, dragged, onMove, onDrop, onChoose } = tree;
  const [over, setOver] = useState(false);
  const { id } = record;
  const name = nameOf("customer", record);
  const count = useCountBelow(id).data;
  const has = (count?.count ?? 0) > 0;
  const isOpen = has && tree.open.has(id);
  const below = useBelow(id, [], isOpen);
  const levelName = record["hierarchyLevel"];
  const isTarget = move !== undefined && move.to === undefined && move.record.id !== id;

  const keys = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" && isTarget) onChoose(record);
    else if (event.key === "m" && onMove) onMove(record);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const dropsHere = onDrop !== undefined && dragged !== undefined && dragged.id !== id;
  const drag = onDrop && {
    draggable: true,
    onDragStart: (event: DragEvent) => {
      event.stopPropagation();
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", name);
      tree.setDragged(record);
    },
    onDragEnd: () => tree.setDragged(undefined),
  };
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-label={name}
      aria-selected={isReached}
      aria-expanded={has ? isOpen : undefined}
      tabIndex={isReached ? 0 : -1}
      data-id={id}
      onFocus={(event) => event.target === event.currentTarget && tree.setCurrent(id)}
      onKeyDown={keys}
      className="rounded-md outline-none"
    >
      <div
        {...drag}
        onDragOver={(event) => {
          if (!dropsHere) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          setOver(false);
          if (!dropsHere) return;
          event.preventDefault();
          event.stopPropagation();
          onDrop(dragged, record);
        }}
        style={{ paddingInlineStart: `${(level - 1) * 1.25 + 0.25}rem` }}
        className={cx(
          "group flex min-h-9 items-center gap-2 rounded-md pr-2 hover:bg-hover",
          "[[role=treeitem]:focus-visible>&]:outline-2 [[role=treeitem]:focus-visible>&]:outline-accent",
          over && "bg-accent-soft",
          move?.record.id === id && "opacity-50",
        )}
      >
        {has ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={isOpen ? words.collapse(name) : words.expand(name)}
            onClick={() => tree.toggle(id)}
            className="grid size-6 shrink-0 place-items-center rounded text-muted hover:text-text"
          >
            <ChevronRight
              size={14}
              aria-hidden
              className={cx("transition-transform", isOpen && "rotate-90")}
            />
          </button>
        ) : (
          <span className="size-6 shrink-0" />
        )}
        <Avatar name={name} small />
        <Link
          to="/customers/$id"
          params={{ id }}
          tabIndex={-1}
          draggable={false}
          className="said min-w-0 rounded-sm font-medium hover:underline"
        >
          {name}
        </Link>
        {typeof levelName === "string" && <Chip>{levelName}</Chip>}
        <span className="tabular flex-1 text-xs text-faint">
          {has && count && words.below(`${work.number(count.count)}${count.exact ? "" : "+"}`)}
        </span>
        {isTarget ? (
          <Button small look="primary" tabIndex={-1} onClick={() => onChoose(record)}>
            {words.to}
          </Button>
        ) : (
          onMove &&
          !move && (
            <Button
              small
              tabIndex={-1}
              aria-label={words.moveName(name)}
              onClick={() => onMove(record)}
              className="opacity-0 focus:opacity-100 group-hover:opacity-100 [[role=treeitem]:focus-within>div>&]:opacity-100 pointer-coarse:opacity-100"
            >
              {words.move}
            </Button>
          )
        )}
      </div>
      {isOpen && (
        <ul role="group">
          <Items below={below} level={level + 1} />
        </ul>
      )}
    </li>
  );
}
