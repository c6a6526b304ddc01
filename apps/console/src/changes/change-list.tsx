import {
  isJsonObject,
  labelOf,
  segments,
  type Change,
  type Field,
  type Fields,
  type JsonValue,
} from "@roster/domain";
import type { ReactNode } from "react";
import { textOf, Value } from "../fields/value.tsx";
import { messages } from "../messages.ts";
import { cx } from "../ui/class.ts";

/**
 * Shows what changes, value by value: before it happens, after it has happened, and what would take it back.
 * It is the only component that does.
 *
 * @param fields the policy of the type of record, for labels and kinds
 * @param limit the most lines to show
 * @param action something to do about one change, at the end of its line
 */
export function ChangeList({
  changes,
  fields,
  limit = Infinity,
  action,
  isNew = false,
  className,
}: {
  changes: readonly Change[];
  fields: Fields;
  limit?: number;
  action?: (change: Change) => ReactNode;
  /** Whether the record was made by the change, so that there was nothing before. */
  isNew?: boolean;
  className?: string;
}) {
  const shown = changes.slice(0, limit);
  return (
    <div className={cx("grid gap-1 text-sm", className)}>
      <dl className="grid gap-1">
        {shown.map((change) => (
          <div
            key={change.path}
            className="grid grid-cols-[minmax(5rem,30%)_minmax(0,1fr)_auto] items-baseline gap-x-3"
          >
            <dt className="said text-muted">
              <PathLabel fields={fields} path={change.path} />
            </dt>
            <dd className="min-w-0">
              <Difference isNew={isNew} change={change} field={fieldAt(fields, change.path)} />
            </dd>
            {action && <dd>{action(change)}</dd>}
          </div>
        ))}
      </dl>
      {shown.length < changes.length && (
        <p className="text-xs text-faint">{messages.changes.more(changes.length - shown.length)}</p>
      )}
    </div>
  );
}

/** The policy of the field that a path names as a whole; undefined for a place within JSON. */
export function fieldAt(fields: Fields, path: string): Field | undefined {
  const [name = "", ...rest] = segments(path);
  return rest.length === 0 ? fields[name] : undefined;
}

/** The label of a field, or the key of a property in the letters of code. */
export function PathLabel({ fields, path }: { fields: Fields; path: string }) {
  const [name = "", ...rest] = segments(path);
  if (rest.length === 0) return <>{labelOf(name, fields[name])}</>;
  return (
    <code className="font-mono text-xs">
      {name === "properties" ? rest.join(".") : [name, ...rest].join(".")}
    </code>
  );
}

/** The same as plain text. */
export function pathText(fields: Fields, path: string): string {
  const [name = "", ...rest] = segments(path);
  return [labelOf(name, fields[name]), ...rest].join(" · ");
}

/** A value before and after; of a set, the entries that come and go. */
export function Difference({
  change: { from, to },
  field,
  isNew = false,
}: {
  change: Change;
  field: Field | undefined;
  isNew?: boolean;
}) {
  if (isEntries(from) && isEntries(to)) return <SetDifference from={from} to={to} />;
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
      {!isNew && (
        <del className="said rounded-sm bg-removed-soft px-1 text-removed">
          <span className="sr-only">{messages.changes.from}: </span>
          <Shown field={field} value={from} />
        </del>
      )}
      <ins className="said rounded-sm bg-added-soft px-1 text-added no-underline">
        <span className="sr-only">{messages.changes.to}: </span>
        <Shown field={field} value={to} />
      </ins>
    </span>
  );
}

/** A value in the colour of its side; `Value` would grey an empty one. */
function Shown({ field, value }: { field: Field | undefined; value: JsonValue | undefined }) {
  if (value === undefined || value === null || value === "") return messages.values.empty;
  if (isEntries(value)) return value.join(", ") || messages.values.none;
  if (isJsonObject(value)) return <span className="font-mono text-xs">{textOf(value)}</span>;
  return <Value field={field} value={value} />;
}

const isEntries = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

/** Only the entries that come and go. */
function SetDifference({ from, to }: { from: string[]; to: string[] }) {
  const removed = from.filter((entry) => !to.includes(entry));
  const added = to.filter((entry) => !from.includes(entry));
  return (
    <span className="flex flex-wrap gap-1">
      {removed.map((entry) => (
        <del key={entry} className="said rounded-sm bg-removed-soft px-1 text-removed">
          <span className="sr-only">{messages.changes.removed}: </span>
          {entry}
        </del>
      ))}
      {added.map((entry) => (
        <ins key={entry} className="said rounded-sm bg-added-soft px-1 text-added no-underline">
          <span aria-hidden>+ </span>
          <span className="sr-only">{messages.changes.added}: </span>
          {entry}
        </ins>
      ))}
    </span>
  );
}
