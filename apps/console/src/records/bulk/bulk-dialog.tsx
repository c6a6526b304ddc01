import { groupOf, isShown, labelOf, type Field, type Fields, type JsonValue } from "@roster/domain";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { queryClient } from "../../app/api.ts";
import { ChangedRecords } from "../../changes/changed-records.tsx";
import { messages } from "../../messages.ts";
import { Button, buttonClass, IconButton, TextButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field as FormField, Input, Select } from "../../ui/field.tsx";
import { Progress } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Notice } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import type { Edits, Kind } from "../kind.ts";
import { FieldRow } from "../record/field-row.tsx";
import { planBulk, runBulk, type Target } from "./bulk-calls.ts";

const words = work.bulk;
type Action = keyof typeof words.actions;

/** One change of every record. */
interface Edit {
  name: string;
  action: Action;
  value: JsonValue;
}

const writable = (fields: Fields) =>
  Object.entries(fields).filter(
    ([, field]) => field.access === "write" && isShown(field) && !field.unique && field.kind !== "json",
  );

const actionsOf = (field: Field): Action[] =>
  field.kind === "set" ? ["add", "remove", "set"] : field.nullable ? ["set", "clear"] : ["set"];

const startOf = (field: Field): JsonValue =>
  field.kind === "set" ? [] : field.kind === "boolean" ? false : field.nullable ? null : "";

/** Edits as the blocks of an update. */
function editsOf(edits: readonly Edit[]): Edits {
  const blocks: Required<Pick<Edits, "patch" | "add" | "remove">> = { patch: {}, add: {}, remove: {} };
  for (const { name, action, value } of edits) {
    if (action === "add" || action === "remove") blocks[action][name] = value as string[];
    else blocks.patch[name] = action === "clear" ? null : value;
  }
  return Object.fromEntries(Object.entries(blocks).filter(([, block]) => Object.keys(block).length > 0));
}

/** Edits many records at once: what to change, what it would do, and doing it. */
export default function BulkDialog({
  kind,
  target,
  onClose,
}: {
  kind: Kind;
  target: Target;
  onClose(): void;
}) {
  const fields = writable(kind.fields);
  const first = fields.find(([name]) => name === "groupTags" || name === "organization") ?? fields[0];
  const begin = (name: string): Edit => {
    const field = kind.fields[name] as Field;
    return { name, action: actionsOf(field)[0] as Action, value: startOf(field) };
  };
  const [edits, setEdits] = useState<Edit[]>(first ? [begin(first[0])] : []);
  const [reason, setReason] = useState("");
  const [done, setDone] = useState(0);
  const what =
    "ids" in target
      ? words.selected(target.ids.length, kind.noun)
      : target.filter || target.search !== undefined
        ? words.matching(kind.noun.many)
        : words.everything(kind.noun.many);
  const plan = useMutation({ mutationFn: () => planBulk(kind, target, editsOf(edits)) });
  const run = useMutation({
    mutationFn: () =>
      runBulk(kind, target, editsOf(edits), { reason, name: words.title(what), tell: setDone }),
    onSuccess: () => void queryClient.invalidateQueries(),
  });
  const change = (at: number, next: Edit | undefined) => {
    plan.reset();
    setEdits((before) => before.flatMap((edit, index) => (index === at ? (next ?? []) : edit)));
  };
  const count = plan.data && `${work.number(plan.data.count.count)}${plan.data.count.exact ? "" : "+"}`;
  const wouldChange = plan.data?.records.some(({ outcome }) => outcome !== "unchanged") ?? false;

  if (run.data)
    return (
      <Dialog
        wide
        title={words.done(run.data.updated, run.data.refusedCount)}
        onClose={onClose}
        actions={
          <>
            <Button onClick={onClose}>{work.close}</Button>
            {run.data.changeSet !== null && (
              <Link
                to="/change-sets/$id"
                params={{ id: run.data.changeSet }}
                className={buttonClass("primary")}
              >
                {words.openSet}
              </Link>
            )}
          </>
        }
      >
        {run.data.refused.length > 0 && (
          <Section title={words.refusedTitle}>
            <ChangedRecords label={words.refusedTitle} records={run.data.refused.slice(0, 200)} />
          </Section>
        )}
      </Dialog>
    );

  return (
    <Dialog
      wide
      title={words.title(what)}
      onClose={run.isPending ? undefined : onClose}
      actions={
        <>
          <Button disabled={run.isPending} onClick={onClose}>
            {work.cancel}
          </Button>
          {plan.data && wouldChange ? (
            <Button look="primary" disabled={run.isPending} onClick={() => run.mutate()}>
              {words.confirm(count === "1" ? `1 ${kind.noun.one}` : `${count ?? ""} ${kind.noun.many}`)}
            </Button>
          ) : (
            <Button
              look="primary"
              disabled={edits.length === 0 || plan.isPending}
              onClick={() => plan.mutate()}
            >
              {words.preview}
            </Button>
          )}
        </>
      }
    >
      <div className="grid grid-cols-1 gap-4">
        {edits.map((edit, index) => {
          const field = kind.fields[edit.name] as Field;
          const label = labelOf(edit.name, field);
          const others = new Set(edits.filter((one) => one !== edit).map(({ name }) => name));
          return (
            <div
              key={edit.name}
              className="grid items-start gap-2 rounded-lg border border-line p-3 sm:grid-cols-[12rem_8rem_minmax(0,1fr)_auto]"
            >
              <Select
                aria-label={words.field}
                value={edit.name}
                onChange={({ target: box }) => change(index, begin(box.value))}
              >
                {(Object.keys(messages.groups) as (keyof typeof messages.groups)[]).map((group) => {
                  const inGroup = fields.filter(([name, one]) => groupOf(one) === group && !others.has(name));
                  return inGroup.length === 0 ? null : (
                    <optgroup key={group} label={messages.groups[group]}>
                      {inGroup.map(([name, one]) => (
                        <option key={name} value={name}>
                          {labelOf(name, one)}
                        </option>
                      ))}
                    </optgroup>
                  );
                })}
              </Select>
              <Select
                aria-label={words.action}
                value={edit.action}
                onChange={({ target: box }) => change(index, { ...edit, action: box.value as Action })}
              >
                {actionsOf(field).map((action) => (
                  <option key={action} value={action}>
                    {words.actions[action]}
                  </option>
                ))}
              </Select>
              {edit.action === "clear" ? (
                <span />
              ) : (
                <FieldRow
                  name={edit.name}
                  label={label}
                  field={field}
                  value={edit.value}
                  state="new"
                  readOnly={false}
                  onChange={(value) => change(index, { ...edit, value })}
                />
              )}
              <IconButton label={words.removeEdit(label)} onClick={() => change(index, undefined)}>
                <X size={14} aria-hidden />
              </IconButton>
            </div>
          );
        })}
        <TextButton
          className="justify-self-start"
          onClick={() => {
            const next = fields.find(([name]) => !edits.some((edit) => edit.name === name));
            plan.reset();
            if (next) setEdits([...edits, begin(next[0])]);
          }}
        >
          {words.addEdit}
        </TextButton>
        <FormField id="bulk-reason" label={words.reason}>
          <Input
            id="bulk-reason"
            value={reason}
            maxLength={1000}
            onChange={({ target: box }) => setReason(box.value)}
          />
        </FormField>
        {plan.isError && <ErrorNotice error={plan.error} />}
        {run.isError && <ErrorNotice error={run.error} onRetry={() => run.mutate()} />}
        {run.isPending && (
          <Progress value={done / Math.max(plan.data?.count.count ?? 1, 1)} label={words.running} />
        )}
        {plan.data && (
          <Section title={words.preview}>
            <Notice>{wouldChange ? words.matched(count ?? "") : words.nothing}</Notice>
            <ChangedRecords planned label={words.preview} records={plan.data.records} />
          </Section>
        )}
      </div>
    </Dialog>
  );
}
