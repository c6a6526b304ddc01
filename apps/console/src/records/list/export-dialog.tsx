import { useEffect, useRef, useState } from "react";
import { client } from "../../app/api.ts";
import { arriving } from "../../app/connection.ts";
import { download } from "../../app/download.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { ErrorNotice, Notice } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";
import type { Kind } from "../kind.ts";
import type { Column } from "./columns.ts";
import { requestOf, type ListState } from "./list-state.ts";

const words = work.exporting;

/** Exports what a list shows: with its filter, and its columns or all. */
export default function ExportDialog({
  kind,
  state,
  columns,
  onClose,
}: {
  kind: Kind;
  state: ListState;
  columns: readonly Column[];
  onClose(): void;
}) {
  const [format, setFormat] = useState<"csv" | "jsonl">("csv");
  const [which, setWhich] = useState<"shown" | "all">("shown");
  const [rows, setRows] = useState<number>();
  const [error, setError] = useState<unknown>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const { filter, search } = requestOf(state);

  const start = async () => {
    stop.current = new AbortController();
    setError(undefined);
    setRows(0);
    try {
      // Loaded with the first export.
      const { exportRecords } = await arriving(() => import("@roster/client/import"));
      const parts: string[] = [];
      let count = 0;
      const { seq, text } = await exportRecords(client, {
        type: kind.name,
        format,
        // The addresses of lists hold what the server has checked before.
        ...(filter && { filter }),
        ...(which === "shown" && {
          fields: [...new Set(["id", "name", ...columns.map(({ name }) => name)])].filter(
            (name) => name in kind.fields,
          ),
        }),
        signal: stop.current.signal,
        progress({ rows: now }) {
          count = now;
          setRows(now);
        },
      });
      for await (const part of text) parts.push(part);
      const type = format === "csv" ? "text/csv;charset=utf-8" : "application/jsonl";
      download(new Blob(parts, { type }), `${kind.name}s.${format}`);
      toast(words.done(count, seq));
      onClose();
    } catch (problem) {
      if (!stop.current.signal.aborted) setError(problem);
      setRows(undefined);
    }
  };
  return (
    <Dialog
      title={words.title(kind.noun.many)}
      description={words.what}
      onClose={onClose}
      actions={
        <>
          <p role="status" className="tabular flex-1 text-sm text-muted">
            {rows !== undefined && words.running(rows)}
          </p>
          <Button onClick={onClose}>{work.cancel}</Button>
          <Button
            look="primary"
            disabled={rows !== undefined || search !== undefined}
            onClick={() => void start()}
          >
            {words.start}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {search !== undefined && <Notice tone="warning">{words.search}</Notice>}
        <Field id="export-format" label={words.format}>
          <Select
            id="export-format"
            value={format}
            onChange={({ target }) => setFormat(target.value as typeof format)}
          >
            <option value="csv">{words.csv}</option>
            <option value="jsonl">{words.jsonl}</option>
          </Select>
        </Field>
        <Field id="export-columns" label={words.columns}>
          <Select
            id="export-columns"
            value={which}
            onChange={({ target }) => setWhich(target.value as typeof which)}
          >
            <option value="shown">{words.shownColumns}</option>
            <option value="all">{words.allColumns}</option>
          </Select>
        </Field>
        {error !== undefined && <ErrorNotice error={error} onRetry={() => void start()} />}
      </div>
    </Dialog>
  );
}
