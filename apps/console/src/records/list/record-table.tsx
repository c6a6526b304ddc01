import { Link } from "@tanstack/react-router";
import { sortables } from "@roster/domain";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import {
  memo,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type Ref,
} from "react";
import { Value } from "../../fields/value.tsx";
import { messages } from "../../messages.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { cx } from "../../ui/class.ts";
import { Checkbox } from "../../ui/field.tsx";
import { Skeleton } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { nameOf, type AnyRecord, type Kind } from "../kind.ts";
import { narrowest, nameWidth, widest, type Column } from "./columns.ts";
import type { ListState } from "./list-state.ts";
import type { RecordPages } from "./record-pages.ts";

export interface TableHandle {
  /** Scrolls to a row. */
  show(row: number): void;
  /** Scrolls to the last row that is loaded, which reads on. */
  showEnd(): void;
  isAtTop(): boolean;
}

interface TableProps {
  ref: Ref<TableHandle>;
  kind: Kind;
  pages: RecordPages;
  lit: ReadonlyMap<string, number>;
  columns: readonly Column[];
  /** The id of the record that is open beside the list: the list is narrow then. */
  open: string | undefined;
  /** The row that the keys have reached. */
  current: number | undefined;
  selected: ReadonlySet<string>;
  /** Whether all records that match are selected, loaded or not. */
  isAllMatching: boolean;
  /** Whether all loaded records are selected. */
  isAllLoaded: boolean;
  /** The address of the list, which links keep. */
  search: ListState;
  onSelect(selected: ReadonlySet<string>): void;
  onColumns(columns: readonly Column[]): void;
  onSort(sort: string, order: "asc" | "desc"): void;
}

const [wideRow, narrowRow] = [40, 58] as const;
const headerHeight = 32;
/** The most rows on one scroll bar: browsers draw no element that is much higher than these. */
const windowRows = 200_000;
/** The rows that stand in for those that are being read. */
const skeletons = 12;

/** The rows of a list, of which only those on the screen exist. */
export function RecordTable({
  ref,
  kind,
  pages,
  lit,
  columns,
  open,
  current,
  selected,
  isAllMatching,
  isAllLoaded,
  ...rest
}: TableProps) {
  const { search, onSelect, onColumns, onSort } = rest;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = open !== undefined;
  const height = isNarrow ? narrowRow : wideRow;
  const [base, setBase] = useState(0);
  const all = pages.rows + (pages.more ? skeletons : 0);
  const count = Math.min(all - base, windowRows);

  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 10,
    scrollMargin: isNarrow ? 0 : headerHeight,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  const items = virtual.getVirtualItems();
  const first = base + (items[0]?.index ?? 0);
  const last = base + (items.at(-1)?.index ?? 0);
  useEffect(() => pages.want(first, last), [pages, pages.rows, first, last]);

  // A very long list is shown in windows that overlap by half.
  useEffect(() => {
    const half = windowRows / 2;
    const shift =
      last - base > windowRows - 500 && all > base + windowRows
        ? half
        : first - base < 500 && base > 0
          ? -half
          : 0;
    if (shift === 0) return;
    setBase(base + shift);
    scroller.current?.scrollBy({ top: -shift * height });
  }, [all, base, first, last, height]);
  useEffect(() => {
    setBase(0);
    scroller.current?.scrollTo({ top: 0 });
  }, [pages]);

  useImperativeHandle(ref, () => ({
    show: (row) => virtual.scrollToIndex(row - base),
    showEnd: () => virtual.scrollToIndex(count - 1, { align: "end" }),
    isAtTop: () => (scroller.current?.scrollTop ?? 0) < height,
  }));

  const toggle = useRef((_id: string) => {});
  toggle.current = (id) => {
    // Without one of all that match, the loaded ones are left.
    const next = new Set(isAllMatching ? pages.loaded().map((record) => record.id) : selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  const [onToggle] = useState(() => (id: string) => toggle.current(id));

  const widths = columns.map(({ width }) => `${width}px`).join(" ");
  const grid = { "--columns": `2.5rem ${nameWidth}px ${widths} minmax(0, 1fr)` } as CSSProperties;

  return (
    <div
      ref={scroller}
      role="table"
      aria-label={kind.noun.title}
      aria-rowcount={pages.more ? -1 : pages.rows + 1}
      className="relative min-h-0 flex-1 overflow-auto overscroll-contain"
      style={grid}
      tabIndex={-1}
    >
      {!isNarrow && (
        <div role="rowgroup" className="sticky top-0 z-10 w-max min-w-full">
          <HeaderRow {...{ kind, pages, columns, isAllLoaded, search, onSelect, onColumns, onSort }} />
        </div>
      )}
      <div
        role="rowgroup"
        className="relative min-w-full"
        style={{ height: virtual.getTotalSize(), ...(!isNarrow && { width: "max-content" }) }}
      >
        {items.map(({ index, start }) => {
          const row = base + index;
          const record = pages.record(row);
          const top = start - (isNarrow ? 0 : headerHeight);
          if (!record) return <EmptyRow key={`row-${row}`} top={top} height={height} />;
          return (
            <Row
              key={record.id}
              kind={kind}
              record={record}
              row={row}
              top={top}
              height={height}
              columns={columns}
              narrow={isNarrow}
              isOpen={record.id === open}
              isCurrent={row === current}
              isSelected={isAllMatching || selected.has(record.id)}
              lit={lit.get(record.id)}
              search={search}
              onToggle={onToggle}
            />
          );
        })}
      </div>
    </div>
  );
}

function EmptyRow({ top, height }: { top: number; height: number }) {
  return (
    <div
      role="row"
      className="absolute inset-x-0 flex items-center gap-3 border-b border-line px-4"
      style={{ top, height }}
    >
      <span role="cell" className="w-full max-w-xs">
        <span className="sr-only">{messages.loading}</span>
        <Skeleton />
      </span>
    </div>
  );
}

interface RowProps {
  kind: Kind;
  record: AnyRecord;
  row: number;
  top: number;
  height: number;
  columns: readonly Column[];
  narrow: boolean;
  isOpen: boolean;
  isCurrent: boolean;
  isSelected: boolean;
  lit: number | undefined;
  search: ListState;
  onToggle(id: string): void;
}

const Row = memo(function Row({ kind, record, row, top, height, columns, narrow, lit, ...rest }: RowProps) {
  const { isOpen, isCurrent, isSelected, search, onToggle } = rest;
  const name = nameOf(kind.name, record);
  const link = (
    <Link
      to={`${kind.path}/$id`}
      params={{ id: record.id }}
      search={search}
      preload={false}
      className="said truncate font-medium after:absolute after:inset-0"
    >
      {name}
    </Link>
  );
  const glow = lit !== undefined && (
    <span
      key={lit}
      aria-hidden
      className="pointer-events-none absolute inset-0 -z-10 animate-lit border-l-[3px] border-added"
    />
  );
  const look = cx(
    "absolute isolate w-full border-b border-line text-left",
    isOpen || isSelected ? "bg-accent-soft" : "hover:bg-hover",
    isCurrent && "outline-2 -outline-offset-2 outline-accent",
  );
  const place = { top, height };
  if (narrow)
    return (
      <div
        role="row"
        aria-rowindex={row + 1}
        className={cx(look, "flex items-center gap-3 px-4")}
        style={place}
      >
        {glow}
        <Avatar name={name} />
        <div role="cell" className="min-w-0 flex-1">
          <div className="flex items-baseline gap-2">
            <span className="flex min-w-0 flex-1">{link}</span>
            <Time at={record.updatedAt} relative className="text-xs text-faint" />
          </div>
          <div className="said truncate text-xs text-muted">{subtitleOf(record, name)}</div>
        </div>
      </div>
    );
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={cx(look, "grid items-center [grid-template-columns:var(--columns)]")}
      style={place}
    >
      {glow}
      <div role="cell" className="z-[1] grid h-full place-items-center">
        <Checkbox
          checked={isSelected}
          onChange={() => onToggle(record.id)}
          aria-label={messages.list.select(name)}
        />
      </div>
      <div role="cell" className="flex min-w-0 items-center gap-2.5 pr-3">
        <Avatar name={name} small />
        {link}
      </div>
      {columns.map(({ name: field, field: policy }) => (
        <div
          key={field}
          role="cell"
          className="said min-w-0 truncate px-3 text-sm text-muted [&_span.flex]:flex-nowrap"
        >
          <CellValue record={record} field={field} policy={policy} />
        </div>
      ))}
    </div>
  );
});

/** A value in a cell: nothing for nothing, so that the eye rests. */
function CellValue({ record, field, policy }: { record: AnyRecord; field: string; policy: Column["field"] }) {
  const value = record[field];
  if (value === null || value === undefined || value === "") return null;
  if (Array.isArray(value) && value.length === 0) return null;
  if (field === "updatedAt") return <Time at={value as string} relative />;
  return <Value field={policy} value={value} />;
}

/** A subtitle that tells records with the same name apart. */
function subtitleOf(record: AnyRecord, name: string): string {
  const known = ["providedId", "username", "email", "phone", "hierarchyLevel"].map((field) => record[field]);
  return known
    .filter((value): value is string => typeof value === "string" && value !== "" && value !== name)
    .slice(0, 2)
    .join(" · ");
}

type HeaderProps = Pick<
  TableProps,
  "kind" | "pages" | "columns" | "isAllLoaded" | "search" | "onSelect" | "onColumns" | "onSort"
>;

function HeaderRow({ kind, pages, columns, isAllLoaded, search, onSelect, onColumns, onSort }: HeaderProps) {
  const resize = (name: string, width: number) =>
    onColumns(columns.map((column) => (column.name === name ? { ...column, width } : column)));
  return (
    <div
      role="row"
      aria-rowindex={1}
      className="grid w-full items-center border-b border-line bg-sunken text-xs font-medium text-muted [grid-template-columns:var(--columns)]"
      style={{ height: headerHeight }}
    >
      <div role="columnheader" className="grid place-items-center">
        <Checkbox
          checked={isAllLoaded}
          aria-label={messages.list.selectAll}
          onChange={() => onSelect(new Set(isAllLoaded ? [] : pages.loaded().map(({ id }) => id)))}
        />
      </div>
      <SortHeader {...{ kind, search, onSort }} name="name" label="Name" />
      {columns.map((column) => (
        <SortHeader key={column.name} {...{ kind, search, onSort }} name={column.name} label={column.label}>
          <Resizer column={column} onResize={(width) => resize(column.name, width)} />
        </SortHeader>
      ))}
    </div>
  );
}

function SortHeader({
  kind,
  search,
  onSort,
  name,
  label,
  children,
}: Pick<HeaderProps, "kind" | "search" | "onSort"> & {
  name: string;
  label: string;
  children?: React.ReactNode;
}) {
  const isSortable = sortables(kind.name).has(name);
  const by = search.sort ?? (search.q === undefined ? "updatedAt" : undefined);
  const order = by === name ? (search.order ?? (search.sort === undefined ? "desc" : "asc")) : undefined;
  const Arrow = order === "asc" ? ArrowUp : ArrowDown;
  return (
    <div
      role="columnheader"
      aria-sort={order === undefined ? undefined : order === "asc" ? "ascending" : "descending"}
      className={cx("relative flex h-full min-w-0 items-center", name !== "name" && "px-3")}
    >
      {isSortable ? (
        <button
          type="button"
          onClick={() => onSort(name, order === "asc" ? "desc" : "asc")}
          className="flex min-h-6 min-w-0 items-center gap-1 rounded-sm hover:text-text"
        >
          <span className="truncate">{label}</span>
          {order !== undefined && <Arrow size={12} aria-hidden className="shrink-0" />}
        </button>
      ) : (
        <span className="truncate">{label}</span>
      )}
      {children}
    </div>
  );
}

/** The right edge of a column: dragged, or moved by the arrow keys. */
function Resizer({ column: { label, width }, onResize }: { column: Column; onResize(width: number): void }) {
  const limited = (to: number) => Math.round(Math.min(Math.max(to, narrowest), widest));
  const drag = (event: PointerEvent<HTMLDivElement>) => {
    const { currentTarget: handle, pointerId, clientX: from } = event;
    handle.setPointerCapture(pointerId);
    const end = ({ clientX }: globalThis.PointerEvent) => {
      handle.removeEventListener("pointerup", end);
      onResize(limited(width + clientX - from));
    };
    handle.addEventListener("pointerup", end);
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 16 : event.key === "ArrowLeft" ? -16 : 0;
    if (step === 0) return;
    event.preventDefault();
    onResize(limited(width + step));
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={messages.list.resize(label)}
      aria-valuenow={width}
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      tabIndex={0}
      onPointerDown={drag}
      onKeyDown={press}
      className="absolute right-0 top-1 h-6 w-1.5 cursor-col-resize touch-none rounded-full hover:bg-line-strong"
    />
  );
}
