import type { Change, Field } from "@roster/domain";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Difference, PathLabel, pathText } from "../../changes/change-list.tsx";
import { textOf, Value } from "../../fields/value.tsx";
import { messages } from "../../messages.ts";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { Time } from "../../ui/time.tsx";
import { changesBetween } from "../edits.ts";
import { useActorName } from "../history/actor.tsx";
import { nameOf, type AnyRecord, type Kind } from "../kind.ts";
import { clashes, rebased, type Clash } from "./merge.ts";
import type { Editing } from "./use-editing.ts";

const words = messages.conflict;

/** Both sides, if the record was saved by others meanwhile. Only values that both changed need a choice. */
export function ConflictDialog({ kind, editing }: { kind: Kind; editing: Editing }) {
  const { conflict } = editing;
  if (!conflict) return null;
  return <Sides key={conflict.theirs.version} kind={kind} editing={editing} {...conflict} />;
}

function Sides({
  kind,
  editing,
  base,
  mine,
  theirs,
}: {
  kind: Kind;
  editing: Editing;
  base: AnyRecord;
  mine: AnyRecord;
  theirs: AnyRecord;
}) {
  const { fields, name } = kind;
  const own = changesBetween(fields, base, mine);
  const rows = clashes(own, changesBetween(fields, base, theirs));
  const asked = rows.filter(({ both }) => both);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());

  const choose = (path: string, isMine: boolean) =>
    setChosen((before) => {
      const next = new Set(before);
      if (isMine) next.add(path);
      else next.delete(path);
      return next;
    });
  const rebase = () =>
    void editing.resolve(
      rebased(theirs, own, mine, ({ path }) => !asked.some((row) => row.path === path) || chosen.has(path)),
    );
  const keepMine = () => void editing.resolve(rebased(theirs, own, mine, () => true));

  return (
    <Dialog
      wide
      title={words.title}
      more={`: ${words.changed(nameOf(name, theirs))}`}
      description={<Since kind={kind} base={base} theirs={theirs} />}
      onClose={() => editing.closeConflict()}
      actions={
        <>
          <span className="tabular flex-1 text-sm text-faint">{words.next(theirs.version + 1)}</span>
          <Button onClick={() => editing.takeTheirs()}>{words.takeTheirs}</Button>
          <Button disabled={editing.saving} onClick={keepMine}>
            {words.keepMine}
          </Button>
          <Button look="primary" disabled={editing.saving} onClick={rebase}>
            {words.rebase}
          </Button>
        </>
      }
    >
      <div className="overflow-x-auto rounded-lg border border-line">
        <table aria-label={words.title} className="w-full border-collapse text-sm">
          <thead className="bg-sunken text-left text-xs text-muted">
            <tr>
              {[words.field, words.mine, words.theirs].map((head) => (
                <th key={head} scope="col" className="px-3 py-2 font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="[&>tr]:border-t [&>tr]:border-line">
            {rows.map((row) => (
              <Side
                key={row.path}
                kind={kind}
                row={row}
                isMine={row.both ? chosen.has(row.path) : row.mine !== undefined}
                onChoose={(isMine) => choose(row.path, isMine)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-3 text-sm text-muted">
        {asked.length > 0
          ? words.choice(asked.map(({ path }) => pathText(fields, path)).join(", "))
          : words.none}{" "}
        {words.kept}
      </p>
      {editing.problem !== undefined && (
        <p role="alert" className="said mt-2 text-sm text-removed">
          {editing.problem}
        </p>
      )}
    </Dialog>
  );
}

/** The author, the time and the reason of the latest save by others. */
function Since({ kind, base, theirs }: { kind: Kind; base: AnyRecord; theirs: AnyRecord }) {
  const { data } = useQuery({
    queryKey: [kind.name, "history", theirs.id, "since", base.version, theirs.version],
    queryFn: async ({ signal }) => {
      const { items } = await kind.history(theirs.id, undefined, signal);
      return items.filter(({ version }) => version > base.version);
    },
  });
  const [latest] = data ?? [];
  const who = useActorName(latest);
  return (
    <>
      {words.since(base.version, theirs.version)}{" "}
      {latest && (
        <>
          {words.by(who, latest.version, "")}
          <Time at={latest.at} relative />
          {latest.by.onBehalfOf !== undefined && `, ${messages.history.onBehalf(latest.by.onBehalfOf)}`}
          {latest.reason !== null && `: “${latest.reason}”`}.
        </>
      )}
    </>
  );
}

/** The value that one side set; for a set, the entries that it added and removed. */
function Changed({ field, change }: { field: Field | undefined; change: Change }) {
  return Array.isArray(change.to) ? (
    <Difference field={field} change={change} />
  ) : (
    <Value field={field} value={change.to} />
  );
}

function Side({
  kind,
  row,
  isMine,
  onChoose,
}: {
  kind: Kind;
  row: Clash;
  isMine: boolean;
  onChoose(isMine: boolean): void;
}) {
  const { path, mine, theirs, both } = row;
  const field = kind.fields[path.slice(1)];
  const label = pathText(kind.fields, path);
  const cell = (chosen: boolean) =>
    cx("border-l border-line px-3 py-2 align-top", chosen && "bg-accent-soft");
  const radio = (checked: boolean, side: string, choice: boolean) => (
    <input
      type="radio"
      name={`side-${path}`}
      aria-label={`${label}: ${side}`}
      checked={checked}
      onChange={() => onChoose(choice)}
      className="mt-1 size-3.5 shrink-0 accent-accent"
    />
  );
  return (
    <tr>
      <th scope="row" className="px-3 py-2 text-left align-top font-normal text-muted">
        <PathLabel fields={kind.fields} path={path} />
      </th>
      <td className={cell(isMine)}>
        <span className="flex items-start gap-2">
          {both && radio(isMine, words.mine, true)}
          {mine ? (
            <Value field={field} value={mine.to} />
          ) : (
            <span className="text-faint">{words.notMine}</span>
          )}
        </span>
      </td>
      <td className={cell(!isMine)}>
        <span className="flex items-start gap-2">
          {both && radio(!isMine, words.theirs, false)}
          {theirs ? (
            <Changed field={field} change={theirs} />
          ) : (
            <span className="said text-faint">{words.notTheirs(textOf(mine?.from))}</span>
          )}
        </span>
      </td>
    </tr>
  );
}
