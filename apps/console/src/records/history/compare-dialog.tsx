import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ChangeList } from "../../changes/change-list.tsx";
import { messages } from "../../messages.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Input } from "../../ui/field.tsx";
import { ErrorNotice, Skeleton } from "../../ui/states.tsx";
import type { AnyRecord, Kind } from "../kind.ts";

const words = messages.history;

/** A dialog with the changes between two versions of a record. */
export function CompareDialog({ kind, record, onClose }: { kind: Kind; record: AnyRecord; onClose(): void }) {
  const [from, setFrom] = useState(Math.max(record.version - 1, 1));
  const [to, setTo] = useState(record.version);
  const { data, error, isPending } = useQuery({
    queryKey: [kind.name, "diff", record.id, from, to],
    queryFn: ({ signal }) => kind.diff(record.id, from, to, signal),
  });
  const box = (id: string, label: string, value: number, set: (value: number) => void) => (
    <Field id={id} label={label}>
      <Input
        id={id}
        type="number"
        min={1}
        max={record.version}
        value={value}
        onChange={({ target }) => {
          const next = target.valueAsNumber;
          if (Number.isInteger(next) && next >= 1 && next <= record.version) set(next);
        }}
        className="tabular w-28"
      />
    </Field>
  );
  return (
    <Dialog wide title={words.compare} onClose={onClose}>
      <div className="mb-4 flex flex-wrap gap-4">
        {box("compare-from", words.from, from, setFrom)}
        {box("compare-to", words.to, to, setTo)}
      </div>
      {isPending ? (
        <Skeleton />
      ) : error ? (
        <ErrorNotice error={error} />
      ) : data.length === 0 ? (
        <p className="text-sm text-muted">{words.same}</p>
      ) : (
        <ChangeList changes={data} fields={kind.fields} />
      )}
    </Dialog>
  );
}
