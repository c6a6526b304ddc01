import { sortables, type Count } from "@roster/domain";
import { ArrowUpDown, Columns3, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useKey } from "../../app/keys.ts";
import { messages } from "../../messages.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { inputClass } from "../../ui/field.tsx";
import { Keys } from "../../ui/keys.tsx";
import { Menu } from "../../ui/menu.tsx";
import { fieldLabel, type Kind } from "../kind.ts";
import { ColumnChooser } from "./column-chooser.tsx";
import type { Column } from "./columns.ts";
import { FilterChips } from "./filter-chips.tsx";
import type { ListState } from "./list-state.ts";
import { ListWork } from "./list-work.tsx";
import { ViewsMenu } from "./views-menu.tsx";

/** Milliseconds without a letter after which the list searches. */
const pause = 200;

/** The controls of a list: search, filters, columns, sort. */
export function ListToolbar({
  kind,
  state,
  columns,
  total,
  narrow,
  onChange,
  onColumns,
  onCreate,
}: {
  kind: Kind;
  state: ListState;
  columns: readonly Column[];
  total: Count | undefined;
  /** Whether a record is open beside the list. */
  narrow: boolean;
  onChange(next: Partial<ListState>): void;
  onColumns(columns: readonly Column[]): void;
  onCreate: (() => void) | undefined;
}) {
  const words = messages.list;
  const order = state.order ?? "asc";
  const sorts = [...sortables(kind.name).keys()].map((name) => ({
    value: name,
    label: name === "name" ? "Name" : fieldLabel(kind.fields, name),
  }));
  const shownOrder =
    state.sort !== undefined
      ? words.by(sorts.find(({ value }) => value === state.sort)?.label ?? state.sort, order)
      : state.q === undefined
        ? words.changedNewest
        : words.best;

  return (
    <div className={cx("grid grid-cols-1 gap-2 border-b border-line px-4 pb-2 pt-3", narrow && "px-3")}>
      {/* The name of the page; beside a record, that of the record comes first. */}
      {!narrow && (
        <div className="flex items-center gap-3">
          <h1 className="flex-1 text-xl font-semibold tracking-tight">{kind.noun.title}</h1>
          {onCreate && (
            <Button look="primary" onClick={onCreate}>
              <Plus size={14} aria-hidden />
              {words.create(kind.noun.one)}
            </Button>
          )}
        </div>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox key={kind.name} value={state.q ?? ""} narrow={narrow} onSearch={(q) => onChange({ q })} />
        <FilterChips kind={kind} filter={state.filter} onChange={(filter) => onChange({ filter })} />
      </div>
      <div className="flex min-h-7 items-center gap-1 text-xs text-muted">
        <p role="status" className="tabular flex-1 shrink-0 whitespace-nowrap">
          {total && words.count(total.count, total.exact, kind.noun)}
        </p>
        {!narrow && <ViewsMenu kind={kind} state={state} />}
        <Menu
          trigger={
            <Button look="quiet" small className="min-w-0 !shrink font-normal text-muted">
              <ArrowUpDown size={12} aria-hidden className="shrink-0" />
              <span className="sr-only">{words.sort}: </span>
              <span className="truncate">{shownOrder}</span>
            </Button>
          }
          entries={[
            {
              label: words.sort,
              value: state.sort ?? "updatedAt",
              options: sorts,
              onChange: (sort) => onChange({ sort, order: sort === "updatedAt" ? "desc" : "asc" }),
            },
            {
              label: words.order,
              value: state.sort === undefined && state.order === undefined ? "desc" : order,
              options: [
                { value: "asc", label: words.ascending },
                { value: "desc", label: words.descending },
              ],
              onChange: (next) =>
                onChange({ sort: state.sort ?? "updatedAt", order: next === "desc" ? "desc" : "asc" }),
            },
          ]}
        />
        {!narrow && (
          <ColumnChooser
            kind={kind}
            columns={columns}
            onColumns={onColumns}
            trigger={
              <IconButton label={words.columns}>
                <Columns3 size={14} aria-hidden />
              </IconButton>
            }
          />
        )}
        <ListWork kind={kind} state={state} columns={columns} />
      </div>
    </div>
  );
}

/** Searches as one types. */
function SearchBox({
  value,
  narrow,
  onSearch,
}: {
  value: string;
  narrow: boolean;
  onSearch(q: string | undefined): void;
}) {
  const box = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  useKey("/", () => {
    box.current?.focus();
    box.current?.select();
  });
  // The address changes from elsewhere, too.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  const send = useRef(onSearch);
  send.current = onSearch;
  useEffect(() => {
    if (typed === sent.current) return undefined;
    const timer = setTimeout(() => {
      sent.current = typed;
      send.current(typed === "" ? undefined : typed);
    }, pause);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className={cx("relative", narrow ? "w-full" : "w-full sm:w-80")}>
      <input
        ref={box}
        type="search"
        aria-label={messages.list.search}
        placeholder={messages.list.searchHint}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
        maxLength={200}
        className={cx(inputClass, "peer pr-8 [&::-webkit-search-cancel-button]:hidden")}
      />
      <span
        aria-hidden
        className="pointer-events-none absolute inset-y-0 right-2 grid place-items-center peer-focus:hidden"
      >
        <Keys>/</Keys>
      </span>
    </div>
  );
}
