import { isConflict, isInvalid } from "@roster/client";
import { pointer, type JsonValue } from "@roster/domain";
import { useState, type FormEvent } from "react";
import { arriving } from "../../app/connection.ts";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { errorText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { nameOf, type AnyRecord, type Kind } from "../kind.ts";
import { readFaults, type Faults } from "./faults.ts";
import { RecordForm } from "./record-form.tsx";

const nobody: AnyRecord = { id: "", number: 0, version: 0, updatedAt: "", deletedAt: null };

/** Makes a new record. */
export default function CreateDialog({
  kind,
  onClose,
  onCreated,
}: {
  kind: Kind;
  onClose(): void;
  onCreated(record: AnyRecord): void;
}) {
  const [values, setValues] = useState<Record<string, JsonValue>>({});
  const [faults, setFaults] = useState<Faults>({});
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      const { checkValues } = await arriving(() => import("../../fields/check.ts"));
      const found = Object.entries(checkValues(kind.fields, values));
      setFaults(Object.fromEntries(found.map(([name, words]) => [pointer(name), words])));
      if (found.length > 0) return;
      const record = await kind.create(values);
      toast(messages.record.created(nameOf(kind.name, record)));
      onCreated(record);
    } catch (error) {
      const { at, others } = readFaults(error, kind.fields);
      setFaults(at);
      const isRefused = isInvalid(error) || isConflict(error);
      if (!isRefused || others.length > 0 || Object.keys(at).length === 0) setProblem(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const set = (name: string, value: JsonValue) => {
    setFaults((before) =>
      Object.fromEntries(Object.entries(before).filter(([path]) => path !== pointer(name))),
    );
    setValues((before) => {
      const next = { ...before, [name]: value };
      // An empty value is not sent.
      if (value === null || value === "") delete next[name];
      return next;
    });
  };

  return (
    <Dialog
      title={messages.record.create(kind.noun.one)}
      onClose={onClose}
      actions={
        <>
          {problem !== undefined && (
            <p role="alert" className="said flex-1 text-sm text-removed">
              {problem}
            </p>
          )}
          <Button onClick={onClose}>{messages.dialog.cancel}</Button>
          <Button type="submit" form="create" look="primary" disabled={busy}>
            {messages.record.createButton}
          </Button>
        </>
      }
    >
      <form id="create" noValidate onSubmit={(event) => void submit(event)}>
        <RecordForm
          kind={kind}
          target={{ ...nobody, ...values }}
          saved={undefined}
          readOnly={false}
          faults={faults}
          onChange={set}
        />
        {/* Enter in any box creates the record. */}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
