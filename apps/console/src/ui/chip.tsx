import { X } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./class.ts";

const tones = {
  neutral: "bg-sunken text-muted border-line",
  accent: "bg-accent-soft text-accent-text border-transparent",
  added: "bg-added-soft text-added border-transparent",
  removed: "bg-removed-soft text-removed border-transparent",
  warning: "bg-warning-soft text-warning border-transparent",
} as const;
export type Tone = keyof typeof tones;

/** A short word about something. With `onRemove`, it can be taken away. */
export function Chip({
  tone = "neutral",
  children,
  onRemove,
  removeLabel,
  onClick,
  className,
}: {
  tone?: Tone;
  children: ReactNode;
  onRemove?: (() => void) | undefined;
  removeLabel?: string;
  onClick?: (() => void) | undefined;
  className?: string;
}) {
  const text = onClick ? (
    <button type="button" onClick={onClick} className="rounded-sm">
      {children}
    </button>
  ) : (
    <span className="said">{children}</span>
  );
  return (
    <span
      className={cx(
        "inline-flex max-w-full items-center gap-1 rounded-md border px-1.5 py-px text-xs font-medium",
        tones[tone],
        className,
      )}
    >
      {text}
      {onRemove && (
        <button
          type="button"
          aria-label={removeLabel}
          title={removeLabel}
          onClick={onRemove}
          className="-mr-1 grid size-6 place-items-center rounded-sm hover:bg-hover"
        >
          <X size={12} aria-hidden />
        </button>
      )}
    </span>
  );
}
