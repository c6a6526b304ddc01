import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { arriving } from "../../app/connection.ts";
import { useCommands } from "../../app/commands.ts";
import { useKey } from "../../app/keys.ts";
import { useMay } from "../../app/session.ts";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { useTitle } from "../../ui/title.ts";
import { EmptyState, ErrorNotice } from "../../ui/states.tsx";
import { kinds, type KindName } from "../kind.ts";
import { readColumns, writeColumns, type Column } from "./columns.ts";
import { requestOf, type ListState } from "./list-state.ts";
import { FirstStart } from "./first-start.tsx";
import { ListToolbar } from "./list-toolbar.tsx";
import { SelectionWork } from "./list-work.tsx";
import { RecordTable, type TableHandle } from "./record-table.tsx";
import { SelectionBar } from "./selection-bar.tsx";
import { usePages } from "./use-pages.ts";

const CreateDialog = lazy(() => arriving(() => import("../record/create-dialog.tsx")));

/** Milliseconds of rest after which rows may move under the pointer. */
const rest = 1_000;

/** The list of a kind of record, alone or beside the record that is open. */
export function RecordList({ name }: { name: KindName }) {
  const kind = kinds[name];
  useTitle(kind.noun.title);
  const state: ListState = useSearch({ strict: false });
  const { id: open } = useParams({ strict: false });
  const navigate = useNavigate();
  const mayWrite = useMay(kind.scopes.write);
  const [creating, setCreating] = useState(false);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // The condition that all selected records meet, where all that match are selected.
  const [matched, setMatched] = useState<string>();
  // The condition of the list whose loaded rows were all selected: all that match are then offered.
  const [offered, setOffered] = useState<string>();
  const [current, setCurrent] = useState<number>();
  const table = useRef<TableHandle>(null);
  const movedAt = useRef(0);

  const request = requestOf(state);
  const mayMove = () => (table.current?.isAtTop() ?? true) && Date.now() - movedAt.current > rest;
  const { pages, lit, waiting, showWaiting } = usePages(kind, request, mayMove);
  const { filter, search } = request;
  const total = useQuery({
    queryKey: [name, "count", filter ?? null, search ?? null],
    queryFn: ({ signal }) => kind.count({ ...(filter && { filter }), ...(search && { search }) }, signal),
  });
  const condition = JSON.stringify([filter, search]);
  const isAllMatching = matched === condition;
  const loaded = selected.size === 0 ? [] : pages.loaded();
  const isAllLoaded = isAllMatching || (loaded.length > 0 && loaded.every(({ id }) => selected.has(id)));
  const isMore = total.data !== undefined && (total.data.count > selected.size || !total.data.exact);
  const select = (next: ReadonlySet<string>) => {
    const now = pages.loaded();
    setMatched(undefined);
    setSelected(next);
    // Pages that come later do not take the offer back.
    setOffered(now.length > 0 && now.every(({ id }) => next.has(id)) ? condition : undefined);
  };
  const columns = useMemo(() => readColumns(kind.fields, state.columns), [kind, state.columns]);

  const change = (next: Partial<ListState>) => {
    setCurrent(undefined);
    void navigate({
      to: ".",
      search: (before: ListState) => ({ ...before, ...next }),
      replace: true,
    });
  };
  const setColumns = (next: readonly Column[]) => change({ columns: writeColumns(kind.fields, next) });
  const openRecord = (id: string) => void navigate({ to: `${kind.path}/$id`, params: { id }, search: state });

  const walk = (by: number) => {
    const from = open === undefined ? current : pages.rowOf(open);
    const row = Math.min(Math.max((from ?? -1) + by, 0), pages.rows - 1);
    const record = pages.record(row);
    if (!record) return;
    setCurrent(row);
    table.current?.show(row);
    if (open !== undefined) openRecord(record.id);
  };
  useKey("j", () => walk(1));
  useKey("k", () => walk(-1));
  useKey(open === undefined ? "Home" : undefined, () => table.current?.show(0));
  useKey(open === undefined ? "End" : undefined, () => table.current?.showEnd());
  useKey(open === undefined && current !== undefined ? "Enter" : undefined, () => {
    const record = current === undefined ? undefined : pages.record(current);
    if (record) openRecord(record.id);
  });
  useKey(mayWrite ? "c" : undefined, () => setCreating(true));

  useCommands(
    useMemo(
      () =>
        mayWrite
          ? [
              {
                id: `new-${name}`,
                label: messages.list.create(kind.noun.one),
                section: kind.noun.title,
                keys: "c",
                run: () => setCreating(true),
              },
            ]
          : [],
      [mayWrite, name, kind],
    ),
  );

  const isEmpty = pages.isLoaded && pages.rows === 0 && !pages.more;
  const isFiltered = state.q !== undefined || state.filter !== undefined;

  return (
    <div className="flex h-full min-h-0">
      <section
        aria-label={kind.noun.title}
        className={cx(
          "flex min-h-0 min-w-0 flex-col bg-surface",
          open === undefined ? "flex-1" : "hidden w-72 shrink-0 border-r border-line lg:flex 2xl:w-80",
        )}
        onPointerMove={() => (movedAt.current = Date.now())}
      >
        <ListToolbar
          kind={kind}
          state={state}
          columns={columns}
          total={total.data}
          narrow={open !== undefined}
          onChange={change}
          onColumns={setColumns}
          onCreate={mayWrite ? () => setCreating(true) : undefined}
        />
        {(selected.size > 0 || isAllMatching) && (
          <SelectionBar
            kind={kind}
            count={isAllMatching && total.data ? total.data : { count: selected.size, exact: true }}
            all={offered === condition && !isAllMatching && isMore ? total.data : undefined}
            onAll={() => setMatched(condition)}
            onClear={() => select(new Set())}
          >
            <SelectionWork
              kind={kind}
              ids={isAllMatching ? undefined : selected}
              state={state}
              columns={columns}
            />
          </SelectionBar>
        )}
        {waiting > 0 && (
          <div className="flex justify-center border-b border-line py-1">
            <Button
              small
              look="quiet"
              onClick={() => {
                table.current?.show(0);
                showWaiting();
              }}
            >
              {messages.list.fresh(waiting)}
            </Button>
          </div>
        )}
        {pages.error !== undefined && (
          <div className="p-4">
            <ErrorNotice error={pages.error} onRetry={() => pages.retry()} />
          </div>
        )}
        {isEmpty ? (
          isFiltered ? (
            <EmptyState
              title={messages.list.nothing}
              actions={
                <Button onClick={() => change({ q: undefined, filter: undefined })}>
                  {messages.list.clear}
                </Button>
              }
            >
              {messages.list.nothingHint}
            </EmptyState>
          ) : (
            <FirstStart kind={kind} onCreate={mayWrite ? () => setCreating(true) : undefined} />
          )
        ) : (
          <RecordTable
            ref={table}
            kind={kind}
            pages={pages}
            lit={lit}
            columns={columns}
            open={open}
            current={current}
            selected={selected}
            isAllMatching={isAllMatching}
            isAllLoaded={isAllLoaded}
            search={state}
            onSelect={select}
            onColumns={setColumns}
            onSort={(sort, order) => change({ sort, order })}
          />
        )}
        {pages.more && total.data && total.data.count > pages.rows && (
          <p role="status" className="tabular border-t border-line px-4 py-1 text-xs text-muted">
            {messages.list.following(pages.rows, total.data.count - pages.rows, total.data.exact)}
          </p>
        )}
      </section>
      {open !== undefined && (
        <div className="min-h-0 min-w-0 flex-1">
          <Outlet />
        </div>
      )}
      <Suspense>
        {creating && (
          <CreateDialog
            kind={kind}
            onClose={() => setCreating(false)}
            onCreated={(record) => {
              setCreating(false);
              openRecord(record.id);
            }}
          />
        )}
      </Suspense>
    </div>
  );
}
