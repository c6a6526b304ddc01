import { useId, type ReactNode } from "react";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Input } from "../../ui/field.tsx";
import { Time } from "../../ui/time.tsx";
import type { AnyRecord, Kind } from "../kind.ts";
import type { Editing } from "./use-editing.ts";

const words = messages.record;

/** The changes that a save would make, at the foot of the record, where they do not shift the fields. */
export function SaveBar({
  kind,
  record,
  editing,
  onDiscard,
  children,
}: {
  kind: Kind;
  record: AnyRecord;
  editing: Editing;
  onDiscard(): void;
  /** Notices to show before saving. */
  children?: ReactNode;
}) {
  const reason = useId();
  const { changes, isDirty, saving, problem } = editing;
  return (
    <div className="border-t border-line bg-surface px-4 sm:px-6 2xl:px-8">
      {isDirty && (
        <div className="grid max-h-[40vh] gap-2 overflow-y-auto pb-1 pt-3">
          {children}
          <p className="text-sm font-semibold" role="status">
            {words.unsaved(changes.length)}
          </p>
          <ChangeList changes={changes} fields={kind.fields} />
          {problem !== undefined && (
            <p role="alert" className="said text-sm text-removed">
              {problem}
            </p>
          )}
        </div>
      )}
      <div className="flex min-h-12 items-center gap-2 py-2">
        {isDirty ? (
          <Input
            id={reason}
            aria-label={words.reason}
            placeholder={words.reasonHint}
            value={editing.reason}
            maxLength={1_000}
            onChange={({ target }) => editing.setReason(target.value)}
            className="max-w-64 flex-1"
          />
        ) : (
          <p className="tabular flex-1 text-xs text-faint">
            {words.version(record.version)} · <Time at={record.updatedAt} relative />
          </p>
        )}
        <span className="grow-0 sm:flex-1" />
        {isDirty && <Button onClick={onDiscard}>{words.discard}</Button>}
        <Button type="submit" look="primary" disabled={!isDirty || saving}>
          {words.save}
        </Button>
      </div>
    </div>
  );
}
