import { cx } from "./class.ts";

/** The possible outcomes of a record or a row, in the order in which they are shown. */
export const outcomeNames = [
  "created",
  "updated",
  "deleted",
  "restored",
  "unchanged",
  "refused",
  "left",
] as const;
export type OutcomeName = (typeof outcomeNames)[number];
export type Counts = Partial<Record<OutcomeName, number>>;

/** The colours of an outcome: as text, and as a bar. */
const tones: Record<OutcomeName, { text: string; bar: string }> = {
  created: { text: "text-added", bar: "bg-added" },
  updated: { text: "text-accent-text", bar: "bg-accent" },
  deleted: { text: "text-removed", bar: "bg-removed" },
  restored: { text: "text-added", bar: "bg-added" },
  unchanged: { text: "text-muted", bar: "bg-line-strong" },
  refused: { text: "text-removed", bar: "bg-removed" },
  left: { text: "text-warning", bar: "bg-warning" },
};

/** Large numbers with their meaning, one for each outcome that occurs. */
export function Figures({
  counts,
  words,
  always = [],
}: {
  counts: Counts;
  words: Record<OutcomeName, string>;
  /** Outcomes that show although they are none. */
  always?: readonly OutcomeName[];
}) {
  const shown = outcomeNames.filter((name) => (counts[name] ?? 0) > 0 || always.includes(name));
  return (
    <dl className="flex flex-wrap gap-x-7 gap-y-2">
      {shown.map((name) => (
        <div key={name} className="flex flex-col-reverse">
          <dt className="text-sm text-muted">{words[name]}</dt>
          <dd
            className={cx(
              "tabular text-2xl font-semibold tracking-tight",
              (counts[name] ?? 0) > 0 ? tones[name].text : "text-faint",
            )}
          >
            {(counts[name] ?? 0).toLocaleString("en")}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** The shares of the outcomes as one bar; the rest of `total` is empty. */
export function OutcomeBar({ counts, total, label }: { counts: Counts; total: number; label: string }) {
  const done = outcomeNames.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={Math.max(total, done)}
      aria-valuenow={done}
      className="flex h-1.5 w-full gap-px overflow-hidden rounded-full bg-sunken"
    >
      {outcomeNames.map((name) => {
        const count = counts[name] ?? 0;
        if (count === 0) return null;
        // A share too small for a pixel still shows.
        return (
          <span
            key={name}
            className={cx("min-w-1 transition-[flex-grow]", tones[name].bar)}
            style={{ flexGrow: count, flexBasis: 0 }}
          />
        );
      })}
      {total > done && <span style={{ flexGrow: total - done, flexBasis: 0 }} />}
    </div>
  );
}

/** How far something is, from 0 to 1. */
export function Progress({ value, label }: { value: number; label: string }) {
  const percent = Math.round(Math.min(Math.max(value, 0), 1) * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-1.5 w-full overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full rounded-full bg-accent transition-[width]" style={{ width: `${percent}%` }} />
    </div>
  );
}
