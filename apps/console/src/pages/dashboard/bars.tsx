import type { ReactNode } from "react";

/** One bar of a chart. */
export interface Bar {
  key: string;
  label: ReactNode;
  count: number;
  /** The bar as a link to what it counts. */
  link(children: ReactNode, className: string): ReactNode;
}

/** Shares of a whole as lines, each with its name, its number, and a link to what it counts. */
export function BarList({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  return (
    <ul aria-label={label} className="grid gap-1">
      {bars.map(({ key, label: name, count, link }) => (
        <li key={key}>
          {link(
            <>
              <span
                aria-hidden
                className="absolute inset-y-0 left-0 rounded bg-accent-soft"
                style={{ width: `${(count / most) * 100}%` }}
              />
              <span className="said relative min-w-0 flex-1 truncate">{name}</span>
              <span className="tabular relative text-muted">{count.toLocaleString("en")}</span>
            </>,
            "relative flex min-h-8 items-center gap-3 rounded px-2 text-sm hover:bg-hover",
          )}
        </li>
      ))}
    </ul>
  );
}

/** A column of each day. The tallest reaches the top; days without anything keep their place. */
export function Columns({
  label,
  days,
}: {
  label: string;
  days: readonly { day: string; count: number; link(children: ReactNode, className: string): ReactNode }[];
}) {
  const most = Math.max(...days.map(({ count }) => count), 1);
  const middle = days[Math.floor(days.length / 2)]?.day;
  return (
    <figure className="grid gap-1">
      <div className="grid grid-cols-[auto_minmax(0,1fr)] gap-2">
        <div aria-hidden className="tabular flex flex-col justify-between text-right text-xs text-faint">
          <span>{most.toLocaleString("en")}</span>
          <span>0</span>
        </div>
        <ul aria-label={label} className="flex h-40 items-stretch gap-px border-b border-line">
          {days.map(({ day, count, link }) => (
            <li key={day} className="flex min-w-0 flex-1">
              {link(
                <>
                  <span className="sr-only">
                    {day}: {count.toLocaleString("en")}
                  </span>
                  <span
                    aria-hidden
                    title={`${day}: ${count.toLocaleString("en")}`}
                    className="w-full rounded-t-sm bg-accent opacity-80 group-hover:opacity-100"
                    style={{ height: count === 0 ? 0 : `max(2px, ${(count / most) * 100}%)` }}
                  />
                </>,
                "group flex w-full items-end rounded-t-sm hover:bg-hover",
              )}
            </li>
          ))}
        </ul>
      </div>
      <figcaption aria-hidden className="tabular flex justify-between pl-8 text-xs text-faint">
        <span>{days[0]?.day}</span>
        <span>{middle}</span>
        <span>{days.at(-1)?.day}</span>
      </figcaption>
    </figure>
  );
}
