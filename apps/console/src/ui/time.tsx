import { useEffect, useState } from "react";
import { ago, exact, utc } from "../app/times.ts";
import { cx } from "./class.ts";

/** An instant in the zone of the reader; its exact time in UTC shows on hover. */
export function Time({
  at,
  relative = false,
  className,
}: {
  at: Date | string;
  relative?: boolean;
  className?: string;
}) {
  const date = typeof at === "string" ? new Date(at) : at;
  const now = useNow(relative);
  if (Number.isNaN(date.getTime())) return <span className={className}>{String(at)}</span>;
  return (
    <time
      dateTime={date.toISOString()}
      title={`${exact(date)} (${utc(date)})`}
      className={cx("tabular whitespace-nowrap", className)}
    >
      {relative ? ago(date, now) : exact(date)}
    </time>
  );
}

/** The current time, accurate to within some seconds while it is shown. */
function useNow(active: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, [active]);
  return Math.max(now, Date.now());
}
