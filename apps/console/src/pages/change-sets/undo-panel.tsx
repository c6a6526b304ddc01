import type { ChangeSet, UndoneItem } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { client } from "../../app/api.ts";
import { ChangedRecords, type ChangedRecord } from "../../changes/changed-records.tsx";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { Figures, outcomeNames, Progress } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Notice, Skeleton } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { useUndo } from "./use-undo.ts";

const words = work.changeSets;

/** The most records that a preview shows. */
const mostShown = 50;

const asRecord = (item: UndoneItem): ChangedRecord => ({
  recordType: item.recordType,
  id: item.id,
  outcome: item.outcome,
  ...(item.outcome === "left"
    ? { problem: item.error.message }
    : item.changes && item.outcome !== "deleted" && { changes: item.changes }),
});

/** Previews the undo of a change set, carries it out, and shows the outcome of each record. */
export function UndoPanel({ set, onClose }: { set: ChangeSet; onClose(): void }) {
  const { undoing, start, stop } = useUndo(set.id);
  const [reason, setReason] = useState("");
  const preview = useQuery({
    queryKey: ["change-set", set.id, "undo", set.undoneBy],
    enabled: undoing === undefined,
    staleTime: 0,
    queryFn: ({ signal }) =>
      client.changeSet.undo.mutate({ where: { id: set.id }, dryRun: true }, { signal }),
  });
  const counts = Object.fromEntries(
    outcomeNames.map((name) => [name, preview.data?.items.filter(({ outcome }) => outcome === name).length]),
  );

  if (undoing) {
    const { state, share, error, left, undoId } = undoing;
    const takenBack = outcomeNames
      .filter((name) => name !== "left" && name !== "unchanged")
      .reduce((sum, name) => sum + (undoing.counts[name] ?? 0), 0);
    return (
      <Section title={words.undo}>
        <div className="grid gap-4 rounded-lg border border-line bg-surface p-4">
          <Figures counts={undoing.counts} words={work.outcomes} />
          {state !== "done" && <Progress value={share} label={words.running} />}
          <p role="status" className="text-sm text-muted">
            {state === "running" ? words.running : state === "done" ? words.done(takenBack) : words.paused}
          </p>
          {state === "failed" && <ErrorNotice error={error} onRetry={() => void start(reason)} />}
          <div className="flex flex-wrap gap-2">
            {state === "running" && <Button onClick={stop}>{work.stop}</Button>}
            {state === "stopped" && (
              <Button look="primary" onClick={() => void start(reason)}>
                {words.goOn}
              </Button>
            )}
            {state === "done" && undoId !== null && (
              <Link to="/change-sets/$id" params={{ id: undoId }} className={buttonClass("primary")}>
                {words.openUndo}
              </Link>
            )}
            {state === "done" && <Button onClick={onClose}>{work.close}</Button>}
          </div>
        </div>
        {left.length > 0 && (
          <Section title={words.leftTitle(undoing.counts.left ?? left.length)}>
            <p className="text-sm text-muted">{words.leftHint}</p>
            <ChangedRecords
              label={words.leftTitle(undoing.counts.left ?? left.length)}
              records={left.map(asRecord)}
            />
          </Section>
        )}
      </Section>
    );
  }

  return (
    <Section title={words.previewTitle}>
      {preview.isPending ? (
        <div className="grid gap-2">
          <Skeleton className="h-10 w-48" />
          <Skeleton className="h-24 w-full" />
        </div>
      ) : preview.isError ? (
        <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />
      ) : (
        <>
          <Notice>{words.preview}</Notice>
          {preview.data.items.length === 0 ? (
            <p className="text-sm text-muted">{words.previewNothing}</p>
          ) : (
            <>
              {preview.data.done && <Figures counts={counts} words={work.would} />}
              <form
                className="flex flex-wrap items-end gap-2"
                onSubmit={(event) => {
                  event.preventDefault();
                  void start(reason);
                }}
              >
                <div className="min-w-60 flex-1">
                  <Field id="undo-reason" label={words.reason}>
                    <Input
                      id="undo-reason"
                      value={reason}
                      maxLength={1000}
                      onChange={({ target }) => setReason(target.value)}
                    />
                  </Field>
                </div>
                <Button onClick={onClose}>{work.cancel}</Button>
                <Button type="submit" look="primary">
                  {words.confirm}
                </Button>
              </form>
              {(!preview.data.done || preview.data.items.length > mostShown) && (
                <p className="text-xs text-faint">{words.previewMore(mostShown)}</p>
              )}
              <ChangedRecords
                planned
                label={words.previewTitle}
                records={preview.data.items.slice(0, mostShown).map(asRecord)}
              />
            </>
          )}
        </>
      )}
    </Section>
  );
}
