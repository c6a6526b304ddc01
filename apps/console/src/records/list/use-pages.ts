import { useEffect, useEffectEvent, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { queryClient } from "../../app/api.ts";
import { onReturn } from "../../app/connection.ts";
import { useFeed } from "../../app/feed.ts";
import type { Kind, ListRequest } from "../kind.ts";
import { RecordPages } from "./record-pages.ts";

/** Milliseconds in which changes are collected before their records are read. */
const collect = 120;
/** The most records whose changes are shown one by one; more than these are shown by reading the list again. */
const mostAtOnce = 100;

/** A list that follows the changes of its records. */
export interface LivePages {
  pages: RecordPages;
  /** How often each record has changed or come since the list was opened. */
  lit: ReadonlyMap<string, number>;
  /** The records that have come and are not shown yet. */
  waiting: number;
  /** Shows what has come. */
  showWaiting(): void;
}

/**
 * Reads a list page by page and keeps it true by the feed.
 *
 * @param mayMove whether rows may come in at the top now: nothing moves under the pointer
 */
export function usePages(kind: Kind, request: ListRequest, mayMove: () => boolean): LivePages {
  const key = JSON.stringify(request);
  const pages = useMemo(() => new RecordPages(kind, JSON.parse(key) as ListRequest), [kind, key]);
  useSyncExternalStore(pages.subscribe, pages.snapshot);
  const [lit, setLit] = useState<ReadonlyMap<string, number>>(new Map());
  const [waiting, setWaiting] = useState(0);

  useEffect(() => {
    pages.want(0, 0);
    setLit(new Map());
    setWaiting(0);
  }, [pages]);

  const light = (ids: readonly string[]) =>
    setLit((before) => new Map([...before, ...ids.map((id) => [id, (before.get(id) ?? 0) + 1] as const)]));
  const reload = async () => {
    setWaiting(0);
    light(await pages.reload());
  };

  const changed = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const showChanged = async () => {
    const ids = [...changed.current];
    changed.current.clear();
    const known = ids.filter((id) => pages.has(id));
    const unknown = ids.length - known.length;
    const mayReload = pages.rows === 0 || mayMove();
    if (ids.length > mostAtOnce && mayReload) return reload();
    if (known.length > 0) {
      const { items } = await kind.list({ filter: { ids: known.slice(0, mostAtOnce) }, limit: mostAtOnce });
      for (const record of items) pages.patch(record);
      for (const id of known) if (!items.some((record) => record.id === id)) pages.drop(id);
      light(known);
    }
    if (unknown === 0) return undefined;
    if (mayReload) return reload();
    return setWaiting((before) => before + unknown);
  };
  const show = async () => {
    const ids = [...changed.current];
    try {
      await showChanged();
    } catch {
      // The next change tries again, or the return of the server; until then the list shows what it has.
      for (const id of ids) changed.current.add(id);
    }
  };
  useFeed(({ recordType, recordId, action }) => {
    if (recordType !== kind.name || !pages.isLoaded) return;
    if (action !== "update") void queryClient.invalidateQueries({ queryKey: [kind.name, "count"] });
    changed.current.add(recordId);
    // The timer of the first change runs on, so that a busy feed cannot put it off for ever.
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void show();
    }, collect);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const goOn = useEffectEvent(() => {
    if (pages.error !== undefined) pages.retry();
    if (changed.current.size > 0) void show();
  });
  useEffect(() => onReturn(() => goOn()), []);

  return { pages, lit, waiting, showWaiting: () => void reload() };
}
