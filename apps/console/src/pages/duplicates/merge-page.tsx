import { diff, mergeableFields, type Change, type JsonValue, type MergeChoice } from "@roster/domain";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { useState } from "react";
import { client, queryClient } from "../../app/api.ts";
import { ChangeList } from "../../changes/change-list.tsx";
import { Value } from "../../fields/value.tsx";
import { fieldLabel, kinds, nameOf, type AnyRecord } from "../../records/kind.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/class.ts";
import { Input, Field as FormField } from "../../ui/field.tsx";
import { PageBody, PageHeader, Section } from "../../ui/page.tsx";
import { EmptyState, ErrorNotice, Skeleton } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";
import { unmerge } from "./unmerge.ts";

const words = work.duplicates;
const { fields } = kinds.customer;
type Prefer = Partial<Record<(typeof mergeableFields)[number], "into" | "from">>;

/** Merges two customers: side by side, value by value, with a preview. */
export default function MergePage() {
  const { from, into } = useSearch({ from: "/duplicates/merge" });
  if (from === undefined || into === undefined || from === into)
    return (
      <EmptyState
        title={words.mergeTitle}
        actions={
          <Link to="/duplicates" className={buttonClass()}>
            {words.title}
          </Link>
        }
      >
        {words.choose}
      </EmptyState>
    );
  return <Merge key={`${from} ${into}`} from={from} into={into} />;
}

function Merge({ from, into }: { from: string; into: string }) {
  const navigate = useNavigate();
  const [prefer, setPrefer] = useState<Prefer>({});
  const [reason, setReason] = useState("");
  const named = { where: { id: from }, into: { id: into }, prefer };
  const records = useQuery({
    queryKey: ["customer", "merge", from, into],
    staleTime: 0,
    queryFn: ({ signal }) =>
      Promise.all([kinds.customer.get({ id: into }, signal), kinds.customer.get({ id: from }, signal)]),
  });
  const preview = useQuery({
    queryKey: ["customer", "merge", from, into, prefer],
    staleTime: 0,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => client.customer.merge.mutate({ ...named, dryRun: true }, { signal }),
  });
  const merging = useMutation({
    mutationFn: () => client.customer.merge.mutate({ ...named, ...(reason !== "" && { reason }) }),
    async onSuccess({ customer }) {
      toast(words.done(nameOf("customer", { ...customer })), { undo: () => void unmerge(from) });
      await navigate({ to: "/customers/$id", params: { id: into } });
      void queryClient.invalidateQueries({ queryKey: ["customer"] });
    },
  });
  const error = records.error ?? preview.error;
  const [stays, goes] = records.data ?? [];
  const swap = () =>
    void navigate({ to: "/duplicates/merge", search: { from: into, into: from }, replace: true });

  return (
    <PageBody>
      <PageHeader
        above={
          <Link to="/duplicates" className="rounded-sm hover:underline">
            {words.title}
          </Link>
        }
        title={words.mergeTitle}
        below={words.after}
        actions={
          <Button onClick={swap}>
            <ArrowLeftRight size={14} aria-hidden />
            {words.swap}
          </Button>
        }
      />
      {error ? (
        <ErrorNotice error={error} onRetry={() => void (records.isError ? records : preview).refetch()} />
      ) : !stays || !goes || !preview.data ? (
        <Skeleton className="h-72 w-full" />
      ) : (
        <>
          <Choices
            stays={stays}
            goes={goes}
            choices={preview.data.choices}
            prefer={prefer}
            onPrefer={(name, side) => setPrefer((before) => ({ ...before, [name]: side }))}
          />
          <Section title={words.result}>
            <div className="grid gap-3 rounded-lg border border-line bg-surface p-4">
              <p className="text-sm font-medium">{words.resultText(nameOf("customer", stays))}</p>
              {changesOf(preview.data.choices).length === 0 ? (
                <p className="text-sm text-muted">{words.nothing}</p>
              ) : (
                <ChangeList changes={changesOf(preview.data.choices)} fields={fields} />
              )}
              <p className="text-sm text-muted">
                {words.moves(preview.data.moved.customers, preview.data.moved.users)}
              </p>
            </div>
          </Section>
          {merging.isError && <ErrorNotice error={merging.error} />}
          <form
            className="flex flex-wrap items-end gap-2"
            onSubmit={(event) => {
              event.preventDefault();
              merging.mutate();
            }}
          >
            <div className="min-w-60 flex-1">
              <FormField id="merge-reason" label={work.changeSets.reason}>
                <Input
                  id="merge-reason"
                  value={reason}
                  maxLength={1000}
                  onChange={({ target }) => setReason(target.value)}
                />
              </FormField>
            </div>
            <Link to="/duplicates" className={buttonClass()}>
              {work.cancel}
            </Link>
            <Button type="submit" look="primary" disabled={merging.isPending || preview.isPlaceholderData}>
              {words.confirm}
            </Button>
          </form>
        </>
      )}
    </PageBody>
  );
}

/** The changes of the merge in the customer that stays. */
const changesOf = (choices: readonly MergeChoice[]): Change[] =>
  choices.flatMap(({ field, into, result }) => diff({ [field]: into }, { [field]: result }, [field]));

const isEmpty = (value: JsonValue | undefined) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

/** The values of both, and which of them the merged customer has. */
function Choices({
  stays,
  goes,
  choices,
  prefer,
  onPrefer,
}: {
  stays: AnyRecord;
  goes: AnyRecord;
  choices: readonly MergeChoice[];
  /** The chosen sides, also while their preview is loading. */
  prefer: Prefer;
  onPrefer(field: (typeof mergeableFields)[number], side: "into" | "from"): void;
}) {
  const differing = mergeableFields.filter(
    (name) =>
      !(isEmpty(stays[name]) && isEmpty(goes[name])) &&
      diff({ v: stays[name] ?? null }, { v: goes[name] ?? null }, ["v"]).length > 0,
  );
  return (
    <div className="overflow-x-auto rounded-lg border border-line bg-surface">
      <table
        aria-label={words.onlyDifferent}
        className="w-full min-w-[36rem] table-fixed border-collapse text-sm"
      >
        <thead className="bg-sunken text-left text-xs text-muted">
          <tr>
            <th scope="col" className="w-40 px-3 py-2 font-medium">
              {words.field}
            </th>
            {[[words.keeps, stays] as const, [words.goes, goes] as const].map(([label, record]) => (
              <th key={label} scope="col" className="px-3 py-2 font-medium">
                {label}: <span className="said font-semibold text-text">{nameOf("customer", record)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {differing.map((name) => {
            const choice = choices.find(({ field }) => field === name);
            const winner = prefer[name] ?? choice?.winner ?? "into";
            return (
              <tr key={name} className="border-t border-line">
                <th scope="row" className="said px-3 py-2 text-left align-top font-normal text-muted">
                  {fieldLabel(fields, name)}
                  {winner === "both" && <Chip tone="accent">{words.both}</Chip>}
                </th>
                {(["into", "from"] as const).map((side) => {
                  const value = (side === "into" ? stays : goes)[name];
                  const chosen = winner === side || winner === "both";
                  return (
                    <td key={side} className={cx("p-0 align-top", chosen && "bg-accent-soft")}>
                      <label className="flex min-h-10 items-start gap-2 px-3 py-2">
                        <input
                          type="radio"
                          name={`merge-${name}`}
                          checked={winner === side}
                          disabled={choice === undefined}
                          onChange={() => onPrefer(name, side)}
                          className="mt-1 accent-accent"
                          aria-label={`${fieldLabel(fields, name)}: ${side === "into" ? words.keeps : words.goes}`}
                        />
                        <span className="said min-w-0">
                          <Value field={fields[name]} value={value} />
                        </span>
                      </label>
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
