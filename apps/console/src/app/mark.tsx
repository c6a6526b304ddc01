import { cx } from "../ui/class.ts";

/** The product's mark. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={cx("shrink-0", className ?? "size-5")}>
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M9 10h14M9 16h14M9 22h8" strokeWidth="3" strokeLinecap="round" className="stroke-on-accent" />
    </svg>
  );
}
