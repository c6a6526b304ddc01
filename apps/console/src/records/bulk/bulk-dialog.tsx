import {
  groupOf,
  isJsonObject,
  isShown,
  labelOf,
  type Field,
  type Fields,
  type JsonValue,
} from "@roster/domain";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { queryClient, trpc } from "../../app/api.ts";
import { useMay } from "../../app/session.ts";
import { ChangedRecords } from "../../changes/changed-records.tsx";
import { messages } from "../../messages.ts";
import { Button, buttonClass, IconButton, TextButton } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field as FormField, Input, Select } from "../../ui/field.tsx";
import { Progress } from "../../ui/figures.tsx";
import { Section } from "../../ui/page.tsx";
import { ErrorNotice, Notice } from "../../ui/states.tsx";
import { work } from "../../work-messages.ts";
import { hasNull } from "../edits.ts";
import type { Edits, Kind } from "../kind.ts";
import { put } from "../properties.ts";
import { FieldRow } from "../record/field-row.tsx";
import { planBulk, runBulk, type Target } from "./bulk-calls.ts";
import { PropertyEdit } from "./property-edit.tsx";

const words = work.bulk;
type Action = keyof typeof words.actions;

/** One change of every record. */
interface Edit {
  key: number;
  name: string;
  action: Action;
  value: JsonValue;
  /** The place within a JSON field. */
  path: string;
}

const writable = (fields: Fields) =>
  Object.entries(fields).filter(
    ([, field]) => field.access === "write" && isShown(field) && !field.unique && !field.computed,
  );

const actionsOf = (field: Field): Action[] =>
  field.kind === "set"
    ? ["add", "remove", "set"]
    : field.nullable || field.kind === "json"
      ? ["set", "clear"]
      : ["set"];

const startOf = (field: Field): JsonValue =>
  field.kind === "set"
    ? []
    : field.kind === "boolean"
      ? false
      : field.nullable && field.kind !== "json"
        ? null
        : "";

const beginOf = (key: number, name: string, field: Field): Edit => ({
  key,
  name,
  action: actionsOf(field)[0] as Action,
  value: startOf(field),
  path: "",
});

/** Edits as the blocks of an update. */
function editsOf(edits: readonly Edit[]): Edits {
  const blocks: Required<Pick<Edits, "patch" | "add" | "remove">> = { patch: {}, add: {}, remove: {} };
  for (const { name, action, value, path } of edits) {
    const now = blocks.patch[name];
    const next = action === "clear" ? null : value;
    if (action === "add" || action === "remove") blocks[action][name] = value as string[];
    else if (path === "") blocks.patch[name] = next;
    // A merge patch: it names only what changes, and null removes.
    else blocks.patch[name] = put(isJsonObject(now) ? now : {}, path.split("."), next);
  }
  return Object.fromEntries(Object.entries(blocks).filter(([, block]) => Object.keys(block).length > 0));
}

/** The fault of an edit, for people: a missing or contradictory path, or a null in its value. */
function pathFault(edit: Edit, field: Field, edits: readonly Edit[]): string | undefined {
  if (field.kind !== "json") return undefined;
  if (edit.path.split(".").includes("")) return words.noPath;
  const clashes = (one: Edit) => `${one.path}.`.startsWith(`${edit.path}.`) && one.name === edit.name;
  if (edits.some((one) => one !== edit && clashes(one))) return words.twice(edit.path);
  return edit.action === "set" && hasNull(edit.value) ? words.noNull : undefined;
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
  const [edits, setEdits] = useState<Edit[]>(first ? [beginOf(0, ...first)] : []);
  const begin = (name: string, key: number) => beginOf(key, name, kind.fields[name] as Field);
  const isAdmin = useMay("admin");
  const tenant = useQuery({
    ...trpc.tenant.get.queryOptions(),
    enabled: isAdmin && kind.name === "customer",
  });
  const schemaOf = (name: string) => (name === "properties" ? (tenant.data?.propertiesSchema ?? null) : null);
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
  const isComplete = edits.every(
    (edit) => pathFault(edit, kind.fields[edit.name] as Field, edits) === undefined,
  );
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
              disabled={edits.length === 0 || !isComplete || plan.isPending}
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
          // A JSON field has many places.
          const others = new Set(
            edits
              .filter((one) => one !== edit && kind.fields[one.name]?.kind !== "json")
              .map(({ name }) => name),
          );
          return (
            <div
              key={edit.key}
              className="grid items-start gap-2 rounded-lg border border-line p-3 sm:grid-cols-[12rem_8rem_minmax(0,1fr)_auto]"
            >
              <Select
                aria-label={words.field}
                value={edit.name}
                onChange={({ target: box }) => change(index, begin(box.value, edit.key))}
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
              {field.kind === "json" ? (
                <PropertyEdit
                  key={edit.name}
                  path={edit.path}
                  value={edit.action === "clear" ? undefined : edit.value}
                  schema={schemaOf(edit.name)}
                  fault={edit.path === "" ? undefined : pathFault(edit, field, edits)}
                  onChange={(next) => change(index, { ...edit, ...next })}
                />
              ) : edit.action === "clear" ? (
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
            const key = Math.max(-1, ...edits.map((edit) => edit.key)) + 1;
            plan.reset();
            if (next) setEdits([...edits, beginOf(key, ...next)]);
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
