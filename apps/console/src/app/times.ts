/** Times as people read them, in the zone of the reader. */

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const units = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
] as const;

/** How long ago: `now`, `8 sec. ago`, `3 hr. ago`; after a week the day. */
export function ago(at: Date, now = Date.now()): string {
  let amount = Math.round((at.getTime() - now) / 1_000);
  if (Math.abs(amount) < 5) return "now";
  for (const [unit, size] of units) {
    if (Math.abs(amount) < size) return relative.format(amount, unit);
    amount = Math.round(amount / size);
  }
  return dayOf(at, now);
}

/** The calendar day, with the year unless it is this one. */
function dayOf(at: Date, now: number): string {
  const sameYear = at.getFullYear() === new Date(now).getFullYear();
  return at.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(!sameYear && { year: "numeric" }),
  });
}

const exactFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
/** The day and the minute. */
export const exact = (at: Date): string => exactFormat.format(at);

/** The instant in UTC, to the second, as a hint beside the reader's own time. */
export const utc = (at: Date): string => `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
